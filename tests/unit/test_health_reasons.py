"""Everything that makes Mautic unusable: a 503 that says what it is, and no secret."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mautic_bootstrap.health.asgi import Health
from unit.fake_mautic import INSTALLER, NOBODY, FakeMautic
from unit.health_support import CALL, TOKEN, asking, health

pytestmark = pytest.mark.anyio

Break = Callable[[FakeMautic], object]
CANARIES = ("secret-1", "token-1", "token-2", TOKEN)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def unready(health: Health) -> dict[str, Any]:
    """Return what /health/ready says of a Mautic that is not; the failing check is its only one."""
    async with asking(health) as client:
        response = await client.get("/health/ready")
    assert response.status_code == 503
    assert not any(canary in response.text for canary in CANARIES)
    said: dict[str, Any] = response.json()
    assert said["ready"] is False
    failed = [name for name, check in said["checks"].items() if check["ok"] is False]
    assert len(failed) == 1
    assert said["reason"] == f"{failed[0]}: {said['checks'][failed[0]]['reason']}"
    return said


def page(answer: httpx.Response | Exception) -> Break:
    return lambda mautic: setattr(mautic, "page", answer)


def answers(answer: httpx.Response) -> Break:
    return lambda mautic: mautic.broken.update({"/api/users/self": answer})


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (page(NOBODY), "expected an answer, saw [Errno 111] Connection refused"),
        (page(httpx.ReadTimeout("")), "expected an answer, saw none after 0 s"),
        (page(INSTALLER), "Mautic is not installed: it leads to its installer"),
        (page(httpx.Response(500)), "the login page is a 500: look at Mautic's log"),
        (page(httpx.Response(200, html="<h1>Welcome to nginx")), "without Mautic's login form"),
        (page(httpx.Response(302, headers={"Location": "/elsewhere"})), "HTTP 302 without"),
        (page(httpx.Response(403, html='<form name="login">')), "HTTP 403 without"),
    ],
)
async def test_a_login_page_that_is_not_there(
    tmp_path: Path, mautic: FakeMautic, broken: Break, reason: str
) -> None:
    broken(mautic)
    said = await unready(health(tmp_path))
    assert reason in said["checks"]["reachable"]["reason"]
    assert said["checks"]["token"] == said["checks"]["api_call"]
    assert said["checks"]["token"]["reason"] == "not looked at yet"
    assert mautic.calls == ["GET /s/login"]
    assert said["health_calls"]["left"] == 4


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda mautic: mautic.clients.clear(), "unknown, deleted, or its secret is wrong"),
        (lambda mautic: setattr(mautic, "api", False), 'saw HTTP 403 "API disabled."'),
        (
            lambda mautic: mautic.broken.update({"/oauth/v2/token": httpx.Response(200, html="x")}),
            "expected an access token",
        ),
    ],
)
async def test_a_token_that_is_not_given(
    tmp_path: Path, mautic: FakeMautic, broken: Break, reason: str
) -> None:
    broken(mautic)
    said = await unready(health(tmp_path))
    assert said["checks"]["reachable"]["ok"] is True
    assert reason in said["checks"]["token"]["reason"]
    assert mautic.calls == ["GET /s/login", "POST /oauth/v2/token"]
    assert said["health_calls"]["left"] == 4


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(403), "the credentials lack the right"),
        (httpx.Response(429), "HTTP 429"),
        (httpx.Response(500), "Look at Mautic's log"),
        (httpx.Response(200, html="<h1>Log in to the network"), "a proxy between here and Mautic"),
        (httpx.Response(302, headers={"Location": "/index.php/installer"}), "HTTP 302 to /index"),
    ],
)
async def test_an_api_call_that_fails(
    tmp_path: Path, mautic: FakeMautic, answer: httpx.Response, reason: str
) -> None:
    answers(answer)(mautic)
    said = await unready(health(tmp_path))
    assert reason.lower() in said["checks"]["api_call"]["reason"].lower()
    assert said["checks"]["token"]["ok"] is True
    assert said["health_calls"]["left"] == 3


async def test_an_api_that_is_switched_off_while_a_token_lives(
    tmp_path: Path, mautic: FakeMautic
) -> None:
    here = health(tmp_path)
    await here.readiness._client.authenticate()
    mautic.api = False
    said = await unready(here)
    assert 'HTTP 403 "API disabled."' in said["checks"]["api_call"]["reason"]


async def test_a_fixed_token_that_is_refused(tmp_path: Path, mautic: FakeMautic) -> None:
    given = health(tmp_path, client_id=None, client_secret=None, api_token="token-1")
    async with asking(given) as client:
        response = await client.get("/health/ready")
    checks = response.json()["checks"]
    assert response.status_code == 503
    assert "token-1" not in response.text
    assert checks["token"]["ok"] is checks["api_call"]["ok"] is False
    assert "401" in checks["token"]["reason"]


async def test_a_fixed_token_is_proven_by_the_call_alone(
    tmp_path: Path, mautic: FakeMautic
) -> None:
    mautic.tokens["token-1"] = "app"
    given = {"client_id": None, "client_secret": None, "api_token": "token-1"}
    unproven = await health(tmp_path, health_calls_per_hour=0, **given).readiness.report()
    assert unproven.checks["token"].ok is None
    assert "only an API call proves it" in unproven.checks["token"].reason
    proven = await health(tmp_path, **given).readiness.report()
    assert proven.ready
    assert proven.checks["token"].ok is True
    assert mautic.calls == ["GET /s/login", "GET /s/login", CALL]


async def test_basic_auth_that_is_switched_off(tmp_path: Path, mautic: FakeMautic) -> None:
    given = health(
        tmp_path, client_id=None, client_secret=None, username="admin", password="admin-password"
    )
    said = await unready(given)
    assert "Basic Auth disabled" in said["checks"]["api_call"]["reason"]
    assert "admin-password" not in str(said)


async def test_a_budget_that_is_empty(tmp_path: Path, mautic: FakeMautic) -> None:
    here = health(tmp_path, rate_limit_per_hour=1, rate_limit_reserve=0)
    async with asking(here) as client:
        await client.get("/health/ready")
    said = await unready(health(tmp_path, rate_limit_per_hour=1, rate_limit_reserve=0))
    budget = said["checks"]["budget"]
    assert budget["left"] == 0
    assert 3590 < budget["reset_seconds"] <= 3600
    assert budget["reason"].startswith("none of 1 calls is left, the next is free in 3")
    assert mautic.calls.count(CALL) == 1


async def test_a_budget_that_cannot_be_counted(tmp_path: Path, mautic: FakeMautic) -> None:
    here = health(tmp_path, rate_limit_store="redis://:pass-word-1@127.0.0.1:1/0")
    said = await unready(here)
    assert "expected a Redis that answers" in said["checks"]["budget"]["reason"]
    assert said["checks"]["api_call"]["reason"] == "not asked: it could not be counted"
    assert said["health_calls"]["left"] is None
    assert "pass-word-1" not in str(said)
    assert CALL not in mautic.calls
