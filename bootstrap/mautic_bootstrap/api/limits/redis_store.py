"""The hourly budget of many machines, in Redis.

Redis 5 or later. A Redis that evicts keys (`maxmemory-policy allkeys-*`), is emptied, or fails over to a replica that
lags behind forgets calls with them.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from mautic_bootstrap.api.limits.store import (
    TIMEOUT_S,
    Budget,
    Count,
    Grant,
    ensure_sensible,
    hold_length,
    microseconds,
)
from mautic_bootstrap.errors import LimitStoreError, SettingsError
from mautic_bootstrap.redaction import Redactor

_CONNECTIONS = 16
_REFUSALS = (redis.AuthenticationError, redis.exceptions.NoPermissionError)


class RedisStore:
    """A `LimitStore` in Redis: one script for each try, atomic on the server and by the server's clock.

    Args:
        url: redis://, rediss:// or unix://, as redis-py reads it.
        window_s: Seconds that a call counts.
        timeout_s: Seconds to wait for a connection, and for each answer.
        clock: Seconds since the epoch, the clock of those who ask for a hold.

    Raises:
        SettingsError: The URL cannot be read.
    """

    def __init__(
        self,
        url: str,
        *,
        window_s: float = 3600.0,
        timeout_s: float = TIMEOUT_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._window = microseconds(window_s)
        self._clock = clock
        self._timeout_s = timeout_s
        try:
            # More threads than connections wait for one. A connection that the server closed meanwhile is made anew
            # at once; if the call had been counted before it broke, that one is lost, never one too many.
            self._pool = redis.BlockingConnectionPool.from_url(
                url,
                max_connections=_CONNECTIONS,
                timeout=timeout_s,
                socket_timeout=timeout_s,
                socket_connect_timeout=timeout_s,
                retry=Retry(NoBackoff(), 1, (redis.ConnectionError,)),
            )
            # Made, not connected: an option that nobody knows would show with the first call only.
            self._pool.connection_class(**self._pool.connection_kwargs)
            parts = urlsplit(url)
            port = f":{parts.port}" if parts.port else ""
        except (ValueError, TypeError, redis.RedisError):
            problem = (
                "MAUTIC_RATE_LIMIT_STORE is no URL of a Redis, such as redis://localhost:6379/0"
            )
            raise SettingsError([problem]) from None  # what cannot be read may hold the password
        self._place = f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
        self._secrets = Redactor([self._pool.connection_kwargs.get("password")])
        client = redis.Redis(connection_pool=self._pool)
        scripts = files("mautic_bootstrap.api.limits")
        self._take = client.register_script(scripts.joinpath("take.lua").read_text("utf-8"))
        self._hold = client.register_script(scripts.joinpath("hold.lua").read_text("utf-8"))

    def take(self, key: str, *, limit: int, reserve: int) -> Grant:
        """Take one call, if there is one; see `LimitStore`."""
        ensure_sensible(limit, reserve)
        granted, count = self._count(key, limit, reserve, "take")
        return count.grant(limit, self._window, granted=granted, possible=limit > reserve)

    def look(self, key: str, *, limit: int) -> Budget:
        """Return how the budget stands; see `LimitStore`."""
        ensure_sensible(limit)
        return self._count(key, limit, 0, "look")[1].budget(limit, self._window)

    def hold(self, key: str, *, until: float) -> None:
        """Deny every try for a while; see `LimitStore`."""
        # As a duration: the machines' clocks may differ from the server's.
        length = hold_length(until - self._clock(), self._window)
        if length:
            with self._explained():
                self._hold(keys=_keys(key)[1:], args=[self._window, length])

    def close(self) -> None:
        """Close the connections; a later call makes new ones."""
        self._pool.disconnect()

    def _count(self, key: str, limit: int, reserve: int, what: str) -> tuple[bool, Count]:
        with self._explained():
            answer: Any = self._take(keys=_keys(key), args=[self._window, limit, reserve, what])
        granted, now, used, oldest, blocking, held = answer
        return granted == 1, Count(now, used, oldest, blocking, held)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what redis-py raises into an error that says what to do.

        Raises:
            LimitStoreError: In place of redis.RedisError; without its cause, which can hold the password.
        """
        try:
            yield
        except redis.RedisError as exc:
            slow = isinstance(exc, redis.TimeoutError)
            refused = isinstance(exc, _REFUSALS)
            # A Redis that does not know a command repeats what came with it, cut off somewhere.
            seen = self._secrets.mask(str(exc).partition(", with args")[0])
            raise LimitStoreError(
                f"count the hourly budget in {self._place}",
                expected="a Redis that answers",
                seen="none" if slow else seen.rstrip(". ") or type(exc).__name__,
                hint="Check the user and the password in MAUTIC_RATE_LIMIT_STORE."
                if refused
                else "Start that Redis, or name another store in MAUTIC_RATE_LIMIT_STORE.",
                waited_s=self._timeout_s if slow else None,
            ) from None


def _keys(key: str) -> list[str]:
    """Return where the calls and the hold are; what is in braces puts both on one node of a cluster."""
    return [f"mautic-bootstrap:{{{key}}}:calls", f"mautic-bootstrap:{{{key}}}:hold"]
