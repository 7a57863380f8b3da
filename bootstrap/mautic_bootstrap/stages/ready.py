"""Stage 2, its end: Mautic answers over HTTP, or the reason why not is known at once."""

import time

from mautic_bootstrap.containers.snapshot import Inspected
from mautic_bootstrap.errors import ContainerError
from mautic_bootstrap.install.probe import Probe
from mautic_bootstrap.run import Run, StageResult, State

_PATIENCE_S = 180.0
# An installed instance may migrate for minutes before it listens; as long as its log moves, it works.
_LONGEST_S = 900.0
_POLL_S = 0.25
_STOPPED = {"created", "exited"}


def run(run: Run, state: State) -> StageResult:
    """Wait until the web container serves pages, then start the background containers.

    Those are made while it starts, but run only behind it: it may have to migrate the database first.

    Side effects:
        Starts the containers of the instance that are made or have stopped.

    Raises:
        ContainerError: A container crashed, is unhealthy, or nothing answered in time; with its last log
            lines; or the engine refuses to start one.
    """
    with run.progress.step("Wait for Mautic to answer"):
        seen = until_it_answers(run)
    state.installed = seen.state == "installed"
    stopped = _stopped(run)
    if stopped:
        run.engine.start(stopped)
    started = f"; started {', '.join(stopped)}" if stopped else ""
    return StageResult(state, changed=bool(stopped), message=seen.seen + started)


def assert_running(run: Run) -> None:
    """Look once whether every container of the instance runs.

    Raises:
        ContainerError: One does not; with its last log lines.
    """
    engine, topology = run.engine, run.topology
    found = engine.inspect(topology.containers, []).containers
    for name in topology.containers:
        _assert_alive(run, name, found.get(name), {})


def until_it_answers(run: Run) -> Probe:
    """Wait until a Mautic answers, installed or not.

    Raises:
        ContainerError: As for `run`.
    """
    engine, topology = run.engine, run.topology
    started = progressed = time.monotonic()
    restarts: dict[str, int] = {}
    tail, waiting_for_database = "", True
    while True:
        seen = run.probe()
        if seen.is_mautic:
            return seen
        found = engine.inspect([topology.database, topology.web], []).containers
        database, web = found.get(topology.database), found.get(topology.web)
        _assert_alive(run, topology.database, database, restarts)
        # Until the database is healthy the web container may give up waiting and be started again.
        waiting_for_database = (
            waiting_for_database and database is not None and database.health == "starting"
        )
        if not waiting_for_database:
            _assert_alive(run, topology.web, web, restarts)
        now, moved = time.monotonic(), engine.log_tail(topology.web)
        # Once something answers, the log moves with every look of ours and proves nothing.
        if moved != tail and seen.state == "unreachable":
            tail, progressed = moved, now
        if now - progressed > _PATIENCE_S or now - started > _LONGEST_S:
            name = topology.database if waiting_for_database else topology.web
            raise _error(run, name, seen.seen, waited_s=now - started)
        time.sleep(_POLL_S)


def _stopped(run: Run) -> list[str]:
    found = run.engine.inspect(run.topology.containers, []).containers
    return [name for name, container in found.items() if container.status in _STOPPED]


def _assert_alive(
    run: Run, name: str, container: Inspected | None, restarts: dict[str, int]
) -> None:
    """Fail if a container is down, unhealthy, or was started again since it was first seen here."""
    if container is None:
        raise _error(run, name, "no such container")
    again = container.restarts - restarts.setdefault(name, container.restarts)
    if container.status in {"exited", "dead", "restarting"} or again:
        seen = f"it {container.status}, exit code {container.exit_code}"
        raise _error(run, name, seen + (", started again by the engine" if again else ""))
    if container.health == "unhealthy":
        raise _error(run, name, "its health check failing")


def _error(run: Run, name: str, seen: str, waited_s: float | None = None) -> ContainerError:
    return ContainerError(
        f"start the container {name} for {run.variables.mautic_url}",
        expected="it running and Mautic answering",
        seen=seen,
        hint=f"Look at the log lines below, or at `docker logs {name}`.",
        waited_s=waited_s,
        log_tail=run.redactor.mask(run.engine.log_tail(name)),
    )
