import time
from pathlib import Path
from typing import Any

import pytest

from mautic_bootstrap.redaction import MASK
from mautic_bootstrap.run import State
from unit.fake_mautic import INSTALLER, FakeMautic
from unit.fakes import NewRun

_STRONG = "gorse-lantern-42-quietly"


def test_a_run_knows_every_secret_that_is_there_when_it_begins(new_run: NewRun) -> None:
    for name in ("admin_password", "db_password", "db_root_password"):
        new_run().secrets.write(name, f"hidden-{name}")
    run = new_run(
        mautic_admin_password=_STRONG, mautic_client_id="1_id", mautic_client_secret="hidden-client"
    )
    text = (
        f"{_STRONG} hidden-client hidden-admin_password hidden-db_password hidden-db_root_password"
    )
    assert run.redactor.mask(text) == " ".join([MASK] * 5)


def test_the_admin_password_is_the_variable_s_before_the_generated_one(new_run: NewRun) -> None:
    assert new_run().admin_password() is None
    new_run().secrets.write("admin_password", "generated-one")
    assert new_run().admin_password() == "generated-one"
    assert new_run(mautic_admin_password=_STRONG).admin_password() == _STRONG


def test_a_generated_password_is_for_the_mautic_that_is_ours_alone(new_run: NewRun) -> None:
    new_run().secrets.write("admin_password", "generated-one")
    existing = {"mautic_manage_containers": False, "mautic_url": "https://example.com"}
    assert new_run(**existing).admin_password() is None
    assert new_run(mautic_admin_password="given", **existing).admin_password() == "given"


def test_each_instance_has_its_own_secrets(new_run: NewRun) -> None:
    new_run(mautic_instance="one").secrets.write("admin_password", "generated-one")
    assert new_run(mautic_instance="two").admin_password() is None


def test_paths_start_at_the_repository(new_run: NewRun, tmp_path: Path) -> None:
    assert new_run().env_path == tmp_path / ".env"
    assert new_run(app_env_path="app/.env").env_path == tmp_path / "app" / ".env"
    assert new_run(app_env_path="/srv/app/.env").env_path == Path("/srv/app/.env")
    assert new_run().evidence_dir == tmp_path / ".evidence"


def test_a_path_may_start_at_home(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert new_run(app_env_path="~/.env").env_path == Path("/home/somebody/.env")


def test_php_is_run_in_the_web_container_or_wherever_a_person_says(new_run: NewRun) -> None:
    assert new_run(mautic_instance="two").console_argv[-2:] == ("two-web", "php")
    argv = ["kubectl", "exec", "-i", "mautic", "--", "php"]
    assert new_run(mautic_cli_argv=argv).console_argv == tuple(argv)


def test_a_run_probes_its_own_mautic(new_run: NewRun) -> None:
    with FakeMautic(url="http://localhost:9000", page=INSTALLER):
        assert new_run(mautic_url="http://localhost:9000").probe().state == "installer"


def test_a_state_passes_through_json_unchanged() -> None:
    state = State(differences=["a"], facts={"client_name": "app"}, installed=True)
    state.finished("start")
    assert State.model_validate_json(state.model_dump_json()) == state


@pytest.mark.parametrize(
    ("changes", "current"),
    [
        ({}, True),
        ({"differences": ["container a: absent -> running"]}, False),
        ({"missing_images": ["a"]}, False),
    ],
)
def test_containers_are_current_where_nothing_differs_and_nothing_is_missing(
    changes: dict[str, Any], current: bool
) -> None:
    assert State(**changes).containers_current is current


def test_several_tasks_of_one_stage_count_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter((1.0, 2.0, 3.0, 4.0))
    monkeypatch.setattr(time, "time", lambda: next(now))
    state = State()
    for stage in ("start", "containers", "containers", "install"):
        state.finished(stage)
    assert state.timeline == [("start", 1.0), ("containers", 3.0), ("install", 4.0)]
