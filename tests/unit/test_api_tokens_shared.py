"""Threads, tasks and processes that want a token at the same time: one of them asks for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from mautic_bootstrap.api import tokens
from mautic_bootstrap.api.client import MauticClient
from mautic_bootstrap.api.token_cache import TokenCache
from mautic_bootstrap.api.tokens import NoStore
from mautic_bootstrap.errors import AuthenticationError, RequestTimeoutError
from unit.api_server import ApiServer, api_server
from unit.both_clients import KINDS, Connect
from unit.fake_api import CLIENT, URL, WRONG_SECRET, FakeApi
from unit.limit_processes import fork, in_processes, in_threads

_THREADS = 200


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with api_server() as server:
        yield server


def _cache(server: ApiServer, tmp_path: Path) -> TokenCache:
    return TokenCache(
        tmp_path / "tokens",
        base_url=server.url,
        client_id=CLIENT.client_id,
        client_secret=CLIENT.client_secret,
    )


def _statuses(client: MauticClient, calls: int = 1) -> list[int]:
    return [client.request("GET", "/api/contacts").status_code for _ in range(calls)]


@pytest.mark.parametrize(
    ("why", "kept"),
    [("none yet", False), ("revoked", False), ("past its life", False), ("past its life", True)],
)
def test_many_threads_without_a_valid_token_ask_for_one(
    server: ApiServer, connect: Connect, tmp_path: Path, why: str, kept: bool
) -> None:
    client = connect(
        server.url, timeout_s=60, token_store=_cache(server, tmp_path) if kept else None
    )
    before = 0
    if why != "none yet":
        server.set(lifetime_s=1 if why == "past its life" else 3600)
        client.authenticate()
        before = 1
    if why == "revoked":
        server.revoke()
    if why == "past its life":
        time.sleep(1.1)
    server.set(lifetime_s=3600, token_takes_s=0.3)
    assert in_threads(_THREADS, lambda: _statuses(client)) == [[200]] * _THREADS
    assert server.token_calls == before + 1
    refused = [status for _, status in server.calls if status == 401]
    assert bool(refused) is (why == "revoked")


def test_whoever_waits_for_a_token_shares_the_failure(server: ApiServer, connect: Connect) -> None:
    server.set(knows_client=0, token_takes_s=1)
    client = connect(server.url)

    def failure() -> AuthenticationError:
        with pytest.raises(AuthenticationError) as caught:
            client.request("GET", "/api/contacts")
        return caught.value

    errors = in_threads(20, failure)
    assert server.token_calls == 1
    assert {(error.status, error.mautic_type, error.attempts) for error in errors} == {
        (400, "invalid_client", 1)
    }
    assert len(set(map(id, errors))) == 20
    assert server.calls == []


@pytest.mark.parametrize("kind", KINDS)
def test_processes_that_share_a_cache_outlive_a_revocation_with_one_more_token(
    server: ApiServer, tmp_path: Path, kind: str
) -> None:
    server.set(revoke_after=100)

    def call() -> list[int]:
        with Connect(kind) as connect:
            return _statuses(connect(server.url, token_store=_cache(server, tmp_path)), 30)

    assert in_processes(8, call) == [[200] * 30] * 8
    assert server.token_calls == 2
    assert (tmp_path / "tokens").stat().st_mode & 0o777 == 0o700


def test_a_process_killed_while_it_asks_for_a_token_holds_nobody_up(
    server: ApiServer, connect: Connect, tmp_path: Path
) -> None:
    def call() -> None:
        MauticClient(server.url, CLIENT, token_store=_cache(server, tmp_path)).authenticate()

    server.set(token_takes_s=60)
    process = fork.Process(target=call, daemon=True)
    process.start()
    while not server.token_calls:
        time.sleep(0.01)
    assert _cache(server, tmp_path).try_lock() is None
    server.set(token_takes_s=0)
    process.kill()
    process.join()
    client = connect(server.url, token_store=_cache(server, tmp_path))
    assert _statuses(client) == [200]
    assert server.token_calls == 2


def test_a_process_that_hangs_with_the_lock_is_not_waited_for_without_end(
    connect: Connect, server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_PATIENCE_S", 0.2)
    client = connect(server.url, token_store=_cache(server, tmp_path))
    lock = _cache(server, tmp_path).try_lock()
    assert lock is not None
    with lock, pytest.raises(RequestTimeoutError) as caught:
        client.request("GET", "/api/contacts")
    assert str(caught.value).startswith(
        f"wait for a token of {server.url}, which another thread or process asks for: expected one,"
        " saw none after "
    )
    assert "Look for a process that hangs; its lock goes when it ends." in caught.value.hint
    assert caught.value.waited_s is not None
    assert 0.2 <= caught.value.waited_s < 10
    assert _statuses(client) == [200]


def test_a_token_that_is_good_for_a_while_serves_while_another_process_renews_it(
    connect: Connect, server: ApiServer, tmp_path: Path
) -> None:
    server.set(lifetime_s=200)
    client = connect(server.url, token_store=_cache(server, tmp_path))
    client.authenticate()
    lock = _cache(server, tmp_path).try_lock()
    assert lock is not None
    with lock, pytest.MonkeyPatch.context() as patch:
        now = time.time()
        patch.setattr(time, "time", lambda: now + 185)
        assert _statuses(client) == [200]
    assert server.token_calls == 1


class Overtaken(NoStore):
    """A store that somebody else locks and lets go of just before its first user does."""

    overtake: Callable[[], object] | None = None

    def try_lock(self) -> AbstractContextManager[object] | None:
        overtake, self.overtake = self.overtake, None
        if overtake is not None:
            overtake()
        return super().try_lock()


def test_what_another_thread_got_in_the_last_moment_is_not_asked_for_again(api: FakeApi) -> None:
    store = Overtaken()
    with MauticClient(URL, CLIENT, token_store=store) as client:
        store.overtake = client.authenticate
        assert _statuses(client) == [200]
    assert len(api.token_requests) == 1


def test_what_another_thread_did_not_get_in_the_last_moment_is_not_asked_for_again(
    api: FakeApi,
) -> None:
    def authenticate_in_vain() -> None:
        with pytest.raises(AuthenticationError):
            client.authenticate()

    api.will_grant(WRONG_SECRET)
    store = Overtaken()
    with MauticClient(URL, CLIENT, token_store=store) as client:
        store.overtake = authenticate_in_vain
        with pytest.raises(AuthenticationError):
            client.request("GET", "/api/contacts")
    assert (len(api.token_requests), api.requests) == (1, [])
