"""What a save of the configuration page changed beside what was asked for.

Mautic cleans other values with every save, for instance quotes in e-mail texts. On somebody's instance that
has to be said.

Source: live 5.1.0, 7.0.0: a save of an untouched page rewrites some values of a fresh install.
"""

import re
from collections.abc import Collection, Mapping

from mautic_bootstrap.admin.model import Change
from mautic_bootstrap.redaction import MASK, Redactor

_SECRET_NAME = re.compile(r"pass|secret|key|token|auth|dsn|salt|cert", re.IGNORECASE)
_CONTEXT = 20
_LONGEST = 60


def differences(
    before: Mapping[str, tuple[str, ...]],
    after: Mapping[str, tuple[str, ...]],
    *,
    asked: Collection[str],
    redactor: Redactor,
) -> tuple[Change, ...]:
    """Return every setting that differs, but for those asked for; long texts are cut, secrets masked.

    Args:
        before: Field name to values, before the save.
        after: The same, read again after it.
        asked: Names of the fields that were meant to change.
        redactor: Masks known secrets in the values.
    """
    changed = [
        name
        for name in sorted({*before, *after})
        if name not in asked and before.get(name) != after.get(name)
    ]
    return tuple(
        Change(name, *_shown(name, before.get(name), after.get(name), redactor)) for name in changed
    )


def _shown(
    name: str,
    before: tuple[str, ...] | None,
    after: tuple[str, ...] | None,
    redactor: Redactor,
) -> tuple[str, str]:
    """Return both values as they may be shown, cut to where they begin to differ."""
    if _SECRET_NAME.search(name):
        return MASK, MASK
    texts = [redactor.mask(_text(values)) for values in (before, after)]
    start = max(0, _common_start(*texts) - _CONTEXT)
    cut = [_cut(text, start) for text in texts]
    return cut[0], cut[1]


def _text(values: tuple[str, ...] | None) -> str:
    return "absent" if values is None else f'"{", ".join(values)}"'


def _common_start(first: str, second: str) -> int:
    pairs = zip(first, second, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


def _cut(text: str, start: int) -> str:
    end = start + _LONGEST
    piece = " ".join(text[start:end].splitlines())
    return f"{'...' if start else ''}{piece}{'...' if len(text) > end else ''}"
