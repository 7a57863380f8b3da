"""One budget for all threads, processes and machines: never more than the limit, however many try at once."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from mautic_bootstrap.api.limits import LimitStore, open_store
from mautic_bootstrap.api.limits.sqlite_store import SqliteStore
from unit.limit_processes import fork, in_process, in_processes, in_threads
from unit.limit_stores import REDIS_SERVER, WITHOUT_REDIS_SERVER, redis_server

LIMIT = 100
KEY = "0123456789abcdef0123456789abcdef"

# Python 3.12 and later warn of what is tried here on purpose.
forks_among_threads = pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")


@pytest.fixture(params=["sqlite", "redis-server"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield str(tmp_path / "state" / "limits.db")
    elif REDIS_SERVER is None:
        pytest.skip(WITHOUT_REDIS_SERVER)
    else:
        with redis_server() as (url, _):
            yield url


def passed(store: LimitStore, tries: int) -> int:
    return sum(store.take(KEY, limit=LIMIT, reserve=0).granted for _ in range(tries))


def test_of_8_processes_with_16_threads_each_exactly_100_calls_pass(where: str) -> None:
    def work() -> int:
        store = open_store(where)
        return sum(in_threads(16, lambda: passed(store, tries=3)))

    shares = in_processes(8, work)
    assert sum(shares) == LIMIT
    assert len(shares) == 8
    store = open_store(where)
    assert store.look(KEY, limit=LIMIT).used == LIMIT
    store.close()


def test_processes_that_go_on_for_windows_never_pass_the_limit_in_any_of_them(
    tmp_path: Path,
) -> None:
    window_s, limit, run_s = 0.5, 20, 2.2

    def work() -> list[int]:
        moments: list[int] = []

        def clock() -> int:
            """Keep what the store read, which it does inside its lock."""
            moments.append(time.time_ns() // 1000)
            return moments[-1]

        store = SqliteStore(tmp_path / "limits.db", window_s=window_s, clock=clock)
        taken = []
        deadline = time.monotonic() + run_s
        while time.monotonic() < deadline:
            grant = store.take(KEY, limit=limit, reserve=0)
            if grant.granted:
                taken.append(moments[-1])
            else:
                time.sleep(min(grant.retry_after_s, 0.05))
        return taken

    moments = sorted(moment for taken in in_processes(4, work) for moment in taken)
    assert len(moments) >= 4 * limit
    spans = [later - first for first, later in zip(moments, moments[limit:], strict=False)]
    assert min(spans) >= window_s * 1_000_000


def test_stores_of_one_process_share_the_budget(where: str) -> None:
    stores = [open_store(where) for _ in range(4)]
    shares = [sum(in_threads(4, partial(passed, store, 10))) for store in stores]
    assert shares == [40, 40, 20, 0]
    for store in stores:
        store.close()


def test_more_threads_than_connections_wait_for_one(where: str) -> None:
    store = open_store(where)
    assert sum(in_threads(64, lambda: passed(store, tries=2))) == LIMIT
    store.close()


# Forks


def test_a_store_works_on_both_sides_of_a_fork(where: str) -> None:
    store = open_store(where)
    assert passed(store, 10) == 10
    assert in_processes(3, lambda: passed(store, 10)) == [10, 10, 10]
    assert passed(store, LIMIT) == 60
    assert in_process(lambda: passed(store, 1)) == 0
    store.close()


def test_no_connection_to_the_file_is_carried_over_a_fork(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "limits.db")
    assert passed(store, 1) == 1

    def open_files() -> list[str]:
        links = [entry for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()]
        return [str(link.readlink()) for link in links if "limits.db" in str(link.readlink())]

    assert open_files() != []
    assert in_process(lambda: (open_files(), passed(store, 1), bool(open_files()))) == (
        [],
        1,
        True,
    )
    assert store.look(KEY, limit=LIMIT).used == 2
    store.close()


@forks_among_threads
def test_forks_while_threads_take_neither_hang_nor_lose_a_call(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "limits.db")
    limit = 1_000_000
    stop = threading.Event()

    def take() -> int:
        return int(store.take(KEY, limit=limit, reserve=0).granted)

    def take_on() -> int:
        taken = 0
        while not stop.is_set():
            taken += take()
            time.sleep(0.001)
        return taken

    def fork_on() -> int:
        children = []
        for _ in range(30):
            child = fork.Process(target=lambda: [take() for _ in range(5)], daemon=True)
            child.start()
            children.append(child)
        for child in children:
            child.join(timeout=60)
        stop.set()
        return sum(child.exitcode == 0 for child in children)

    with_threads: list[int] = []
    threads = [threading.Thread(target=lambda: with_threads.append(take_on())) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert fork_on() == 30
    for thread in threads:
        thread.join()
    assert min(with_threads) > 0
    assert store.look(KEY, limit=limit).used == sum(with_threads) + 30 * 5
    store.close()


@pytest.mark.parametrize("interruption", ["take", "fork"])
def test_a_signal_s_handler_in_the_middle_of_a_take_may_take_or_fork(
    tmp_path: Path, interruption: str
) -> None:
    interrupt: list[Callable[[], object]] = []

    def clock() -> int:
        if interrupt:
            interrupt.pop()()
        return time.time_ns() // 1000

    store = SqliteStore(tmp_path / "limits.db", clock=clock)
    what = {"take": lambda: passed(store, 1), "fork": lambda: in_process(lambda: passed(store, 1))}
    assert passed(store, 1) == 1
    interrupt.append(what[interruption])
    assert passed(store, 1) == 1
    assert store.look(KEY, limit=LIMIT).used == 3
    store.close()
