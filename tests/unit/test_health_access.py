"""Who may ask: this machine itself, or whoever sends the token; a proxy on this machine is neither."""

from pathlib import Path

import httpx
import pytest

from unit.fake_mautic import FakeMautic
from unit.health_support import TOKEN, asking, health

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("mautic")]

BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def ask(
    folder: Path,
    path: str = "/health/ready",
    *,
    peer: str | None = "127.0.0.1",
    host: str = "127.0.0.1:8085",
    token: str | None = TOKEN,
    **headers: str,
) -> httpx.Response:
    async with asking(health(folder, token=token), peer=peer) as client:
        return await client.get(path, headers={"Host": host} | headers)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("path", ["/health/ready", "/metrics"])
@pytest.mark.parametrize("token", [None, TOKEN])
async def test_this_machine_needs_no_token(
    tmp_path: Path, peer: str, path: str, token: str | None
) -> None:
    assert (await ask(tmp_path, path, peer=peer, token=token)).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "localhost:8085", "[::1]:8085", "mautic.localhost"])
async def test_this_machine_has_several_names(tmp_path: Path, host: str) -> None:
    assert (await ask(tmp_path, host=host)).status_code == 200


@pytest.mark.parametrize("peer", ["10.0.0.7", "::ffff:10.0.0.7", "2001:db8::7", "testclient", None])
@pytest.mark.parametrize("path", ["/health/ready", "/metrics"])
async def test_others_need_the_token(
    tmp_path: Path, mautic: FakeMautic, peer: str | None, path: str
) -> None:
    refused = await ask(tmp_path, path, peer=peer)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.json() == {"error": "a bearer token is needed"}
    assert mautic.calls == []
    assert (await ask(tmp_path, path, peer=peer, **BEARER)).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer x {TOKEN}",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer é",
    ],
)
async def test_another_token_does_not_do(tmp_path: Path, sent: str) -> None:
    headers = httpx.Headers([(b"Authorization", sent.encode("latin-1"))])
    async with asking(health(tmp_path, token=TOKEN), peer="10.0.0.7") as client:
        refused = await client.get("/health/ready", headers=headers)
    assert refused.status_code == 401
    assert TOKEN not in refused.text


async def test_the_scheme_may_be_written_in_any_case(tmp_path: Path) -> None:
    sent = {"Authorization": f"bEARER {TOKEN}"}
    assert (await ask(tmp_path, peer="10.0.0.7", **sent)).status_code == 200


async def test_without_a_token_nothing_lets_others_in(tmp_path: Path, mautic: FakeMautic) -> None:
    for sent in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}, BEARER):
        refused = await ask(tmp_path, peer="10.0.0.7", token=None, **sent)
        assert refused.status_code == 403
        assert "MAUTIC_HEALTH_TOKEN is not set" in refused.json()["error"]
        assert "www-authenticate" not in refused.headers
    assert mautic.calls == []


@pytest.mark.parametrize(
    "header",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Proto": "https"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 cache"},
        {"CF-Connecting-IP": "127.0.0.1"},
        {"Host": "mautic.example.com"},
        {"Host": "localhost.example.com"},
        {"Host": "[::1"},
        {"Host": ""},
    ],
)
async def test_what_was_passed_on_needs_the_token(tmp_path: Path, header: dict[str, str]) -> None:
    assert (await ask(tmp_path, **header)).status_code == 401
    assert (await ask(tmp_path, **header, **BEARER)).status_code == 200


@pytest.mark.parametrize("peer", ["10.0.0.7", None])
async def test_everybody_may_ask_whether_the_process_lives(
    tmp_path: Path, mautic: FakeMautic, peer: str | None
) -> None:
    assert (await ask(tmp_path, "/health/live", peer=peer, token=None)).json() == {"live": True}
    assert mautic.calls == []
