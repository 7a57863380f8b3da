"""Stage 1: everything that can be known to go wrong is said before anything is touched, all at once."""

import errno
import os
import socket

from mautic_bootstrap.admin.browser import find_chromium
from mautic_bootstrap.containers.snapshot import Snapshot
from mautic_bootstrap.containers.topology import strangers
from mautic_bootstrap.errors import BootstrapError, SettingsError
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.secrets_store import SecretsStore
from mautic_bootstrap.stages import admin_password, observe
from mautic_bootstrap.urls import bracketed, host_of

# `localhost` is both, and clients try the second one first: whoever listens there gets the passwords.
_TWINS = {"127.0.0.1": "::1", "::1": "127.0.0.1"}


def run(run: Run) -> StageResult:
    """Check everything and look at what is there.

    Raises:
        SettingsError: With every problem found, one line each; an engine that cannot be reached is one.
    """
    state = State()
    state.finished("start")
    problems = check(run, state)
    state.rotate = list(run.variables.mautic_rotate)
    if not problems:
        state.settled = is_settled(run, state)
    if not state.settled:
        problems += _browser_problems(run)
    if problems:
        raise SettingsError(problems)
    seen = "settled" if state.settled else "there is something to do"
    return StageResult(state, message=f"{run.variables.mautic_url}: {seen}")


def is_settled(run: Run, state: State) -> bool:
    """Say whether nothing but the proof is left to do: one token and a call or two."""
    to_do = "client" in run.variables.mautic_rotate or admin_password.was_interrupted(run)
    return not to_do and state.containers_current and observe.credentials_hold(run, state)


def check(run: Run, state: State) -> list[str]:
    """Return every problem in the way, one sentence each with its fix; notes the containers in `state`."""
    variables = run.variables
    problems = [*run.sink.problems(), *SecretsStore.problems(run.root)]
    if variables.mautic_instance.endswith("-rehearsal") and not state.rehearsal:
        problems.append(
            f"mautic_instance is {variables.mautic_instance}; such a name is kept for a rehearsal, which the"
            " teardown of the instance before it removes too; choose another one"
        )
    if variables.mautic_manage_containers:
        try:
            snapshot = observe.containers(run, state)
        except BootstrapError as exc:
            problems.append(str(exc))
        else:
            problems += [*_strangers(run, snapshot), *_port_problems(run, state, snapshot)]
    elif run.admin_password() is None and variables.mautic_client_id is None:
        problems.append(
            "mautic_admin_password is required when mautic_manage_containers is false (or"
            " mautic_admin_password_file, or mautic_client_id with mautic_client_secret)"
        )
    return problems


def _browser_problems(run: Run) -> list[str]:
    """Say where no browser can be had although one will be needed, and how to do without."""
    if run.variables.mautic_client_id is not None or _renews_by_itself(run):
        return []
    try:
        find_chromium(os.environ)
    except BootstrapError as exc:
        return [exc.diagnostics()]
    return []


def _renews_by_itself(run: Run) -> bool:
    """Say whether a kept client is there that renews the token; if Mautic forgot it, stage 4 says so."""
    variables = run.variables
    kept = KeptClient.load(run.secrets) if variables.app_env_auth == "token" else None
    return kept is not None and kept.is_for(*variables.asked_client)


def _strangers(run: Run, snapshot: Snapshot) -> list[str]:
    """Refuse to take over containers, or to replace a network, of our names that we did not make."""
    return [
        f"mautic_instance is {run.variables.mautic_instance}, but the {thing} was not made by this project;"
        " choose another mautic_instance"
        for thing in strangers(run.topology, snapshot)
    ]


def _port_problems(run: Run, state: State, snapshot: Snapshot) -> list[str]:
    """Refuse a port that somebody else listens on, and say so if that is a Mautic."""
    if state.missing_images and run.variables.mautic_fallback == "rehearsal":
        return []  # asked again once it is known whether this becomes a rehearsal, on a port of its own
    address, port = run.variables.mautic_bind_address, run.variables.port
    twin = _TWINS.get(address)
    if twin and host_of(run.variables.mautic_url) not in _TWINS and not _is_free(twin, port):
        taken = f"{bracketed(twin)}:{port} is taken by another program"
        leads = f"the name leads there as well as to {address}"
        return [
            f"mautic_url names port {port}, but {taken}, and {leads}; name a free port in mautic_url"
        ]
    web = snapshot.containers.get(run.topology.web)
    if web is not None and web.status == "running" and port in web.ports:
        return []
    if _is_free(address, port):
        return []
    taken = f"mautic_url names port {port}, but {bracketed(address)}:{port} is taken by"
    way_out = "name a free port in mautic_url"
    if run.probe().is_mautic:
        by = f"a Mautic that already runs; use it with `-i inventory/existing`, or {way_out}"
        return [f"{taken} {by}"]
    return [f"{taken} another program; {way_out}"]


def _is_free(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((address, port))
        except OSError as exc:
            # A privileged port is the engine's to bind, not ours; only "in use" means a stranger.
            return exc.errno != errno.EADDRINUSE
    return True
