"""The pages of the API credentials: the list of OAuth2 clients, and the form that makes one."""

from pydantic import SecretStr

from mautic_bootstrap.admin.model import OAuth2Client
from mautic_bootstrap.admin.pages.lists import List
from mautic_bootstrap.admin.session import AdminSession

# Source of the list: `ApiBundle/Resources/views/Client/list.html.twig`; recordings "credentials list, ..."; 5.1.0,
# 7.0.0, 7.1.2, 7.2.0-rc. An empty list is a table without rows (5.1) or no such table (7.0).
_ROWS = "table.client-list tbody tr"
# Cells: checkbox, name, id in a read-only input, secret in a read-only input, number.
_READ_ROWS = """rows => rows.map(row => ({
    name: (row.cells[1]?.textContent ?? "").trim(),
    keys: [...row.querySelectorAll("input[readonly]")].map(input => input.value),
    number: (row.cells[row.cells.length - 1]?.textContent ?? "").trim(),
}))"""

# Source of the form: `ApiBundle/Form/Type/ClientType.php`, `Resources/views/Client/form.html.twig`; recordings
# "credential new", "credential after Apply"; 5.1.0 to 7.2.0-rc. Without JavaScript the real submit buttons are
# in use, not their `_toolbar` clones.
_FORM = 'form[name="client"]'
_NAME = "#client_name"
_REDIRECT_URIS = "#client_redirectUris"
_APPLY = "#client_buttons_apply"
_SAVE = "#client_buttons_save"
_PUBLIC_ID = "#client_publicId"
_SECRET = "#client_secret"  # noqa: S105  # CSS, no secret


class CredentialsPages:
    """The list of API credentials and the form for a new one."""

    NEW = "/s/credentials/new"

    def __init__(self, session: AdminSession) -> None:
        self._session = session
        self.list = List(session, "/s/credentials", "api.client", "API credentials")

    def rows(self) -> list[OAuth2Client]:
        """Return the clients on this page of the list.

        Raises:
            UnexpectedPageError: A row is not made as in the versions this knows.
        """
        clients = []
        for row in self._session.page.locator(_ROWS).evaluate_all(_READ_ROWS):
            if len(row["keys"]) != 2 or not row["number"].isdecimal():
                raise self._session.unexpected("rows of name, id, secret and number")
            client_id, secret = row["keys"]
            self._session.redactor.add(secret)
            clients.append(
                OAuth2Client(int(row["number"]), row["name"], client_id, SecretStr(secret))
            )
        return clients

    def open_new(self) -> None:
        """Go to the form for a new client, unless Mautic has just sent us there."""
        if not self._session.was_sent_to(self.NEW):
            self._session.open(self.NEW)
        if not self._session.has(f"{_FORM} {_NAME}"):
            raise self._session.unexpected("the form for new API credentials")

    def create(self, name: str, redirect_uri: str) -> None:
        """Fill in the form and send it."""
        page = self._session.page
        page.locator(_NAME).fill(name)
        page.locator(_REDIRECT_URIS).fill(redirect_uri)
        self._session.submit(_APPLY)

    def rename(self, number: int, name: str) -> bool:
        """Give a client another name; return whether Mautic took the form and shows the list.

        Id, secret, grants and role stay. Mautic locks no client.
        """
        self._session.open(f"/s/credentials/edit/{number}")
        if not self._session.has(f"{_FORM} {_NAME}"):
            raise self._session.unexpected(f"the form of API credentials number {number}")
        self._session.page.locator(_NAME).fill(name)
        self._session.submit(_SAVE)
        return self._session.was_redirected

    def delete(self, number: int) -> None:
        """Ask Mautic to delete a client, and its tokens with it; whether it did, the list tells."""
        self._session.post(f"/s/credentials/delete/{number}")

    def shown_id(self) -> str:
        """Return the client id on the page of a client just made."""
        return self._session.page.locator(_PUBLIC_ID).input_value()

    @property
    def shows_client(self) -> bool:
        """Whether the page shows a client's id and secret, as it does once one is made."""
        return self._session.has(_PUBLIC_ID) and self._session.has(_SECRET)
