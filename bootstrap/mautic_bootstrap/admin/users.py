"""The user who makes our OAuth2 client: found by its name and mark, made, changed; nobody else is ever touched."""

from dataclasses import dataclass

from pydantic import SecretStr

from mautic_bootstrap import naming
from mautic_bootstrap.admin.pages.roles import RoleRow
from mautic_bootstrap.admin.pages.users import UserRow, UsersPages
from mautic_bootstrap.admin.session import AdminSession
from mautic_bootstrap.errors import NotOursError, SaveNotConfirmedError


@dataclass(frozen=True)
class Users:
    """Our user, and what the others hold."""

    ours: UserRow | None
    """The one of our name, marked or not; None where there is none."""
    roles_of_others: frozenset[str]
    """Names of the roles that somebody else holds."""


NOBODY = Users(None, frozenset())


def look(session: AdminSession, client_name: str) -> Users:
    """Return the user of a client, and what everybody else holds."""
    pages = UsersPages(session)
    name = naming.user_of(client_name)
    everyone = pages.list.everything(pages.rows)
    ours = next((row for row in everyone if row.username == name), None)
    return Users(ours, frozenset(row.role for row in everyone if row is not ours))


def ensure_ours(session: AdminSession, user: UserRow | None, client_name: str) -> None:
    """Return if a user may be changed, or if there is none.

    The mark alone is not enough: a person may be allowed to change position and user name, but who has an address
    below `.invalid` cannot be a person.

    Raises:
        NotOursError: It does not carry our mark, or not our address.
    """
    if user is None or (
        user.number > 1
        and naming.is_marked(user.position)
        and user.email.lower() == naming.address_of(client_name)
    ):
        return
    raise NotOursError(
        session.attempted,
        expected=f'the user {user.username} to be ours: "{naming.MARKER}" as its position, and its address'
        f" {naming.address_of(client_name)}",
        seen=f'"{user.position}" and {user.email}'
        if user.position
        else f"no position and {user.email}",
        hint=f"Look at {session.base_url}/s/users/edit/{user.number}: rename that user, or choose another"
        " mautic_client_name. It was not changed.",
    )


def provide(
    session: AdminSession,
    client_name: str,
    user: UserRow | None,
    role: RoleRow,
    password: SecretStr,
) -> UserRow:
    """Have a user who holds a role and can log in with a password; return it.

    Args:
        session: An admin's.
        client_name: The client it is for.
        user: The one there is already, ours; None: it is made.
        role: What it is to hold.
        password: What it is to log in with, strong enough for Mautic.

    Raises:
        SaveNotConfirmedError: Mautic did not take the form.
    """
    pages = UsersPages(session)
    secret = password.get_secret_value()
    if user is None:
        pages.open_new()
        pages.fill(
            role=role.number,
            password=secret,
            published=True,
            first_name="mautic-bootstrap",
            last_name=client_name,
            position=naming.MARKER,
            username=naming.user_of(client_name),
            email=naming.address_of(client_name),
        )
    else:
        pages.open(user.number)
        pages.fill(role=role.number, password=secret, published=True)
    return _saved(session, pages, client_name)


def settle(session: AdminSession, user: UserRow, client_name: str, *, role: RoleRow | None) -> None:
    """Keep a user from logging in, and have it hold a role.

    Raises:
        SaveNotConfirmedError: Mautic did not take the form.
    """
    pages = UsersPages(session)
    pages.open(user.number)
    pages.fill(role=role.number if role else None, password=None, published=False)
    _saved(session, pages, client_name)


def delete(session: AdminSession, user: UserRow) -> None:
    """Ask Mautic to delete a user that this run has made."""
    UsersPages(session).delete(user.number)


def _saved(session: AdminSession, pages: UsersPages, client_name: str) -> UserRow:
    taken = pages.save()
    seen = f"the form again: {session.quoted_messages()}"
    user = look(session, client_name).ours if taken else None
    if user is None:
        raise SaveNotConfirmedError(
            session.attempted,
            expected=f"Mautic to save the user {naming.user_of(client_name)}",
            seen=seen,
            hint=f"Look at {session.base_url}/s/users for who has that name or e-mail address already.",
        )
    return user
