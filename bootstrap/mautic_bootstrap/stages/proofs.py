"""Real calls that show what credentials may do, and what they may not; none of them changes anything."""

from dataclasses import dataclass

from mautic_bootstrap.api.client import MauticClient
from mautic_bootstrap.api.models import Role, User
from mautic_bootstrap.api.responses import json_object, total
from mautic_bootstrap.errors import ForbiddenError, RightsNotProvenError
from mautic_bootstrap.rights import Permissions, drift, effective, grants

_VIEW = ("viewown", "viewother", "view")
# Path below /api, the permission that opens it. Segments are "lists" to the permissions.
# Source: `LeadBundle/Controller/Api/{LeadApi,ListApi}Controller.php`, `CampaignBundle/...`, `EmailBundle/...`
# (`permissionBase`); live 5.1.0, 7.0.0.
LISTS = {
    "contacts": "lead:leads",
    "campaigns": "campaign:campaigns",
    "emails": "email:emails",
    "segments": "lead:lists",
}
# What an application has no business with, unless it was asked for: whoever reads them knows every admin.
# Source: `UserBundle/Controller/Api/{UserApi,RoleApi}Controller.php`; recordings "scoped: list users", "... roles".
_CLOSED = {"users": "user:users", "roles": "user:roles"}


@dataclass(frozen=True)
class Proof:
    """One call and what it answered."""

    call: str
    answer: str


def whole(api: MauticClient, user: User, permissions: Permissions) -> list[Proof]:
    """Prove that credentials may do what was asked for, and no more.

    Args:
        api: Asks with the credentials.
        user: Who that is, by `GET /api/users/self`.
        permissions: What was asked for.

    Raises:
        RightsNotProvenError: They may do more, or less.
        ApiError, UnreachableError: A call failed.
    """
    role = user.role
    if role is None or role.is_admin or drift(permissions, role.permissions or {}):
        raise _not_proven(api, "exactly the rights asked for", _words(role, permissions))
    held = effective(permissions)
    try:
        allowed = lists(api, held)
    except ForbiddenError as exc:
        raise _not_proven(api, f"{exc.attempted} to be answered", "HTTP 403") from exc
    return [*allowed, *refusals(api, held)]


def lists(
    api: MauticClient, permissions: Permissions | None, *, at_most: int = len(LISTS)
) -> list[Proof]:
    """Ask for one of everything that the permissions open; None opens all.

    Args:
        api: Asks with the credentials.
        permissions: What they are to open.
        at_most: How many lists are enough.

    Raises:
        ApiError, UnreachableError: A call failed.
    """
    opened = [
        f"/api/{name}"
        for name, permission in LISTS.items()
        if permissions is None or grants(permissions, permission, *_VIEW)
    ]
    proofs = []
    for path in opened[:at_most]:
        body = json_object(api.request("GET", path, params={"limit": 1}))
        count = total(body, attempted=f"GET {path} on {api.base_url}")
        proofs.append(Proof(f"GET {path}", f"200, {count} in all"))
    return proofs


def refusals(api: MauticClient, permissions: Permissions) -> list[Proof]:
    """Ask for what the permissions do not open, and want to be refused.

    Raises:
        RightsNotProvenError: It was answered.
    """
    proofs = []
    for name, permission in _CLOSED.items():
        if grants(permissions, permission, *_VIEW):
            continue
        path = f"/api/{name}"
        try:
            api.request("GET", path, params={"limit": 1})
        except ForbiddenError:
            proofs.append(Proof(f"GET {path}", "403, as it should be"))
        else:
            raise _not_proven(api, f"GET {path} to be refused (HTTP 403)", "an answer")
    return proofs


def _not_proven(api: MauticClient, expected: str, seen: str) -> RightsNotProvenError:
    return RightsNotProvenError(
        f"prove what the credentials for {api.base_url} may do",
        expected=expected,
        seen=seen,
        hint="Run the whole playbook: it gives our role its rights again. Nothing was handed out.",
    )


def _words(role: Role | None, permissions: Permissions) -> str:
    if role is None:
        return "no role"
    if role.is_admin:
        return f'an administrator\'s, by the role "{role.name}"'
    return f'by the role "{role.name}": {drift(permissions, role.permissions or {})}'
