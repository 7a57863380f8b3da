import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mautic_bootstrap.containers.snapshot import Snapshot
from mautic_bootstrap.errors import ContainerError
from mautic_bootstrap.install.probe import Probe
from mautic_bootstrap.run import Run, State
from mautic_bootstrap.stages import ready
from unit.fakes import FakeEngine, NewRun, container

_INSTALLED = Probe("installed", "HTTP 200 with Mautic's login form")
_INSTALLER = Probe("installer", "HTTP 302 to /index.php/installer")
_NOBODY = Probe("unreachable", "[Errno 111] Connection refused")
_OFFLINE = Probe("error", "HTTP 500")

Wait = Callable[..., str]


def _forever(*first: Probe, last: Probe) -> Iterator[Probe]:
    return itertools.chain(first, itertools.repeat(last))


@pytest.fixture
def run(
    new_run: NewRun, engine: FakeEngine, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> Run:
    """A run whose containers have just been started."""
    engine.containers = {
        "mautic-db": container("mautic-db"),
        "mautic-web": container("mautic-web", health="starting"),
    }
    return new_run()


@pytest.fixture
def seeing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Iterator[Probe]], None]:
    """Let every run see these probes, one after the other."""

    def see(probes: Iterator[Probe]) -> None:
        monkeypatch.setattr(Run, "probe", lambda _self: next(probes))

    return see


def _change(engine: FakeEngine, name: str, **changes: Any) -> None:
    engine.containers[name] = container(name, **changes)


def _error(run: Run) -> ContainerError:
    with pytest.raises(ContainerError) as caught:
        ready.run(run, State())
    return caught.value


@pytest.mark.parametrize(("answer", "installed"), [(_INSTALLED, True), (_INSTALLER, False)])
def test_a_mautic_that_answers_is_not_waited_for(
    *, run: Run, engine: FakeEngine, seeing: Any, clock: list[float], answer: Probe, installed: bool
) -> None:
    seeing(_forever(last=answer))
    result = ready.run(run, State())
    assert result.state.installed is installed
    assert (result.message, result.changed) == (answer.seen, False)
    assert (clock[0], engine.looks) == (0, 1)
    assert not engine.calls


def test_the_background_containers_start_once_it_answers(
    run: Run, engine: FakeEngine, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    _change(engine, "mautic-cron", status="created", health="none")
    _change(engine, "mautic-worker", status="exited", health="none")
    seen = _forever(_NOBODY, last=_INSTALLER)

    def probe(_run: Run) -> Probe:
        assert not engine.calls
        return next(seen)

    monkeypatch.setattr(Run, "probe", probe)
    result = ready.run(run, State())
    assert engine.calls == ["start mautic-cron mautic-worker"]
    assert result.changed
    assert result.message == f"{_INSTALLER.seen}; started mautic-cron, mautic-worker"


def test_a_background_container_that_runs_is_left_alone(
    run: Run, engine: FakeEngine, seeing: Any
) -> None:
    _change(engine, "mautic-cron", health="none")
    _change(engine, "mautic-worker", status="restarting", health="none")
    seeing(_forever(last=_INSTALLED))
    assert not ready.run(run, State()).changed
    assert not engine.calls


def test_it_is_waited_for_until_it_answers(run: Run, seeing: Any, clock: list[float]) -> None:
    seeing(_forever(_NOBODY, _NOBODY, _OFFLINE, last=_INSTALLER))
    assert ready.run(run, State()).state.installed is False
    assert 0 < clock[0] < 2


def test_a_mautic_that_never_listens_is_given_up(
    run: Run, engine: FakeEngine, seeing: Any, clock: list[float]
) -> None:
    engine.log = "apache: starting"
    seeing(_forever(last=_NOBODY))
    error = _error(run)
    assert str(error) == (
        "start the container mautic-web for http://localhost:8080: expected it running and Mautic answering,"
        " saw [Errno 111] Connection refused after 180 s. Look at the log lines below, or at `docker logs"
        " mautic-web`."
    )
    assert error.log_tail == "mautic-web: apache: starting"
    assert clock[0] == pytest.approx(180, abs=1)


def test_a_log_that_moves_while_nothing_listens_extends_the_wait_but_not_for_ever(
    run: Run, engine: FakeEngine, seeing: Any, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    seeing(_forever(last=_NOBODY))
    monkeypatch.setattr(engine, "log_tail", lambda _name: f"migrating, {clock[0]} s")
    assert "after 900 s" in str(_error(run))


def test_a_log_that_moves_with_our_own_looks_proves_nothing(
    run: Run, engine: FakeEngine, seeing: Any, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    seeing(_forever(last=_OFFLINE))
    monkeypatch.setattr(engine, "log_tail", lambda _name: f'{clock[0]} "GET /s/login" 500')
    assert "saw HTTP 500 after 180 s" in str(_error(run))


@pytest.mark.parametrize(
    ("name", "changes", "seen"),
    [
        ("mautic-web", {"status": "exited", "exit_code": 1}, "it exited, exit code 1"),
        ("mautic-web", {"status": "restarting", "exit_code": 255}, "it restarting, exit code 255"),
        ("mautic-web", {"health": "unhealthy"}, "its health check failing"),
        ("mautic-db", {"status": "dead"}, "it dead, exit code 0"),
        ("mautic-db", {"health": "unhealthy"}, "its health check failing"),
    ],
)
def test_a_container_that_is_down_or_ill_is_told_at_once_with_its_log(
    *,
    run: Run,
    engine: FakeEngine,
    seeing: Any,
    clock: list[float],
    name: str,
    changes: dict[str, Any],
    seen: str,
) -> None:
    run.redactor.add("hidden-password")
    engine.log = "cannot connect with hidden-password"
    _change(engine, name, **changes)
    seeing(_forever(last=_NOBODY))
    error = _error(run)
    assert f"start the container {name} for" in str(error)
    assert f"saw {seen}." in str(error)
    assert error.log_tail == f"{name}: cannot connect with ********"
    assert clock[0] == 0


@pytest.mark.parametrize("name", ["mautic-db", "mautic-web"])
def test_a_container_that_is_not_there_is_told_at_once(
    run: Run, engine: FakeEngine, seeing: Any, clock: list[float], name: str
) -> None:
    del engine.containers[name]
    seeing(_forever(last=_NOBODY))
    assert "saw no such container." in str(_error(run))
    assert clock[0] == 0


def test_a_container_started_again_by_the_engine_is_a_crash(
    run: Run, engine: FakeEngine, seeing: Any, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    seeing(_forever(last=_NOBODY))
    restarts = itertools.count(3)
    inspect = engine.inspect

    def crashing(*names: Any) -> Snapshot:
        _change(engine, "mautic-web", restarts=next(restarts), exit_code=2)
        return inspect(*names)

    monkeypatch.setattr(engine, "inspect", crashing)
    assert "saw it running, exit code 2, started again by the engine." in str(_error(run))
    assert clock[0] < 1


def test_while_the_database_starts_the_web_container_may_come_and_go(
    run: Run, engine: FakeEngine, seeing: Any, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    seeing(_forever(*[_NOBODY] * 20, last=_INSTALLER))
    inspect = engine.inspect

    def starting(*names: Any) -> Snapshot:
        database_starts = clock[0] < 3
        _change(engine, "mautic-db", health="starting" if database_starts else "healthy")
        _change(engine, "mautic-web", status="restarting" if database_starts else "running")
        return inspect(*names)

    monkeypatch.setattr(engine, "inspect", starting)
    assert ready.run(run, State()).message == _INSTALLER.seen


def test_a_database_that_never_gets_healthy_is_the_one_that_is_blamed(
    run: Run, engine: FakeEngine, seeing: Any, clock: list[float]
) -> None:
    _change(engine, "mautic-db", health="starting")
    seeing(_forever(last=_NOBODY))
    assert str(_error(run)).startswith("start the container mautic-db for")
    assert clock[0] == pytest.approx(180, abs=1)


def test_after_the_installation_every_container_has_to_run(run: Run, engine: FakeEngine) -> None:
    with pytest.raises(ContainerError, match=r"mautic-cron for .* saw no such container"):
        ready.assert_running(run)
    for part in ("cron", "worker"):
        _change(engine, f"mautic-{part}", health="none")
    ready.assert_running(run)
    _change(engine, "mautic-worker", status="exited", exit_code=3)
    with pytest.raises(ContainerError, match=r"mautic-worker for .* saw it exited, exit code 3"):
        ready.assert_running(run)
