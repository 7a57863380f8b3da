import socket
import time
from typing import Any

import pytest

from mautic_bootstrap.containers.topology import LABEL_FINGERPRINT, LABEL_PHONE_HOME, Fingerprints
from mautic_bootstrap.run import Run, State
from mautic_bootstrap.stages import observe
from unit.fakes import FakeEngine, NewRun, container

_IMAGES = {"mautic/mautic:7-apache": "sha256:7", "mariadb:10.11": "sha256:db"}


@pytest.fixture
def settled(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """Every container as wanted."""
    monkeypatch.setattr(observe, "_resolves", lambda _host: True)
    engine.images = dict(_IMAGES)
    for part in ("db", "web", "cron", "worker"):
        image = "mariadb:10.11" if part == "db" else "mautic/mautic:7-apache"
        engine.containers[f"mautic-{part}"] = container(
            f"mautic-{part}", image=image, image_id=_IMAGES[image], ports=(8080,)
        )
    return engine


def _label(engine: FakeEngine, run: Run) -> None:
    """Give every container the fingerprint of the run's variables."""
    wanted = Fingerprints.of(run.variables, engine.images, phone_home_blocked=False)
    for name, found in engine.containers.items():
        found.labels[LABEL_FINGERPRINT] = wanted.database if name.endswith("-db") else wanted.mautic


def _look(run: Run) -> State:
    state = State()
    observe.containers(run, state)
    return state


def test_one_look_finds_containers_as_wanted(settled: FakeEngine, new_run: NewRun) -> None:
    run = new_run()
    _label(settled, run)
    state = _look(run)
    assert state.containers_current
    assert (state.differences, state.missing_images) == ([], [])
    assert settled.looks == 1
    assert settled.calls == []


def test_containers_go_on_though_their_image_has_lost_its_name(
    settled: FakeEngine, new_run: NewRun
) -> None:
    run = new_run()
    _label(settled, run)
    settled.images.clear()
    state = _look(run)
    assert state.containers_current
    assert state.missing_images == []


def test_another_image_that_is_not_here_is_missing_and_a_difference(
    settled: FakeEngine, new_run: NewRun
) -> None:
    _label(settled, new_run())
    state = _look(new_run(mautic_image="mautic/mautic:5-apache"))
    assert state.missing_images == ["mautic/mautic:5-apache"]
    assert [line.split(":")[0] for line in state.differences] == [
        "container mautic-web",
        "container mautic-cron",
        "container mautic-worker",
    ]


def test_nothing_here_is_everything_missing(engine: FakeEngine, new_run: NewRun) -> None:
    state = _look(new_run(mautic_block_phone_home=False))
    assert state.missing_images == list(_IMAGES)
    assert len(state.differences) == 4
    assert not state.containers_current
    assert engine.calls == []


@pytest.mark.parametrize(
    ("wanted", "label", "resolves", "blocked"),
    [
        (True, "open", True, True),
        (False, "blocked", False, False),
        ("auto", "blocked", True, True),
        ("auto", "open", False, False),
        ("auto", None, True, False),
        ("auto", None, False, True),
    ],
)
def test_phoning_home_is_decided_once_and_then_read_from_the_containers(
    *,
    engine: FakeEngine,
    new_run: NewRun,
    monkeypatch: pytest.MonkeyPatch,
    wanted: Any,
    label: str | None,
    resolves: bool,
    blocked: bool,
) -> None:
    monkeypatch.setattr(observe, "_resolves", lambda _host: resolves)
    if label is not None:
        engine.containers["mautic-web"] = container("mautic-web", labels={LABEL_PHONE_HOME: label})
    assert _look(new_run(mautic_block_phone_home=wanted)).phone_home_blocked is blocked


def _refuse() -> None:
    raise socket.gaierror(-2, "Name or service not known")


@pytest.mark.parametrize(("answer", "resolves"), [(list, True), (_refuse, False)])
def test_a_name_resolves_or_it_does_not(
    monkeypatch: pytest.MonkeyPatch, answer: Any, resolves: bool
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: answer())
    assert observe._resolves("updates.mautic.org") is resolves


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: time.sleep(1))
    monkeypatch.setattr(observe, "_DNS_PATIENCE_S", 0.05)
    started = time.monotonic()
    assert observe._resolves("updates.mautic.org") is False
    assert time.monotonic() - started < 0.9
