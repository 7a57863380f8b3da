"""Stores of the hourly budget to test: in a file, in a Redis in memory, in a real Redis; with a clock to set."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import fakeredis
import redis

from mautic_bootstrap.api.limits.redis_store import RedisStore
from mautic_bootstrap.api.limits.sqlite_store import SqliteStore
from mautic_bootstrap.api.limits.store import LimitStore

WINDOW_S = 10.0
# One program under several names: Debian's redis-tools has it under the second one, and starts no service.
REDIS_SERVER = shutil.which("redis-server") or shutil.which("redis-check-rdb")
WITHOUT_REDIS_SERVER = "needs a Redis on PATH (Debian: apt-get install redis-tools)"

_TIME = "redis.call('TIME')"
_CLOCK = "mautic-bootstrap:clock"


class Clock:
    """A clock of whole microseconds that moves when told to."""

    def __init__(self, seconds: float = 1000.0) -> None:
        self.now = round(seconds * 1_000_000)

    def __call__(self) -> int:
        return self.now

    def seconds(self) -> float:
        return self.now / 1_000_000

    def move(self, seconds: float) -> None:
        """Let time pass, or set the clock back."""
        self.now += round(seconds * 1_000_000)


def sqlite_with(clock: Clock, path: Path) -> SqliteStore:
    return SqliteStore(path, window_s=WINDOW_S, clock=clock)


def redis_with(clock: Clock, url: str) -> RedisStore:
    """Return a store on a server whose clock is this one; the askers' clocks are decades away from it."""
    store = RedisStore(url, window_s=WINDOW_S, clock=lambda: clock.seconds() + 1e9)
    _steer(store, clock)
    return store


def fake_redis_with(clock: Clock) -> RedisStore:
    """Return a store on a Redis in memory, run by another implementation of Redis and of Lua."""
    store = RedisStore(
        "redis://localhost", window_s=WINDOW_S, timeout_s=1, clock=lambda: clock.seconds() + 1e9
    )
    store._pool.connection_class = fakeredis.FakeRedisConnection
    store._pool.connection_kwargs["server"] = fakeredis.FakeServer()
    _steer(store, clock)
    return store


def _steer(store: RedisStore, clock: Clock) -> None:
    """Let the scripts read the time from a key, and write it there before each of them."""
    client = redis.Redis(connection_pool=store._pool)
    for name in ("_take", "_hold"):
        text = getattr(store, name).script
        assert text.count(_TIME) == 1
        steered = text.replace(_TIME, f"redis.call('LRANGE', '{_CLOCK}', 0, 1)")
        script = client.register_script(steered)

        def run(script: Callable[..., object] = script, **arguments: object) -> object:
            with client.pipeline() as pipe:
                pipe.delete(_CLOCK)
                pipe.rpush(_CLOCK, *divmod(clock.now, 1_000_000))
                pipe.execute()
            return script(**arguments)

        setattr(store, name, run)


def asker_now(store: LimitStore, clock: Clock) -> float:
    """Return what the clock of those who ask this store for a hold says; seconds."""
    return store._clock() if isinstance(store, RedisStore) else clock.seconds()


@contextmanager
def redis_server(*options: str) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Run a Redis of our own on a socket of our own; yield its URL and its process."""
    assert REDIS_SERVER is not None
    with TemporaryDirectory(prefix="limits-") as folder:
        path = Path(folder) / "redis.sock"
        with subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", str(path), "--save", "", *options],
            executable=REDIS_SERVER,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        ) as process:
            try:
                _wait_for(path, process)
                yield f"unix://{path}", process
            finally:
                process.kill()


def _wait_for(path: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while True:
        with socket.socket(socket.AF_UNIX) as client:
            if client.connect_ex(str(path)) == 0:
                return
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)


def own_user() -> str:
    return "root" if os.geteuid() == 0 else Path.home().owner()
