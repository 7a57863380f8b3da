"""The hourly budget, as calls meet it."""

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from mautic_bootstrap.api.credentials import StaticToken
from mautic_bootstrap.api.limits.sqlite_store import SqliteStore
from mautic_bootstrap.api.retries import Retries
from mautic_bootstrap.api.throttle import Throttle
from mautic_bootstrap.errors import (
    ApiDisabledError,
    LimitStoreError,
    RateLimitedError,
    ServerError,
)
from unit.both_clients import Connect, NewThrottle
from unit.fake_api import API_OFF, CLIENT, UNKNOWN_TOKEN, URL, FakeApi, error, nothing
from unit.fake_clock import FakeClock

_TOKEN = StaticToken(SecretStr("static-token"))


def test_calls_take_from_the_budget_and_tokens_do_not(
    api: FakeApi, connect: Connect, new_throttle: NewThrottle
) -> None:
    client = connect(throttle=new_throttle(3))
    client.authenticate()
    client.request_token()
    client.request("GET", "/api/emails")
    client.request("POST", "/api/contacts/new", json={})
    budget = client.budget
    assert budget is not None
    assert (budget.limit, budget.used, budget.left) == (3, 2, 1)
    assert len(api.token_requests) == 2


def test_the_budget_is_told_without_a_call_and_is_none_where_there_is_none(
    api: FakeApi, connect: Connect, new_throttle: NewThrottle, api_clock: FakeClock
) -> None:
    assert connect().budget is None
    client = connect(throttle=new_throttle(3))
    client.request("GET", "/api/emails")
    api_clock.now += 600
    for _ in range(3):
        budget = client.budget
        assert budget is not None
        assert (budget.used, budget.left, budget.reset_s) == (1, 2, 3000)
    assert len(api.requests) == 1


def test_every_attempt_takes_from_the_budget(
    api: FakeApi, connect: Connect, new_throttle: NewThrottle
) -> None:
    client = connect(throttle=new_throttle(10))
    api.will(error(503), httpx.ReadTimeout("silence"), nothing())
    client.request("GET", "/api/emails")
    api.will(UNKNOWN_TOKEN)
    client.request("GET", "/api/emails")
    budget = client.budget
    assert budget is not None
    assert budget.used == 5 == len(api.requests)


def test_what_cannot_authenticate_takes_nothing_from_it(
    api: FakeApi, connect: Connect, new_throttle: NewThrottle
) -> None:
    client = connect(throttle=new_throttle(1))
    api.will_grant(API_OFF)
    with pytest.raises(ApiDisabledError):
        client.request("GET", "/api/emails")
    assert client.budget is not None
    assert client.budget.used == 0


def test_a_full_budget_is_an_error_that_says_when_the_next_call_is_free(
    api: FakeApi, connect: Connect, new_throttle: NewThrottle, api_clock: FakeClock
) -> None:
    client = connect(throttle=new_throttle(2))
    client.request("GET", "/api/emails")
    api_clock.now += 100
    client.request("GET", "/api/emails")
    with pytest.raises(RateLimitedError) as caught:
        client.request("GET", "/api/emails")
    assert (caught.value.retry_after_s, caught.value.status) == (3500, None)
    assert str(caught.value) == (
        "GET /api/emails: expected a call left in this hour's budget, saw 2 of 2 used. The next is free in"
        " 3500 s; wait for it (max_wait_s), send many contacts in one call (upsert_many), or raise"
        " MAUTIC_RATE_LIMIT_PER_HOUR."
    )
    assert caught.value.request_id
    assert (len(api.requests), api_clock.pauses) == (2, [])
    api_clock.now += 3501
    assert client.request("GET", "/api/emails").status_code == 200


@pytest.mark.parametrize(
    ("of_client", "of_call", "waits"),
    [(0, None, False), (3600, None, True), (0, 3600, True), (3600, 0, False), (3599, None, False)],
)
def test_a_call_waits_as_long_as_the_client_or_the_call_itself_allows(
    *,
    api: FakeApi,
    connect: Connect,
    new_throttle: NewThrottle,
    api_clock: FakeClock,
    of_client: float,
    of_call: float | None,
    waits: bool,
) -> None:
    client = connect(throttle=new_throttle(1, max_wait_s=of_client))
    client.request("GET", "/api/emails")
    if waits:
        client.request("GET", "/api/emails", max_wait_s=of_call)
        (pause,) = api_clock.pauses
        assert 3600 <= pause <= 3600.05
    else:
        with pytest.raises(RateLimitedError):
            client.request("GET", "/api/emails", max_wait_s=of_call)
        assert api_clock.pauses == []
    assert len(api.requests) == 1 + waits


def test_a_token_that_ends_while_its_call_waits_is_renewed_before_it_is_sent(
    api: FakeApi, connect: Connect, new_throttle: NewThrottle
) -> None:
    client = connect(throttle=new_throttle(1, max_wait_s=3601))
    client.request("GET", "/api/emails")
    client.request("GET", "/api/emails")
    assert api.tokens_used == ["token-1", "token-2"]


def test_a_wait_for_the_budget_is_no_part_of_the_time_for_all_attempts(
    api: FakeApi, connect: Connect, new_throttle: NewThrottle
) -> None:
    client = connect(throttle=new_throttle(2, max_wait_s=3601), retries=Retries(total_s=60))
    client.request("GET", "/api/emails")
    client.request("GET", "/api/emails")
    api.will(error(503), nothing())
    assert client.request("GET", "/api/emails").status_code == 200
    assert len(api.requests) == 4


def test_all_attempts_of_a_call_wait_no_longer_than_it_allows(
    api: FakeApi, connect: Connect, new_throttle: NewThrottle, api_clock: FakeClock
) -> None:
    client = connect(throttle=new_throttle(1, max_wait_s=5000))
    client.request("GET", "/api/emails")
    api.will(error(503), nothing())
    with pytest.raises(ServerError) as caught:
        client.request("GET", "/api/emails")
    assert isinstance(caught.value.__cause__, RateLimitedError)
    assert (len(api.requests), sum(pause >= 3600 for pause in api_clock.pauses)) == (2, 1)


def test_background_work_leaves_the_reserve_to_interactive_calls(
    api: FakeApi, connect: Connect, new_throttle: NewThrottle
) -> None:
    client = connect(throttle=new_throttle(5, reserve=2))
    background = client.with_options(priority="background")
    for _ in range(3):
        background.request("GET", "/api/emails")
    with pytest.raises(RateLimitedError) as caught:
        background.request("GET", "/api/emails")
    assert "3 of 5 used, and 2 of them are kept for interactive calls." in str(caught.value)
    with pytest.raises(RateLimitedError):
        client.request("GET", "/api/emails", priority="background")
    background.request("GET", "/api/emails", priority="interactive")
    client.request("GET", "/api/emails")
    with pytest.raises(RateLimitedError, match=r"saw 5 of 5 used\."):
        client.request("GET", "/api/emails")


def test_a_replay_that_the_budget_has_no_call_for_is_said_as_such(
    api: FakeApi, connect: Connect, new_throttle: NewThrottle
) -> None:
    client = connect(throttle=new_throttle(1))
    api.will(UNKNOWN_TOKEN)
    with pytest.raises(RateLimitedError) as caught:
        client.request("GET", "/api/emails")
    assert (caught.value.retry_after_s, caught.value.attempts) == (3600, 2)
    assert (len(api.requests), len(api.token_requests)) == (1, 2)


def test_a_budget_is_one_client_s_alone(
    api: FakeApi, connect: Connect, new_throttle: NewThrottle
) -> None:
    connect(throttle=new_throttle(1)).request("GET", "/api/emails")
    connect(throttle=new_throttle(1, identity="other")).request("GET", "/api/emails")
    with pytest.raises(RateLimitedError):
        connect(throttle=new_throttle(1)).request("GET", "/api/emails")


def test_a_client_that_is_closed_lets_go_of_the_store(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(tmp_path / "limits.db")
    closed: list[bool] = []
    monkeypatch.setattr(store, "close", lambda: closed.append(True))
    throttle = Throttle(store, base_url=URL, identity="", limit=1, reserve=0, max_wait_s=0)
    connect(throttle=throttle).close()
    assert closed == [True]


def test_without_a_budget_that_can_be_counted_no_call_is_made(
    api: FakeApi, connect: Connect, tmp_path: Path
) -> None:
    (tmp_path / "limits.db").mkdir()
    store = SqliteStore(tmp_path / "limits.db")
    throttle = Throttle(store, base_url=URL, identity="", limit=1, reserve=0, max_wait_s=0)
    client = connect(credentials=_TOKEN, throttle=throttle)
    with pytest.raises(LimitStoreError) as caught:
        client.request("GET", "/api/emails")
    assert caught.value.request_id
    assert (api.requests, api.token_requests) == ([], [])
    assert CLIENT.client_secret.get_secret_value() not in caught.value.diagnostics()
