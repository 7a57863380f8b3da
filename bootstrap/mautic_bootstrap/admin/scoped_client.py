"""Making a client with limited rights, by Mautic's own rules.

Mautic grants `client_credentials` only to a client whose creator's role is admin at that moment, and the client
keeps a reference to that role. So: a role (admin), a user who holds it, that user makes the client, and then
the role is reduced to what was asked for. Until that has been read back and proven nobody is given the client.

Source: `ApiBundle/Form/Type/ClientType.php`, `ApiBundle/Entity/oAuth2/Client.php` (4.4 to 7.2); run end to end on
live 5.1.0 and 7.0.0.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import SecretStr

from mautic_bootstrap import naming, passwords
from mautic_bootstrap.admin import access, clients, roles, users
from mautic_bootstrap.admin.model import Calls, OAuth2Client, Wish
from mautic_bootstrap.admin.pages.credentials import CredentialsPages
from mautic_bootstrap.admin.pages.roles import RoleRow
from mautic_bootstrap.admin.pages.users import UserRow
from mautic_bootstrap.admin.session import AdminSession
from mautic_bootstrap.errors import BootstrapError
from mautic_bootstrap.rights import Permissions


class OvertakenError(Exception):
    """A run on another machine is making the same client, and was first; what this one made is gone again."""


@dataclass
class Making:
    """A client about to be made, and what there is around it."""

    client_name: str
    role_name: str
    permissions: Permissions
    user: UserRow | None
    """Ours, if there is one already."""
    leftovers: list[RoleRow] = field(default_factory=list)
    """Roles of ours that no known client refers to: a run died over them."""
    live: RoleRow | None = None
    """The role of the client in use, if it is ours; the user goes back to it if this fails."""
    replaces: int | None = None
    """Number of the client that this one replaces, if it is known to be this application's."""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """For the names that a rotation gives."""


@dataclass
class _Made:
    """What this run has made by now, and takes away again if it fails."""

    role: RoleRow | None = None
    user: UserRow | None = None
    client_id: str | None = None


def make(session: AdminSession, wish: Wish, making: Making, calls: Calls) -> OAuth2Client:
    """Make a client that may do just what was asked for; its rights are read back and proven.

    Raises:
        BootstrapError: What failed; what this made for a rotation is then gone again, if Mautic lets it go.
            Nothing that was in use before has changed.
    """
    permissions = making.permissions
    if making.leftovers:
        with session.step("Take the rights from what an earlier run left behind"):
            for role in making.leftovers:
                roles.reduce(session, role)
    so_far = _Made()
    with _undone_on_failure(session, wish, making, so_far):
        if making.live is not None:
            with session.step(f"Mark the role {making.live.name} as about to be replaced"):
                marked = naming.stamped(naming.role_of(wish.client_name), "rotating", making.at)
                roles.rename(session, making.live, marked)
        with session.step(f"Create the role {making.role_name}"):
            role = so_far.role = roles.create(session, making.role_name, replaces=making.replaces)
            _yield_to_others(session, making, role)
        password = SecretStr(passwords.generate())
        session.redactor.add(password.get_secret_value())
        with session.step(f"Have the user {naming.user_of(wish.client_name)} hold it"):
            # One that was there may be changed by the time of a failure; one of that name now may be another run's.
            so_far.user = making.user
            user = so_far.user = users.provide(
                session, wish.client_name, making.user, role, password
            )
        with session.step(f"Create the OAuth2 client {making.client_name} as that user"):
            so_far.client_id = _create(session, wish, making.client_name, password)
        with session.step("Reduce the role to the rights asked for, and read them back"):
            roles.give(session, role, making.role_name, permissions)
        with session.step("Keep the user from logging in"):
            users.settle(session, user, wish.client_name, role=None)
        with session.step("Read the client's id and secret back from the list"):
            client, earlier = clients.made(session, making.client_name, so_far.client_id)
        if earlier:
            raise OvertakenError(making.client_name)
        with session.step("Prove its rights by real calls"):
            calls.prove(client, permissions)
    for left in making.leftovers:
        roles.delete(session, left)
    return client


def _yield_to_others(session: AdminSession, making: Making, role: RoleRow) -> None:
    """Return unless a run on another machine has made a role of the same name before us."""
    known = {left.number for left in making.leftovers}
    for other in roles.everyone(session):
        if (
            other.name == role.name
            and roles.is_marked(other)
            and other.number < role.number
            and other.number not in known
        ):
            raise OvertakenError(making.client_name)


def _create(session: AdminSession, wish: Wish, name: str, password: SecretStr) -> str:
    with session.as_somebody_else():
        user = naming.user_of(wish.client_name)
        access.log_in(session, user, password, CredentialsPages.NEW)
        return clients.create(session, name, wish.redirect_uri)


@contextmanager
def _undone_on_failure(
    session: AdminSession, wish: Wish, making: Making, so_far: _Made
) -> Iterator[None]:
    """Leave nothing of a failure behind; the admin role, should it have to stay, is reduced first.

    A run that is killed cannot do this: the next one's first act is the same.
    """
    try:
        yield
    except (BootstrapError, OvertakenError) as exc:
        if isinstance(exc, BootstrapError):
            exc.evidence = session.keep_evidence()
        attempted = session.doing
        with session.step("Take away what this run has made"):
            _undo(session, wish, making, so_far)
        session.doing = attempted
        raise


def _undo(session: AdminSession, wish: Wish, making: Making, so_far: _Made) -> None:
    """Take away one thing after the other, and reduce first what may have to stay.

    The role in use gets its own name back only once nothing of this is left: its mark has the next run look.
    """
    if so_far.role is not None:
        with _trying(session):
            roles.reduce(session, so_far.role)
    with _trying(session):
        for client in clients.everyone(session):
            # A stamped name is this run's alone; one that has its plain name by now is in somebody's use.
            own = client.client_id == so_far.client_id or making.client_name != wish.client_name
            if own and client.name == making.client_name:
                clients.delete(session, client)
    if so_far.user is not None:
        with _trying(session):
            if making.user is None:
                users.delete(session, so_far.user)
            else:
                users.settle(session, so_far.user, wish.client_name, role=making.live)
    if making.live is None and so_far.role is None:
        return
    with _trying(session):
        gone = so_far.role is None or roles.delete(session, so_far.role)
        if gone and making.live is not None:
            # Its own name, not the plain one: of an earlier rotation something may still be to be revoked.
            roles.rename(session, making.live, making.live.name)


@contextmanager
def _trying(session: AdminSession) -> Iterator[None]:
    """Go on where a step of taking away fails: the failure before it is the one to tell."""
    with suppress(BootstrapError), session.translated(for_page=False):
        yield
