"""The user with limited rights whom an application is, where it uses HTTP basic auth: never an admin, not for a second."""

from dataclasses import dataclass

from pydantic import SecretStr

from mautic_bootstrap import naming, passwords
from mautic_bootstrap.admin import roles, users
from mautic_bootstrap.admin.model import ApiUser, Change, Wish
from mautic_bootstrap.admin.pages.roles import RoleRow
from mautic_bootstrap.admin.pages.users import UserRow
from mautic_bootstrap.admin.session import AdminSession
from mautic_bootstrap.rights import Permissions, drift, words


@dataclass(frozen=True)
class UserPlan:
    """What to do about the user and its role."""

    role: RoleRow | None
    """The one there is; None: it is made."""
    user: UserRow | None
    give: bool
    """The role is to get other rights, or to be made."""
    provide: bool
    """The user is to be made, or to get role and password."""
    changes: tuple[Change, ...]


def plan(
    session: AdminSession, wish: Wish, known: tuple[RoleRow, ...], found: users.Users
) -> UserPlan:
    """Look at the role's rights and return what has to be done.

    Raises:
        NotOursError: Role or user of our names are somebody else's.
    """
    asked = _asked(wish)
    name, username = naming.role_of(wish.client_name), naming.user_of(wish.client_name)
    role = next((row for row in known if row.name == name), None)
    user = found.ours
    users.ensure_ours(session, user, wish.client_name)
    changes = []
    if role is None:
        changes.append(Change(f"role {name}", "absent", words(asked)))
    else:
        roles.ensure_ours(session, role, found)
        held = roles.rights_of(session, role)
        difference = drift(asked, held or {})
        before = "an administrator's rights" if held is None else words(held)
        if held is None or difference:
            changes.append(Change(f"role {name}", before, words(asked)))
    give = bool(changes)
    works = user is not None and user.published and user.role == name and wish.in_use == username
    provide = not works or wish.rotate
    if user is None:
        changes.append(Change(f"user {username}", "absent", "present"))
    elif provide:
        changes.append(Change(f"user {username}", "present", "with a new password"))
    return UserPlan(role, user, give, provide, tuple(changes))


def apply(session: AdminSession, wish: Wish, todo: UserPlan) -> ApiUser | None:
    """Do what is planned; return the user if it got a new password.

    Raises:
        BootstrapError: Mautic did not take something.
    """
    name = naming.role_of(wish.client_name)
    role = todo.role
    if role is None:
        with session.step(f"Create the role {name}"):
            role = roles.create(session, name, _asked(wish))
    if todo.give:
        with session.step(f"Give the role {name} the rights asked for, and read them back"):
            roles.give(session, role, name, _asked(wish))
    if not todo.provide:
        return None
    password = SecretStr(passwords.generate())
    session.redactor.add(password.get_secret_value())
    with session.step(f"Have the user {naming.user_of(wish.client_name)} hold it"):
        user = users.provide(session, wish.client_name, todo.user, role, password)
    return ApiUser(user.username, password)


def _asked(wish: Wish) -> Permissions:
    return wish.permissions or {}
