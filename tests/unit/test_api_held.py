"""A server that asks for a pause, and who keeps it."""

import httpx
import pytest

from mautic_bootstrap.errors import RateLimitedError, ServerError
from unit.both_clients import Connect, NewThrottle
from unit.fake_api import FakeApi, error, nothing
from unit.fake_clock import FakeClock


@pytest.mark.parametrize(
    "answer",
    [
        error(429, Retry_After="120"),
        error(503, Retry_After="120"),
        error(429, X_RateLimit_Remaining="0", X_RateLimit_Reset="1800000120"),
        httpx.Response(
            200, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1800000120"}
        ),
    ],
)
def test_a_server_that_asks_for_a_pause_gets_it_from_every_client_of_the_budget(
    *,
    api: FakeApi,
    connect: Connect,
    new_throttle: NewThrottle,
    api_clock: FakeClock,
    answer: httpx.Response,
) -> None:
    api.will(answer)
    client = connect(throttle=new_throttle(100))
    if answer.is_success:
        client.request("GET", "/api/emails")
    else:
        with pytest.raises((RateLimitedError, ServerError)) as refused:
            client.request("GET", "/api/emails")
        assert refused.value.status == answer.status_code
    for _ in range(2):
        with pytest.raises(RateLimitedError) as caught:
            connect(throttle=new_throttle(100)).request("GET", "/api/emails")
        assert (caught.value.retry_after_s, caught.value.status) == (120, None)
    budget = client.budget
    assert budget is not None
    assert (budget.left, budget.reset_s, len(api.requests)) == (0, 120, 1)
    connect(throttle=new_throttle(100, identity="other")).request("GET", "/api/emails")
    api_clock.now += 120
    connect(throttle=new_throttle(100)).request("GET", "/api/emails")
    assert len(api.requests) == 3


@pytest.mark.parametrize("status", [429, 503])
def test_a_short_pause_that_a_server_asks_for_is_waited_for_once(
    api: FakeApi, connect: Connect, new_throttle: NewThrottle, api_clock: FakeClock, status: int
) -> None:
    api.will(error(status, Retry_After="7"), nothing())
    assert connect(throttle=new_throttle(100)).request("GET", "/api/emails").status_code == 200
    assert api_clock.pauses == [7]


def test_a_token_endpoint_that_asks_for_a_pause_holds_no_call(
    api: FakeApi, connect: Connect, new_throttle: NewThrottle
) -> None:
    api.will_grant(error(429, Retry_After="120"))
    client = connect(throttle=new_throttle(100))
    with pytest.raises(RateLimitedError) as caught:
        client.request("GET", "/api/emails")
    assert caught.value.retry_after_s == 120
    assert client.request("GET", "/api/emails").status_code == 200
