"""Every store against a model that keeps every call and counts them all each time."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautic_bootstrap.api.limits import Budget, Grant, LimitStore
from unit.fakes import reproducible
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

WINDOW = round(WINDOW_S * 1_000_000)
Step = tuple[str, int, int]

_fresh = count()
_limits = st.integers(1, 5)
_times = st.sampled_from([0, 1, WINDOW // 2, WINDOW - 1, WINDOW, WINDOW + 1]) | st.integers(
    0, WINDOW
)
_takes = st.tuples(st.just("take"), _limits, st.integers(0, 3))
_passes = st.tuples(st.just("pass"), _times, st.just(0))
_holds = st.tuples(st.just("hold"), _times | st.just(9 * WINDOW), st.just(0))
_looks = st.tuples(st.just("look"), _limits, st.just(0))


@dataclass
class Case:
    """A store, its clock, and a key that nobody used yet."""

    store: LimitStore
    clock: Clock
    key: str = field(default_factory=lambda: f"key {next(_fresh)}")

    def hold(self, microseconds: int) -> None:
        self.store.hold(
            self.key, until=asker_now(self.store, self.clock) + microseconds / 1_000_000
        )


@dataclass
class Model:
    """The rules, in the most obvious way."""

    now: int
    calls: list[int] = field(default_factory=list)
    held_until: int = 0

    def used(self, now: int) -> list[int]:
        return [call for call in self.calls if now - WINDOW < call]

    def would_pass(self, now: int, allowed: int) -> bool:
        return len(self.used(now)) < allowed and now >= self.held_until

    def take(self, limit: int, reserve: int) -> Grant:
        if self.would_pass(self.now, limit - reserve):
            self.calls.append(self.now)
            return Grant(granted=True, retry_after_s=0.0, budget=self.look(limit))
        changes = sorted([self.held_until, *(call + WINDOW for call in self.calls)])
        tries = [at for at in changes if at > self.now and self.would_pass(at, limit - reserve)]
        retry_after_s = (tries[0] - self.now) / 1_000_000 if tries else math.inf
        return Grant(granted=False, retry_after_s=retry_after_s, budget=self.look(limit))

    def look(self, limit: int) -> Budget:
        used = self.used(self.now)
        held = self.held_until > self.now
        end = self.held_until if held else used[0] + WINDOW if used else self.now
        left = 0 if held else max(0, limit - len(used))
        return Budget(limit, len(used), left, (end - self.now) / 1_000_000)

    def hold(self, microseconds: int) -> None:
        self.held_until = max(self.held_until, self.now + min(microseconds, WINDOW))


@pytest.fixture(scope="module", params=["sqlite", "fakeredis", "redis-server"])
def new_case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Case]]:
    clock = Clock()
    if request.param == "sqlite":
        store: LimitStore = sqlite_with(clock, tmp_path_factory.mktemp("limits") / "limits.db")
        yield lambda: Case(store, clock)
    elif request.param == "fakeredis":
        store = fake_redis_with(clock)
        yield lambda: Case(store, clock)
    elif REDIS_SERVER is None:
        pytest.skip(WITHOUT_REDIS_SERVER)
    else:
        with redis_server() as (url, _):
            store = redis_with(clock, url)
            yield lambda: Case(store, clock)
            store.close()
    store.close()


@given(steps=st.lists(st.one_of(_takes, _takes, _passes, _holds, _looks), max_size=30))
@reproducible
def test_a_store_answers_as_the_model_does(new_case: Callable[[], Case], steps: list[Step]) -> None:
    case = new_case()
    model = Model(case.clock.now)
    for what, first, second in steps:
        if what == "take":
            grant = case.store.take(case.key, limit=first, reserve=second)
            assert grant == model.take(first, second)
        elif what == "look":
            assert case.store.look(case.key, limit=first) == model.look(first)
        elif what == "hold":
            case.hold(first)
            model.hold(first)
        else:
            case.clock.now += first
            model.now += first


@given(
    limit=_limits,
    steps=st.lists(
        st.one_of(
            *[st.tuples(st.just("take"), st.just(0), st.just(0))] * 3,
            _passes,
            _holds,
            st.tuples(st.just("set back"), _times | st.just(100 * WINDOW), st.just(0)),
        ),
        max_size=40,
    ),
)
@reproducible
def test_a_clock_that_is_set_back_neither_lets_more_through_nor_locks_out_for_longer_than_a_window(
    new_case: Callable[[], Case], limit: int, steps: list[Step]
) -> None:
    case = new_case()
    case.clock.now += 10_000 * WINDOW
    true_time = 0
    granted: list[int] = []
    for what, amount, _ in steps:
        if what == "take":
            grant = case.store.take(case.key, limit=limit, reserve=0)
            assert 0 <= grant.retry_after_s <= WINDOW_S
            assert grant.granted == (grant.retry_after_s == 0)
            if grant.granted:
                granted.append(true_time)
                assert sum(true_time - WINDOW < at for at in granted) <= limit
        elif what == "hold":
            case.hold(amount)
        elif what == "set back":
            case.clock.now -= amount
        else:
            case.clock.now += amount
            true_time += amount
        budget = case.store.look(case.key, limit=limit)
        assert budget.used <= limit
        assert 0 <= budget.reset_s <= WINDOW_S
    last = case.store.take(case.key, limit=limit, reserve=0)
    case.clock.move(last.retry_after_s)
    assert last.granted or case.store.take(case.key, limit=limit, reserve=0).granted
