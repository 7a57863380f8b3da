"""Stage 7: the end of a rotation. Names are put right, what was replaced is revoked and proven dead."""

from datetime import timedelta

from mautic_bootstrap.admin import retire
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages.client_calls import ClientCalls
from mautic_bootstrap.stages.wish import wish_of


def run(run: Run, state: State, *, at_once: bool) -> StageResult:
    """Finish what a rotation, of this run or of one that died, has left.

    Args:
        run: The run.
        state: What the stages before said.
        at_once: Revoke whatever the grace says.

    Side effects:
        Renames and deletes clients and roles of ours through the admin UI; not in check mode.

    Raises:
        RotationError: The application does not have the newest client yet; or something does not die.
        BootstrapError: From the admin UI.
    """
    variables = run.variables
    if run.check and "client" in variables.mautic_rotate:
        message = "the client that is replaced would be revoked once its grace is over"
        return StageResult(state, message=message)
    wish = wish_of(run)
    if wish.login != "client" or variables.mautic_client_id is not None:
        return StageResult(state, message="no client of ours, nothing to revoke")
    grace = timedelta(seconds=0 if at_once else variables.mautic_rotation_grace_seconds)
    ending = retire.retire(
        wish,
        ClientCalls(run),
        grace=grace,
        replaces=state.replaces,
        check=run.check,
        redactor=run.redactor,
        progress=run.progress,
    )
    state.unfinished = bool(ending.waiting)
    names = {client.number: name for client, name in ending.renames}
    waiting = [
        f"{names.get(client.number, client.name)} goes on working until its grace is over: the next run after that,"
        " or playbooks/rotate.yml --tags revoke, revokes it"
        for client in ending.waiting
    ]
    for line in waiting:
        run.progress.note(line)
    warnings = [
        f"The OAuth2 client {names.get(client.number, client.name)} was replaced here, but the application did not"
        " have it, so somebody else may: it still works. Delete it in Mautic's API Credentials once nobody needs it."
        for client in ending.left
    ]
    done = [f"{c.what}: {c.before} -> {c.after}" for c in ending.changes]
    return StageResult(
        state,
        changed=bool(ending.changes),
        before="\n".join(f"{c.what}: {c.before}" for c in ending.changes),
        after="\n".join(f"{c.what}: {c.after}" for c in ending.changes),
        message="; ".join([*done, *waiting]) or "nothing is left to revoke",
        warnings=warnings,
    )
