"""The rules of the budget, one by one, the same in every store."""

import math
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from mautic_bootstrap.api.limits import Budget, Grant, LimitStore
from unit.limit_stores import (
    REDIS_SERVER,
    WINDOW_S,
    WITHOUT_REDIS_SERVER,
    Clock,
    asker_now,
    fake_redis_with,
    redis_server,
    redis_with,
    sqlite_with,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if REDIS_SERVER is None:
        pytest.skip(WITHOUT_REDIS_SERVER)
    with redis_server() as (url, _):
        yield url


@pytest.fixture(params=["sqlite", "fakeredis", "redis-server"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[LimitStore]:
    if request.param == "sqlite":
        opened: LimitStore = sqlite_with(clock, tmp_path / "limits.db")
    elif request.param == "fakeredis":
        opened = fake_redis_with(clock)
    else:
        url = request.getfixturevalue("server")
        with closing(redis.Redis.from_url(url)) as client:
            client.flushall()
        opened = redis_with(clock, url)
    yield opened
    opened.close()


def take(store: LimitStore, number: int = 1, limit: int = 5, reserve: int = 0) -> list[Grant]:
    return [store.take("key", limit=limit, reserve=reserve) for _ in range(number)]


def passed(grants: list[Grant]) -> int:
    return sum(grant.granted for grant in grants)


def test_a_grant_tells_how_the_budget_stands(store: LimitStore, clock: Clock) -> None:
    assert take(store) == [Grant(True, 0.0, Budget(5, 1, 4, WINDOW_S))]
    clock.move(1)
    assert take(store) == [Grant(True, 0.0, Budget(5, 2, 3, WINDOW_S - 1))]
    take(store, 3)
    clock.move(2)
    assert take(store) == [Grant(False, WINDOW_S - 3, Budget(5, 5, 0, WINDOW_S - 3))]


def test_looking_and_denied_tries_cost_nothing(store: LimitStore, clock: Clock) -> None:
    take(store, 5)
    assert passed(take(store, 20)) == 0
    assert [store.look("key", limit=5).used for _ in range(3)] == [5, 5, 5]
    clock.move(WINDOW_S)
    assert passed(take(store, 20)) == 5


def test_a_call_counts_to_the_last_microsecond_of_the_window(
    store: LimitStore, clock: Clock
) -> None:
    (first,) = take(store, limit=1)
    clock.move(WINDOW_S - 0.000001)
    (early,) = take(store, limit=1)
    assert (first.granted, early.granted, early.retry_after_s) == (True, False, 0.000001)
    clock.move(early.retry_after_s)
    assert passed(take(store, limit=1)) == 1


def test_the_window_slides(store: LimitStore, clock: Clock) -> None:
    counts = []
    for _ in range(6):
        counts.append(passed(take(store, 2)))
        clock.move(WINDOW_S / 4)
    assert counts == [2, 2, 1, 0, 2, 2]


def test_the_reset_tells_of_the_oldest_call_that_still_counts(
    store: LimitStore, clock: Clock
) -> None:
    take(store)
    clock.move(3)
    take(store)
    clock.move(WINDOW_S - 3)
    assert store.look("key", limit=5) == Budget(5, 1, 4, 3.0)


def test_background_work_leaves_the_reserve_to_interactive_calls(
    store: LimitStore, clock: Clock
) -> None:
    assert passed(take(store, 9, reserve=2)) == 3
    clock.move(1)
    assert passed(take(store, 9)) == 2
    (background,) = take(store, reserve=2)
    (interactive,) = take(store)
    # The three of background work leave together, but then the two later ones still count.
    assert background.retry_after_s == interactive.retry_after_s == WINDOW_S - 1
    clock.move(WINDOW_S - 1)
    assert passed(take(store, 9, reserve=2)) == 1


def test_background_work_waits_for_as_many_to_leave_as_it_takes(
    store: LimitStore, clock: Clock
) -> None:
    for _ in range(5):
        take(store)
        clock.move(1)
    assert take(store)[0].retry_after_s == WINDOW_S - 5
    (background,) = take(store, reserve=2)
    assert background.retry_after_s == WINDOW_S - 3
    clock.move(background.retry_after_s)
    assert passed(take(store, 9, reserve=2)) == 1


def test_a_reserve_as_large_as_the_limit_never_passes(store: LimitStore) -> None:
    (grant,) = take(store, limit=5, reserve=5)
    assert (grant.granted, grant.retry_after_s) == (False, math.inf)
    assert take(store, limit=5, reserve=6)[0].retry_after_s == math.inf


def test_a_limit_that_is_lowered_holds_at_once(store: LimitStore, clock: Clock) -> None:
    for _ in range(5):
        take(store)
        clock.move(1)
    (grant,) = take(store, limit=2)
    assert grant == Grant(False, WINDOW_S - 2, Budget(2, 5, 0, WINDOW_S - 5))
    clock.move(WINDOW_S - 2)
    assert passed(take(store, 9, limit=2)) == 1


def test_a_limit_that_is_raised_holds_at_once(store: LimitStore) -> None:
    assert passed(take(store, 9, limit=2)) == 2
    assert passed(take(store, 9, limit=7)) == 5


def test_two_keys_have_nothing_in_common(store: LimitStore, clock: Clock) -> None:
    assert passed(take(store, 9)) == 5
    store.hold("key", until=asker_now(store, clock) + 1)
    assert store.look("another", limit=5) == Budget(5, 0, 5, 0.0)
    assert store.take("another", limit=1, reserve=0).granted
    assert not store.take("another", limit=1, reserve=0).granted


# Holds


def test_a_hold_denies_every_try_until_it_ends(store: LimitStore, clock: Clock) -> None:
    take(store)
    store.hold("key", until=asker_now(store, clock) + 4)
    denied = Grant(False, 4.0, Budget(5, 1, 0, 4.0))
    assert take(store) == [denied]
    assert store.look("key", limit=5) == denied.budget
    clock.move(3.999999)
    assert passed(take(store)) == 0
    clock.move(0.000001)
    assert take(store) == [Grant(True, 0.0, Budget(5, 2, 3, WINDOW_S - 4))]


def test_a_try_waits_for_the_hold_and_for_the_window(store: LimitStore, clock: Clock) -> None:
    take(store, 5)
    store.hold("key", until=asker_now(store, clock) + 4)
    assert take(store) == [Grant(False, WINDOW_S, Budget(5, 5, 0, 4.0))]


def test_a_longer_hold_stays(store: LimitStore, clock: Clock) -> None:
    now = asker_now(store, clock)
    for seconds in (5, 2, -100):
        store.hold("key", until=now + seconds)
        assert take(store)[0].retry_after_s == 5
    store.hold("key", until=now + 6)
    assert take(store)[0].retry_after_s == 6


@pytest.mark.parametrize("seconds", [WINDOW_S + 1, 1e9, math.inf])
def test_no_server_can_lock_anybody_out_for_longer_than_a_window(
    store: LimitStore, clock: Clock, seconds: float
) -> None:
    store.hold("key", until=asker_now(store, clock) + seconds)
    assert take(store)[0].retry_after_s == WINDOW_S
    clock.move(WINDOW_S)
    assert passed(take(store)) == 1


@pytest.mark.parametrize("seconds", [0, -1, -math.inf, math.nan])
def test_a_hold_of_the_past_is_none(store: LimitStore, clock: Clock, seconds: float) -> None:
    store.hold("key", until=asker_now(store, clock) + seconds)
    assert passed(take(store)) == 1


# Clocks that are set back


@pytest.mark.parametrize("seconds", [0.5, WINDOW_S, 1000 * WINDOW_S])
def test_calls_of_the_future_count_as_made_now(
    store: LimitStore, clock: Clock, seconds: float
) -> None:
    clock.move(1e6)
    assert passed(take(store, 9)) == 5
    clock.move(-seconds)
    assert store.look("key", limit=5) == Budget(5, 5, 0, WINDOW_S)
    assert take(store) == [Grant(False, WINDOW_S, Budget(5, 5, 0, WINDOW_S))]
    clock.move(WINDOW_S - 0.000001)
    assert passed(take(store)) == 0
    clock.move(0.000001)
    assert passed(take(store, 9)) == 5


def test_a_hold_of_the_far_future_lasts_a_window(store: LimitStore, clock: Clock) -> None:
    clock.move(1e6)
    store.hold("key", until=asker_now(store, clock) + 5)
    clock.move(-1e5)
    assert take(store)[0].retry_after_s == WINDOW_S
    clock.move(WINDOW_S)
    assert passed(take(store)) == 1


# Opening and closing


def test_a_closed_store_opens_again(store: LimitStore) -> None:
    take(store, 3)
    store.close()
    store.close()
    assert passed(take(store, 9)) == 2


@pytest.mark.parametrize(("limit", "reserve"), [(0, 0), (-1, 0), (5, -1)])
def test_a_limit_or_a_reserve_that_makes_no_sense_is_the_caller_s_mistake(
    store: LimitStore, limit: int, reserve: int
) -> None:
    with pytest.raises(ValueError, match="limit must be > 0 and reserve >= 0"):
        store.take("key", limit=limit, reserve=reserve)
