"""Planning and writing the `.env` file: the plan is a value, the write is all or nothing."""

import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mautic_bootstrap import atomic_file
from mautic_bootstrap.env.credentials import CREDENTIAL_NAMES, ENV_NAMES, read_document
from mautic_bootstrap.env.document import EnvDocument
from mautic_bootstrap.env.guards import ensure_safe
from mautic_bootstrap.env.location import target_of
from mautic_bootstrap.env.lock import locked
from mautic_bootstrap.env.masking import masked
from mautic_bootstrap.env.merge import merge
from mautic_bootstrap.errors import EnvFileError, UnsafeValueError

_MODE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class EnvUpdate:
    """What a write changes, or changed; no secret is in it."""

    path: Path
    """The file as it was named; where that is a symlink, its target is what changes."""

    changed: bool
    """The content becomes another."""

    created: bool
    """There was no file."""

    mode_tightened: bool
    """Others had rights to the file; it becomes 0600."""

    before: str
    """The file's text, masked, for `--diff`."""

    after: str
    """The text it gets, masked; a secret that becomes another one is marked as changed."""


@dataclass(frozen=True)
class _Plan:
    update: EnvUpdate
    target: Path
    text: str = field(repr=False)
    """What is to be in the file, in clear."""


def plan(path: Path, values: Mapping[str, str], removed: Collection[str] = ()) -> EnvUpdate:
    """Say what `write` would do; reads only.

    Args:
        path: The `.env` file, absolute; a symlink is followed.
        values: Our variables, name to value; credentials that are missing here are removed from the file.
        removed: More variables of ours that may not stand in the file.

    Raises:
        EnvFileError: The file may not be written, or cannot be understood.
        InsecurePathError: Somebody else could read or replace it.
        UnsafeValueError: A value that no quoting carries to every reader.
    """
    ensure_safe(path)
    return _plan(path, values, removed).update


def write(path: Path, values: Mapping[str, str], removed: Collection[str] = ()) -> EnvUpdate:
    """Set our variables in a `.env` file and leave everything else as it is.

    Args:
        path: The `.env` file, absolute; a symlink is followed and stays.
        values: Our variables, name to value; credentials that are missing here are removed from the file.
        removed: More variables of ours that may not stand in the file.

    Returns:
        What changed. If nothing did, the file was not touched.

    Raises:
        EnvFileError: The file may not be written, cannot be understood, or another writer has it.
        InsecurePathError: Somebody else could read or replace it.
        UnsafeValueError: A value that no quoting carries to every reader.

    Side effects:
        Replaces the file, mode 0600; removes what a killed writer left beside it.
    """
    ensure_safe(path)
    with locked(target_of(path, f"write {path}")):
        todo = _plan(path, values, removed)
        if todo.update.changed:
            atomic_file.replace(todo.target, todo.text.encode(), _MODE)
            return todo.update
        with atomic_file.explained(f"write {path}"):
            atomic_file.remove_leftovers(todo.target)
            if todo.update.mode_tightened:
                todo.target.chmod(_MODE)
    return todo.update


def _plan(path: Path, values: Mapping[str, str], removed: Collection[str]) -> _Plan:
    attempted = f"write {path}"
    if unknown := sorted(set(values) - set(ENV_NAMES)):
        raise ValueError(f"{', '.join(unknown)}: not among this project's variables")
    target = target_of(path, attempted)
    present = read_document(target, attempted)
    before = present or EnvDocument(())
    unwanted = CREDENTIAL_NAMES.union(removed).difference(values)
    text = merge(before, values, unwanted)
    after = EnvDocument.parse(text)
    _ensure_round_trip(before, after, values, unwanted, attempted)
    update = EnvUpdate(
        path=path,
        changed=present is None or text != before.text,
        created=present is None,
        mode_tightened=present is not None and bool(target.stat().st_mode & _OTHERS),
        before=masked(before),
        after=masked(after, before),
    )
    return _Plan(update, target, text)


def _ensure_round_trip(
    before: EnvDocument,
    after: EnvDocument,
    values: Mapping[str, str],
    removed: Collection[str],
    attempted: str,
) -> None:
    """Read the new text as a reader would, and refuse it if that is not what was meant.

    An unclosed quote somewhere above may swallow what is written below it.
    """
    broken = next((entry.line for entry in before.entries if not entry.readable), None)
    hint = (
        f"Correct line {broken}, which no reader understands." if broken else "Use another value."
    )
    for name in ENV_NAMES:
        unwanted = name in removed and after.get(name) is not None
        if unwanted or (name in values and after.get(name) != values[name]):
            raise UnsafeValueError(
                attempted,
                expected=f"{name} to read back as it was given",
                seen="something else",
                hint=hint,
            )
    if _foreign(before) != _foreign(after) or after.duplicates(ENV_NAMES):
        raise EnvFileError(
            attempted,
            expected="every other variable to keep its value",
            seen="one that would read differently",
            hint=hint,
        )


def _foreign(document: EnvDocument) -> list[tuple[str, str | None]]:
    return [(e.name, e.value) for e in document.entries if e.name and e.name not in ENV_NAMES]
