"""Where a `.env` file really is, and who else could put something in its place."""

import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from mautic_bootstrap.atomic_file import explained
from mautic_bootstrap.errors import EnvFileError

_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
}


def target_of(path: Path, attempted: str) -> Path:
    """Return the file behind a path, all symlinks followed; it need not exist, but a symlink must lead somewhere.

    Args:
        path: The path as a person named it.
        attempted: What this is part of, for the error.

    Raises:
        EnvFileError: A symlink that leads nowhere or in circles, or a folder that may not be looked into.
    """
    target = Path(os.path.realpath(path))
    with explained(attempted):
        leads_nowhere = path.is_symlink() and not os.path.lexists(target)
        in_circles = target.is_symlink()
    if leads_nowhere:
        raise EnvFileError(
            attempted,
            expected="a file behind the symlink",
            seen=f"nothing at {target}",
            hint=f"Create that file, or remove the symlink {path}.",
        )
    if in_circles:
        raise EnvFileError(
            attempted,
            expected="a file behind the symlink",
            seen="symlinks that lead in circles",
            hint=f"Remove the symlink {path}.",
        )
    return target


def read_bytes(target: Path, attempted: str) -> bytes | None:
    """Read a regular file; None where there is none.

    Raises:
        EnvFileError: It is something else than a file, or cannot be read.
    """
    with explained(attempted):
        try:
            # Without O_NONBLOCK a named pipe would keep us waiting for a writer.
            descriptor = os.open(target, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        try:
            kind = kind_of(os.fstat(descriptor).st_mode)
            if kind:
                raise EnvFileError(
                    attempted, expected="a file", seen=f"{kind} at {target}", hint="Name a file."
                )
            with os.fdopen(descriptor, "rb", closefd=False) as stream:
                return stream.read()
        finally:
            os.close(descriptor)


def kind_of(mode: int) -> str:
    """Name what a path is, from its `st_mode`, where it is no regular file; an empty text where it is one."""
    return "" if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "no regular file")


def replaceable_by_others(path: Path) -> str:
    """Say who else could replace what a symlink leads to; an empty text where nobody could.

    Every folder and link on the way counts, from the root to the file itself: whoever owns one of them, or may
    write to a folder that is not sticky, can put something else there. Root is trusted. Where no symlink is
    involved nothing is checked: the path is what the person named, and folders that a whole group writes to
    are common.

    Args:
        path: An absolute path that leads somewhere.
    """
    if os.path.realpath(path) == os.path.normpath(path):
        return ""
    for place, status in _hops(path):
        if status.st_uid not in {os.geteuid(), 0}:
            return f"{place}, which belongs to {user(status.st_uid)}"
        open_to_others = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if stat.S_ISDIR(status.st_mode) and open_to_others and not status.st_mode & stat.S_ISVTX:
            return f"{place}, a folder that other users may write to"
    return ""


def user(uid: int) -> str:
    """Name a user as people know them: by name, or by number where there is none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _hops(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield every folder and link on the way to a path, and the file at its end if it exists."""
    current = Path(path.anchor)
    yield current, current.lstat()
    pending = list(reversed(path.parts[1:]))
    while pending:
        part = pending.pop()
        if part == "..":
            current = current.parent
            continue
        place = current / part
        try:
            status = place.lstat()
        except FileNotFoundError:
            return
        yield place, status
        if stat.S_ISLNK(status.st_mode):
            link = place.readlink()
            current = Path(link.anchor) if link.is_absolute() else current
            pending += reversed(link.parts[1:] if link.is_absolute() else link.parts)
        else:
            current = place
