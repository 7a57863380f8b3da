"""The checks, and how few API calls they spend whoever asks."""

import asyncio
from pathlib import Path

import httpx
import pytest

from mautic_bootstrap.api.client_options import options_of
from mautic_bootstrap.api.limits import Budget
from mautic_bootstrap.api.limits.sqlite_store import SqliteStore
from mautic_bootstrap.api.logs import CallRecord
from mautic_bootstrap.api.throttle import Throttle
from mautic_bootstrap.health.readiness import Readiness
from mautic_bootstrap.settings import MauticSettings
from unit.fake_mautic import NOBODY, FakeMautic
from unit.health_support import CALL, LOGIN, Clock, settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def test_a_mautic_that_works_is_ready(tmp_path: Path, mautic: FakeMautic) -> None:
    report = await Readiness(settings(tmp_path)).report()
    assert report.ready
    assert report.reason == ""
    assert mautic.calls == [LOGIN, "POST /oauth/v2/token", CALL]
    said = report.as_json()
    assert list(said["checks"]) == ["reachable", "token", "api_call", "mautic_version", "budget"]
    for check in said["checks"].values():
        assert check["ok"] is True
        assert 0 <= check["age_seconds"] < 5
        assert check["reason"]
    assert said["checks"]["mautic_version"]["version"] == "7.0.0"
    assert said["checks"]["budget"]["left"] == 99
    assert said["health_calls"] == {"per_hour": 4, "left": 3}


async def test_a_hundred_at_once_are_answered_by_one_round(
    tmp_path: Path, mautic: FakeMautic
) -> None:
    readiness = Readiness(settings(tmp_path))
    reports = await asyncio.gather(*(readiness.report() for _ in range(100)))
    assert all(report.ready for report in reports)
    assert mautic.calls == [LOGIN, "POST /oauth/v2/token", CALL]


async def test_nothing_is_looked_at_again_for_ten_seconds_and_its_age_shows(
    tmp_path: Path, mautic: FakeMautic, clock: Clock
) -> None:
    readiness = Readiness(settings(tmp_path))
    await readiness.report()
    clock.advance(9)
    said = (await readiness.report()).as_json()["checks"]
    assert len(mautic.calls) == 3
    assert {check["age_seconds"] for check in said.values()} == {9.0}
    clock.advance(1)
    said = (await readiness.report()).as_json()["checks"]
    assert mautic.calls[3:] == [LOGIN]
    assert said["reachable"]["age_seconds"] == 0.0
    assert said["api_call"]["age_seconds"] == 10.0


async def test_a_success_is_asked_again_after_its_share_of_the_hour(
    tmp_path: Path, mautic: FakeMautic, clock: Clock
) -> None:
    readiness = Readiness(settings(tmp_path))
    await readiness.report()
    clock.advance(1199)
    await readiness.report()
    assert mautic.calls.count(CALL) == 1
    clock.advance(11)
    await readiness.report()
    assert mautic.calls.count(CALL) == 2


async def test_a_failure_is_asked_again_sooner_in_ever_longer_steps(
    tmp_path: Path, mautic: FakeMautic, clock: Clock
) -> None:
    mautic.broken["/api/users/self"] = httpx.Response(500)
    readiness = Readiness(settings(tmp_path))
    asked = []
    for second in range(0, 3600, 10):
        before = mautic.calls.count(CALL)
        report = await readiness.report()
        if mautic.calls.count(CALL) > before:
            asked.append(second)
        clock.advance(10)
    assert asked == [0, 60, 300, 1260]
    call = report.checks["api_call"]
    assert call.ok is False
    assert "HTTP 500" in call.reason
    assert "not asked again: this hour's 4 health calls are spent, the next is free" in call.reason


async def test_what_is_mended_is_seen_at_the_next_call(
    tmp_path: Path, mautic: FakeMautic, clock: Clock
) -> None:
    mautic.broken["/api/users/self"] = httpx.Response(500)
    readiness = Readiness(settings(tmp_path))
    assert not (await readiness.report()).ready
    mautic.broken.clear()
    clock.advance(61)
    assert (await readiness.report()).ready


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("per_hour", [1, 2, 4])
async def test_no_hour_sees_more_calls_than_allowed(
    tmp_path: Path, mautic: FakeMautic, clock: Clock, per_hour: int, status: int
) -> None:
    if status != 200:
        mautic.broken["/api/users/self"] = httpx.Response(status)
    some = [Readiness(settings(tmp_path, health_calls_per_hour=per_hour)) for _ in range(2)]
    moments: list[float] = []
    for step in range(150):
        before = mautic.calls.count(CALL)
        await some[step % 2].report()
        moments += [clock.now] * (mautic.calls.count(CALL) - before)
        clock.advance(61)
    assert len(moments) > per_hour
    for first in moments:
        assert sum(first <= moment < first + 3600 for moment in moments) <= per_hour


async def test_no_call_at_all_where_none_is_allowed(tmp_path: Path, mautic: FakeMautic) -> None:
    report = await Readiness(settings(tmp_path, health_calls_per_hour=0)).report()
    assert report.ready
    assert mautic.calls == [LOGIN, "POST /oauth/v2/token"]
    assert report.checks["api_call"].ok is None
    assert report.checks["api_call"].reason == "not asked: MAUTIC_HEALTH_CALLS_PER_HOUR is 0"
    assert report.as_json()["checks"]["api_call"]["age_seconds"] is None


async def test_a_replayed_call_counts_twice(tmp_path: Path, mautic: FakeMautic) -> None:
    readiness = Readiness(settings(tmp_path))
    await readiness._client.authenticate()
    mautic.tokens.clear()  # revoked
    report = await readiness.report()
    assert report.ready
    assert mautic.calls.count(CALL) == 2
    assert report.health_calls_left == 2
    assert report.checks["budget"].facts["left"] == 98


async def test_the_reserve_is_not_touched(tmp_path: Path, mautic: FakeMautic, clock: Clock) -> None:
    tight = settings(tmp_path, rate_limit_per_hour=3, rate_limit_reserve=2)
    readiness = Readiness(tight)
    assert (await readiness.report()).ready
    clock.advance(1300)
    report = await readiness.report()
    assert report.ready
    assert mautic.calls.count(CALL) == 1
    assert report.checks["budget"].facts["left"] == 2
    assert report.health_calls_left == 3
    assert "what is left of the budget is kept for the application" in (
        report.checks["api_call"].reason
    )


async def test_a_budget_that_ran_low_meanwhile_is_left_alone(
    tmp_path: Path, mautic: FakeMautic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Throttle, "look", lambda _: Budget(limit=3, used=0, left=3, reset_s=0))
    tight = settings(tmp_path, rate_limit_per_hour=3, rate_limit_reserve=2)
    SqliteStore(tmp_path / "limits.db").take(_budget_key(tight), limit=3, reserve=0)
    report = await Readiness(tight).report()
    assert report.ready
    assert CALL not in mautic.calls
    assert report.checks["api_call"].reason == (
        "not asked: 1 of 3 used, and 2 of them are kept for interactive calls"
    )


async def test_what_spoke_against_a_call_is_not_told_of_one_that_was_not_wanted(
    tmp_path: Path, mautic: FakeMautic, clock: Clock
) -> None:
    readiness = Readiness(settings(tmp_path, health_calls_per_hour=0))
    await readiness.report()
    mautic.page = httpx.Response(500)
    clock.advance(11)
    assert (await readiness.report()).checks["api_call"].reason == "not looked at yet"


async def test_whether_anything_answers_is_told_anew(
    tmp_path: Path, mautic: FakeMautic, clock: Clock
) -> None:
    readiness = Readiness(settings(tmp_path))
    works, mautic.page = mautic.page, NOBODY
    assert (await readiness.report()).unanswered
    mautic.page = works
    clock.advance(11)
    assert not (await readiness.report()).unanswered


async def test_without_a_limit_the_allowance_still_holds(
    tmp_path: Path, mautic: FakeMautic
) -> None:
    free = settings(tmp_path, rate_limit_per_hour=0, rate_limit_reserve=0)
    report = await Readiness(free).report()
    assert report.ready
    assert report.checks["budget"].reason == "there is no limit"
    assert report.health_calls_left == 3


async def test_a_call_of_the_application_proves_it_for_nothing(
    tmp_path: Path, mautic: FakeMautic
) -> None:
    readiness = Readiness(settings(tmp_path))
    readiness.observe(_record("/api/contacts/7", 200))
    report = await readiness.report()
    assert report.ready
    assert CALL not in mautic.calls
    assert report.checks["api_call"].reason == "a call of the application was answered with 200"
    assert report.checks["mautic_version"].facts["version"] == "7.1.2"


@pytest.mark.parametrize(
    ("path", "status"), [("/oauth/v2/token", 200), ("/api/contacts/7", 404), ("/api/x", None)]
)
async def test_other_calls_of_the_application_prove_nothing(
    tmp_path: Path, mautic: FakeMautic, path: str, status: int | None
) -> None:
    readiness = Readiness(settings(tmp_path))
    readiness.observe(_record(path, status))
    await readiness.report()
    assert CALL in mautic.calls


def _budget_key(given: MauticSettings) -> str:
    throttle = options_of(given, max_wait_s=0).get("throttle")
    assert throttle is not None
    return throttle._key


def _record(path: str, status: int | None) -> CallRecord:
    return CallRecord(
        request_id="1",
        method="GET",
        path=path,
        attempt=1,
        milliseconds=3.0,
        status=status,
        error="" if status else "ReadTimeout",
        budget_left=9,
        mautic_version="7.1.2",
    )
