"""The budget in Redis: what is particular to a server."""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import redis
from redis.crc import key_slot

from mautic_bootstrap.api.limits import LimitStoreError, open_store
from mautic_bootstrap.api.limits.redis_store import RedisStore, _keys
from mautic_bootstrap.errors import SettingsError
from unit.limit_stores import REDIS_SERVER, WITHOUT_REDIS_SERVER, redis_server

PASSWORD = "s3cret/p&ss"
QUOTED = "s3cret%2Fp%26ss"
real = pytest.mark.skipif(REDIS_SERVER is None, reason=WITHOUT_REDIS_SERVER)


def refusal(store: RedisStore) -> LimitStoreError:
    with pytest.raises(LimitStoreError) as caught:
        store.take("key", limit=5, reserve=0)
    for text in (str(caught.value), repr(caught.value), caught.value.diagnostics()):
        assert "s3cret" not in text
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    store.close()
    return caught.value


def test_both_keys_of_a_budget_are_on_one_node_of_a_cluster() -> None:
    assert _keys("abc") == ["mautic-bootstrap:{abc}:calls", "mautic-bootstrap:{abc}:hold"]
    slots = {key_slot(key.encode()) for key in _keys("abc")}
    assert len(slots) == 1
    assert slots != {key_slot(key.encode()) for key in _keys("xyz")}


@real
def test_keys_go_away_by_themselves_once_they_do_not_count() -> None:
    with redis_server() as (url, _), closing(redis.Redis.from_url(url)) as client:
        store = RedisStore(url, window_s=0.5)
        store.take("key", limit=5, reserve=0)
        store.hold("key", until=time.time() + 100)
        for name in _keys("key"):
            assert 500 <= client.pttl(name) <= 1500
        deadline = time.monotonic() + 10
        while client.dbsize() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert client.dbsize() == 0
        store.close()


@real
def test_a_key_holds_no_more_calls_than_the_limit() -> None:
    with redis_server() as (url, _), closing(redis.Redis.from_url(url)) as client:
        store = RedisStore(url, window_s=0.01)
        for _ in range(200):
            store.take("key", limit=3, reserve=0)
            assert client.llen(_keys("key")[0]) <= 3
        store.close()


@real
def test_the_server_s_clock_counts_not_those_of_the_machines() -> None:
    with redis_server() as (url, _):
        slow = RedisStore(url, window_s=60, clock=lambda: 1.0)
        fast = RedisStore(url, window_s=60, clock=lambda: 1e12)
        assert [store.take("key", limit=5, reserve=0).budget.used for store in (slow, fast)] == [
            1,
            2,
        ]
        slow.hold("key", until=11.0)
        assert 9 < fast.take("key", limit=5, reserve=0).retry_after_s <= 10
        fast.hold("key", until=1e12 + 20)
        assert 19 < slow.look("key", limit=5).reset_s <= 20
        slow.close()
        fast.close()


@real
def test_a_server_that_came_back_is_connected_to_again() -> None:
    with redis_server() as (url, _), closing(redis.Redis.from_url(url)) as client:
        store = RedisStore(url)
        assert store.take("key", limit=5, reserve=0).granted
        client.client_kill_filter(_type="normal", skipme=True)
        client.script_flush()
        assert store.take("key", limit=5, reserve=0).budget.used == 2
        store.close()


@real
def test_a_connection_that_breaks_in_the_middle_of_a_try_is_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with redis_server() as (url, _), closing(redis.Redis.from_url(url)) as client:
        store = RedisStore(url)
        assert store.take("key", limit=5, reserve=0).granted
        client.client_kill_filter(_type="normal", skipme=True)
        # The pool looks whether a connection is good before it hands it out; this one breaks after that.
        monkeypatch.setattr(redis.Connection, "can_read", lambda *_, **__: False)
        monkeypatch.setattr(redis.UnixDomainSocketConnection, "can_read", lambda *_, **__: False)
        assert store.take("key", limit=5, reserve=0).budget.used == 2
        store.close()


@real
def test_a_server_that_hangs_is_an_error_within_the_bound() -> None:
    with redis_server() as (url, process):
        store = RedisStore(url, timeout_s=0.3)
        store.take("key", limit=5, reserve=0)
        process.send_signal(signal.SIGSTOP)
        started = time.monotonic()
        error = refusal(store)
        assert 0.3 <= time.monotonic() - started < 5
        process.send_signal(signal.SIGCONT)
        assert str(error) == (
            f"count the hourly budget in {url}: expected a Redis that answers, saw none after 0 s."
            " Start that Redis, or name another store in MAUTIC_RATE_LIMIT_STORE."
        )
        assert error.waited_s == 0.3


@real
def test_something_else_under_the_key_is_an_error_that_changes_nothing() -> None:
    with redis_server() as (url, _), closing(redis.Redis.from_url(url)) as client:
        client.set(_keys("key")[0], "mine")
        assert "WRONGTYPE" in str(refusal(RedisStore(url)))
        assert client.get(_keys("key")[0]) == b"mine"


@real
@pytest.mark.parametrize("user_info", ["", ":wr0ng@", f"user:{QUOTED}@"])
def test_a_password_that_is_missing_or_wrong_is_an_error_that_shows_none(user_info: str) -> None:
    with redis_server("--requirepass", PASSWORD) as (url, _):
        error = refusal(RedisStore(url.replace("unix://", f"unix://{user_info}")))
        assert str(error).startswith(f"count the hourly budget in {url}: expected a Redis that")
        assert error.hint == "Check the user and the password in MAUTIC_RATE_LIMIT_STORE."
        assert "wr0ng" not in str(error)


@real
@pytest.mark.parametrize("form", ["unix://:{}@{}", "unix://{1}?password={0}"])
def test_the_right_password_passes(form: str) -> None:
    with redis_server("--requirepass", PASSWORD) as (url, _):
        store = open_store(form.format(QUOTED, url.removeprefix("unix://")))
        assert store.take("key", limit=5, reserve=0).granted
        store.close()


def test_a_server_that_is_not_there_is_an_error_with_a_hint() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert str(refusal(RedisStore(f"redis://user:{QUOTED}@127.0.0.1:{port}/3?protocol=2"))) == (
        f"count the hourly budget in redis://127.0.0.1:{port}/3: expected a Redis that answers,"
        f" saw Error 111 connecting to 127.0.0.1:{port}. Connection refused."
        " Start that Redis, or name another store in MAUTIC_RATE_LIMIT_STORE."
    )


@contextmanager
def parrot(answer: bytes) -> Iterator[int]:
    """Answer whatever is sent with the same; yield the port."""

    def serve(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                while connection.recv(65536):
                    connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (f"unknown command 'HELLO', with args beginning with: 'AUTH' '{PASSWORD[:8]}", "HELLO"),
        (f"I heard {PASSWORD} and {QUOTED}", "I heard ******** and ********"),
    ],
)
def test_a_server_that_repeats_the_password_does_not_get_it_shown(
    protocol: int, answer: str, seen: str
) -> None:
    with parrot(f"-ERR {answer}\r\n".encode()) as port:
        url = f"redis://:{QUOTED}@127.0.0.1:{port}?protocol={protocol}"
        assert seen in str(refusal(RedisStore(url)))


@pytest.mark.parametrize(
    "url",
    [
        "redis://:s3cret@localhost:port",
        "redis://:s3cret@localhost:99999999",
        "redis://:s3cret@localhost?nonsense=1",
        "redis://:s3cret@localhost?socket_timeout=soon",
        "redis://:s3cret@localhost?protocol=9",
        "redis://:s3cret@[::1",
    ],
)
def test_a_url_that_cannot_be_read_is_an_error_of_the_setting(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_store(url)
    assert caught.value.problems == [
        "MAUTIC_RATE_LIMIT_STORE is no URL of a Redis, such as redis://localhost:6379/0"
    ]
    assert caught.value.__suppress_context__


def test_nothing_is_connected_before_it_is_used() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        store = open_store(f"redis://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(TimeoutError):
            server.accept()
        store.close()
