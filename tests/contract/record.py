"""Record anew what a live Mautic shows: `python -m contract.record 7.0`, with `tests` on the module path.

The instance is named by the environment (`targets.py` says how); it must be fresh and not installed. Only the
`walk` part is written: the other one was recorded with JavaScript on.
"""

import sys
from typing import Any

from contract.recordings import FOLDER, PARTS, dump, load
from contract.route import walk_through
from contract.targets import from_environment
from contract.walk import Seen


def as_recording(seen: Seen) -> dict[str, Any]:
    """Return what a walk saw, as it is kept."""
    kept: dict[str, Any] = {part: getattr(seen, part) for part in PARTS}
    return {**kept, "ids": sorted(seen.ids), "names": sorted(seen.names)}


def main(version: str) -> None:
    """Walk through the instance and write the version's recordings."""
    target = from_environment()
    if target is None or target.console is None:
        sys.exit("Set CONTRACT_URL and CONTRACT_CLI; tests/contract/README.md says how.")
    seen = walk_through(target)
    recordings = {**load(version), "mautic_version": seen.version, "walk": as_recording(seen)}
    (FOLDER / f"{version}.json").write_text(dump(recordings), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
