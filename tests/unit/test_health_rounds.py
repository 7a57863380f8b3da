"""A round of checks: bounded for whoever asks, never lost, never in anybody's way."""

import asyncio
import contextlib
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from mautic_bootstrap.api.client import AsyncMauticClient
from mautic_bootstrap.api.limits.sqlite_store import SqliteStore
from mautic_bootstrap.health.last_call import Kept
from mautic_bootstrap.health.reach import LoginPage
from mautic_bootstrap.health.readiness import FRESH_S, Readiness
from mautic_bootstrap.health.report import Check
from unit.fake_mautic import FakeMautic
from unit.health_support import Clock, settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def test_a_report_comes_in_time_and_the_round_goes_on(
    tmp_path: Path, mautic: FakeMautic, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = asyncio.Event()
    asked = []

    async def ask(page: LoginPage) -> Check:
        asked.append(page)
        await answer.wait()
        return Check(True, "there at last", time.time())

    monkeypatch.setattr(LoginPage, "ask", ask)
    readiness = Readiness(settings(tmp_path))
    report = await readiness.report(bound_s=0.01)
    assert not report.ready
    assert report.reason == "no result within 0.01 s, asking for the login page"
    gone = asyncio.create_task(readiness.report())
    await asyncio.sleep(0)
    gone.cancel()
    answer.set()
    assert (await readiness.report()).ready
    assert len(asked) == 1


async def test_whatever_waits_for_a_disk_waits_in_another_thread(
    tmp_path: Path, mautic: FakeMautic, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = {}

    def noted(owner: type, name: str) -> None:
        work = getattr(owner, name)

        def note(*args: object, **kwargs: object) -> object:
            threads[name] = threading.current_thread()
            return work(*args, **kwargs)

        monkeypatch.setattr(owner, name, note)

    for owner, names in (
        (SqliteStore, ("look", "take")),
        (Kept, ("load", "save", "try_lock")),
    ):
        for name in names:
            noted(owner, name)
    assert (await Readiness(settings(tmp_path)).report()).ready
    assert set(threads) == {"look", "take", "load", "save", "try_lock"}
    assert threading.current_thread() not in threads.values()


async def test_what_nobody_expected_is_a_defect_that_no_probe_repeats(
    tmp_path: Path,
    mautic: FakeMautic,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, asked = Clock(monkeypatch), []

    async def ask(page: LoginPage) -> Check:
        asked.append(page)
        raise ZeroDivisionError("with secret-1 in its text")

    readiness = Readiness(settings(tmp_path))
    with monkeypatch.context() as broken:
        broken.setattr(LoginPage, "ask", ask)
        reports = await asyncio.gather(*(readiness.report() for _ in range(9)))
        reports.append(await readiness.report())
        assert len(asked) == 1
        clock.advance(FRESH_S)
        reports.append(await readiness.report())
        assert len(asked) == 2
    for report in reports:
        assert not report.ready
        assert report.reason == "a defect: ZeroDivisionError, asking for the login page"
    said = [record for record in caplog.records if record.name == "mautic_bootstrap.health"]
    assert [record.getMessage() for record in said] == [
        "The checks of Mautic break off: a defect: ZeroDivisionError, asking for the login page"
    ]
    assert said[0].levelname == "ERROR"
    assert said[0].exc_info is None
    clock.advance(FRESH_S)
    assert (await readiness.report()).ready


async def test_a_defect_after_a_good_round_is_not_ready(
    tmp_path: Path, mautic: FakeMautic, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    readiness = Readiness(settings(tmp_path))
    assert (await readiness.report()).ready
    clock.advance(FRESH_S)
    monkeypatch.setattr(LoginPage, "ask", lambda _: 1 / 0)
    report = await readiness.report()
    assert not report.ready
    assert report.as_json()["reason"].startswith("a defect: ZeroDivisionError")


async def test_who_asks_while_it_closes_hears_that(
    tmp_path: Path, mautic: FakeMautic, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: LoginPage) -> Check:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(LoginPage, "ask", never)
    readiness = Readiness(settings(tmp_path))
    asked = asyncio.create_task(readiness.report())
    await asyncio.sleep(0.01)
    await readiness.aclose()
    report = await asked
    assert not report.ready
    assert report.reason == "given up, asking for the login page: this is being closed"


async def test_closing_gives_up_the_round_that_is_under_way(
    tmp_path: Path, mautic: FakeMautic, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: LoginPage) -> Check:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(LoginPage, "ask", never)
    readiness = Readiness(settings(tmp_path))
    await readiness.report(bound_s=0.01)
    await asyncio.wait_for(readiness.aclose(), 1)
    assert mautic.calls == []


def _files_open(folder: Path) -> list[str]:
    """Return what this process has open below a folder."""
    opened = []
    for number in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            opened.append(str(number.readlink()))
    return [name for name in opened if name.startswith(f"{folder}/")]


@pytest.mark.parametrize(
    "changes",
    [{}, {"health_calls_per_hour": 0}, {"rate_limit_per_hour": 0}],
    ids=["both are counted", "no health calls", "no budget"],
)
async def test_closing_leaves_no_store_open(
    changes: dict[str, int], tmp_path: Path, mautic: FakeMautic
) -> None:
    readiness = Readiness(settings(tmp_path, **changes))
    assert (await readiness.report()).reason == ""
    assert any(name.endswith("limits.db") for name in _files_open(tmp_path))
    await readiness.aclose()
    assert _files_open(tmp_path) == []


async def test_a_store_that_is_locked_holds_up_nothing_else_and_is_closed_in_the_end(
    tmp_path: Path, mautic: FakeMautic
) -> None:
    before = Readiness(settings(tmp_path))
    await before.report()
    await before.aclose()
    gaps, ended = [], asyncio.Event()

    async def tick() -> None:
        while not ended.is_set():
            began = time.monotonic()
            await asyncio.sleep(0.01)
            gaps.append(time.monotonic() - began)

    locked_s = 2.0
    readiness = Readiness(settings(tmp_path))
    other = sqlite3.connect(tmp_path / "limits.db", isolation_level=None, check_same_thread=False)
    with contextlib.closing(other):
        other.execute("BEGIN EXCLUSIVE")
        release = threading.Timer(locked_s, lambda: other.execute("ROLLBACK"))
        release.start()
        ticking = asyncio.create_task(tick())
        report = await readiness.report(bound_s=0.2)
        assert report.late == "no result within 0.2 s, counting the hourly budget"
        await readiness.aclose()
        ended.set()
        await ticking
        release.join()
    assert max(gaps) < locked_s / 2
    assert _files_open(tmp_path) == []


async def test_a_token_that_was_not_asked_for_took_no_time(
    tmp_path: Path, mautic: FakeMautic, monkeypatch: pytest.MonkeyPatch
) -> None:
    took_s = [0.25, 0.0]

    async def authenticate(_: AsyncMauticClient) -> float:
        return took_s.pop(0)

    monkeypatch.setattr(AsyncMauticClient, "authenticate", authenticate)
    clock = Clock(monkeypatch)
    readiness = Readiness(settings(tmp_path))
    first = await readiness.report()
    assert first.checks["token"].reason == "valid; it took 0.25 s to get"
    clock.advance(FRESH_S)
    assert (await readiness.report()).checks["token"].reason == "valid"
