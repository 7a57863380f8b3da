"""The folder for what outlives a process: the hourly budget, tokens."""

import os
import pwd
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from mautic_bootstrap.atomic_file import explained
from mautic_bootstrap.env.location import kind_of, user
from mautic_bootstrap.errors import EnvFileError, InsecurePathError

_NAME = "mautic-bootstrap"
_MODE = 0o700
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def location(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the folder is or would be, `$XDG_STATE_HOME/mautic-bootstrap`; touches nothing.

    Args:
        environ: `XDG_STATE_HOME` and `HOME` are read; a relative `XDG_STATE_HOME` counts as unset.

    Raises:
        EnvFileError: Neither names a place, and the user has no home.

    Source: XDG Base Directory Specification 0.8, "Environment variables".
    """
    state_home = Path(environ.get("XDG_STATE_HOME", ""))
    if state_home.is_absolute():
        return state_home / _NAME
    home = _home(environ)
    if home is None:
        raise EnvFileError(
            "find a place for what is kept between runs",
            expected="a home folder",
            seen=f"none for {user(os.geteuid())}",
            hint="Set XDG_STATE_HOME.",
        )
    return home / ".local" / "state" / _NAME


def ensure(folder: Path | None = None, environ: Mapping[str, str] = os.environ) -> Path:
    """Make a folder that belongs to this user alone, or see that it is one; return it.

    Args:
        folder: An absolute path, by default the one of `location`; where it is right in that one, both are looked at.
        environ: As for `location`.

    Raises:
        EnvFileError: It cannot be made: read-only, a full disk, a home that does not exist.
        InsecurePathError: It is a symlink, somebody else's, or others may write to it.

    Side effects:
        Makes missing folders, 0700. Takes other users' right to read from the folder of `location`; any other that is
        there already keeps its mode, as others may need to read it: what we keep in it is 0600.
    """
    folder = folder or location(environ)
    ours = _location_if_any(environ)
    home = _home(environ)
    with explained(f"make {folder}"):
        if home is not None and home in folder.parents and not home.is_dir():
            # Where there is no home there is a reason; making one is not for us.
            raise EnvFileError(
                f"make {folder}",
                expected="a home folder to make it in",
                seen=f"nothing at {home}",
                hint="Set XDG_STATE_HOME to a folder that can be written to.",
            )
    for place in (folder.parent, folder) if folder.parent == ours else (folder,):
        _make_private(place, is_ours=place == ours)
    return folder


def _location_if_any(environ: Mapping[str, str]) -> Path | None:
    try:
        return location(environ)
    except EnvFileError:
        return None


def _home(environ: Mapping[str, str]) -> Path | None:
    if home := environ.get("HOME"):
        return Path(home)
    try:
        return Path(pwd.getpwuid(os.geteuid()).pw_dir)
    except KeyError:
        return None


def _make_private(folder: Path, *, is_ours: bool) -> None:
    with explained(f"make {folder}"):
        for place in (*reversed(folder.parents), folder):
            if not os.path.lexists(place):
                with suppress(FileExistsError):
                    place.mkdir(mode=_MODE)
        status = folder.lstat()
        _refuse_strange(folder, status)
        if is_ours and stat.S_IMODE(status.st_mode) != _MODE:
            folder.chmod(_MODE)


def _refuse_strange(folder: Path, status: os.stat_result) -> None:
    attempted = f"keep state in {folder}"
    if stat.S_ISLNK(status.st_mode):
        raise InsecurePathError(
            attempted, expected="no symlink", seen=f"one to {folder.readlink()}", hint="Remove it."
        )
    if not stat.S_ISDIR(status.st_mode):
        raise EnvFileError(
            attempted,
            expected="a folder, or nothing yet",
            seen=kind_of(status.st_mode) or "a file",
            hint="Remove it, or name another place.",
        )
    if status.st_uid != os.geteuid():
        raise InsecurePathError(
            attempted,
            expected=f"a folder that belongs to {user(os.geteuid())}",
            seen=f"{user(status.st_uid)} as its owner",
            hint=f"Run as {user(status.st_uid)}, or name another place.",
        )
    if status.st_mode & _WRITABLE_BY_OTHERS:
        raise InsecurePathError(
            attempted,
            expected="a folder that nobody else may write to",
            seen=f"mode {stat.S_IMODE(status.st_mode):04o}",
            hint=f"See what is in it, then chmod 700 {folder}.",
        )
