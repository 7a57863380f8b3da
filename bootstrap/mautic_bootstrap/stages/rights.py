"""What a client or user says of its own rights: as asked for, or how not; one call, no browser."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mautic_bootstrap import naming
from mautic_bootstrap.admin.plan import broader
from mautic_bootstrap.api.models import Role, User
from mautic_bootstrap.rights import drift
from mautic_bootstrap.variables import Variables


@dataclass(frozen=True)
class Verdict:
    """What there is to say about rights, and whether it is as it should be."""

    settled: bool
    """Nothing about the rights needs the admin UI."""
    warning: str = ""
    """What a person has to know, in every run; empty: all is well."""
    ours: bool = False
    """The role is ours, so that a run can mend it."""


_ADMIN = (
    "The application may do everything an administrator may (mautic_api_privileges=admin): whoever reads its"
    " credentials can delete every contact and every user."
)


def judge(user: User, name: str, variables: Variables) -> Verdict:
    """Compare rights with those asked for.

    Args:
        user: Who calls, by `GET /api/users/self`.
        name: What the credentials are called: the client, or the user.
        variables: What is asked for.
    """
    role = user.role or Role(id=0)
    asked = variables.asked_permissions
    if asked is None:
        return Verdict(settled=True, warning=_ADMIN if role.is_admin else "")
    ours = _named(role, variables)
    exact = not role.is_admin and not drift(asked, role.permissions or {})
    warning = "" if exact else broader(name, role, asked)
    if variables.mautic_client_id is not None:
        return Verdict(settled=True, warning=warning)
    if ours is None:
        return Verdict(settled=exact, warning=warning)
    return Verdict(settled=exact and not _is_due(ours, variables), warning=warning, ours=True)


def _named(role: Role, variables: Variables) -> naming.Named | None:
    """Return what the name of a role of ours says; None where the role is not ours."""
    if naming.MARKER not in (role.description or ""):
        return None
    return naming.read(role.name, naming.role_of(variables.mautic_client_name))


def _is_due(named: naming.Named, variables: Variables) -> bool:
    """Say whether a rotation left something to do: what it replaced is past its grace, or it died half-way."""
    if named.at is None:
        return False
    grace = timedelta(seconds=variables.mautic_rotation_grace_seconds)
    now = datetime.now(UTC)
    return named.word != "next" or now >= min(named.at, now) + grace
