"""The application: what it answers, with what headers, and what it refuses."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

import mautic_bootstrap.health
from mautic_bootstrap import errors
from mautic_bootstrap.health import Health, create_app
from mautic_bootstrap.health.reach import LoginPage
from mautic_bootstrap.health.readiness import Readiness
from unit.fake_mautic import FakeMautic
from unit.health_support import CALL, asking, health

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("mautic")]

SAFE = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/health/live", 200, {"live": True}),
        ("GET", "/health", 404, {"error": "Not Found"}),
        ("GET", "/health/ready/", 404, {"error": "Not Found"}),
        ("GET", "/api/contacts", 404, {"error": "Not Found"}),
        ("GET", "/..%2f..%2fetc/passwd", 404, {"error": "Not Found"}),
        ("POST", "/health/live", 405, {"error": "Method Not Allowed"}),
        ("DELETE", "/health/ready", 405, {"error": "Method Not Allowed"}),
        ("OPTIONS", "/metrics", 405, {"error": "Method Not Allowed"}),
        ("TRACE", "/metrics", 405, {"error": "Method Not Allowed"}),
    ],
)
async def test_every_answer_is_json_and_for_now_alone(  # noqa: PLR0917  # one table
    tmp_path: Path,
    mautic: FakeMautic,
    method: str,
    path: str,
    status: int,
    body: dict[str, object],
) -> None:
    async with asking(health(tmp_path)) as client:
        response = await client.request(method, path)
    assert (response.status_code, response.json()) == (status, body)
    assert SAFE.items() <= response.headers.items()
    assert mautic.calls == []
    if status == 405:
        assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("path", ["/health/ready", "/metrics"])
async def test_what_is_guarded_is_for_now_alone_too(tmp_path: Path, path: str) -> None:
    async with asking(health(tmp_path)) as client:
        response = await client.get(path)
    assert response.status_code == 200
    assert SAFE.items() <= response.headers.items()


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_body_is_refused(
    tmp_path: Path, mautic: FakeMautic, path: str, streamed: bool
) -> None:
    async def chunks() -> object:
        yield b"x"

    content = chunks() if streamed else b"x"
    async with asking(health(tmp_path)) as client:
        response = await client.request("GET", path, content=content)  # type: ignore[arg-type]  # is one
    assert response.status_code == 413
    assert response.json() == {"error": "no body is expected"}
    assert response.headers["connection"] == "close"
    assert mautic.calls == []


async def test_a_head_says_the_same_without_a_body(tmp_path: Path, mautic: FakeMautic) -> None:
    mautic.page = httpx.Response(500)
    async with asking(health(tmp_path)) as client:
        assert (await client.head("/health/ready")).status_code == 503
        assert (await client.head("/health/live")).status_code == 200


async def test_what_nobody_expected_is_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: LoginPage) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(LoginPage, "ask", fail)
    async with asking(health(tmp_path)) as client:
        response = await client.get("/health/ready")
    assert response.status_code == 503
    reason = "a defect: RuntimeError, asking for the login page"
    assert response.json()["reason"] == reason
    assert "canary" not in response.text


async def test_what_nobody_expected_of_an_answer_is_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: Readiness) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(Readiness, "report", fail)
    async with asking(health(tmp_path)) as client:
        response = await client.get("/health/ready")
    assert response.status_code == 500
    assert response.json() == {"error": "internal error"}
    assert SAFE.items() <= response.headers.items()


async def test_a_hundred_at_once_spend_one_call(tmp_path: Path, mautic: FakeMautic) -> None:
    async with asking(health(tmp_path)) as client:
        paths = ["/health/ready", "/metrics"] * 50
        answers = await asyncio.gather(*(client.get(path) for path in paths))
    assert {answer.status_code for answer in answers} == {200}
    assert mautic.calls.count(CALL) == 1


async def test_it_can_be_mounted(tmp_path: Path) -> None:
    app = Starlette(routes=[Mount("/mautic", create_app(health(tmp_path)))])
    async with asking(app) as client:
        assert (await client.get("/mautic/health/ready")).json()["ready"] is True
        lost = await client.get("/mautic/nothing")
    assert (lost.status_code, lost.json()) == (404, {"error": "Not Found"})
    assert lost.headers["cache-control"] == "no-store"


async def test_it_can_answer_more(tmp_path: Path) -> None:
    async def events(_: Request) -> Response:
        return JSONResponse({}, 202)

    more = [Route("/v1/events", events, methods=["POST"])]
    async with asking(create_app(health(tmp_path), routes=more)) as client:
        assert (await client.post("/v1/events", json={"some": "thing"})).status_code == 202
        assert (await client.get("/health/live")).status_code == 200


def closed(health: Health) -> list[bool]:
    readiness = health.readiness
    connections = (readiness._client._connections, readiness._login_page._driver)
    return [driver._http.current().is_closed for driver in connections]


async def test_its_end_closes_its_connections(tmp_path: Path) -> None:
    here = health(tmp_path)
    app = create_app(here)
    async with app.router.lifespan_context(app), asking(app) as client:
        assert (await client.get("/health/ready")).status_code == 200
        assert closed(here) == [False, False]
    assert closed(here) == [True, True]


async def test_the_attribute_is_made_of_the_environment_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mautic_bootstrap.health._app.cache_clear()
    with pytest.raises(errors.SettingsError, match="MAUTIC_API_URL is not set"):
        _ = mautic_bootstrap.health.app
    monkeypatch.setenv("MAUTIC_API_URL", "http://localhost:8080")
    monkeypatch.setenv("MAUTIC_CLIENT_ID", "1_id")
    monkeypatch.setenv("MAUTIC_CLIENT_SECRET", "secret-1")
    app = mautic_bootstrap.health.app
    assert app is mautic_bootstrap.health.app
    async with asking(app) as client:
        assert (await client.get("/health/ready")).status_code == 200
    mautic_bootstrap.health._app.cache_clear()


def test_another_attribute_is_none() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = mautic_bootstrap.health.nothing


def test_looking_needs_no_web_server() -> None:
    program = (
        "import sys; import mautic_bootstrap.health.readiness, mautic_bootstrap.cli.health;"
        "print(sorted({'starlette', 'uvicorn', 'prometheus_client'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=dict(os.environ), capture_output=True, check=True
    )
    assert done.stdout == b"[]\n"
