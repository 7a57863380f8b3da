"""What the client sends, and how it authenticates."""

import base64
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from mautic_bootstrap.api.credentials import BasicCredentials, Credentials, StaticToken
from mautic_bootstrap.errors import AuthenticationError, NotFoundError, UnexpectedResponseError
from unit.both_clients import Connect
from unit.fake_api import CLIENT, SECRET, URL, FakeApi, error, nothing
from unit.fake_clock import FakeClock

_STATIC = StaticToken(SecretStr("static-0123"))
_ADMIN = BasicCredentials("admin", SecretStr("pä:ss"))


def test_calls_carry_the_token_in_the_header_alone_under_the_path_prefix(
    api: FakeApi, connect: Connect
) -> None:
    client = connect(user_agent="unit/1.0")
    answer = client.request("get", "/api/contacts", params={"limit": 1})
    assert answer.json() == {"total": "0", "contacts": {}}
    (request,) = api.requests
    assert (request.method, str(request.url)) == ("GET", f"{URL}/api/contacts?limit=1")
    assert request.headers["authorization"] == "Bearer token-1"
    assert request.headers["user-agent"] == "unit/1.0"
    assert request.headers["accept"] == "application/json"
    assert request.content == b""


def test_a_body_travels_as_json(api: FakeApi, connect: Connect) -> None:
    connect().request("POST", "/api/contacts/new", json={"email": "ädä@example.com"})
    (request,) = api.requests
    assert request.headers["content-type"] == "application/json"
    assert httpx.Response(200, content=request.content).json() == {"email": "ädä@example.com"}


def test_the_package_names_itself_where_no_user_agent_is_given(
    api: FakeApi, connect: Connect
) -> None:
    connect().request("GET", "/api/contacts")
    assert api.requests[0].headers["user-agent"].startswith("mautic-bootstrap/")


def test_a_token_is_asked_for_with_the_secret_in_the_form_body_alone(
    api: FakeApi, connect: Connect
) -> None:
    assert connect().request_token() == ("token-1", 3600)
    (request,) = api.token_requests
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["1_id"],
        "client_secret": [SECRET],
    }
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in request.headers
    assert request.url.query == b""


def test_a_second_token_is_asked_for_without_the_first(api: FakeApi, connect: Connect) -> None:
    client = connect()
    client.authenticate()
    assert client.request_token() == ("token-2", 3600)
    assert "authorization" not in api.token_requests[-1].headers


def test_authenticating_says_how_long_the_token_took(
    api: FakeApi, connect: Connect, api_clock: FakeClock
) -> None:
    def slowly(_request: httpx.Request) -> httpx.Response:
        api_clock.now += 1.5
        return httpx.Response(200, json={"access_token": "t", "expires_in": 3600})

    api.will_grant(slowly)
    assert connect().authenticate() == 1.5


@pytest.mark.parametrize("credentials", [_ADMIN, _STATIC])
def test_whatever_needs_no_token_call_makes_none(
    api: FakeApi, connect: Connect, credentials: Credentials
) -> None:
    client = connect(credentials=credentials)
    assert client.authenticate() == 0.0
    client.request("GET", "/api/users/self")
    assert api.token_requests == []


def test_a_user_and_a_password_travel_as_basic_auth(api: FakeApi, connect: Connect) -> None:
    connect(credentials=_ADMIN).request("GET", "/api/users/self")
    sent = api.requests[0].headers["authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")).decode() == "admin:pä:ss"


def test_a_static_token_is_sent_as_it_is(api: FakeApi, connect: Connect) -> None:
    connect(credentials=_STATIC).request("GET", "/api/emails")
    assert api.tokens_used == ["static-0123"]


@pytest.mark.parametrize("token", ["t\nInjected: yes", "tök", "two words", "", "a\x01b"])
def test_a_static_token_that_cannot_be_one_is_refused_without_a_call_and_never_shown(
    api: FakeApi, connect: Connect, token: str
) -> None:
    with pytest.raises(AuthenticationError) as caught:
        connect(credentials=StaticToken(SecretStr(token)))
    assert str(caught.value) == (
        f"use a bearer token for {URL}: expected letters, digits and -._~+/ with = at the end,"
        " saw other characters in it. Run the playbook: it writes a new token."
    )
    assert api.requests == []


def test_only_an_oauth2_client_can_ask_for_a_token(connect: Connect) -> None:
    with pytest.raises(TypeError, match="only an OAuth2 client can ask for a token"):
        connect(credentials=_STATIC).request_token()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"access_token": "token-0123"},
        {"access_token": "token-0123", "expires_in": "3600"},
        {"access_token": "token-0123", "expires_in": True},
        {"access_token": "token-0123", "expires_in": 0},
        {"access_token": "token-0123", "expires_in": -1},
        {"access_token": "token-0123", "expires_in": 10**12},
        {"access_token": None, "expires_in": 3600},
        {"access_token": "token-0123 b", "expires_in": 3600},
    ],
)
def test_a_grant_that_is_none_names_its_keys_and_not_its_token(
    api: FakeApi, connect: Connect, body: dict[str, Any]
) -> None:
    api.will_grant(httpx.Response(200, json=body))
    with pytest.raises(UnexpectedResponseError) as caught:
        connect().request_token()
    assert f"saw the keys {sorted(body)}." in str(caught.value)
    assert caught.value.status == 200
    assert "token-0123" not in caught.value.diagnostics()


@pytest.mark.parametrize("answer", [httpx.Response(200, html="hello"), httpx.Response(200)])
def test_a_token_endpoint_that_answers_no_json_gives_no_token(
    api: FakeApi, connect: Connect, answer: httpx.Response
) -> None:
    api.will_grant(answer)
    with pytest.raises(UnexpectedResponseError, match="an access token and its life in seconds"):
        connect().request("GET", "/api/contacts")
    assert api.requests == []


@pytest.mark.parametrize(
    "path", ["", "api/contacts", "https://evil.example/api", "@evil.example/", "/api/x?limit=1"]
)
def test_a_path_that_could_name_another_host_or_hold_a_query_is_refused(
    api: FakeApi, connect: Connect, path: str
) -> None:
    with pytest.raises(ValueError, match='the path begins with "/"'):
        connect().request("GET", path)
    assert (api.requests, api.token_requests) == ([], [])


def test_a_path_that_looks_like_a_host_stays_on_this_one(api: FakeApi, connect: Connect) -> None:
    connect().request("GET", "//evil.example/api")
    assert api.requests[0].url.host == "localhost"


def test_the_client_knows_which_mautic_answered_last(api: FakeApi, connect: Connect) -> None:
    client = connect()
    assert (client.base_url, client.server.mautic_version) == (URL, "")
    api.will(httpx.Response(200, headers={"Mautic-Version": "7.0.0", "Server": "Apache"}))
    client.request("GET", "/api/contacts")
    assert (client.server.mautic_version, client.server.software) == ("7.0.0", "Apache")
    api.will(error(404, "Item was not found.", Mautic_Version="7.0.1"), nothing())
    with pytest.raises(NotFoundError):
        client.request("GET", "/api/contacts/1")
    client.request("GET", "/api/contacts")
    assert client.server.mautic_version == "7.0.1"


def test_a_client_says_nothing_of_its_secret(api: FakeApi, connect: Connect) -> None:
    client = connect()
    client.authenticate()
    text = repr(client) + repr(vars(client)) + repr(CLIENT)
    assert SECRET not in text
    assert "token-1" not in text
