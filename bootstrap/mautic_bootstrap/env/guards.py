"""Every reason why a file for secrets may not be written, found before anything is touched."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from mautic_bootstrap.atomic_file import explained
from mautic_bootstrap.env.credentials import read_document
from mautic_bootstrap.env.git import exposure
from mautic_bootstrap.env.location import kind_of, replaceable_by_others, target_of, user
from mautic_bootstrap.errors import EnvFileError, InsecurePathError


def problems(path: Path) -> list[str]:
    """Return every reason why a `.env` file may not be written.

    Args:
        path: The file as `app_env_path` names it, absolute; it need not exist.

    Returns:
        One sentence each, which names the variable and ends with the fix.
    """
    return [problem("app_env_path", path, error) for error in _findings(path)]


def problem(variable: str, path: Path, error: EnvFileError) -> str:
    """Return a refusal as a sentence about the variable that names the path."""
    fix = f"{error.hint[0].lower()}{error.hint[1:].rstrip('.')}"
    return f"{variable} is {path}: expected {error.expected}, saw {error.seen}; {fix}"


def ensure_safe(path: Path) -> None:
    """Refuse to go on where a `.env` file may not be written.

    Raises:
        EnvFileError: It cannot be written, git would carry it away, or it cannot be understood.
        InsecurePathError: It is somebody else's, or a symlink's target that somebody else can replace.
    """
    for error in _findings(path):
        raise error


def file_findings(path: Path, *, ignored: bool = True) -> Iterator[EnvFileError]:
    """Yield every reason why a file may not be replaced, whatever is in it.

    Args:
        path: The file, absolute; it need not exist, and a symlink is followed.
        ignored: It holds secrets in clear, so git has to ignore it.
    """
    attempted = f"write {path}"
    try:
        target = target_of(path, attempted)
        status = _status(target, attempted)
    except EnvFileError as exc:
        yield exc  # whatever else there is to say needs a place to look at
        return
    yield from _folder_findings(target.parent, attempted)
    if status is not None:
        yield from _file_findings(target, status, attempted)
    if weak := replaceable_by_others(path.absolute()):
        yield InsecurePathError(
            attempted,
            expected="a symlink whose target nobody else can replace",
            seen=weak,
            hint=f"Take their rights away, or name the file itself, {target}.",
        )
    if ignored:
        yield from git_findings(path.absolute(), target, attempted)


def git_findings(path: Path, target: Path, attempted: str) -> Iterator[EnvFileError]:
    """Yield every reason why git could carry a file away: as it is named, or as the one a symlink leads to."""
    for place in dict.fromkeys((path, target)):
        if found := exposure(place):
            expected = "a file that git ignores"
            seen = f"{place}, {found.seen}"
            yield EnvFileError(attempted, expected=expected, seen=seen, hint=found.fix)


def _findings(path: Path) -> Iterator[EnvFileError]:
    yield from file_findings(path)
    attempted = f"write {path}"
    with suppress(EnvFileError):  # told above
        target = target_of(path, attempted)
        status = _status(target, attempted)
        if status is not None and not kind_of(status.st_mode):
            try:
                read_document(target, attempted)
            except EnvFileError as exc:
                yield exc


def _status(target: Path, attempted: str) -> os.stat_result | None:
    """Look at a file; None where there is none but could be one."""
    with explained(attempted):
        try:
            return target.lstat()
        except FileNotFoundError:
            folder = target.parent
    if folder.is_dir():
        return None
    raise EnvFileError(
        attempted,
        expected="a folder to write to",
        seen=f"no folder {folder}",
        hint=f"Create it (`mkdir -p {folder}`), or name another place.",
    )


def _folder_findings(folder: Path, attempted: str) -> Iterator[EnvFileError]:
    expected = "a folder that this user may write to"
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        hint = "Remount it writable, or name another place."
        seen = f"{folder} on a read-only file system"
        yield EnvFileError(attempted, expected=expected, seen=seen, hint=hint)
    elif not os.access(folder, os.W_OK | os.X_OK):
        # The file is replaced, not overwritten, so that it is never half-written.
        hint = f"Let {user(os.geteuid())} write to it, or name another place."
        seen = f"{folder}, which {user(os.geteuid())} may not write to"
        yield EnvFileError(attempted, expected=expected, seen=seen, hint=hint)


def _file_findings(target: Path, status: os.stat_result, attempted: str) -> Iterator[EnvFileError]:
    if kind := kind_of(status.st_mode):
        hint = "Name a file."
        yield EnvFileError(attempted, expected="a file, or none yet", seen=kind, hint=hint)
        return
    me = user(os.geteuid())
    if status.st_uid != os.geteuid():
        owner = user(status.st_uid)
        yield InsecurePathError(
            attempted,
            expected=f"a file of {me}",
            seen=f"one that belongs to {owner}",
            hint=f"Run as {owner}, or `chown {os.geteuid()} {target}`.",
        )
    if not status.st_mode & stat.S_IWUSR:
        yield EnvFileError(
            attempted,
            expected="a writable file",
            seen=f"mode {stat.S_IMODE(status.st_mode):04o}",
            hint=f"Run `chmod u+w {target}` if it may be changed.",
        )
