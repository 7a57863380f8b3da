"""What a store of the hourly budget answers, and which store a setting names."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mautic_bootstrap.errors import SettingsError

TIMEOUT_S = 10.0
"""Seconds that a store waits for other users of it, or for its server, before it gives up."""

_MICROSECONDS = 1_000_000
_REDIS = ("redis://", "rediss://", "unix://")


@dataclass(frozen=True, slots=True)
class Budget:
    """How an hourly budget stands."""

    limit: int
    """Calls in any sliding window."""
    used: int
    """Calls in the window that ends now; more than `limit` where that was lowered."""
    left: int
    """Calls that an interactive caller can make now."""
    reset_s: float
    """Seconds until the oldest call leaves the window, or a server's hold ends; 0.0 if nothing is used."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer to one try."""

    granted: bool
    """Whether a call was taken."""
    retry_after_s: float
    """Seconds until a try can succeed: 0.0 where it did, infinite where the reserve is the whole limit."""
    budget: Budget
    """How it stands after the try."""


class LimitStore(Protocol):
    """Counts calls for everybody who opens the same store; safe to share among threads.

    Everybody at one store must have opened it with the same window.
    """

    def take(self, key: str, *, limit: int, reserve: int) -> Grant:
        """Take one call, if fewer than `limit` less `reserve` were taken in the window; a denied try costs nothing.

        Args:
            key: Whose budget: a hash of the instance and the client, never a secret.
            limit: Calls in any sliding window, > 0.
            reserve: Calls that must stay free: 0 for an interactive call, more for background work.

        Raises:
            LimitStoreError: The store cannot be reached, read or written.
        """
        ...

    def look(self, key: str, *, limit: int) -> Budget:
        """Return how the budget stands; takes nothing.

        Raises:
            LimitStoreError: The store cannot be reached, read or written.
        """
        ...

    def hold(self, key: str, *, until: float) -> None:
        """Deny every try for a while, because the server asked for a pause.

        A longer hold stays. One window from now is the longest: no server locks anybody out for days.

        Args:
            key: Whose budget.
            until: Seconds since the epoch.

        Raises:
            LimitStoreError: The store cannot be reached, read or written.
        """
        ...

    def close(self) -> None:
        """Let go of the file or the connections; a later call opens them again."""
        ...


@dataclass(frozen=True, slots=True)
class Count:
    """What a store counted for one key: moments in microseconds of the store's clock, 0 where there is none."""

    now: int
    used: int
    oldest: int = 0
    """When the oldest call in the window was made."""
    blocking: int = 0
    """When the call was made that must leave the window before this try can succeed."""
    held_until: int = 0

    def budget(self, limit: int, window: int) -> Budget:
        """Return how the budget stands."""
        held = _left(self.held_until, self.now, window)
        reset = held or (_left(self.oldest + window, self.now, window) if self.used else 0)
        left = 0 if held else max(0, limit - self.used)
        return Budget(limit, self.used, left, reset / _MICROSECONDS)

    def grant(self, limit: int, window: int, *, granted: bool, possible: bool) -> Grant:
        """Return the answer to a try.

        Args:
            limit: Calls in any window.
            window: Its length.
            granted: Whether the call was taken.
            possible: Whether any try could ever succeed.
        """
        budget = self.budget(limit, window)
        if granted:
            return Grant(granted=True, retry_after_s=0.0, budget=budget)
        wait = _left(self.held_until, self.now, window)
        if self.blocking:
            wait = max(wait, _left(self.blocking + window, self.now, window))
        retry_after_s = wait / _MICROSECONDS if possible else math.inf
        return Grant(granted=False, retry_after_s=retry_after_s, budget=budget)


def _left(end: int, now: int, window: int) -> int:
    """Return what is left until `end`; where the clock was set back, no more than a window."""
    return min(max(0, end - now), window)


def microseconds(seconds: float) -> int:
    """Return a moment or a duration as stores keep it: whole, so that nothing is lost in adding up."""
    return round(seconds * _MICROSECONDS)


def hold_length(seconds: float, window: int) -> int:
    """Return how long a hold of so many seconds lasts, in microseconds: at most a window, 0 for no time at all."""
    return microseconds(min(seconds, window / _MICROSECONDS)) if seconds > 0 else 0


def ensure_sensible(limit: int, reserve: int = 0) -> None:
    """Refuse what a caller should have checked.

    Raises:
        ValueError: The limit is not positive, or the reserve negative.
    """
    if limit < 1 or reserve < 0:
        raise ValueError(f"limit must be > 0 and reserve >= 0, not {limit} and {reserve}")


def open_store(where: str | Path, *, window_s: float = 3600.0) -> LimitStore:
    """Return the store that a setting names; nothing is opened before it is used.

    Args:
        where: A file, or the URL of a Redis: redis://, rediss://, unix://.
        window_s: Seconds that a call counts; the same for everybody at this store.

    Raises:
        SettingsError: It is neither, or the client of Redis is not installed.
    """
    # Each store brings its own library: an application pays for the one that it uses.
    text = str(where)
    if text.startswith(_REDIS):
        try:
            from mautic_bootstrap.api.limits.redis_store import RedisStore  # noqa: PLC0415  # see above
        except ModuleNotFoundError as exc:
            if exc.name != "redis":
                raise
            problem = "MAUTIC_RATE_LIMIT_STORE names a Redis, whose client is not installed;"
            fix = "install it with: pip install 'mautic-bootstrap[redis]'"
            raise SettingsError([f"{problem} {fix}"]) from exc
        return RedisStore(text, window_s=window_s)
    if isinstance(where, str) and (not where.strip() or "://" in where):
        seen = f"has the scheme {where.partition('://')[0]}://" if where.strip() else "is empty"
        raise SettingsError(
            [f"MAUTIC_RATE_LIMIT_STORE {seen}; allowed are a file and {', '.join(_REDIS)}"]
        )
    from mautic_bootstrap.api.limits.sqlite_store import SqliteStore  # noqa: PLC0415  # see above

    return SqliteStore(Path(where), window_s=window_s)
