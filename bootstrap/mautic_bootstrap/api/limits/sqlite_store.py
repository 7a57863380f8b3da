"""The hourly budget of one user's threads and processes, in a SQLite file."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar
from weakref import WeakSet

from mautic_bootstrap.api.limits.sqlite_errors import code_of, explained, is_damage
from mautic_bootstrap.api.limits.sqlite_file import (
    Identity,
    identity_of,
    open_database,
    replace,
)
from mautic_bootstrap.api.limits.store import (
    TIMEOUT_S,
    Budget,
    Count,
    Grant,
    ensure_sensible,
    hold_length,
    microseconds,
)
from mautic_bootstrap.errors import LimitStoreError

# One thread at a time is in SQLite, whichever store it uses. Threads that compete for SQLite's own lock poll it;
# they queue here instead, and a fork finds nobody half-way.
_GUARD = threading.RLock()
_STORES: WeakSet["SqliteStore"] = WeakSet()

_STATE = """
    SELECT
        (SELECT until FROM holds WHERE key = :key),
        (SELECT at FROM calls WHERE key = :key AND at > :gone ORDER BY at, number LIMIT 1),
        (SELECT number FROM calls WHERE key = :key AND at > :gone ORDER BY at, number LIMIT 1),
        (SELECT at FROM calls WHERE key = :key ORDER BY at DESC, number DESC LIMIT 1),
        (SELECT number FROM calls WHERE key = :key ORDER BY at DESC, number DESC LIMIT 1)
"""
_NTH_NEWEST = """
    SELECT at FROM calls WHERE key = ? ORDER BY at DESC, number DESC LIMIT 1 OFFSET ?
"""
_TRIES = 3
# Of SQLite's Python module itself: closed by a fork, or by a signal's handler that came in between.
# Of SQL: the tables are not there any more, or such a handler was inside its own transaction.
_CLOSED = {None, sqlite3.SQLITE_ERROR}

_T = TypeVar("_T")


class _ReplacedError(sqlite3.OperationalError):
    """The file's name belongs to another file by now."""


class _State(NamedTuple):
    """What the file holds for one key; moments in microseconds, 0 where there is none."""

    held_until: int
    used: int
    """Calls in the window."""
    oldest: int
    """The first of them."""
    newest: int
    """The last call, in the window or not."""
    number: int
    """Its number."""


class SqliteStore:
    """A `LimitStore` in a file that the processes of one user share.

    The clock is the system's, as the count outlives processes and restarts. Set back, it makes calls of the future:
    they count as made now, so that the limit holds and nobody waits longer than a window. Set forward it cannot be
    told from time that passed. The file must be on a disk of this machine: SQLite's log needs shared memory.

    Args:
        path: The file; `~` is the user's home.
        window_s: Seconds that a call counts.
        clock: Microseconds since the epoch.
    """

    def __init__(
        self,
        path: Path,
        *,
        window_s: float = 3600.0,
        clock: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._path = path.expanduser().absolute()
        self._window = microseconds(window_s)
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self._identity: Identity | None = None
        _STORES.add(self)

    def take(self, key: str, *, limit: int, reserve: int) -> Grant:
        """Take one call, if there is one; see `LimitStore`."""
        ensure_sensible(limit, reserve)
        allowed = limit - reserve

        def work(connection: sqlite3.Connection) -> Grant:
            # Read inside the lock: no other process can have a later moment before this one is written.
            now = self._clock()
            held_until, used, oldest, _, number = self._corrected(connection, key, now)
            granted = used < allowed and held_until <= now
            blocking = 0
            if granted:
                gone = now - self._window
                connection.execute("DELETE FROM calls WHERE key = ? AND at <= ?", (key, gone))
                connection.execute("INSERT INTO calls VALUES (?, ?, ?)", (key, now, number + 1))
                oldest, used = oldest or now, used + 1
            elif used >= allowed > 0:
                (blocking,) = connection.execute(_NTH_NEWEST, (key, allowed - 1)).fetchone()
            count = Count(now, used, oldest, blocking, held_until)
            return count.grant(limit, self._window, granted=granted, possible=allowed > 0)

        return self._run("BEGIN IMMEDIATE", work)

    def look(self, key: str, *, limit: int) -> Budget:
        """Return how the budget stands; see `LimitStore`."""
        ensure_sensible(limit)

        def work(connection: sqlite3.Connection) -> Budget:
            now = self._clock()
            state = self._read(connection, key, now)
            count = Count(now, state.used, state.oldest, held_until=state.held_until)
            return count.budget(limit, self._window)

        return self._run("BEGIN", work)

    def hold(self, key: str, *, until: float) -> None:
        """Deny every try for a while; see `LimitStore`."""

        def work(connection: sqlite3.Connection) -> None:
            now = self._clock()
            held_until = self._corrected(connection, key, now).held_until
            end = now + hold_length(until - now / 1_000_000, self._window)
            if end > max(held_until, now):
                connection.execute("REPLACE INTO holds VALUES (?, ?)", (key, end))

        self._run("BEGIN IMMEDIATE", work)

    def close(self) -> None:
        """Close the file; a later call opens it again."""
        with _GUARD:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _corrected(self, connection: sqlite3.Connection, key: str, now: int) -> _State:
        """Return the state, with what a clock set back left in the future moved: calls to now, a hold to one window."""
        state = self._read(connection, key, now)
        end = now + self._window
        if state.newest <= now and state.held_until <= end:
            return state
        connection.execute("UPDATE calls SET at = ? WHERE key = ? AND at > ?", (now, key, now))
        connection.execute("UPDATE holds SET until = min(until, ?) WHERE key = ?", (end, key))
        return self._read(connection, key, now)

    def _read(self, connection: sqlite3.Connection, key: str, now: int) -> _State:
        row = connection.execute(_STATE, {"key": key, "gone": now - self._window}).fetchone()
        held_until, oldest, first, newest, number = (value or 0 for value in row)
        return _State(held_until, number - first + 1 if first else 0, oldest, newest, number)

    def _run(self, begin: str, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do `work` in one transaction, on a file that is opened, or replaced, as it takes."""
        attempted = f"count the hourly budget in {self._path}"
        if not _GUARD.acquire(timeout=TIMEOUT_S):
            raise LimitStoreError(
                attempted,
                expected="its turn",
                seen="another thread of this process in a file",
                hint="Look what keeps that file locked.",
                waited_s=TIMEOUT_S,
            )
        try:
            with explained(attempted):
                for _ in range(_TRIES - 1):
                    try:
                        return self._transaction(begin, work)
                    except sqlite3.Error as exc:
                        if not self._opens_anew_after(exc):
                            raise
                return self._transaction(begin, work)
        finally:
            _GUARD.release()

    def _transaction(self, begin: str, work: Callable[[sqlite3.Connection], _T]) -> _T:
        connection = self._connection or self._open()
        with connection:
            connection.execute(begin)
            if identity_of(self._path) != self._identity:
                raise _ReplacedError
            return work(connection)

    def _open(self) -> sqlite3.Connection:
        connection, self._identity = open_database(self._path)
        self._connection = connection
        # A take prunes its own key; this is for keys that nobody uses any more.
        with connection:
            now = self._clock()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM calls WHERE at <= ?", (now - self._window,))
            connection.execute("DELETE FROM holds WHERE until <= ?", (now,))
        return connection

    def _opens_anew_after(self, exc: sqlite3.Error) -> bool:
        """Close the file where opening it again can help, and say so; a damaged one is replaced before."""
        if is_damage(exc):
            replace(self._path, self._identity, str(exc))
        elif code_of(exc) not in _CLOSED:
            return False
        self.close()
        return True


def _before_fork() -> None:
    """Close every file: neither a connection nor SQLite's notes on its locks may be carried over a fork.

    Even a new connection of the child would trust those notes, and count without the locks that they promise.
    Whoever holds the guard waits for nothing without a bound, so this does not either.
    Source: https://www.sqlite.org/howtocorrupt.html, section 2.6.
    """
    _GUARD.acquire()
    for store in list(_STORES):
        store.close()


os.register_at_fork(
    before=_before_fork, after_in_parent=_GUARD.release, after_in_child=_GUARD.release
)
