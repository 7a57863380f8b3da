"""The OAuth2 client: found by its name, made where there is none, and read back from the list.

The list is enough for everything: it shows id and secret, and opening a client's own page would lock it.
"""

from mautic_bootstrap.admin.model import OAuth2Client
from mautic_bootstrap.admin.pages.credentials import CredentialsPages
from mautic_bootstrap.admin.session import AdminSession
from mautic_bootstrap.errors import AmbiguousClientError, CredentialsError, SecretUnreadableError

_ID_SHOWN = 8


def find(session: AdminSession, name: str) -> OAuth2Client | None:
    """Return the client of exactly that name, from all pages of the list; None where there is none.

    Raises:
        AmbiguousClientError: There are several; only a person can tell which one is in use.
        SecretUnreadableError: The list does not show its id and secret.
    """
    found = [client for client in _everyone(CredentialsPages(session)) if client.name == name]
    if len(found) > 1:
        raise _ambiguous(session, name, found)
    if not found:
        return None
    client = found[0]
    if not (client.client_id and client.secret.get_secret_value()):
        raise SecretUnreadableError(
            session.attempted,
            expected=f"id and secret of the OAuth2 client {name} in the list",
            seen=f"client number {client.number} without them",
            hint=f"Look at {session.base_url}/s/credentials/edit/{client.number}; delete the client there to"
            " have a new one made.",
        )
    return client


def create(session: AdminSession, name: str, redirect_uri: str) -> None:
    """Make a client of that name.

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


def _everyone(pages: CredentialsPages) -> list[OAuth2Client]:
    """Return the clients of all pages, by number."""
    known: dict[int, OAuth2Client] = {}
    number = 1
    pages.open_list()
    while True:
        new = {c.number: c for c in pages.rows() if c.number not in known}
        known |= new
        number += 1
        # 5.1 counts pages, and then shows every client on each of them.
        if not new or not pages.has_page(number):
            return [known[n] for n in sorted(known)]
        pages.open_list(number)


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
