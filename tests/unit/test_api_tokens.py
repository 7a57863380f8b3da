"""Tokens: asked for once, renewed early, and once more where Mautic refuses one."""

import logging
import random
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from mautic_bootstrap.api.credentials import BasicCredentials, StaticToken
from mautic_bootstrap.api.token_cache import TokenCache
from mautic_bootstrap.errors import (
    ApiDisabledError,
    AuthenticationError,
    ForbiddenError,
    TokenExpiredError,
)
from unit.both_clients import Connect
from unit.fake_api import (
    API_OFF,
    CLIENT,
    ENDED_TOKEN,
    SECRET,
    UNKNOWN_TOKEN,
    URL,
    WRONG_SECRET,
    FakeApi,
    error,
    grant,
    nothing,
)
from unit.fake_clock import FakeClock

_HOUR = 3600


@pytest.fixture
def cache(tmp_path: Path) -> TokenCache:
    return TokenCache(
        tmp_path / "tokens",
        base_url=URL,
        client_id=CLIENT.client_id,
        client_secret=CLIENT.client_secret,
    )


def test_one_token_serves_every_call(api: FakeApi, connect: Connect) -> None:
    client = connect()
    for _ in range(5):
        client.request("GET", "/api/emails")
    assert api.tokens_used == ["token-1"] * 5
    assert len(api.token_requests) == 1


@pytest.mark.parametrize(("chance", "lead_s"), [(1.0, 60), (1.5, 90)])
def test_a_token_is_renewed_a_minute_and_a_bit_by_chance_before_its_end(
    *,
    api: FakeApi,
    connect: Connect,
    api_clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    chance: float,
    lead_s: float,
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: chance)
    client = connect()
    client.request("GET", "/api/emails")
    api_clock.now += _HOUR - lead_s - 1
    client.request("GET", "/api/emails")
    api_clock.now += 1
    client.request("GET", "/api/emails")
    assert api.tokens_used == ["token-1", "token-1", "token-2"]


def test_the_moment_of_renewal_differs_from_client_to_client(
    api: FakeApi, connect: Connect, api_clock: FakeClock
) -> None:
    clients = [connect() for _ in range(12)]
    for client in clients:
        client.authenticate()
    api_clock.now += _HOUR - 75
    for client in clients:
        client.authenticate()
    assert 12 < len(api.token_requests) < 24


def test_a_token_that_lives_a_minute_is_not_asked_for_at_every_call(
    api: FakeApi, connect: Connect, api_clock: FakeClock
) -> None:
    api.lifetime_s = 60
    client = connect()
    for _ in range(10):
        client.request("GET", "/api/emails")
        api_clock.now += 5
    assert api.tokens_used == ["token-1"] * 10
    api_clock.now += 5
    client.request("GET", "/api/emails")
    assert api.tokens_used[-1] == "token-2"


def test_clients_that_share_a_cache_share_the_token_and_its_early_renewal(
    api: FakeApi, connect: Connect, api_clock: FakeClock, cache: TokenCache
) -> None:
    one, other = connect(token_store=cache), connect(token_store=cache)
    one.request("GET", "/api/emails")
    other.request("GET", "/api/emails")
    api_clock.now += _HOUR - 59
    one.request("GET", "/api/emails")
    other.request("GET", "/api/emails")
    assert api.tokens_used == ["token-1", "token-1", "token-2", "token-2"]
    assert len(api.token_requests) == 2


def test_a_token_kept_is_used_by_the_next_process_until_its_end(
    api: FakeApi, connect: Connect, api_clock: FakeClock, cache: TokenCache
) -> None:
    connect(token_store=cache).authenticate()
    api_clock.now += _HOUR - 30
    client = connect(token_store=cache)
    client.request("GET", "/api/emails")
    api_clock.now += 29
    client.request("GET", "/api/emails")
    assert api.tokens_used == ["token-1", "token-2"]


def test_a_token_that_is_refused_is_renewed_once_and_the_call_made_again(
    api: FakeApi, connect: Connect, api_clock: FakeClock
) -> None:
    client = connect()
    client.authenticate()
    api.revoke()
    assert client.request("POST", "/api/campaigns/1/contact/2/add").status_code == 200
    assert api.tokens_used == ["token-1", "token-2"]
    assert api_clock.pauses == []


def test_a_kept_token_that_is_refused_is_replaced_for_everybody(
    api: FakeApi, connect: Connect, cache: TokenCache
) -> None:
    one, other = connect(token_store=cache), connect(token_store=cache)
    one.authenticate()
    other.authenticate()
    api.revoke()
    one.request("GET", "/api/emails")
    other.request("GET", "/api/emails")
    assert api.tokens_used == ["token-1", "token-2", "token-1", "token-2"]
    assert len(api.token_requests) == 2


def test_a_new_token_that_is_refused_too_is_an_error_after_two_attempts(
    api: FakeApi, connect: Connect
) -> None:
    api.will(UNKNOWN_TOKEN, UNKNOWN_TOKEN)
    with pytest.raises(AuthenticationError) as caught:
        connect().request("GET", "/api/emails")
    assert type(caught.value) is AuthenticationError
    assert (caught.value.status, caught.value.mautic_type) == (401, "invalid_grant")
    assert caught.value.attempts == 2
    assert api.tokens_used == ["token-1", "token-2"]
    assert {request.headers["x-request-id"] for request in api.requests} == {
        caught.value.request_id
    }


def test_another_refusal_after_the_renewal_is_what_it_is(api: FakeApi, connect: Connect) -> None:
    api.will(UNKNOWN_TOKEN, error(403, "You do not have access to the requested area/action."))
    with pytest.raises(ForbiddenError):
        connect().request("GET", "/api/emails")
    assert len(api.requests) == 2


def test_a_call_that_is_repeated_renews_its_token_once_in_all(
    api: FakeApi, connect: Connect, api_clock: FakeClock
) -> None:
    api.will(UNKNOWN_TOKEN, error(503), UNKNOWN_TOKEN)
    with pytest.raises(AuthenticationError) as caught:
        connect().request("GET", "/api/emails")
    assert (len(api.token_requests), len(api.requests), caught.value.attempts) == (2, 3, 3)


def test_a_client_that_was_deleted_meanwhile_is_said_by_the_token_endpoint(
    api: FakeApi, connect: Connect
) -> None:
    client = connect()
    client.authenticate()
    api.revoke()
    api.will_grant(WRONG_SECRET)
    with pytest.raises(AuthenticationError, match=f"^ask {URL} for a token") as caught:
        client.request("GET", "/api/emails")
    assert caught.value.mautic_type == "invalid_client"
    assert (len(api.requests), len(api.token_requests)) == (1, 2)


def test_api_v2_refuses_every_client_s_token_so_none_is_renewed_for_it(
    api: FakeApi, connect: Connect
) -> None:
    api.will(httpx.Response(401, json={"message": "Invalid credentials."}))
    with pytest.raises(AuthenticationError, match="Invalid credentials"):
        connect().request("GET", "/api/v2/contacts")
    assert (len(api.requests), len(api.token_requests)) == (1, 1)


@pytest.mark.parametrize(
    "credentials",
    [StaticToken(SecretStr("static-token")), BasicCredentials("admin", SecretStr("wrong-one"))],
)
def test_what_cannot_be_renewed_is_tried_once(
    api: FakeApi, connect: Connect, credentials: StaticToken | BasicCredentials
) -> None:
    api.will(UNKNOWN_TOKEN, nothing())
    with pytest.raises(AuthenticationError) as caught:
        connect(credentials=credentials).request("GET", "/api/emails")
    assert caught.value.attempts == 1
    assert (len(api.requests), api.token_requests) == (1, [])


def test_a_static_token_past_its_life_points_to_what_renews_itself(
    api: FakeApi, connect: Connect
) -> None:
    api.will(ENDED_TOKEN)
    with pytest.raises(TokenExpiredError) as caught:
        connect(credentials=StaticToken(SecretStr("static-token"))).request("GET", "/api/emails")
    assert "MAUTIC_CLIENT_ID" in caught.value.hint
    assert "app_env_auth=oauth2" in caught.value.hint
    assert "static-token" not in caught.value.diagnostics()
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    ("answer", "error_class"), [(WRONG_SECRET, AuthenticationError), (API_OFF, ApiDisabledError)]
)
def test_a_wrong_secret_and_an_api_that_is_off_are_told_apart_and_tried_once(
    api: FakeApi, connect: Connect, answer: httpx.Response, error_class: type[AuthenticationError]
) -> None:
    api.will_grant(answer, answer)
    with pytest.raises(error_class, match=f"^ask {URL} for a token: expected a bearer") as caught:
        connect().request("GET", "/api/emails")
    assert type(caught.value) is error_class
    assert caught.value.attempts == 1
    assert SECRET not in caught.value.diagnostics()
    assert (len(api.token_requests), api.requests) == (1, [])


def test_after_a_failure_the_next_call_asks_again(api: FakeApi, connect: Connect) -> None:
    api.will_grant(WRONG_SECRET)
    client = connect()
    with pytest.raises(AuthenticationError):
        client.request("GET", "/api/emails")
    assert client.request("GET", "/api/emails").status_code == 200


@pytest.mark.parametrize(("seconds", "warnings"), [(1.9, []), (2.5, [2.5])])
def test_a_handshake_of_more_than_two_seconds_is_a_warning_with_its_time(
    *,
    api: FakeApi,
    connect: Connect,
    api_clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
    seconds: float,
    warnings: list[float],
) -> None:
    def slowly(_request: httpx.Request) -> httpx.Response:
        api_clock.now += seconds
        return grant("token-0123")

    api.will_grant(slowly)
    connect().authenticate()
    said = [x.getMessage() for x in caplog.records if x.levelno == logging.WARNING]
    assert said == [f"The token took {s} s; more than 2 s is slow" for s in warnings]
