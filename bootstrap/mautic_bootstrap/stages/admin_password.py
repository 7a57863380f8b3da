"""A new password for the admin: kept before it is set, and the old one until the new one has logged in.

Between the two only Mautic knows which one counts; a run that died there is finished by asking it.
"""

from pydantic import SecretStr

from mautic_bootstrap import passwords
from mautic_bootstrap.admin import password as account
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages.wish import wish_of

_CURRENT, _NEXT = "admin_password", "admin_password.next"


def run(run: Run, state: State) -> StageResult:
    """Give the admin a new password.

    Side effects:
        Changes it in Mautic and in `.secrets/<instance>/admin_password`; not in check mode.

    Raises:
        SecretLostError: The old one is not known.
        BootstrapError: From the admin UI. The old one then is still kept, beside the new one.
    """
    name = run.variables.mautic_admin_username
    result = StageResult(
        state,
        changed=True,
        before=f"password of {name}: the old one",
        after=f"password of {name}: a new one",
        message=f"{name} {'would get' if run.check else 'has'} a new password",
    )
    if run.check:
        return result
    finish_interrupted(run)  # else what it may have set already would be forgotten
    wish = wish_of(run)
    new = SecretStr(passwords.generate())
    run.redactor.add(new.get_secret_value())
    run.secrets.write(_NEXT, new.get_secret_value())
    account.change(wish, new, redactor=run.redactor, progress=run.progress)
    _keep(run, new)
    return result


def was_interrupted(run: Run) -> bool:
    """Say whether a run died while it changed the password."""
    return run.variables.admin_password() is None and run.secrets.read(_NEXT) is not None


def finish_interrupted(run: Run) -> None:
    """Find out which password counts, and keep only that one.

    Raises:
        LoginRejectedError: Mautic takes neither; both stay.
        BootstrapError: Mautic cannot be asked.
    """
    kept = run.secrets.read(_NEXT)
    if kept is None:
        return
    wish, new = wish_of(run), SecretStr(kept)
    if account.works(wish, new, redactor=run.redactor, progress=run.progress):
        _keep(run, new)
        return
    # A refusal may be that of a locked name: only what lets the old one in makes the new one worthless.
    account.log_in(wish, wish.password, redactor=run.redactor, progress=run.progress)
    run.secrets.remove(_NEXT)


def _keep(run: Run, new: SecretStr) -> None:
    run.secrets.write(_CURRENT, new.get_secret_value())
    run.secrets.remove(_NEXT)
