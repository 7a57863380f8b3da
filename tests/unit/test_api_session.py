import base64
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest
import respx
from pydantic import SecretStr

from mautic_bootstrap.api.credentials import (
    BasicCredentials,
    Credentials,
    OAuth2Credentials,
    StaticToken,
)
from mautic_bootstrap.api.session import ApiSession
from mautic_bootstrap.errors import (
    ApiDisabledError,
    AuthenticationError,
    UnexpectedResponseError,
)
from mautic_bootstrap.redaction import Redactor

_URL = "http://localhost:8080/crm"
_SECRET = "s3cret/with+signs&more="
_TOKEN = "tok.en-0123"
_CLIENT = OAuth2Credentials("1_id", SecretStr(_SECRET))
_GRANTED = {"access_token": _TOKEN, "expires_in": 3600, "token_type": "bearer", "scope": None}

Opener = Callable[[Credentials], ApiSession]


@pytest.fixture
def mautic() -> Iterator[respx.Router]:
    with respx.mock(base_url=_URL, assert_all_called=False) as router:
        yield router


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.fixture
def session(redactor: Redactor) -> Iterator[Opener]:
    opened: list[ApiSession] = []

    def start(credentials: Credentials) -> ApiSession:
        opened.append(
            ApiSession(_URL, credentials, user_agent="unit/1.0", ca_bundle=None, redactor=redactor)
        )
        return opened[-1]

    yield start
    for each in opened:
        each.__exit__(None, None, None)


def test_a_token_is_asked_for_with_the_secret_in_the_form_body_alone(
    mautic: respx.Router, session: Opener
) -> None:
    route = mautic.post("/oauth/v2/token").respond(200, json=_GRANTED)
    assert session(_CLIENT).request_token() == (_TOKEN, 3600)
    request = route.calls.last.request
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["1_id"],
        "client_secret": [_SECRET],
    }
    assert "authorization" not in request.headers
    assert request.url.query == b""


def test_a_second_token_is_asked_for_without_the_first(
    mautic: respx.Router, session: Opener
) -> None:
    route = mautic.post("/oauth/v2/token").respond(200, json=_GRANTED)
    opened = session(_CLIENT)
    opened.authenticate()
    opened.request_token()
    assert "authorization" not in route.calls.last.request.headers


def test_calls_carry_the_token_in_the_header_alone_under_the_path_prefix(
    mautic: respx.Router, session: Opener
) -> None:
    mautic.post("/oauth/v2/token").respond(200, json=_GRANTED)
    route = mautic.get("/api/contacts").respond(200, json={"total": "0", "contacts": {}})
    opened = session(_CLIENT)
    assert opened.get_object("/api/contacts", {"limit": 1}) == {"total": "0", "contacts": {}}
    request = route.calls.last.request
    assert str(request.url) == f"{_URL}/api/contacts?limit=1"
    assert request.headers["authorization"] == f"Bearer {_TOKEN}"
    assert request.headers["user-agent"] == "unit/1.0"
    assert request.headers["accept"] == "application/json"


def test_one_token_serves_every_call_of_a_session(mautic: respx.Router, session: Opener) -> None:
    token = mautic.post("/oauth/v2/token").respond(200, json=_GRANTED)
    mautic.get("/api/emails").respond(200, json={"total": 0, "emails": []})
    opened = session(_CLIENT)
    for _ in range(3):
        opened.get("/api/emails")
    assert token.call_count == 1


def test_authenticating_says_how_long_the_token_took(
    mautic: respx.Router, session: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    mautic.post("/oauth/v2/token").respond(200, json=_GRANTED)
    ticks = iter(range(0, 100, 5))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(ticks)))
    assert session(_CLIENT).authenticate() > 2


def test_basic_credentials_need_no_token_call(mautic: respx.Router, session: Opener) -> None:
    route = mautic.get("/api/users/self").respond(
        200, json={"username": "admin"}, headers={"Mautic-Version": "7.0.0"}
    )
    opened = session(BasicCredentials("admin", SecretStr("pä:ss")))
    assert opened.authenticate() == 0.0
    assert opened.whoami() == ({"username": "admin"}, "7.0.0")
    sent = route.calls.last.request.headers["authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")).decode() == "admin:pä:ss"


def test_a_static_token_is_sent_as_it_is(mautic: respx.Router, session: Opener) -> None:
    route = mautic.get("/api/emails").respond(200, json={})
    session(StaticToken(SecretStr(_TOKEN))).get("/api/emails")
    assert route.calls.last.request.headers["authorization"] == f"Bearer {_TOKEN}"


@pytest.mark.parametrize("token", ["t\nInjected: yes", "tök", "two words", "", "a\x01b"])
def test_a_static_token_that_cannot_be_one_is_refused_without_a_call_and_never_shown(
    mautic: respx.Router, session: Opener, token: str
) -> None:
    with pytest.raises(AuthenticationError) as caught:
        session(StaticToken(SecretStr(token))).get("/api/emails")
    assert str(caught.value) == (
        f"use a bearer token for {_URL}: expected letters, digits and -._~+/ with = at the end,"
        " saw other characters in it. Run the playbook: it writes a new token."
    )
    assert not mautic.calls


def test_only_an_oauth2_client_can_ask_for_a_token(session: Opener) -> None:
    with pytest.raises(TypeError):
        session(StaticToken(SecretStr(_TOKEN))).request_token()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"access_token": _TOKEN},
        {"access_token": _TOKEN, "expires_in": "3600"},
        {"access_token": None, "expires_in": 3600},
        {"access_token": "a b", "expires_in": 3600},
    ],
)
def test_a_grant_that_is_none_names_its_keys_and_not_its_token(
    mautic: respx.Router, session: Opener, body: dict[str, object]
) -> None:
    mautic.post("/oauth/v2/token").respond(200, json=body)
    with pytest.raises(UnexpectedResponseError) as caught:
        session(_CLIENT).request_token()
    assert f"saw the keys {sorted(body)}." in str(caught.value)
    assert _TOKEN not in caught.value.diagnostics()


def test_an_api_that_is_off_and_a_wrong_client_are_told_apart(
    mautic: respx.Router, session: Opener
) -> None:
    route = mautic.post("/oauth/v2/token")
    route.respond(403, json={"errors": [{"message": "API disabled.", "type": "api_disabled"}]})
    with pytest.raises(ApiDisabledError):
        session(_CLIENT).request_token()
    route.respond(400, json={"errors": [{"message": "invalid", "type": "invalid_client"}]})
    with pytest.raises(AuthenticationError, match=f"^ask {_URL} for a token: expected a bearer"):
        session(_CLIENT).request_token()


def test_a_call_with_another_status_than_200_is_an_error_only_where_200_is_asked_for(
    mautic: respx.Router, session: Opener
) -> None:
    mautic.get("/api/v2/contacts").respond(401, json={"message": "Invalid credentials."})
    opened = session(StaticToken(SecretStr(_TOKEN)))
    assert opened.get("/api/v2/contacts").status_code == 401
    with pytest.raises(AuthenticationError, match=r"^GET /api/v2/contacts on "):
        opened.get_object("/api/v2/contacts")


def test_basic_auth_is_on_where_a_stranger_gets_401_and_off_where_he_gets_403(
    mautic: respx.Router, session: Opener
) -> None:
    mautic.post("/oauth/v2/token").respond(200, json=_GRANTED)
    route = mautic.get("/api/users/self").respond(401)
    opened = session(_CLIENT)
    opened.authenticate()
    assert opened.basic_auth_is_on()
    sent = route.calls.last.request.headers["authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")) == b"mautic-bootstrap-probe:nobody"
    route.respond(403, json={"errors": [{"message": "Basic Auth disabled."}]})
    assert not opened.basic_auth_is_on()


def test_basic_auth_is_not_called_off_where_the_whole_api_is(
    mautic: respx.Router, session: Opener
) -> None:
    off = {"errors": [{"message": "API disabled.", "type": "api_disabled"}]}
    mautic.get("/api/users/self").respond(403, json=off)
    with pytest.raises(ApiDisabledError):
        session(_CLIENT).basic_auth_is_on()
    mautic.get("/api/users/self").respond(302, headers={"Location": "/index.php/installer"})
    with pytest.raises(UnexpectedResponseError, match=r"saw HTTP 302 to /index\.php/installer"):
        session(_CLIENT).basic_auth_is_on()
