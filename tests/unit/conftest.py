import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mautic_bootstrap.admin.model import Calls, Outcome, Wish
from mautic_bootstrap.api.limits.sqlite_store import SqliteStore
from mautic_bootstrap.api.throttle import Throttle
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.run import Run
from mautic_bootstrap.stages import api_access
from mautic_bootstrap.variables import load
from unit.both_clients import KINDS, Connect, NewThrottle
from unit.fake_api import URL, FakeApi
from unit.fake_clock import FakeClock
from unit.fake_mautic import FakeMautic
from unit.fakes import AdminUi, FakeEngine, NewRun


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock of one item, in seconds: time passes only where something sleeps."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    return now


@pytest.fixture
def engine() -> FakeEngine:
    """The engine of every run of a test."""
    return FakeEngine()


@pytest.fixture
def new_run(tmp_path: Path, engine: FakeEngine) -> NewRun:
    """Make a run with the variables given, in a repository of its own."""

    def make(*, check: bool = False, said: list[str] | None = None, **values: Any) -> Run:
        said = [] if said is None else said
        return Run(
            load(values), tmp_path, check=check, engine=engine, progress=Progress(said.append)
        )

    return make


@pytest.fixture
def mautic() -> Iterator[FakeMautic]:
    """A Mautic at the default URL, installed, with one client, its API on and basic auth off."""
    with FakeMautic() as fake:
        yield fake


@pytest.fixture
def admin_ui(monkeypatch: pytest.MonkeyPatch) -> AdminUi:
    """Let the admin UI come to an outcome; the list gets each wish, and whether it was only a look."""

    def come_to(outcome: Outcome) -> list[tuple[Wish, bool]]:
        wishes: list[tuple[Wish, bool]] = []

        def reconcile(wish: Wish, _calls: Calls, *, check: bool, **_: object) -> Outcome:
            wishes.append((wish, check))
            return outcome

        monkeypatch.setattr(api_access, "reconcile", reconcile)
        return wishes

    return come_to


@pytest.fixture(params=KINDS)
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Open a client, of either kind, that is called as if it blocked."""
    with Connect(request.param) as connect:
        yield connect


@pytest.fixture
def api() -> Iterator[FakeApi]:
    """A Mautic in memory, whose API answers as told."""
    with FakeApi() as fake:
        yield fake


@pytest.fixture
def api_clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The API client's time, which passes only where it pauses."""
    return FakeClock(monkeypatch)


@pytest.fixture
def new_throttle(tmp_path: Path, api_clock: FakeClock) -> NewThrottle:
    """Make a throttle of the hourly budget that every client of a test shares."""

    def make(
        limit: int, *, reserve: int = 0, max_wait_s: float = 0, identity: str = "me"
    ) -> Throttle:
        return Throttle(
            SqliteStore(tmp_path / "limits.db", clock=api_clock.microseconds),
            base_url=URL,
            identity=identity,
            limit=limit,
            reserve=reserve,
            max_wait_s=max_wait_s,
        )

    return make
