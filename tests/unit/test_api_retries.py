"""Which calls are made again, how often, and after how long."""

import random
from datetime import UTC, datetime
from email.utils import format_datetime

import httpx
import pytest
from pydantic import SecretStr

from mautic_bootstrap.api.credentials import StaticToken
from mautic_bootstrap.api.retries import Retries
from mautic_bootstrap.errors import (
    ApiError,
    BootstrapError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    UnreachableError,
)
from unit.both_clients import Connect
from unit.fake_api import Answer, FakeApi, error
from unit.fake_clock import FakeClock

pytestmark = pytest.mark.usefixtures("api_clock")

_TOKEN = StaticToken(SecretStr("static-token"))

# Nothing was sent, or a server says that it did nothing.
_ALWAYS: list[Answer] = [
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("silence"),
    httpx.PoolTimeout("no connection free"),
    error(429),
]
# Mautic may have acted.
_WHERE_HARMLESS: list[Answer] = [
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.CloseError("reset"),
    httpx.RemoteProtocolError("closed"),
    httpx.ProxyError("bad gateway"),
    httpx.ReadTimeout("silence"),
    httpx.WriteTimeout("silence"),
    error(502),
    error(503),
    error(504),
]
# It would be the same again.
_NEVER: list[Answer] = [
    httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
    httpx.UnsupportedProtocol("gopher"),
    httpx.LocalProtocolError("illegal header"),
    httpx.DecodingError("no gzip"),
    httpx.InvalidURL("none"),
    *(error(status) for status in (302, 400, 401, 403, 404, 409, 418, 422, 500, 501)),
]


def _name(answer: object) -> str:
    return str(answer.status_code) if isinstance(answer, httpx.Response) else type(answer).__name__


def _requests(api: FakeApi, connect: Connect, answer: Answer, *how: object) -> int:
    """Return how many requests reach a server that always answers so."""
    method, harmless_twice = how
    api.will(*[answer] * 5)
    client = connect(credentials=_TOKEN)
    with pytest.raises(BootstrapError):
        client.request(str(method), "/api/x", harmless_twice=harmless_twice)  # type: ignore[arg-type]  # from a table
    return len(api.requests)


@pytest.mark.parametrize(
    "how", [("GET", None), ("GET", False), ("POST", None), ("POST", True), ("POST", False)]
)
@pytest.mark.parametrize("answer", _ALWAYS, ids=_name)
def test_what_certainly_did_nothing_is_repeated_whatever_it_is(
    api: FakeApi, connect: Connect, answer: Answer, how: tuple[object, ...]
) -> None:
    assert _requests(api, connect, answer, *how) == 4


@pytest.mark.parametrize(
    ("how", "requests"),
    [
        (("GET", None), 4),
        (("GET", False), 1),
        (("POST", None), 1),
        (("POST", True), 4),
        (("POST", False), 1),
    ],
)
@pytest.mark.parametrize("answer", _WHERE_HARMLESS, ids=_name)
def test_what_may_have_arrived_is_repeated_only_where_that_is_harmless(
    api: FakeApi, connect: Connect, answer: Answer, how: tuple[object, ...], requests: int
) -> None:
    assert _requests(api, connect, answer, *how) == requests


@pytest.mark.parametrize("how", [("GET", None), ("POST", True)])
@pytest.mark.parametrize("answer", _NEVER, ids=_name)
def test_what_would_be_the_same_again_is_never_repeated(
    api: FakeApi, connect: Connect, answer: Answer, how: tuple[object, ...]
) -> None:
    assert _requests(api, connect, answer, *how) == 1


@pytest.mark.parametrize(
    ("method", "requests"),
    [("get", 4), ("HEAD", 4), ("OPTIONS", 4), ("PUT", 1), ("PATCH", 1), ("DELETE", 1)],
)
def test_where_nothing_is_said_the_method_decides(
    api: FakeApi, connect: Connect, method: str, requests: int
) -> None:
    assert _requests(api, connect, error(503), method, None) == requests


def test_the_first_success_ends_it(api: FakeApi, connect: Connect) -> None:
    api.will(httpx.ReadTimeout("silence"), error(503), httpx.Response(200, json={"a": 1}))
    assert connect(credentials=_TOKEN).request("GET", "/api/x").json() == {"a": 1}
    assert len(api.requests) == 3


def test_another_failure_that_cannot_pass_ends_it_too(api: FakeApi, connect: Connect) -> None:
    api.will(error(503), error(404, "Item was not found."))
    with pytest.raises(ApiError, match="HTTP 404") as caught:
        connect(credentials=_TOKEN).request("GET", "/api/x")
    assert caught.value.attempts == 2


@pytest.mark.parametrize("attempts", [1, 2, 7])
def test_the_last_failure_is_raised_with_the_number_of_attempts(
    api: FakeApi, connect: Connect, attempts: int
) -> None:
    api.will(*[error(502)] * (attempts - 1), error(503), error(504))
    with pytest.raises(ServerError) as caught:
        connect(credentials=_TOKEN, retries=Retries(attempts=attempts)).request("GET", "/api/x")
    assert (caught.value.status, caught.value.attempts) == (503, attempts)
    assert caught.value.details()["attempts"] == attempts
    assert len(api.requests) == attempts


def test_every_attempt_carries_the_call_s_id_and_every_call_its_own(
    api: FakeApi, connect: Connect
) -> None:
    client = connect(credentials=_TOKEN)
    api.will(*[error(503)] * 4)
    with pytest.raises(ServerError) as caught:
        client.request("GET", "/api/x")
    client.request("GET", "/api/x")
    *first, second = [request.headers["x-request-id"] for request in api.requests]
    assert first == [caught.value.request_id] * 4
    assert second not in first
    assert len(second) == 12


@pytest.mark.parametrize(("lucky", "pauses"), [(False, [0.5, 1, 2, 3, 3, 3]), (True, [0.0] * 6)])
def test_a_pause_is_anything_between_nothing_and_a_bound_that_doubles(
    *,
    api: FakeApi,
    connect: Connect,
    api_clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    lucky: bool,
    pauses: list[float],
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: low if lucky else high)
    api.will(*[error(503)] * 7)
    with pytest.raises(ServerError):
        connect(credentials=_TOKEN, retries=Retries(attempts=7, longest_s=3)).request("GET", "/api")
    assert api_clock.pauses == pauses


def test_pauses_are_random_so_that_many_clients_do_not_come_back_at_once(
    api: FakeApi, connect: Connect, api_clock: FakeClock
) -> None:
    client = connect(credentials=_TOKEN, retries=Retries(attempts=2))
    for _ in range(20):
        api.will(error(503))
        client.request("GET", "/api/x")
    assert len(set(api_clock.pauses)) == 20
    assert all(0 <= pause <= 0.5 for pause in api_clock.pauses)


def test_no_attempt_begins_after_the_time_for_all_of_them(
    api: FakeApi, connect: Connect, api_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(_request: httpx.Request) -> httpx.Response:
        api_clock.now += 3
        return httpx.Response(504)

    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    api.will(*[slowly] * 9)
    with pytest.raises(ServerError) as caught:
        connect(credentials=_TOKEN, retries=Retries(attempts=9, total_s=10)).request("GET", "/api")
    assert (api_clock.pauses, caught.value.attempts) == ([0.5, 1], 3)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_a_server_that_names_the_pause_gets_it(
    api: FakeApi, connect: Connect, api_clock: FakeClock, status: int, as_date: bool
) -> None:
    then = format_datetime(datetime.fromtimestamp(api_clock.now + 7, UTC), usegmt=True)
    api.will(error(status, Retry_After=then if as_date else "7"))
    connect(credentials=_TOKEN).request("GET", "/api/x")
    assert api_clock.pauses == [7]


@pytest.mark.parametrize("asked", ["soon", "-5", "nan", "inf", "", "0", "Mon, 99 Foo 2026"])
def test_a_pause_that_is_none_is_the_client_s_own(
    api: FakeApi, connect: Connect, api_clock: FakeClock, asked: str
) -> None:
    api.will(error(429, Retry_After=asked))
    connect(credentials=_TOKEN).request("GET", "/api/x")
    (pause,) = api_clock.pauses
    assert pause <= 0.5


def test_a_pause_beyond_the_bound_is_not_waited_for_but_told(
    api: FakeApi, connect: Connect, api_clock: FakeClock
) -> None:
    api.will(error(429, Retry_After="3600"))
    with pytest.raises(RateLimitedError) as caught:
        connect(credentials=_TOKEN).request("GET", "/api/x")
    assert (caught.value.retry_after_s, caught.value.status) == (3600, 429)
    assert caught.value.attempts == 1
    assert (api_clock.pauses, len(api.requests)) == ([], 1)


@pytest.mark.parametrize(
    ("answer", "error_class"),
    [
        (httpx.ConnectError("refused"), UnreachableError),
        (httpx.ReadTimeout("silence"), RequestTimeoutError),
        (error(503), ServerError),
        (error(429), RateLimitedError),
    ],
)
def test_a_token_that_cannot_be_had_is_asked_for_as_often_as_one_call_is_made(
    api: FakeApi, connect: Connect, answer: Answer, error_class: type[BootstrapError]
) -> None:
    api.will_grant(*[answer] * 20)
    with pytest.raises(error_class, match="for a token") as caught:
        connect().request("GET", "/api/x")
    assert (len(api.token_requests), api.requests) == (4, [])
    if isinstance(caught.value, ApiError):
        ids = {request.headers["x-request-id"] for request in api.token_requests}
        assert (ids, caught.value.attempts) == ({caught.value.request_id}, 4)
