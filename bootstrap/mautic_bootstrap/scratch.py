"""A folder for what a browser writes while it runs; a killed run leaves it, and the next run removes it."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from mautic_bootstrap.atomic_file import explained

_PREFIX = "mb-"
# Makes a folder one of ours; locked as long as it is in use.
_MARK = "mautic-bootstrap.lock"
# Chromium makes a socket some 60 characters below its temporary folder, and 107 are all a socket may have.
_LONGEST_FOLDER = 40


@contextmanager
def folder() -> Iterator[str]:
    """Make a folder, 0700, hand it out, and remove it with all that is in it.

    Raises:
        EnvFileError: There is no room or no right to make it.
    """
    with explained(f"make a folder in {_place()} for the browser"):
        path, lock = _create()
    try:
        yield str(path)
    finally:
        # A browser that is still ending may write there: what is left then is removed by a later run.
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def remove_leftovers() -> None:
    """Remove the folders that killed runs left: ours by their mark, and in use by nobody."""
    for mark in _place().glob(f"{_PREFIX}*/{_MARK}"):
        # Somebody else's, or gone by now: none of our business.
        with suppress(OSError):
            lock = os.open(mark, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(lock).st_uid == os.geteuid():
                    shutil.rmtree(mark.parent, ignore_errors=True)
            finally:
                os.close(lock)


def _create() -> tuple[Path, int]:
    while True:
        path = Path(mkdtemp(prefix=_PREFIX, dir=_place()))
        lock = -1
        try:
            lock = os.open(path / _MARK, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            if lock != -1:
                os.close(lock)
            raise
        # Another run may have taken it for a leftover before it was locked.
        if os.fstat(lock).st_nlink:
            return path, lock
        os.close(lock)


def _place() -> Path:
    place = gettempdir()
    return Path(place if len(place) <= _LONGEST_FOLDER else "/tmp")  # noqa: S108  # holds a private folder
