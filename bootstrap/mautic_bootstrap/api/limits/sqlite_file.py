"""The SQLite file of the hourly budget: private, set up once, replaced where it is damaged.

What is done here is done by one thread of a process at a time. No file that SQLite has open is ever opened
beside it: closing that would drop every lock this process has on it.
Source: https://www.sqlite.org/howtocorrupt.html, section 2.2.
"""

import logging
import os
import sqlite3
import stat
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from mautic_bootstrap import state_dir
from mautic_bootstrap.api.limits.sqlite_errors import ELSEWHERE, is_damage
from mautic_bootstrap.api.limits.store import TIMEOUT_S
from mautic_bootstrap.env.location import kind_of, user
from mautic_bootstrap.env.lock import locked
from mautic_bootstrap.errors import EnvFileError, LimitStoreError

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

_BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside a file, with the same rights; there even after a process was killed."""
_ATTEMPTS = 3


def open_database(path: Path) -> tuple[sqlite3.Connection, Identity]:
    """Open the file, made where it is not there, replaced where it is damaged.

    Raises:
        LimitStoreError: It is somebody else's, a link, no file, or another program's database, which is left as it is.
        OSError, sqlite3.Error, EnvFileError: The system refused; `explained` words them.

    Side effects:
        Makes missing folders (0700) and the file (0600); takes everybody else's rights from it, and the right to read
        from the default folder.
    """
    for attempt in range(_ATTEMPTS):
        _ensure_folder(path.parent)
        identity = _ensure_no_trap(path)
        if identity is None:
            replace(path, None)
            continue
        with ExitStack() as stack:
            connection = stack.enter_context(closing(_connect(path)))
            try:
                if _is_ours(connection, path):
                    _make_private(path)
                    _check(connection)
                    # The disk is only waited for when the log is folded in, once in hundreds of calls. A killed process
                    # loses nothing; a power failure may lose the last seconds, but leaves no damaged file, which would
                    # lose the whole window. Waiting for the disk each time would cost ten times as much.
                    connection.execute("PRAGMA synchronous = NORMAL")
                    stack.pop_all()
                    return connection, identity
            except sqlite3.Error as exc:
                if not is_damage(exc) or attempt == _ATTEMPTS - 1:
                    raise
                replace(path, identity, str(exc))
            else:
                replace(path, identity)
    raise LimitStoreError(
        f"count the hourly budget in {path}",
        expected="a file that stays",
        seen="it removed or replaced again and again",
        hint=f"Stop what does that, {ELSEWHERE}",
    )


def identity_of(path: Path) -> Identity | None:
    """Return which file has this name; None where there is none."""
    try:
        status = os.stat(path, follow_symlinks=False)  # noqa: PTH116  # with every call: a third of the time
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def replace(path: Path, identity: Identity | None, damage: str = "") -> None:
    """Put a new, empty database in place of a file, unless another process did by now.

    It is made under another name, so that it is there as a whole or not at all. Whoever still has the old one open sees
    by its identity that it is not the one to count in any more.

    Args:
        path: Where it is to be.
        identity: Which file to replace, None for none; it must still be open, or the number could be another's by now.
        damage: What is wrong with its content. It is kept then, so that a setting that names some other file by mistake
            destroys nothing; without it there is no content.
    """
    kept = path.with_name(f"{path.name}.damaged")
    with locked(path):
        if identity_of(path) != identity:
            return
        fresh = path.with_name(f"{path.name}.new")
        _remove(fresh)  # what a killed process left
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _set_up(fresh)
        if damage:
            path.replace(kept)
        # The old file's log would be taken for the new one's.
        _remove(path)
        fresh.replace(path)
    if damage:
        logger.warning(
            "the hourly budget's file %s was damaged (%s); it is %s now, and the count starts anew",
            path,
            damage,
            kept.name,
        )


def _remove(path: Path) -> None:
    for suffix in ("", *_BESIDE):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _ensure_folder(folder: Path) -> None:
    """Make the folder; refuse the default one where others may write to it, as for the tokens in it.

    A folder that the user named is the user's business: the file in it may be for several programs.
    """
    if folder == _default_folder():
        state_dir.ensure(folder)
        return
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    for place in reversed(missing):
        with suppress(FileExistsError):
            place.mkdir(mode=0o700)


def _default_folder() -> Path | None:
    try:
        return state_dir.location()
    except EnvFileError:
        return None


def _ensure_no_trap(path: Path) -> Identity | None:
    """Refuse what others could have put there, and return which file it is."""
    for suffix in (*_BESIDE, ""):
        place = path.with_name(path.name + suffix)
        with suppress(FileNotFoundError):
            _ensure_ours(place, place.lstat())
    return identity_of(path)


def _make_private(path: Path) -> None:
    """Take everybody else's rights from a file that was seen to be ours, and from those beside it."""
    for suffix in (*_BESIDE, ""):
        place = path.with_name(path.name + suffix)
        with suppress(FileNotFoundError):
            if place.lstat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
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
        hint="Remove it, " + ELSEWHERE,
    )


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=TIMEOUT_S, isolation_level=None, check_same_thread=False)


def _set_up(path: Path) -> None:
    with closing(_connect(path)) as connection:
        # Nothing in it could be lost yet.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")


def _is_ours(connection: sqlite3.Connection, path: Path) -> bool:
    """Say whether the file is a database of ours; otherwise it is empty.

    Raises:
        LimitStoreError: It is another program's.
    """
    (number,) = connection.execute("PRAGMA application_id").fetchone()
    if number == _APPLICATION_ID:
        return True
    (entries,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if number or entries:
        raise LimitStoreError(
            f"count the hourly budget in {path}",
            expected="a file of its own",
            seen="another program's database",
            hint="Name another file in MAUTIC_RATE_LIMIT_STORE; nothing was changed.",
        )
    return False


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
