"""Credentials that are replaced while an application runs: no call is lost, and none is made twice for it."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from mautic_bootstrap import AsyncMauticClient, MauticClient
from mautic_bootstrap.api.credentials import Credentials, OAuth2Credentials, StaticToken
from mautic_bootstrap.api.logins import reload_from
from mautic_bootstrap.api.reloading import Login, Reload
from mautic_bootstrap.errors import AuthenticationError
from unit.both_clients import Connect
from unit.fake_api import CLIENT, URL, WRONG_SECRET, FakeApi

_NEWER = OAuth2Credentials("2_id", SecretStr("another-secret"))


def _known_client(api: FakeApi, client_id: str) -> Callable[[httpx.Request], httpx.Response]:
    """Grant tokens to one client alone, as Mautic does once the other one is revoked."""

    def answer(request: httpx.Request) -> httpx.Response:
        asks = parse_qs(request.content.decode())["client_id"]
        return api._grant(request) if asks == [client_id] else WRONG_SECRET  # its own

    return answer


def _rotate(api: FakeApi) -> None:
    api.revoke()
    api.will_grant(*[_known_client(api, _NEWER.client_id)] * 20)


def _reads(*answers: Credentials | None) -> tuple[Reload, list[int]]:
    """Return a reload that answers in turn, the last one for ever, and a list that grows with each."""
    left, looks = list(answers), [0]

    def reload() -> Login | None:
        looks[0] += 1
        credentials = left.pop(0) if len(left) > 1 else left[0]
        return None if credentials is None else Login(credentials, None)

    return Reload(reload), looks


def test_a_revoked_client_is_changed_for_the_newer_one_and_no_call_is_lost(
    api: FakeApi, connect: Connect
) -> None:
    reload, looks = _reads(_NEWER)
    client = connect(reload=reload)
    client.request("GET", "/api/contacts")
    _rotate(api)

    assert client.request("POST", "/api/contacts/new", json={}).status_code == 200
    client.request("GET", "/api/contacts")

    assert looks == [1]
    # The second token request is the old client's, in vain.
    assert api.tokens_used == ["token-1", "token-1", "token-3", "token-3"]


def test_nothing_is_read_again_while_mautic_accepts_the_credentials(
    api: FakeApi, connect: Connect
) -> None:
    reload, looks = _reads(_NEWER)
    client = connect(reload=reload)
    client.request("GET", "/api/contacts")
    api.revoke()  # the token alone: its client gets another
    client.request("GET", "/api/contacts")
    assert looks == [0]


@pytest.mark.parametrize("read", [CLIENT, None])
def test_where_there_are_no_newer_ones_the_refusal_is_the_error(
    api: FakeApi, connect: Connect, read: Credentials | None
) -> None:
    reload, looks = _reads(read)
    client = connect(reload=reload)
    api.will_grant(*[WRONG_SECRET] * 5)
    with pytest.raises(AuthenticationError):
        client.request("GET", "/api/contacts")
    assert looks == [1]
    assert len(api.token_requests) == 1


def test_an_id_beside_the_secret_of_the_other_is_read_once_more(
    api: FakeApi, connect: Connect
) -> None:
    mixed = OAuth2Credentials(CLIENT.client_id, _NEWER.client_secret)
    reload, looks = _reads(mixed, _NEWER)
    client = connect(reload=reload)
    client.request("GET", "/api/contacts")
    _rotate(api)
    assert client.request("GET", "/api/contacts").status_code == 200
    assert looks == [2]


def test_newer_ones_that_mautic_refuses_too_end_in_its_refusal_after_a_few_looks(
    api: FakeApi, connect: Connect
) -> None:
    strange = [OAuth2Credentials(f"{n}_id", SecretStr("x")) for n in range(5, 15)]
    reload, looks = _reads(*strange)
    client = connect(reload=reload)
    api.will_grant(*[WRONG_SECRET] * 20)
    with pytest.raises(AuthenticationError):
        client.request("GET", "/api/contacts")
    assert looks == [3]


def test_a_static_token_is_changed_for_the_newer_one(api: FakeApi, connect: Connect) -> None:
    reload, _ = _reads(StaticToken(SecretStr("static-newer")))
    client = connect(credentials=StaticToken(SecretStr("older")), reload=reload)
    assert client.request("GET", "/api/contacts").status_code == 200
    assert api.tokens_used == ["older", "static-newer"]


def test_a_static_token_without_a_newer_one_is_expired(api: FakeApi, connect: Connect) -> None:
    reload, _ = _reads(StaticToken(SecretStr("older")))
    client = connect(credentials=StaticToken(SecretStr("older")), reload=reload)
    with pytest.raises(AuthenticationError, match="The access token provided is invalid"):
        client.request("GET", "/api/contacts")
    assert api.tokens_used == ["older"]


def test_handshakes_of_both_are_counted(api: FakeApi, connect: Connect) -> None:
    reload, _ = _reads(_NEWER)
    client = connect(reload=reload)
    client.authenticate()
    _rotate(api)
    client.request("GET", "/api/contacts")
    assert client._pipeline.authenticator.handshakes == 2  # no public count
    assert client.request_token()[1] == api.lifetime_s


def test_a_client_of_a_dotenv_file_reads_it_again(api: FakeApi, tmp_path: Path) -> None:
    with MauticClient.from_env(_env(tmp_path, "1_id")) as client:
        client.request("GET", "/api/contacts")
        _env(tmp_path, "2_id")
        _rotate(api)
        assert client.request("GET", "/api/contacts").status_code == 200


@pytest.mark.anyio
async def test_an_awaited_client_of_a_dotenv_file_reads_it_again(
    api: FakeApi, tmp_path: Path
) -> None:
    async with AsyncMauticClient.from_env(_env(tmp_path, "1_id")) as client:
        await client.request("GET", "/api/contacts")
        _env(tmp_path, "2_id")
        _rotate(api)
        assert (await client.request("GET", "/api/contacts")).status_code == 200


def test_a_file_that_changes_is_read_before_mautic_refuses_the_old_credentials(
    api: FakeApi, tmp_path: Path
) -> None:
    with MauticClient.from_env(_env(tmp_path, "1_id")) as client:
        client.request("GET", "/api/contacts")
        _env(tmp_path, "another_id")
        client.request("GET", "/api/contacts")
        client.request("GET", "/api/contacts")
    asked = [parse_qs(r.content.decode())["client_id"][0] for r in api.token_requests]
    assert asked == ["1_id", "another_id"]
    assert api.tokens_used == ["token-1", "token-2", "token-2"]


def test_a_file_that_goes_away_changes_nothing(api: FakeApi, tmp_path: Path) -> None:
    with MauticClient.from_env(_env(tmp_path, "1_id")) as client:
        client.request("GET", "/api/contacts")
        (tmp_path / ".env").unlink()
        client.request("GET", "/api/contacts")
    assert api.tokens_used == ["token-1", "token-1"]


def test_another_mautic_or_a_broken_file_is_not_changed_over_to(tmp_path: Path) -> None:
    file = _env(tmp_path, "2_id")
    assert reload_from(file, "http://localhost:1234").read() is None
    assert reload_from(file, URL).read() is not None
    file.write_text(f"MAUTIC_API_URL={URL}\nMAUTIC_CLIENT_ID=3_id\n")
    assert reload_from(file, URL).read() is None


def _env(folder: Path, client_id: str) -> Path:
    file = folder / ".env"
    lines = (
        f"MAUTIC_API_URL={URL}",
        f"MAUTIC_CLIENT_ID={client_id}",
        "MAUTIC_CLIENT_SECRET=s",
        "MAUTIC_TOKEN_CACHE=off",
        "MAUTIC_RATE_LIMIT_PER_HOUR=0",
    )
    file.write_text("\n".join(lines) + "\n")
    return file
