"""Threads of many processes that share a budget, through real HTTP: exactly as many calls arrive as it has."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from pydantic import SecretStr

from mautic_bootstrap.api.credentials import StaticToken
from mautic_bootstrap.api.limits.sqlite_store import SqliteStore
from mautic_bootstrap.api.throttle import Throttle
from mautic_bootstrap.errors import RateLimitedError
from unit.api_server import ApiServer, api_server
from unit.both_clients import KINDS, Connect
from unit.limit_processes import in_processes, in_threads

_TOKEN = StaticToken(SecretStr("static-token"))
_LIMIT = 100
_PROCESSES, _THREADS = 8, 16


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with api_server() as server:
        yield server


def _everybody(
    server: ApiServer, kind: str, store: Callable[[], SqliteStore], max_wait_s: float
) -> int:
    """Let every thread of every process call three times; return how many calls came through."""

    def process() -> int:
        throttle = Throttle(
            store(),
            base_url=server.url,
            identity="me",
            limit=_LIMIT,
            reserve=0,
            max_wait_s=max_wait_s,
        )
        with Connect(kind) as connect:
            client = connect(server.url, _TOKEN, throttle=throttle, timeout_s=60)

            def thread() -> int:
                through = 0
                for _ in range(3):
                    with suppress(RateLimitedError):
                        client.request("GET", "/api/contacts")
                        through += 1
                return through

            return sum(in_threads(_THREADS, thread))

    return sum(in_processes(_PROCESSES, process))


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_call_at_once_make_as_many_calls_an_hour_as_there_are(
    server: ApiServer, tmp_path: Path, kind: str
) -> None:
    for hours, arrived in [(0.0, 100), (0.5, 100), (1.01, 200), (1.99, 200), (2.02, 300)]:

        def store(hours: float = hours) -> SqliteStore:
            def clock() -> int:
                return time.time_ns() // 1000 + round(hours * 3_600_000_000)

            return SqliteStore(tmp_path / "limits.db", clock=clock)

        before = len(server.calls)
        assert _everybody(server, kind, store, 0) == arrived - before
        assert [status for _, status in server.calls] == [200] * arrived


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_all_that_wait_for_their_turn_come_through_a_hundred_in_each_window(
    server: ApiServer, tmp_path: Path, kind: str
) -> None:
    window_s = 4.0

    def store() -> SqliteStore:
        return SqliteStore(tmp_path / "limits.db", window_s=window_s)

    calls = _PROCESSES * _THREADS * 3
    assert _everybody(server, kind, store, 120) == calls
    arrived = sorted(at for at, _ in server.calls)
    assert len(arrived) == calls
    # A call is granted before it arrives, on a busy machine up to a second.
    spans = [later - earlier for earlier, later in zip(arrived, arrived[_LIMIT:], strict=False)]
    assert min(spans) > window_s - 1
    assert arrived[-1] - arrived[0] < (calls / _LIMIT + 1) * window_s
