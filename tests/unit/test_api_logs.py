"""What is told of every call, and what is never told."""

import logging
import traceback
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from mautic_bootstrap.api.credentials import (
    BasicCredentials,
    Credentials,
    OAuth2Credentials,
    StaticToken,
)
from mautic_bootstrap.api.limits.sqlite_store import SqliteStore
from mautic_bootstrap.api.logs import CallRecord
from mautic_bootstrap.api.retries import Retries
from mautic_bootstrap.api.throttle import Throttle
from mautic_bootstrap.api.token_cache import TokenCache
from mautic_bootstrap.errors import (
    BootstrapError,
    NotFoundError,
    ServerError,
    UnreachableError,
)
from mautic_bootstrap.redaction import Redactor
from unit import faulty_server as faults
from unit.both_clients import Connect
from unit.fake_api import URL, FakeApi, error, nothing
from unit.fake_clock import FakeClock
from unit.faulty_server import FaultyServer, answers, faulty_server

_TOKEN = StaticToken(SecretStr("static-token"))
_ADA = {"search": "email:ada@example.com"}


@pytest.fixture
def told() -> list[CallRecord]:
    """Every record that the client told of."""
    return []


@pytest.fixture
def throttle(tmp_path: Path) -> Throttle:
    store = SqliteStore(tmp_path / "limits.db")
    return Throttle(store, base_url=URL, identity="", limit=9, reserve=0, max_wait_s=0)


def test_a_call_is_told_with_all_that_finds_it_again(
    *,
    api: FakeApi,
    connect: Connect,
    api_clock: FakeClock,
    told: list[CallRecord],
    throttle: Throttle,
) -> None:
    def slowly(_request: httpx.Request) -> httpx.Response:
        api_clock.now += 0.25
        return httpx.Response(200, json={}, headers={"Mautic-Version": "7.0.0"})

    api.will(slowly)
    client = connect(credentials=_TOKEN, throttle=throttle, on_call=told.append)
    client.request("GET", "/api/contacts", params=_ADA)
    assert told == [
        CallRecord(
            request_id=api.requests[0].headers["x-request-id"],
            method="GET",
            path="/api/contacts",
            attempt=1,
            milliseconds=250,
            status=200,
            error="",
            budget_left=8,
            mautic_version="7.0.0",
            params=_ADA,
        )
    ]


def test_a_token_call_is_told_too_and_takes_no_budget(
    api: FakeApi, connect: Connect, told: list[CallRecord], throttle: Throttle
) -> None:
    connect(throttle=throttle, on_call=told.append).request("GET", "/api/contacts")
    seen = [(each.method, each.path, each.budget_left) for each in told]
    assert seen == [("POST", "/oauth/v2/token", None), ("GET", "/api/contacts", 8)]
    assert told[0].request_id != told[1].request_id
    assert told[0].params == {}


@pytest.mark.usefixtures("api_clock")
def test_every_attempt_is_told_with_what_it_came_to(
    api: FakeApi, connect: Connect, told: list[CallRecord], throttle: Throttle
) -> None:
    api.will(httpx.ReadTimeout("silence"), error(503), httpx.Response(200))
    client = connect(credentials=_TOKEN, throttle=throttle, on_call=told.append)
    client.request("GET", "/api/contacts")
    seen = [(each.attempt, each.status, each.error, each.budget_left) for each in told]
    assert seen == [(1, None, "ReadTimeout", 8), (2, 503, "", 7), (3, 200, "", 6)]
    assert len({each.request_id for each in told}) == 1


def test_a_call_that_was_never_sent_is_told_too(
    api: FakeApi, connect: Connect, told: list[CallRecord]
) -> None:
    with pytest.raises(UnreachableError):
        connect(credentials=_TOKEN, on_call=told.append).request("GET", "/api/\x00")
    assert [(each.status, each.error) for each in told] == [(None, "InvalidURL")]


@pytest.mark.parametrize(
    ("level", "query"),
    [(logging.INFO, ""), (logging.DEBUG, " {'search': 'email:ada@example.com'}")],
)
def test_the_log_has_a_line_for_each_attempt_and_the_query_at_debug_alone(
    *,
    api: FakeApi,
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
    level: int,
    query: str,
) -> None:
    caplog.set_level(level, "mautic_bootstrap.api")
    api.will(httpx.Response(200, headers={"Mautic-Version": "7.0.0"}))
    connect(credentials=_TOKEN).request("GET", "/api/contacts", params=_ADA)
    (record,) = (each for each in caplog.records if each.name == "mautic_bootstrap.api")
    request_id = api.requests[0].headers["x-request-id"]
    assert record.levelno == logging.INFO
    line = record.getMessage()
    assert line.startswith(f"GET /api/contacts{query} -> 200 in ")
    assert line.endswith(f" ms (attempt 1, budget left -, Mautic 7.0.0, request {request_id})")
    assert isinstance(vars(record)["mautic_call"], CallRecord)


def test_a_failure_is_logged_by_its_name_and_nothing_is_said_by_default(
    api: FakeApi, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(credentials=_TOKEN, retries=Retries(attempts=1))
    client.request("GET", "/api/contacts")
    assert caplog.records == []
    caplog.set_level(logging.INFO, "mautic_bootstrap.api")
    api.will(httpx.ConnectError("refused"))
    with pytest.raises(UnreachableError):
        client.request("GET", "/api/contacts")
    assert "GET /api/contacts -> ConnectError in " in caplog.text


def test_httpx_says_nothing_of_our_calls_and_goes_on_with_those_of_others(
    api: FakeApi, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    connect().request("GET", "/api/contacts", params=_ADA)
    assert [each for each in caplog.records if each.name == "httpx"] == []
    httpx.get(f"{URL}/somebody/else")
    (record,) = (each for each in caplog.records if each.name == "httpx")
    assert "/somebody/else" in record.getMessage()


_CANARY = "canary-0123456789+/="
_CREDENTIALS: list[Credentials] = [
    OAuth2Credentials("1_id", SecretStr(_CANARY)),
    BasicCredentials("ada", SecretStr(_CANARY)),
    StaticToken(SecretStr(_CANARY)),
]


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


@pytest.mark.parametrize("credentials", _CREDENTIALS, ids=lambda each: type(each).__name__)
def test_no_secret_is_in_any_log_or_error_whatever_the_server_does(
    connect: Connect,
    server: FaultyServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    credentials: Credentials,
) -> None:
    caplog.set_level(logging.DEBUG)
    token = b'{"access_token": "canary-token-0123456789", "expires_in": 3600}'
    told: list[CallRecord] = []
    client = connect(
        server.url,
        credentials,
        on_call=told.append,
        retries=Retries(attempts=1),
        token_store=TokenCache(
            tmp_path, base_url=server.url, client_id="1_id", client_secret=SecretStr(_CANARY)
        ),
    )
    if isinstance(credentials, OAuth2Credentials):
        server.will(answers(token))
    client.authenticate()
    texts = []
    for fault in (faults.closes, faults.truncates, faults.speaks_no_http, _echoes, _echoes_type):
        server.will(fault)
        with pytest.raises(BootstrapError) as caught:
            client.request("GET", "/api/contacts", params=_ADA)
        texts += traceback.format_exception(caught.value)
        texts += [caught.value.diagnostics(), repr(caught.value.__dict__)]
    texts += [f"{each.getMessage()} {vars(each)}" for each in caplog.records]
    texts += map(repr, told)
    assert any("httpcore" in each.name for each in caplog.records)
    everything = "\n".join(texts)
    assert "GET /api/contacts" in everything
    pair = b64encode(f"ada:{_CANARY}".encode()).decode()
    for secret in ("canary-0123456789", "canary-token", pair):
        assert secret not in everything


def _echoes(connection: faults.Connection) -> bool:
    sent = connection.server.requests[-1].headers["authorization"]
    return answers(_error(f"{_CANARY} {sent}"), "404 Not Found")(connection)


def _echoes_type(connection: faults.Connection) -> bool:
    return answers(_error("x", _CANARY), "400 Bad Request")(connection)


def _error(message: str, kind: str = "") -> bytes:
    body = {"errors": [{"message": message, "type": kind, "details": {message: [message]}}]}
    return httpx.Response(400, json=body).content


def test_a_token_asked_for_is_a_secret_from_then_on(api: FakeApi, connect: Connect) -> None:
    client = connect()
    token, _ = client.request_token()
    api.will(error(500, f"Broke with {token}"))
    with pytest.raises(ServerError) as caught:
        client.request("GET", "/api/contacts")
    assert caught.value.mautic_message == "Broke with ********"


def test_secrets_that_a_caller_knows_are_masked_too(api: FakeApi, connect: Connect) -> None:
    api.will(error(500, "Could not send with smtp-password-0123"))
    client = connect(credentials=_TOKEN, redactor=Redactor(["smtp-password-0123"]))
    with pytest.raises(ServerError) as caught:
        client.request("GET", "/api/contacts")
    assert caught.value.mautic_message == "Could not send with ********"


def test_a_hook_that_fails_is_heard_and_takes_no_answer_away(
    api: FakeApi, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    def hook(_record: CallRecord) -> None:
        raise ZeroDivisionError

    client = connect(credentials=_TOKEN, on_call=hook)
    api.will(nothing(), error(404, "Item was not found."))
    assert client.request("GET", "/api/contacts").status_code == 200
    with pytest.raises(NotFoundError):
        client.request("GET", "/api/contacts")
    assert caplog.text.count("on_call failed for request") == 2
    caplog.clear()
