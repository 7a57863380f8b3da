"""Tasks that are cancelled around a token: the next one gets it all the same."""

from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from mautic_bootstrap.api.client import AsyncMauticClient
from mautic_bootstrap.api.token_cache import TokenCache
from mautic_bootstrap.api.tokens import NoStore, Store
from unit.both_clients import LOOPS
from unit.fake_api import CLIENT, URL, FakeApi, grant

pytestmark = pytest.mark.anyio


@pytest.fixture(params=LOOPS)
def anyio_backend(request: pytest.FixtureRequest) -> str:
    backend: str = request.param
    return backend


@pytest.fixture(params=["in this process", "kept"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "kept":
        return TokenCache(
            tmp_path / "tokens",
            base_url=URL,
            client_id=CLIENT.client_id,
            client_secret=CLIENT.client_secret,
        )
    return NoStore()


@pytest.fixture
async def client(api: FakeApi, store: Store) -> AsyncIterator[AsyncMauticClient]:
    async with AsyncMauticClient(URL, CLIENT, token_store=store) as client:
        yield client


class Gate:
    """Grants a token as soon as it is open."""

    def __init__(self) -> None:
        self.reached = anyio.Event()
        self.opened = anyio.Event()

    async def __call__(self, _request: httpx.Request) -> httpx.Response:
        self.reached.set()
        await self.opened.wait()
        return grant("static-by-the-gate")


async def _cancelled_at(gate: Gate, call: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Begin a call, and cancel it once it waits for a token."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await gate.reached.wait()
        tasks.cancel_scope.cancel()


async def test_a_task_cancelled_while_it_asks_for_a_token_lets_go_of_the_lock(
    api: FakeApi, client: AsyncMauticClient, store: Store
) -> None:
    gate = Gate()
    api.will_grant(gate)
    await _cancelled_at(gate, client.users.self)
    lock = store.try_lock()
    assert lock is not None
    with lock:
        pass
    with anyio.fail_after(5):
        await client.request("GET", "/api/contacts")
    assert api.tokens_used == ["token-2"]


async def test_a_task_cancelled_while_it_waits_for_another_s_token_takes_nothing_with_it(
    api: FakeApi, client: AsyncMauticClient
) -> None:
    gate = Gate()
    api.will_grant(gate)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(client.request, "GET", "/api/contacts")
        await gate.reached.wait()
        with anyio.move_on_after(0.1) as waiting:
            await client.request("GET", "/api/emails")
        assert waiting.cancelled_caught
        gate.opened.set()
    with anyio.fail_after(5):
        await client.request("GET", "/api/segments")
    assert [request.url.path for request in api.requests] == [
        "/crm/api/contacts",
        "/crm/api/segments",
    ]
    assert (api.tokens_used, len(api.token_requests)) == (["static-by-the-gate"] * 2, 1)


async def test_a_cancelled_call_is_logged_as_such(
    api: FakeApi, client: AsyncMauticClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "mautic_bootstrap.api")
    gate = Gate()
    api.will(gate)
    await _cancelled_at(gate, client.users.self)
    assert "GET /api/users/self -> Cancelled" in caplog.text


async def test_while_one_task_waits_for_a_token_the_others_go_on(
    api: FakeApi, client: AsyncMauticClient
) -> None:
    await client.authenticate()
    gate = Gate()
    api.revoke()
    api.will_grant(gate)
    seen: list[int] = []

    async def call() -> None:
        seen.append((await client.request("GET", "/api/contacts")).status_code)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await gate.reached.wait()
        for _ in range(5):
            await anyio.sleep(0.01)
        assert seen == []
        gate.opened.set()
    assert seen == [200]
