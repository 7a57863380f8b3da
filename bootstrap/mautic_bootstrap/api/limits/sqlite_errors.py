"""What SQLite's errors mean for the file of the hourly budget."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from mautic_bootstrap.api.limits.store import TIMEOUT_S
from mautic_bootstrap.errors import EnvFileError, LimitStoreError

ELSEWHERE = "or name another file in MAUTIC_RATE_LIMIT_STORE."
"""How a hint goes on, whatever it is that stands in the way."""

_DAMAGE = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_CONSTRAINT,
}
_UNLOCK = f"End the process that keeps it locked, {ELSEWHERE}"
_FREE_SPACE = f"Free some space on that file system, {ELSEWHERE}"
_HINTS = {
    sqlite3.SQLITE_BUSY: _UNLOCK,
    sqlite3.SQLITE_PROTOCOL: _UNLOCK,
    sqlite3.SQLITE_FULL: _FREE_SPACE,
    sqlite3.SQLITE_IOERR: _FREE_SPACE,
}
_USUAL_HINT = f"Make it and its folder writable, {ELSEWHERE}"


def code_of(exc: sqlite3.Error) -> int | None:
    """Return SQLite's own primary code; None for an error of its Python module."""
    code: int | None = getattr(exc, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def is_damage(exc: sqlite3.Error) -> bool:
    """Say whether an error means that the file's content is not what this project wrote."""
    return code_of(exc) in _DAMAGE


@contextmanager
def explained(attempted: str) -> Iterator[None]:
    """Turn what SQLite and the operating system refuse into an error that says what to do.

    Args:
        attempted: What is done inside, on which file.

    Raises:
        LimitStoreError: In place of sqlite3.Error, OSError and EnvFileError.
    """
    try:
        yield
    except sqlite3.Error as exc:
        busy = code_of(exc) == sqlite3.SQLITE_BUSY
        raise LimitStoreError(
            attempted,
            expected="a file that can be read and written",
            seen=str(exc),
            hint=_HINTS.get(code_of(exc) or 0, _USUAL_HINT),
            waited_s=TIMEOUT_S if busy else None,
        ) from exc
    except OSError as exc:
        raise LimitStoreError(
            attempted,
            expected="the file system to allow it",
            seen=(exc.strerror or type(exc).__name__).lower(),
            hint=_FREE_SPACE if exc.errno in {errno.ENOSPC, errno.EDQUOT} else _USUAL_HINT,
        ) from exc
    except EnvFileError as exc:
        raise LimitStoreError(
            attempted, expected=exc.expected, seen=exc.seen, hint=exc.hint, waited_s=exc.waited_s
        ) from exc
