"""Promises of the client that only an unlucky moment puts to the test."""

import gzip
import logging

import httpx
import pytest
from pydantic import SecretStr

from mautic_bootstrap.api.calls import Call
from mautic_bootstrap.api.credentials import StaticToken
from mautic_bootstrap.api.limits.sqlite_store import SqliteStore
from mautic_bootstrap.api.responses import total
from mautic_bootstrap.api.throttle import Throttle
from mautic_bootstrap.errors import (
    RateLimitedError,
    RequestTimeoutError,
    UnexpectedResponseError,
)
from unit.both_clients import Connect
from unit.fake_api import FakeApi, error, nothing
from unit.fake_clock import FakeClock

_TOKEN = StaticToken(SecretStr("static-token"))


@pytest.fixture
def budget(tmp_path_factory: pytest.TempPathFactory) -> Throttle:
    """One call an hour, of which none is kept back."""
    store = SqliteStore(tmp_path_factory.mktemp("state") / "limits.db")
    who = {"base_url": "http://m", "identity": "i"}
    return Throttle(store, **who, limit=1, reserve=0, max_wait_s=0)


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd"])
def test_an_answer_packed_as_nobody_asked_for_is_refused_before_it_is_read(
    api: FakeApi, connect: Connect, coding: str
) -> None:
    bomb = gzip.compress(gzip.compress(bytes(100_000_000)))
    headers = {"Content-Encoding": coding}

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(bomb))

    api.will(answer)
    with pytest.raises(UnexpectedResponseError, match="packed as"):
        connect(credentials=_TOKEN).request("GET", "/api/contacts")


def test_a_packed_answer_that_ends_early_is_refused(api: FakeApi, connect: Connect) -> None:
    half = gzip.compress(b'{"total": 0, "contacts": []}')[:-9]
    headers = {"Content-Encoding": "gzip"}
    api.will(lambda _: httpx.Response(200, headers=headers, stream=httpx.ByteStream(half)))
    with pytest.raises(UnexpectedResponseError, match="it ends early"):
        connect(credentials=_TOKEN).request("GET", "/api/contacts")


def test_a_token_that_is_still_good_serves_while_another_cannot_be_had(
    api: FakeApi, connect: Connect, api_clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect()
    client.request("GET", "/api/contacts")
    api_clock.sleep(3600 - 50)
    api.will_grant(*[error(503, "Away.")] * 20)
    with caplog.at_level(logging.WARNING):
        assert client.request("GET", "/api/contacts").status_code == 200
        before = len(api.token_requests)
        assert client.request("GET", "/api/contacts").status_code == 200
    assert len(api.token_requests) == before
    assert "The token is renewed later" in caplog.text


def test_an_early_error_is_not_hidden_by_a_budget_that_is_used_up_meanwhile(
    api: FakeApi, connect: Connect, api_clock: FakeClock, budget: Throttle
) -> None:
    api.will(httpx.ReadTimeout("late"), nothing())
    client = connect(credentials=_TOKEN, throttle=budget)
    with pytest.raises(RequestTimeoutError) as caught:
        client.request("GET", "/api/contacts")
    assert len(api.requests) == 1
    assert isinstance(caught.value.__cause__, RateLimitedError)


def test_options_that_are_not_named_stay_as_they_are(api: FakeApi, connect: Connect) -> None:
    said = []

    class Noting(Throttle):
        max_wait_s = 0.0

        def __init__(self) -> None:
            pass

        def take(self, _call, priority, max_wait_s):  # type: ignore[no-untyped-def]  # the budget's
            said.append((priority, max_wait_s))
            yield from ()

        def close(self) -> None:
            pass

    client = connect(credentials=_TOKEN, throttle=Noting())
    patient = client.with_options(priority="background").with_options(max_wait_s=5)
    patient.request("GET", "/api/contacts")
    patient.with_options(priority="interactive").request("GET", "/api/contacts")
    assert said == [("background", 5), ("interactive", 5)]


def test_a_record_that_is_logged_at_info_holds_no_query(
    api: FakeApi, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(credentials=_TOKEN)
    with caplog.at_level(logging.INFO, "mautic_bootstrap.api"):
        client.request("GET", "/api/contacts", params={"search": "ada@example.com"})
    with caplog.at_level(logging.DEBUG, "mautic_bootstrap.api"):
        client.request("GET", "/api/contacts", params={"search": "ada@example.com"})
    shown = [str(vars(record)) for record in caplog.records]
    assert ["ada@example.com" in text for text in shown] == [False, True]


def test_a_second_look_at_a_token_takes_no_time(api: FakeApi, connect: Connect) -> None:
    client = connect()
    assert client.authenticate() > 0
    assert client.authenticate() == 0


@pytest.mark.parametrize("path", ["/x/../api/users", "/api/./users", "/api/users#x", "api/users"])
def test_a_path_that_is_none_is_refused(api: FakeApi, connect: Connect, path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        connect(credentials=_TOKEN).request("GET", path)
    assert api.requests == []


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"total": Infinity}', b'{"username": []}'])
def test_json_that_is_none_of_mautics_is_an_error_of_ours(
    api: FakeApi, connect: Connect, body: bytes
) -> None:
    client = connect(credentials=_TOKEN)
    for call in (client.users.self, lambda: client.campaigns.get(1)):
        api.will(httpx.Response(200, content=body))
        with pytest.raises(UnexpectedResponseError):
            call()


def test_a_total_without_an_end_is_none() -> None:
    with pytest.raises(UnexpectedResponseError, match="a list with its total"):
        total({"total": float("inf")}, attempted="count")


@pytest.mark.parametrize("life", ["9" * 400, "true", "0", "-1", "1.5"])
def test_a_token_whose_life_is_none_is_refused(api: FakeApi, connect: Connect, life: str) -> None:
    grant = f'{{"access_token": "abc", "expires_in": {life}}}'.encode()
    api.will_grant(httpx.Response(200, content=grant))
    with pytest.raises(UnexpectedResponseError, match="its life in seconds"):
        connect().request("GET", "/api/contacts")
    assert api.requests == []


@pytest.mark.parametrize(
    ("path", "counts"),
    [("/oauth/v2/token", False), ("/oauth/v2/token/x", True), ("/%61pi/x", True), ("/x", True)],
)
def test_everything_but_a_token_counts(path: str, counts: bool) -> None:
    assert Call(method="GET", path=path).counts is counts
