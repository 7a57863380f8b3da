"""Stage 3: an installed Mautic, without ever putting existing data at risk."""

from mautic_bootstrap import passwords
from mautic_bootstrap.errors import InstallError, NotInstalledError, UnreachableError
from mautic_bootstrap.install import database
from mautic_bootstrap.install.console import Console
from mautic_bootstrap.install.installer import Administrator, install
from mautic_bootstrap.install.probe import Probe
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import ready


def run(run: Run, state: State) -> StageResult:
    """Install Mautic if its containers are ours and it is not installed yet.

    Side effects:
        Writes the generated admin password to `.secrets` before it is used, so that it is never lost.

    Raises:
        UnreachableError: Nothing answers, or no Mautic.
        NotInstalledError: Somebody else's Mautic waits for its installer.
        InstallError: The installation failed, or would have destroyed data.
        ContainerError: A container went down meanwhile.
    """
    managed = run.variables.mautic_manage_containers
    seen = run.probe()
    if managed and not run.check and seen.state in {"unreachable", "error"}:
        # Its containers run, but it may have been started with the machine, a minute ago.
        with run.progress.step("Wait for Mautic to answer"):
            seen = ready.until_it_answers(run)
    if seen.state == "installed":
        state.installed = True
        return StageResult(state, message=f"already installed ({seen.seen})")
    if run.check and managed and not seen.is_mautic and not state.containers_current:
        if run.engine.volumes(run.topology.volumes):
            return StageResult(state, message="its data is here; the containers would show it")
        return _planned(run, state, "no container to look into yet")
    if seen.state != "installer":
        raise _unreachable(run, seen)
    if not managed:
        raise NotInstalledError(
            f"use the Mautic at {run.variables.mautic_url}",
            expected="an installed one",
            seen=f"its installer ({seen.seen})",
            hint="Finish its installation, or let this project run the containers"
            " (mautic_manage_containers=true).",
        )
    _refuse_populated_database(run)
    if run.check:
        return _planned(run, state, seen.seen)
    admin = Administrator(
        run.variables.mautic_admin_username, run.variables.mautic_admin_email, _password(run)
    )
    with run.progress.step("Install Mautic"):
        console = Console(run.console_argv, run.redactor)
        install(console, run.variables.mautic_url, admin, run.probe)
    ready.assert_running(run)
    state.installed = state.fresh = True
    return StageResult(
        state,
        changed=True,
        before="Mautic: not installed",
        after=f"Mautic: installed, admin {admin.username}",
        message=f"installed, admin {admin.username}",
    )


def _planned(run: Run, state: State, seen: str) -> StageResult:
    state.installed = False
    return StageResult(
        state,
        changed=True,
        before="Mautic: not installed",
        after=f"Mautic: installed, admin {run.variables.mautic_admin_username}",
        message=f"would be installed ({seen})",
    )


def _password(run: Run) -> str:
    """Return the admin password to install with, generated and kept where none was given."""
    password = run.admin_password()
    if password is None:
        password = passwords.generate()
        run.redactor.add(password)
        run.secrets.write("admin_password", password)
    return password


def _refuse_populated_database(run: Run) -> None:
    """Stop where the database holds people's data although Mautic says it is not installed.

    Raises:
        InstallError: It does; installing would drop or bury that data.
    """
    name = run.topology.database
    rows = database.rows_of_people(
        lambda sql: run.engine.run_in(name, ["sh", "-c", database.CLIENT], sql)
    )
    if rows:
        raise InstallError(
            f"install Mautic at {run.variables.mautic_url}",
            expected="an empty database",
            seen=f"one with {rows} contacts, campaigns, users or the like, while the configuration is gone",
            hint=f"Bring the volume {run.topology.instance}-config back from a backup; or give the data up"
            " with playbooks/teardown.yml -e mautic_remove_volumes=true.",
        )


def _unreachable(run: Run, seen: Probe) -> UnreachableError:
    return UnreachableError(
        f"open {run.variables.mautic_url}/s/login",
        expected="a Mautic's login page",
        seen=seen.seen,
        hint="Check mautic_url; an HTTP 500 is Mautic's own trouble with its database or cache, see its log.",
    )
