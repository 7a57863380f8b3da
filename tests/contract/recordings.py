"""The recordings: one file per version, what a live Mautic showed."""

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recordings"
PARTS = ("console", "exchanges", "pages", "fields", "boxes")


@cache
def load(version: str) -> dict[str, Any]:
    """Return the recordings of a version ("5.1").

    Returns:
        `mautic_version`; `walk`: what the walk of this folder saw on a live instance; `browser`: what a
        browser with JavaScript, and plain HTTP, saw of another live instance of the same version.
    """
    text = (FOLDER / f"{version}.json").read_text(encoding="utf-8")
    recordings: dict[str, Any] = json.loads(text)
    return recordings


def dump(recordings: dict[str, Any]) -> str:
    """Return recordings as text, one line for each label, so that changes can be read."""
    lines = ["{", f' "mautic_version": {json.dumps(recordings["mautic_version"])},']
    groups = [(part, recordings[part]) for part in ("walk", "browser")]
    for part, group in groups:
        lines.append(f' "{part}": {{')
        names = list(group)
        for name in names:
            comma = "" if name == names[-1] else ","
            lines += [f'  "{name}": {_entries(group[name])}{comma}']
        lines.append(" }" if part == "browser" else " },")
    return "\n".join([*lines, "}", ""])


def _entries(value: Any) -> str:
    if isinstance(value, dict):
        rows = [f"   {json.dumps(key)}: {json.dumps(item)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + "\n  }"
    return json.dumps(value)
