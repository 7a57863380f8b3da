"""Ends of rotations, planned from what a run may have found: clients, our roles, and our user."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from mautic_bootstrap import naming
from mautic_bootstrap.admin import retire
from mautic_bootstrap.admin.model import OAuth2Client
from mautic_bootstrap.admin.pages.roles import RoleRow
from mautic_bootstrap.admin.pages.users import UserRow
from mautic_bootstrap.admin.retire import Ending
from mautic_bootstrap.rights import Permissions
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS
from unit.admin_values import AT, STAMP, role_row, seen, wish

NEXT, RETIRING = f"app (next {STAMP})", f"app (retiring {STAMP})"
PLAIN = role_row(7)
MARKED = role_row(7, f"mautic-bootstrap: app (rotating {STAMP})")
NEW = role_row(8, f"mautic-bootstrap: {NEXT}", naming.replacing(1))
UNTOLD = role_row(8, NEW.name)
"""The same where the client replaced was not known to be the application's."""
NOW = AT + timedelta(seconds=30)
DAY = timedelta(days=1)


def plan_ending(
    clients: Sequence[OAuth2Client],
    roles: Sequence[RoleRow],
    held: dict[int, int],
    *,
    grace: timedelta = timedelta(0),
    now: datetime = NOW,
    user: UserRow | None = None,
    permissions: Permissions | None = DEFAULT_PERMISSIONS,
    vouched: frozenset[int] = frozenset(),
) -> Ending:
    """Plan with the first client as the current one."""
    current, *former = clients
    live = frozenset(held.values())
    found = seen(current, *former, known_roles=tuple(roles), live_roles=live, user=user)
    asked = wish(in_use=current.client_id, permissions=permissions)
    return retire.plan(asked, found, held, grace, now, vouched=vouched)


def words_of(ending: Ending) -> list[str]:
    return [f"{change.what}: {change.before} -> {change.after}" for change in ending.changes]


ROLE_RENAMED = f"role {NEW.name}: in use -> mautic-bootstrap: app"
ROLE_DROPPED = f"role {MARKED.name}: present -> absent"
REVOKED = "OAuth2 client number 1: replaced -> revoked"
