from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from mautic_bootstrap.errors import (
    ContainerError,
    InstallError,
    NotInstalledError,
    UnreachableError,
)
from mautic_bootstrap.install.console import Console, ConsoleAnswer
from mautic_bootstrap.run import Run, State
from mautic_bootstrap.stages import install
from unit.fake_mautic import INSTALLER, NOBODY, FakeMautic
from unit.fakes import FakeEngine, NewRun, container

_LOGIN = httpx.Response(200, html='<form name="login">')
_UNMANAGED = {"mautic_manage_containers": False, "mautic_admin_password": "admin-password"}


@pytest.fixture(autouse=True)
def running(engine: FakeEngine) -> None:
    for part in ("db", "web", "cron", "worker"):
        engine.containers[f"mautic-{part}"] = container(f"mautic-{part}")


@pytest.fixture
def console(mautic: FakeMautic, monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """What Mautic's console was asked; it installs."""
    asked: list[Sequence[str]] = []

    def run(_self: Console, arguments: Sequence[str], *, timeout_s: float) -> ConsoleAnswer:
        assert timeout_s > 0
        asked.append(arguments)
        mautic.page = _LOGIN
        return ConsoleAnswer(0, "Install complete")

    monkeypatch.setattr(Console, "run", run)
    return asked


def test_an_installed_mautic_is_left_alone(
    new_run: NewRun, mautic: FakeMautic, console: list[Sequence[str]], engine: FakeEngine
) -> None:
    result = install.run(new_run(), State())
    assert not result.changed
    assert result.state.installed is True
    assert result.message == "already installed (HTTP 200 with Mautic's login form)"
    assert (console, engine.calls) == ([], [])


def test_a_fresh_mautic_is_installed_with_a_password_that_was_kept_first(
    new_run: NewRun, mautic: FakeMautic, console: list[Sequence[str]]
) -> None:
    mautic.page = INSTALLER
    run = new_run()
    result = install.run(run, State())
    password = run.secrets.read("admin_password")
    assert password is not None
    assert f"--admin_password={password}" in console[0]
    assert result.changed
    assert result.state.installed is True
    assert result.state.fresh
    assert (result.before, result.after) == (
        "Mautic: not installed",
        "Mautic: installed, admin admin",
    )
    assert password not in repr(result)
    assert run.redactor.mask(password) == "********"


def test_a_password_that_was_given_is_used_and_not_kept(
    new_run: NewRun, mautic: FakeMautic, console: list[Sequence[str]]
) -> None:
    mautic.page = INSTALLER
    run = new_run(mautic_admin_password="gorse-lantern-42-quietly", mautic_admin_username="boss")
    install.run(run, State())
    assert "--admin_password=gorse-lantern-42-quietly" in console[0]
    assert "--admin_username=boss" in console[0]
    assert run.secrets.read("admin_password") is None


def test_a_password_generated_by_a_run_that_died_is_used_again(
    new_run: NewRun, mautic: FakeMautic, console: list[Sequence[str]]
) -> None:
    mautic.page = INSTALLER
    run = new_run()
    run.secrets.write("admin_password", "generated-before")
    install.run(run, State())
    assert "--admin_password=generated-before" in console[0]


def test_a_populated_database_is_never_installed_over(
    new_run: NewRun, mautic: FakeMautic, console: list[Sequence[str]], engine: FakeEngine
) -> None:
    mautic.page = INSTALLER
    engine.rows = "17"
    for check in (True, False):
        run = new_run(check=check)
        with pytest.raises(InstallError) as caught:
            install.run(run, State())
        assert str(caught.value) == (
            "install Mautic at http://localhost:8080: expected an empty database, saw one with 17 contacts,"
            " campaigns, users or the like, while the configuration is gone. Bring the volume mautic-config"
            " back from a backup; or give the data up with playbooks/teardown.yml -e"
            " mautic_remove_volumes=true."
        )
        assert run.secrets.read("admin_password") is None
    assert console == []
    assert {call.split(":")[0] for call in engine.calls} == {"run in mautic-db"}


def test_somebody_else_s_installer_is_left_alone(
    new_run: NewRun, mautic: FakeMautic, console: list[Sequence[str]]
) -> None:
    mautic.page = INSTALLER
    with pytest.raises(NotInstalledError) as caught:
        install.run(new_run(**_UNMANAGED), State())
    assert str(caught.value) == (
        "use the Mautic at http://localhost:8080: expected an installed one, saw its installer (HTTP 302 to"
        " /index.php/installer). Finish its installation, or let this project run the containers"
        " (mautic_manage_containers=true)."
    )
    assert console == []


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        (NOBODY, "[Errno 111] Connection refused"),
        (httpx.Response(500), "HTTP 500"),
        (httpx.Response(200, html="hello"), "HTTP 200, which is no Mautic login page"),
    ],
)
def test_what_is_no_mautic_is_told(
    new_run: NewRun, mautic: FakeMautic, page: Any, seen: str
) -> None:
    mautic.page = page
    with pytest.raises(UnreachableError) as caught:
        install.run(new_run(**_UNMANAGED), State())
    assert str(caught.value) == (
        f"open http://localhost:8080/s/login: expected a Mautic's login page, saw {seen}. Check mautic_url; an"
        " HTTP 500 is Mautic's own trouble with its database or cache, see its log."
    )


@pytest.mark.parametrize("page", [NOBODY, httpx.Response(500)])
def test_a_mautic_of_ours_that_still_starts_is_waited_for(
    new_run: NewRun,
    mautic: FakeMautic,
    monkeypatch: pytest.MonkeyPatch,
    clock: list[float],
    page: Any,
) -> None:
    mautic.page = page
    probe = Run.probe

    def starting(run: Run) -> Any:
        mautic.page = page if clock[0] < 30 else _LOGIN
        return probe(run)

    monkeypatch.setattr(Run, "probe", starting)
    assert install.run(new_run(), State()).state.installed is True
    assert clock[0] >= 30


def test_a_container_that_went_down_meanwhile_is_told(
    new_run: NewRun, mautic: FakeMautic, console: list[Sequence[str]], engine: FakeEngine
) -> None:
    mautic.page = INSTALLER
    engine.containers["mautic-worker"] = container("mautic-worker", status="exited", exit_code=9)
    with pytest.raises(ContainerError, match="mautic-worker"):
        install.run(new_run(), State())


def test_check_mode_plans_an_installation(
    new_run: NewRun, mautic: FakeMautic, console: list[Sequence[str]]
) -> None:
    mautic.page = INSTALLER
    run = new_run(check=True)
    result = install.run(run, State())
    assert result.changed
    assert result.state.installed is False
    assert result.message == "would be installed (HTTP 302 to /index.php/installer)"
    assert console == []
    assert run.secrets.read("admin_password") is None


def test_check_mode_plans_an_installation_where_there_is_no_container_yet(
    new_run: NewRun, mautic: FakeMautic, engine: FakeEngine
) -> None:
    mautic.page = NOBODY
    state = State(differences=["container mautic-web: absent -> running"])
    result = install.run(new_run(check=True), state)
    assert result.message == "would be installed (no container to look into yet)"
    assert state.installed is False


def test_check_mode_plans_none_where_the_data_is_there_already(
    new_run: NewRun, mautic: FakeMautic, engine: FakeEngine
) -> None:
    mautic.page = NOBODY
    engine.existing_volumes = ["mautic-config"]
    state = State(differences=["container mautic-web: exited -> running"])
    result = install.run(new_run(check=True), state)
    assert not result.changed
    assert result.message == "its data is here; the containers would show it"
    assert state.installed is None


def test_check_mode_waits_for_nothing(
    new_run: NewRun, mautic: FakeMautic, clock: list[float]
) -> None:
    mautic.page = NOBODY
    with pytest.raises(UnreachableError):
        install.run(new_run(check=True), State())
    assert clock[0] == 0
