"""The SQLite file of the hourly budget: private, set up once, replaced where it is damaged.

What is done here is done by one thread of a process at a time. No file that SQLite has open is ever opened
beside it: closing that would drop every lock this process has on it.
Source: https://www.sqlite.org/howtocorrupt.html, section 2.2.
"""

import logging
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mautic_bootstrap.api.limits.store import TIMEOUT_S, LimitStoreError
from mautic_bootstrap.env.location import kind_of, user
from mautic_bootstrap.env.lock import locked
from mautic_bootstrap.errors import EnvFileError

logger = logging.getLogger("mautic_bootstrap.api")

Identity = tuple[int, int]
"""Device and inode: which file it is, whatever its name."""

# "mbl1" in ASCII, in the file's header: a database is ours once it is set up, and others are left alone.
_APPLICATION_ID = 0x6D626C31

# A call's number counts up with its moment, without gaps: how many calls are in the window follows from the
# first and the last of them, however many there are.
_SCHEMA = """
    CREATE TABLE calls (
        key TEXT NOT NULL,
        at INTEGER NOT NULL CHECK (typeof(at) = 'integer'),
        number INTEGER NOT NULL CHECK (typeof(number) = 'integer'),
        PRIMARY KEY (key, at, number)
    ) WITHOUT ROWID;
    CREATE TABLE holds (
        key TEXT PRIMARY KEY NOT NULL,
        until INTEGER NOT NULL CHECK (typeof(until) = 'integer')
    ) WITHOUT ROWID;
"""

_DAMAGE = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_FORMAT,
    sqlite3.SQLITE_CONSTRAINT,
}
_ELSEWHERE = "or name another file in MAUTIC_RATE_LIMIT_STORE."
_HINTS = {
    sqlite3.SQLITE_BUSY: "Look which process keeps it locked, and end it, " + _ELSEWHERE,
    sqlite3.SQLITE_FULL: "Free some space on that file system, " + _ELSEWHERE,
    sqlite3.SQLITE_IOERR: "Free some space on that file system, " + _ELSEWHERE,
}
_REPAIRS = 3


def open_database(path: Path) -> tuple[sqlite3.Connection, Identity | None]:
    """Open the file, made and set up where it is not there, replaced where it is damaged.

    Raises:
        LimitStoreError: It is somebody else's, a link, no file, or another program's database.
        OSError, sqlite3.Error, EnvFileError: The system refused; `explained` words them.

    Side effects:
        Makes missing folders (0700) and the file (0600); takes everybody else's rights from it.
    """
    for repairs in range(_REPAIRS):
        _make_private(path)
        identity = identity_of(path)
        connection = sqlite3.connect(
            path, timeout=TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            # The disk is only waited for when the log is folded in, once in hundreds of calls. A killed process
            # loses nothing; a power failure may lose the last seconds, but leaves no damaged file, which would
            # lose the whole window. Waiting for the disk each time would cost ten times as much.
            connection.execute("PRAGMA synchronous = NORMAL")
            if _application_id(connection) != _APPLICATION_ID:
                with locked(path):
                    _set_up(connection, path)
            _check(connection)
        except sqlite3.Error as exc:
            if not is_damage(exc) or repairs == _REPAIRS - 1:
                connection.close()
                raise
            move_aside(path, identity, str(exc))
            connection.close()
        except BaseException:
            connection.close()
            raise
        else:
            return connection, identity
    raise AssertionError("the last repair raises")


def identity_of(path: Path) -> Identity | None:
    """Return which file has this name; None where there is none."""
    try:
        status = os.stat(path, follow_symlinks=False)  # noqa: PTH116  # with every call: a third of the time
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def is_damage(exc: sqlite3.Error) -> bool:
    """Say whether an error means that the file's content is not what this project wrote."""
    return code_of(exc) in _DAMAGE


def code_of(exc: sqlite3.Error) -> int | None:
    """Return SQLite's own primary code; None for an error of its Python module."""
    code: int | None = getattr(exc, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def move_aside(path: Path, identity: Identity | None, why: str) -> None:
    """Put a damaged file out of the way, unless another process did by now.

    It is kept, so that a setting that names some other file by mistake destroys nothing. Whoever still has it open
    sees by its identity that it is not the one to count in any more.

    Args:
        path: Where it is.
        identity: Which file was found damaged; it must still be open, or the number could be another's by now.
        why: What is wrong with it.
    """
    with locked(path):
        if identity_of(path) != identity:
            return
        kept = path.with_name(f"{path.name}.damaged")
        path.replace(kept)
        # In this order: a log without its file is dropped by SQLite, a file without its log is not whole.
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    logger.warning(
        "the hourly budget's file %s was damaged (%s); it is %s now, and the count starts anew",
        path,
        why,
        kept.name,
    )


@contextmanager
def explained(attempted: str) -> Iterator[None]:
    """Turn what SQLite and the operating system refuse into an error that says what to do.

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
            hint=_HINTS.get(code_of(exc) or 0, "Make it and its folder writable, " + _ELSEWHERE),
            waited_s=TIMEOUT_S if busy else None,
        ) from exc
    except OSError as exc:
        raise LimitStoreError(
            attempted,
            expected="the file system to allow it",
            seen=(exc.strerror or type(exc).__name__).lower(),
            hint="Make it and its folder writable, " + _ELSEWHERE,
        ) from exc
    except EnvFileError as exc:
        raise LimitStoreError(
            attempted, expected=exc.expected, seen=exc.seen, hint=exc.hint, waited_s=exc.waited_s
        ) from exc


def _make_private(path: Path) -> None:
    """Make the folder and the file where there is none, and refuse what others could have put there."""
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    # SQLite gives its two files beside it the same rights, and leaves them in place where they are.
    for suffix in ("", "-wal", "-shm"):
        place = path.with_name(path.name + suffix)
        try:
            status = place.lstat()
        except FileNotFoundError:
            continue
        _ensure_ours(place, status)
        if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            place.chmod(0o600)


def _ensure_ours(place: Path, status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        seen = "a symlink"
    elif kind := kind_of(status.st_mode):
        seen = kind
    elif status.st_uid != os.geteuid():
        seen = f"one of {user(status.st_uid)}"
    elif status.st_nlink > 1:
        seen = "a second name of another file (a hard link)"
    else:
        return
    raise LimitStoreError(
        f"count the hourly budget in {place}",
        expected=f"a file of {user(os.geteuid())}",
        seen=seen,
        hint="Remove it, " + _ELSEWHERE,
    )


def _application_id(connection: sqlite3.Connection) -> int:
    number: int = connection.execute("PRAGMA application_id").fetchone()[0]
    return number


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    """Make an empty file a database of ours; its number comes last, for whoever is killed before it starts over."""
    number = _application_id(connection)
    if number == _APPLICATION_ID:
        return
    if number or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise LimitStoreError(
            f"count the hourly budget in {path}",
            expected="a file of its own",
            seen="another program's database",
            hint="Name another file in MAUTIC_RATE_LIMIT_STORE; nothing was changed.",
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(
        f"BEGIN EXCLUSIVE; {_SCHEMA} PRAGMA application_id = {_APPLICATION_ID}; COMMIT"
    )


def _check(connection: sqlite3.Connection) -> None:
    """Look through the whole file, a few kilobytes.

    Raises:
        sqlite3.DatabaseError: It is damaged.
    """
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if verdict == "ok" and tables == {"calls", "holds"}:
        return
    damage = sqlite3.DatabaseError(verdict if verdict != "ok" else "its tables are missing")
    damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    raise damage
