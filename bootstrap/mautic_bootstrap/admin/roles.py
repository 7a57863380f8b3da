"""Our roles: found by name and mark, made, given rights, read back and deleted; nobody else's is ever touched."""

import hashlib
import os
import platform
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from mautic_bootstrap import naming, state_dir
from mautic_bootstrap.admin.pages.roles import RoleRow, RolesPages
from mautic_bootstrap.admin.session import AdminSession
from mautic_bootstrap.admin.users import Users
from mautic_bootstrap.errors import (
    EnvFileError,
    NotOursError,
    RightsNotProvenError,
    SaveNotConfirmedError,
    SettingsError,
    UiError,
)
from mautic_bootstrap.rights import Permissions, drift


def _machine() -> str:
    """Return a name for those runs that wait for each other: of one user, on one machine or in one container."""
    name = re.sub(r"[^A-Za-z0-9.-]", "-", platform.node()) or "unnamed"
    root = Path("/").stat()
    with suppress(EnvFileError):
        name = f"{name}:{state_dir.location()}"
    domain = f"{name}:{os.geteuid()}:{root.st_dev}:{root.st_ino}"
    return f"{name.partition(':')[0]}-{hashlib.sha256(domain.encode()).hexdigest()[:8]}"


MACHINE = _machine()
"""Who we are to runs that do not wait for us, as the descriptions of roles have it."""
# The role that `mautic:install` makes. Source: `InstallBundle/InstallFixtures/ORM/RoleData.php`; 5.1.0, 7.0.0.
_ADMINISTRATOR = 1
# Boxes of this bundle are there only while the API is on. Source: `ApiBundle/Security/Permissions/
# ApiPermissions.php` (`isEnabled`); live 5.1.0, 7.0.0.
_ONLY_WITH_API = "api:"


def everyone(session: AdminSession) -> list[RoleRow]:
    """Return every role of this Mautic."""
    pages = RolesPages(session)
    return pages.list.everything(pages.rows)


def family(rows: Iterable[RoleRow], client_name: str) -> list[RoleRow]:
    """Return those roles whose names say that they belong to a client of ours, marked or not.

    That of a replaced client which others may use is left to a person, as the client is.
    """
    base = naming.role_of(client_name)
    named = [(row, naming.read(row.name, base)) for row in rows]
    return [row for row, told in named if told is not None and told.word != "replaced"]


def again(session: AdminSession, role: RoleRow) -> RoleRow:
    """Return a role as the list shows it by now."""
    return next((row for row in everyone(session) if row.number == role.number), role)


def is_marked(row: RoleRow) -> bool:
    """Whether a role says that it is managed by this project."""
    return naming.is_marked(row.description)


def ensure_ours(session: AdminSession, role: RoleRow, users: Users) -> None:
    """Return if a role may be changed: it is marked, and at most our own user holds it.

    Names of roles are not unique: one of this name that somebody else holds counts as this one.

    Raises:
        NotOursError: It may not.
    """
    own = int(users.ours is not None and users.ours.role == role.name)
    if role.number == _ADMINISTRATOR:
        seen = "Mautic's own role for administrators"
    elif not is_marked(role):
        seen = "one without it"
    elif role.users > own or role.name in users.roles_of_others:
        seen = "one that another user holds"
    else:
        return
    raise NotOursError(
        session.attempted,
        expected=f'the role "{role.name}" to be ours alone: "{naming.MARKER}" in its description',
        seen=seen,
        hint=f"Look at {session.base_url}/s/roles/edit/{role.number}: rename that role, or give its users"
        " another one; or choose another mautic_client_name. It was not changed.",
    )


def refuse_unknown(session: AdminSession, asked: Permissions) -> None:
    """Return if this Mautic has every permission and right that was asked for; changes nothing.

    Raises:
        SettingsError: It does not; with the list of what it has.
    """
    pages = RolesPages(session)
    pages.open_new()
    known = pages.boxes()
    problems = []
    for name, rights in asked.items():
        if name not in known:
            if not name.startswith(_ONLY_WITH_API):
                problems.append(
                    f"mautic_api_permissions names {name}, which this Mautic does not have; it has:"
                    f" {', '.join(sorted(known))}"
                )
            continue
        bad = [right for right in rights if right not in known[name]]
        if bad:
            problems.append(
                f"mautic_api_permissions gives {name} {', '.join(bad)}; this Mautic has:"
                f" {', '.join(known[name])}"
            )
    if problems:
        raise SettingsError(problems, touched="what the stages before have made")


def create(
    session: AdminSession,
    name: str,
    permissions: Permissions | None = None,
    *,
    replaces: int | None = None,
) -> RoleRow:
    """Make a role and return it.

    Args:
        session: An admin's.
        name: Its name.
        permissions: Its rights; None: an administrator's, for as long as a client is being made.
        replaces: The number of the client that this role's one replaces, as `naming.replacing` takes it.

    Raises:
        SaveNotConfirmedError: It is not in the list afterwards.
    """
    pages = RolesPages(session)
    pages.open_new()
    # Names are not unique: by this one the role is known among those that other machines may be making.
    maker = f"{MACHINE}:{secrets.token_hex(4)}"
    description = naming.being_made(maker, datetime.now(UTC), replaces)
    pages.fill(name, description, permissions)
    _save(session, pages, name)
    made = [row for row in everyone(session) if row.description == description]
    if not made:
        raise _not_saved(session, name)
    return made[0]


def give(
    session: AdminSession,
    role: RoleRow,
    name: str,
    permissions: Permissions,
    *,
    description: str | None = None,
) -> None:
    """Give a role a name and exactly these rights, and read them back from its own page.

    Args:
        session: An admin's.
        role: One of ours.
        name: Its name from now on.
        permissions: Its rights from now on.
        description: None: the mark, and which client its own replaces, if it says so by now.

    Raises:
        SaveNotConfirmedError: Mautic did not take the form.
        RightsNotProvenError: The page read again shows something else.
    """
    pages = RolesPages(session)
    pages.open(role.number)
    if description is None:
        description = naming.replacing(naming.replaces(role.description))
    pages.fill(name, description, permissions)
    _save(session, pages, name)
    pages.open(role.number)
    is_admin, held = pages.is_admin, _ticked(pages)
    pages.cancel()
    difference = drift(permissions, held)
    if is_admin or difference:
        raise RightsNotProvenError(
            session.attempted,
            expected=f'the role "{name}" with exactly the rights asked for',
            seen="an administrator's" if is_admin else str(difference),
            hint=f"Nothing was handed out. Look at {session.base_url}/s/roles/edit/{role.number}.",
        )


def rename(session: AdminSession, role: RoleRow, name: str) -> None:
    """Give a role another name, and leave what it may do as it is.

    Raises:
        SaveNotConfirmedError: Mautic did not take the form.
    """
    pages = RolesPages(session)
    pages.open(role.number)
    held = None if pages.is_admin else _ticked(pages)
    pages.fill(name, naming.replacing(naming.replaces(role.description)), held)
    _save(session, pages, name)


def reduce(session: AdminSession, role: RoleRow) -> bool:
    """Take every right from a role that is an admin's; return whether it was one.

    Raises:
        SaveNotConfirmedError: Mautic did not take the form.
        RightsNotProvenError: The page read again shows something else.
    """
    if rights_of(session, role) is not None:
        return False
    give(session, role, role.name, {})
    return True


def rights_of(session: AdminSession, role: RoleRow) -> Permissions | None:
    """Return the rights that a role's own page shows; None for an administrator's."""
    pages = RolesPages(session)
    pages.open(role.number)
    held = None if pages.is_admin else _ticked(pages)
    pages.cancel()
    return held


def delete(session: AdminSession, role: RoleRow) -> bool:
    """Delete a role; return whether it is gone. It stays where a user or a client still refers to it."""
    # A client that refers to it makes Mautic answer 500 (a foreign key; live 5.1.0, 7.0.0).
    with suppress(UiError):
        RolesPages(session).delete(role.number)
    return role.number not in {row.number for row in everyone(session)}


def _ticked(pages: RolesPages) -> dict[str, list[str]]:
    boxes = pages.boxes()
    return {n: [right for right, on in rights.items() if on] for n, rights in boxes.items()}


def _save(session: AdminSession, pages: RolesPages, name: str) -> None:
    if not pages.save():
        raise _not_saved(session, name)


def _not_saved(session: AdminSession, name: str) -> SaveNotConfirmedError:
    # A changed role that is refused comes back without a word (live 5.1.0, 7.0.0).
    return SaveNotConfirmedError(
        session.attempted,
        expected=f'Mautic to save the role "{name}"',
        seen=f"the form again: {session.quoted_messages()}",
        hint="Check mautic_api_permissions; look at Mautic's log.",
    )
