"""The OAuth2 client: found by its name, made where there is none, and read back from the list.

The list is enough for everything: it shows id and secret, and opening a client's own page would lock it.
"""

from dataclasses import dataclass

from mautic_bootstrap import naming
from mautic_bootstrap.admin.model import OAuth2Client
from mautic_bootstrap.admin.pages.credentials import CredentialsPages
from mautic_bootstrap.admin.session import AdminSession
from mautic_bootstrap.errors import (
    AmbiguousClientError,
    CredentialsError,
    RotationError,
    SaveNotConfirmedError,
    SecretUnreadableError,
)

_ID_SHOWN = 8


@dataclass(frozen=True)
class Generations:
    """The clients of one name: the one in use, and those a rotation has left behind."""

    current: OAuth2Client | None
    """What an application is to get; None where there is none yet."""
    former: tuple[OAuth2Client, ...]
    """To be revoked, now or after the grace."""

    @property
    def all(self) -> tuple[OAuth2Client, ...]:
        """Every one of them."""
        return (*((self.current,) if self.current else ()), *self.former)


def find(session: AdminSession, name: str, in_use: str | None = None) -> Generations:
    """Return the clients of a name, from all pages of the list.

    One that a rotation has made is the current one: whether the rotation died before or after that, the next
    run finishes it.

    Args:
        session: An admin's.
        name: The client's plain name.
        in_use: The client id that the application has, if any; it decides between several new ones.

    Raises:
        AmbiguousClientError: There are several; only a person can tell which one is in use.
        SecretUnreadableError: The list does not show an id and a secret.
    """
    states = [(client, naming.read(client.name, name)) for client in everyone(session)]
    clients = [(client, state.word) for client, state in states if state is not None]
    plain = [client for client, word in clients if word is None]
    new = [client for client, word in clients if word == "next"]
    if len(new) > 1:
        new = [client for client in new if client.client_id == in_use] or new
    for several in (plain, new):
        if len(several) > 1:
            raise _ambiguous(session, name, several)
    current = next(iter(new or plain), None)
    if current is not None:
        _ensure_readable(session, current)
    former = [c for c, word in clients if c is not current and word != "replaced"]
    return Generations(current, tuple(former))


def _ensure_readable(session: AdminSession, client: OAuth2Client) -> None:
    if client.client_id and client.secret.get_secret_value():
        return
    raise SecretUnreadableError(
        session.attempted,
        expected=f"id and secret of the OAuth2 client {client.name} in the list",
        seen=f"client number {client.number} without them",
        hint=f"Look at {session.base_url}/s/credentials/edit/{client.number}; delete the client there to"
        " have a new one made.",
    )


def create(session: AdminSession, name: str, redirect_uri: str) -> str:
    """Make a client of that name; return its client id.

    Raises:
        CredentialsError: Mautic does not take the form.
    """
    pages = CredentialsPages(session)
    pages.open_new()
    pages.create(name, redirect_uri)
    if not pages.shows_client:
        raise CredentialsError(
            session.attempted,
            expected="a client with an id and a secret",
            seen=f"the form again: {session.quoted_messages()}",
            hint="Check mautic_client_name and mautic_client_redirect_uri.",
        )
    return pages.shown_id()


def made(
    session: AdminSession, name: str, client_id: str
) -> tuple[OAuth2Client, list[OAuth2Client]]:
    """Return the client just made, as the list shows it, and those of its name that somebody made before it.

    Raises:
        SecretUnreadableError: It is not there.
    """
    listed = everyone(session)
    # By its id: a run on another machine may have given it its plain name by now.
    own = next((client for client in listed if client.client_id == client_id), None)
    if own is None:
        raise SecretUnreadableError(
            session.attempted,
            expected=f"the OAuth2 client {name} that was just made",
            seen="a list without it",
            hint="Run again: a client that is there by then is adopted.",
        )
    return own, [c for c in listed if c.name == name and c.number < own.number]


def rename(session: AdminSession, client: OAuth2Client, name: str) -> None:
    """Give a client another name; its id, secret and rights stay.

    Raises:
        SaveNotConfirmedError: The list does not show it under that name afterwards.
    """
    taken = CredentialsPages(session).rename(client.number, name)
    seen = "the form again" if not taken else "its old name"
    if not taken or name not in {c.name for c in everyone(session) if c.number == client.number}:
        raise SaveNotConfirmedError(
            session.attempted,
            expected=f"the OAuth2 client number {client.number} under the name {name}",
            seen=f"{seen}: {session.quoted_messages()}",
            hint="Run again: what a rotation has left is finished by then.",
        )


def delete(session: AdminSession, client: OAuth2Client) -> None:
    """Delete a client; its tokens die with it.

    Raises:
        RotationError: The list still shows it.
    """
    CredentialsPages(session).delete(client.number)
    if client.number in {c.number for c in everyone(session)}:
        raise RotationError(
            session.attempted,
            expected=f"the OAuth2 client {client.name} (number {client.number}) gone",
            seen=f"it still in the list: {session.quoted_messages()}",
            hint=f"Delete it at {session.base_url}/s/credentials, or run again.",
        )


def everyone(session: AdminSession) -> list[OAuth2Client]:
    """Return the clients of all pages of the list, by number."""
    pages = CredentialsPages(session)
    return pages.list.everything(pages.rows)


def _ambiguous(
    session: AdminSession, name: str, several: list[OAuth2Client]
) -> AmbiguousClientError:
    listed = ", ".join(f"number {c.number} (id {c.client_id[:_ID_SHOWN]}...)" for c in several)
    return AmbiguousClientError(
        session.attempted,
        expected=f"one OAuth2 client named {name}",
        seen=f"{len(several)}: {listed}",
        hint=f"Delete all but the one in use at {session.base_url}/s/credentials, or choose another"
        " mautic_client_name. Nothing was changed.",
    )
