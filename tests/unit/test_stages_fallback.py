from dataclasses import dataclass
from typing import Any

import pytest

from mautic_bootstrap.progress import Progress
from mautic_bootstrap.run import State
from mautic_bootstrap.stages import containers, fallback, observe
from mautic_bootstrap.variables import load
from unit.fakes import FakeEngine, NewRun, container

_UNREACHABLE = "dial tcp: lookup registry-1.docker.io: no such host"
_WEB, _DB = "mautic-bootstrap/rehearsal-web:1", "mautic-bootstrap/rehearsal-db:1"


@dataclass(frozen=True)
class _Images:
    web: str = _WEB
    db: str = _DB


@pytest.fixture(autouse=True)
def built(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The versions that images were built for."""
    versions: list[str] = []

    def build(version: str, _progress: Progress) -> _Images:
        versions.append(version)
        engine.images |= {_WEB: "sha256:w", _DB: "sha256:d"}
        return _Images()

    engine.refusal = _UNREACHABLE
    monkeypatch.setattr(fallback, "build_images", build)
    monkeypatch.setattr(fallback, "image_names", lambda _version: _Images())
    monkeypatch.setattr(observe, "_resolves", lambda _host: True)
    return versions


def _rehearse(
    new_run: NewRun, *, check: bool = False, **values: Any
) -> tuple[State, Any, list[str]]:
    said: list[str] = []
    run = new_run(check=check, said=said, mautic_fallback="rehearsal", **values)
    state = State()
    observe.containers(run, state)
    return state, containers.run(run, state), said


def test_a_rehearsal_says_so_and_builds_its_images(
    new_run: NewRun, built: list[str], engine: FakeEngine
) -> None:
    state, result, said = _rehearse(new_run)
    assert built == ["7.0"]
    assert result.changed
    assert result.after.splitlines()[:2] == [
        f"image {_WEB}: absent -> built",
        f"image {_DB}: absent -> built",
    ]
    assert [line.strip().split(":")[0] for line in said[:3]][-2:] == ["REHEARSAL", "REHEARSAL"]
    assert state.rehearsal
    assert "remove" not in " ".join(engine.calls)


def test_the_longest_name_of_an_instance_can_be_rehearsed(new_run: NewRun) -> None:
    state, _result, _said = _rehearse(new_run, mautic_instance="m" * 40)
    assert state.overrides["mautic_instance"] == f"{'m' * 40}-rehearsal"


def test_a_second_rehearsal_builds_nothing(
    new_run: NewRun, built: list[str], engine: FakeEngine
) -> None:
    engine.images |= {_WEB: "sha256:w", _DB: "sha256:d"}
    _state, result, _said = _rehearse(new_run)
    assert built == []
    assert not result.changed


def test_check_mode_plans_a_rehearsal_without_building(new_run: NewRun, built: list[str]) -> None:
    state, result, _said = _rehearse(new_run, check=True)
    assert built == []
    assert result.changed
    assert state.rehearsal


def test_a_rehearsal_stands_beside_everything_real(new_run: NewRun, tmp_path: Any) -> None:
    state, result, _said = _rehearse(
        new_run, mautic_instance="shop", mautic_rehearsal_version="5.1"
    )
    overrides = state.overrides
    assert overrides["mautic_instance"] == "shop-rehearsal"
    assert overrides["app_env_path"] == str(tmp_path / ".env.rehearsal")
    assert overrides["mautic_bind_address"] == "127.0.0.1"
    assert overrides["mautic_url"].startswith("http://localhost:")
    facts = result.facts["containers"]
    assert (facts["web"], facts["image"], facts["database_image"]) == (
        "shop-rehearsal-web",
        _WEB,
        _DB,
    )


def test_a_rehearsal_reaches_into_no_real_mautic(new_run: NewRun, tmp_path: Any) -> None:
    (tmp_path / "images.tar").touch()
    values: dict[str, Any] = {
        "mautic_cli_argv": ["kubectl", "exec", "mautic", "--", "php"],
        "mautic_client_id": "1_id",
        "mautic_client_secret": "secret-1",
        "mautic_image_archive": str(tmp_path / "images.tar"),
    }
    state, _result, _said = _rehearse(new_run, **values)
    later = load(values | {"mautic_fallback": "rehearsal"} | state.overrides)
    assert later.mautic_cli_argv is None
    assert later.mautic_client_id is None
    assert later.mautic_client_secret is None
    assert later.mautic_image_archive is None


def test_the_overrides_survive_the_way_to_the_next_stage(new_run: NewRun) -> None:
    state, _result, _said = _rehearse(new_run)
    assert State.model_validate_json(state.model_dump_json()).overrides == state.overrides


def test_an_earlier_rehearsal_keeps_its_port(new_run: NewRun, engine: FakeEngine) -> None:
    label = {"mautic-bootstrap.instance": "mautic-rehearsal"}
    name = "mautic-rehearsal-web"
    engine.containers[name] = container(name, ports=(18234,), labels=label)
    state, _result, _said = _rehearse(new_run)
    assert state.overrides["mautic_url"] == "http://localhost:18234"


def test_a_rehearsal_that_holds_is_settled_unless_something_is_to_be_rotated(
    new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observe, "credentials_hold", lambda _run, _state: True)
    monkeypatch.setattr(State, "containers_current", property(lambda _state: True))
    assert _rehearse(new_run)[0].settled
    assert not _rehearse(new_run, mautic_rotate=["client"])[0].settled
