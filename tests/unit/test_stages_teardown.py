from pathlib import Path

import pytest

from mautic_bootstrap.containers.topology import LABEL_INSTANCE
from mautic_bootstrap.errors import ContainerError
from mautic_bootstrap.stages import teardown
from unit.fakes import FakeEngine, NewRun

_OURS = f"{LABEL_INSTANCE}=mautic"
_REHEARSAL = f"{LABEL_INSTANCE}=mautic-rehearsal"


@pytest.fixture(autouse=True)
def made(engine: FakeEngine, new_run: NewRun, tmp_path: Path) -> None:
    """An instance and its rehearsal, and another instance beside them."""
    engine.labels = {
        ("container", _OURS): ["mautic-web", "mautic-db"],
        ("network", _OURS): ["mautic"],
        ("volume", _OURS): ["mautic-db", "mautic-config"],
        ("container", _REHEARSAL): ["mautic-rehearsal-web"],
        ("container", f"{LABEL_INSTANCE}=other"): ["other-web"],
    }
    for instance in ("mautic", "mautic-rehearsal", "other"):
        new_run(mautic_instance=instance).secrets.write("db_password", "hidden-one")
    (tmp_path / ".env").write_text("MAUTIC_API_URL=http://localhost:8080\n")


def test_containers_and_network_go_and_the_data_stays(
    new_run: NewRun, engine: FakeEngine, tmp_path: Path
) -> None:
    result = teardown.run(new_run())
    assert result.changed
    assert result.before.splitlines() == [
        "container mautic-web",
        "container mautic-db",
        "network mautic",
        "container mautic-rehearsal-web",
    ]
    assert result.after == ""
    assert engine.calls == [
        "remove container mautic-web mautic-db",
        "remove network mautic",
        "remove container mautic-rehearsal-web",
    ]
    assert new_run().secrets.read("db_password") == "hidden-one"
    assert (tmp_path / ".env").exists()


def test_data_and_secrets_go_together_on_request(
    new_run: NewRun, engine: FakeEngine, tmp_path: Path
) -> None:
    run = new_run(mautic_remove_volumes=True)
    result = teardown.run(run)
    assert "remove volume mautic-db mautic-config" in engine.calls
    assert f"secrets {run.secrets.path}" in result.before.splitlines()
    assert f"secrets {run.secrets.path}-rehearsal" in result.before.splitlines()
    assert not run.secrets.exists()
    assert not new_run(mautic_instance="mautic-rehearsal").secrets.exists()
    assert new_run(mautic_instance="other").secrets.read("db_password") == "hidden-one"
    assert (tmp_path / ".env").exists()


def test_volumes_go_after_the_containers_that_use_them_and_secrets_after_the_volumes(
    new_run: NewRun, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(kind: str, names: object) -> None:
        if kind == "volume":
            raise ContainerError("remove", expected="x", seen="volume is in use", hint="Look.")

    monkeypatch.setattr(engine, "remove", refuse)
    run = new_run(mautic_remove_volumes=True)
    with pytest.raises(ContainerError, match="volume is in use"):
        teardown.run(run)
    assert run.secrets.read("db_password") == "hidden-one"


@pytest.mark.parametrize("volumes", [True, False])
def test_check_mode_lists_the_same_and_removes_nothing(
    new_run: NewRun, engine: FakeEngine, volumes: bool
) -> None:
    planned = teardown.run(new_run(check=True, mautic_remove_volumes=volumes))
    assert engine.calls == []
    assert new_run().secrets.exists()
    done = teardown.run(new_run(mautic_remove_volumes=volumes))
    assert (planned.changed, planned.before) == (done.changed, done.before)


def test_where_nothing_is_nothing_goes(new_run: NewRun, engine: FakeEngine) -> None:
    engine.labels.clear()
    result = teardown.run(new_run(mautic_instance="absent", mautic_remove_volumes=True))
    assert not result.changed
    assert result.message == "nothing of this project is here"
    assert engine.calls == []
