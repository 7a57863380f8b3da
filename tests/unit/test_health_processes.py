"""Several processes share one allowance, and what the last call showed; trouble with that is never fatal."""

import asyncio
import logging
import time
from pathlib import Path

import httpx
import pytest

from mautic_bootstrap.api.file_lock import Lock
from mautic_bootstrap.health import allowance
from mautic_bootstrap.health.last_call import Kept, LastCall
from mautic_bootstrap.health.readiness import Readiness
from unit.fake_mautic import FakeMautic
from unit.health_support import CALL, Clock, settings

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the last calls are kept."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "mautic-bootstrap" / "health"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def kept(state: Path) -> list[Path]:
    return list(state.glob("*.json"))


def open_to_all(folder: Path) -> None:
    folder.chmod(0o777)


@pytest.mark.parametrize("status", [200, 403])
async def test_another_process_answers_from_the_last_call(
    tmp_path: Path, mautic: FakeMautic, clock: Clock, status: int
) -> None:
    if status != 200:
        mautic.broken["/api/users/self"] = httpx.Response(status)
    first = await Readiness(settings(tmp_path)).report()
    clock.advance(30)
    second = await Readiness(settings(tmp_path)).report()
    assert mautic.calls.count(CALL) == 1
    assert second.ready is first.ready is (status == 200)
    said = second.as_json()["checks"]["api_call"]
    assert said["reason"] == first.checks["api_call"].reason
    assert said["age_seconds"] == 30.0
    assert second.checks["mautic_version"].facts == first.checks["mautic_version"].facts


async def test_processes_that_ask_at_once_make_one_call(tmp_path: Path, mautic: FakeMautic) -> None:
    some = [Readiness(settings(tmp_path)) for _ in range(8)]
    reports = await asyncio.gather(*(one.report() for one in some))
    assert all(report.ready for report in reports)
    assert mautic.calls.count(CALL) == 1


async def test_a_process_that_was_second_does_not_call_again(
    tmp_path: Path, mautic: FakeMautic, monkeypatch: pytest.MonkeyPatch
) -> None:
    try_lock = Kept.try_lock

    def late(kept: Kept) -> Lock | None:
        kept.save(LastCall(ok=True, at=time.time(), reason="made by the first"))
        return try_lock(kept)

    monkeypatch.setattr(Kept, "try_lock", late)
    report = await Readiness(settings(tmp_path)).report()
    assert report.checks["api_call"].reason == "made by the first"
    assert CALL not in mautic.calls


async def test_a_process_takes_over_what_another_saw_later(
    tmp_path: Path, mautic: FakeMautic, clock: Clock
) -> None:
    first, second = Readiness(settings(tmp_path)), Readiness(settings(tmp_path))
    await first.report()
    await second.report()
    clock.advance(1300)
    await first.report()
    report = await second.report()
    assert mautic.calls.count(CALL) == 2
    assert report.as_json()["checks"]["api_call"]["age_seconds"] == 0.0


async def test_a_process_does_not_call_while_another_does(
    tmp_path: Path, mautic: FakeMautic
) -> None:
    lock = Kept(allowance.key(settings(tmp_path))).try_lock()
    assert lock is not None
    with lock:
        report = await Readiness(settings(tmp_path)).report()
    assert report.ready
    assert report.checks["api_call"].ok is None
    assert report.checks["api_call"].reason == "not asked: another process is calling right now"
    assert CALL not in mautic.calls


async def test_each_client_has_its_own_allowance_and_last_call(
    tmp_path: Path, mautic: FakeMautic, state: Path
) -> None:
    mautic.clients["2_id"] = ("secret-2", "shop")
    await Readiness(settings(tmp_path)).report()
    report = await Readiness(
        settings(tmp_path, client_id="2_id", client_secret="secret-2")
    ).report()
    assert mautic.calls.count(CALL) == 2
    assert report.health_calls_left == 3
    assert len(kept(state)) == 2


async def test_a_lost_last_call_does_not_bring_the_allowance_back(
    tmp_path: Path, mautic: FakeMautic, state: Path
) -> None:
    for _ in range(4):
        await Readiness(settings(tmp_path)).report()
        kept(state)[0].unlink()
    report = await Readiness(settings(tmp_path)).report()
    assert mautic.calls.count(CALL) == 4
    assert report.ready
    assert report.checks["api_call"].ok is None
    assert report.checks["api_call"].reason.startswith(
        "not asked: this hour's 4 health calls are spent, the next is free in "
    )


@pytest.mark.parametrize(
    "damage", ["", "{}", "null", '{"ok": true, "at": NaN, "reason": ""}', "\0\xff", "[" * 9999]
)
async def test_a_damaged_file_costs_a_call_and_a_warning(
    tmp_path: Path,
    mautic: FakeMautic,
    state: Path,
    damage: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await Readiness(settings(tmp_path)).report()
    (file,) = kept(state)
    file.write_text(damage)
    with caplog.at_level(logging.WARNING):
        assert (await Readiness(settings(tmp_path)).report()).ready
    assert mautic.calls.count(CALL) == 2
    assert LastCall.model_validate_json(file.read_bytes()).ok
    assert len(caplog.messages) == 1
    assert "is not used, each process asks for itself: holds something else" in caplog.text


async def test_a_folder_of_others_is_not_trusted(
    tmp_path: Path, mautic: FakeMautic, state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await Readiness(settings(tmp_path)).report()
    open_to_all(state)
    report = await Readiness(settings(tmp_path)).report()
    assert report.ready
    assert mautic.calls.count(CALL) == 2
    assert "expected a folder that nobody else may write to" in caplog.text


async def test_without_a_home_each_process_is_on_its_own(
    tmp_path: Path, mautic: FakeMautic, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_: int) -> None:
        raise KeyError

    given = settings(tmp_path)
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", nobody)
    readiness = Readiness(given)
    assert (await readiness.report()).ready
    assert (await readiness.report()).ready
    assert mautic.calls.count(CALL) == 1


async def test_the_file_is_private_and_holds_no_secret(
    tmp_path: Path, mautic: FakeMautic, state: Path
) -> None:
    await Readiness(settings(tmp_path)).report()
    (file,) = kept(state)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    text = file.read_text()
    assert "secret-1" not in text
    assert "token-1" not in text
    assert "1_id" not in str(file)


async def test_a_last_call_of_the_future_is_none(
    tmp_path: Path, mautic: FakeMautic, clock: Clock
) -> None:
    await Readiness(settings(tmp_path)).report()
    clock.advance(-7200)
    report = await Readiness(settings(tmp_path)).report()
    assert mautic.calls.count(CALL) == 2
    assert report.as_json()["checks"]["api_call"]["age_seconds"] >= 0
