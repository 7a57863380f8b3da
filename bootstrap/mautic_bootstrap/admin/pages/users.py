"""The pages of users: the list, and the form of one."""

from dataclasses import dataclass

from mautic_bootstrap.admin.pages.lists import List
from mautic_bootstrap.admin.session import AdminSession

# Source of the list: `UserBundle/Resources/views/User/list.html.twig`, `CoreBundle/Resources/views/Helper/
# publishstatus_icon.html.twig`; recording "users list"; 5.1.0 to 7.2.0-rc. Cells: checkbox, picture, name with
# the position below it and the icon of its status before it (of others than oneself), user name, e-mail address,
# role, last login, number.
_ROWS = "table.user-list tbody tr"
_READ_ROWS = """rows => rows.map(row => ({
    position: (row.cells[2]?.querySelector("em")?.textContent ?? "").trim(),
    unpublished: row.querySelector('.toggle-publish-status[data-status="unpublished"]') != null,
    username: (row.cells[3]?.textContent ?? "").trim(),
    email: (row.cells[4]?.textContent ?? "").trim(),
    role: (row.cells[5]?.textContent ?? "").trim(),
    number: (row.cells[7]?.textContent ?? "").trim(),
}))"""

# Source of the form: `UserBundle/Form/Type/UserType.php`, `Resources/views/User/form.html.twig`; recordings
# "user new", "user after Apply"; 5.1.0 to 7.2.0-rc.
_FORM = 'form[name="user"]'
_TEXTS = {
    "first_name": "#user_firstName",
    "last_name": "#user_lastName",
    "position": "#user_position",
    "username": "#user_username",
    "email": "#user_email",
}
_PASSWORDS = ("#user_plainPassword_password", "#user_plainPassword_confirm")
_ROLE = "#user_role"
_PUBLISHED = "#user_isPublished_{value}"
_SAVE = "#user_buttons_save"
_CANCEL = "#user_buttons_cancel"


@dataclass(frozen=True)
class UserRow:
    """A user as the list shows it."""

    number: int
    username: str
    position: str
    email: str
    role: str
    """The role's name."""
    published: bool
    """Whether the user may log in."""


class UsersPages:
    """The list of users and the form of one."""

    def __init__(self, session: AdminSession) -> None:
        self._session = session
        self.list = List(session, "/s/users", "user", "users")

    def rows(self) -> list[UserRow]:
        """Return the users on this page of the list.

        Raises:
            UnexpectedPageError: A row is not made as in the versions this knows.
        """
        read = self._session.page.locator(_ROWS).evaluate_all(_READ_ROWS)
        if not all(row["number"].isdecimal() for row in read):
            raise self._session.unexpected("rows of name, user name, role and number")
        return [
            UserRow(
                int(row["number"]),
                row["username"],
                row["position"],
                row["email"],
                row["role"],
                not row["unpublished"],
            )
            for row in read
        ]

    def open_new(self) -> None:
        """Go to the form for a new user."""
        self._open("/s/users/new")

    def open(self, number: int) -> None:
        """Go to a user's form; Mautic locks the user for other admins until `save` or `cancel`."""
        self._open(f"/s/users/edit/{number}")

    def fill(
        self, *, role: int | None, password: str | None, published: bool, **texts: str
    ) -> None:
        """Fill in the form.

        Args:
            role: The number of the role to hold; None: it stays.
            password: A new one; None: it stays.
            published: Whether the user may log in.
            texts: Any of first_name, last_name, position, username, email.
        """
        page = self._session.page
        for field, text in texts.items():
            page.locator(_TEXTS[field]).fill(text)
        if role is not None:
            page.locator(_ROLE).select_option(str(role))
        for field in _PASSWORDS if password is not None else ():
            page.locator(field).fill(password or "")
        radio = page.locator(_PUBLISHED.format(value=int(published)))
        radio.evaluate("radio => radio.click()")

    def save(self) -> bool:
        """Send the form with "Save & Close"; return whether Mautic took it and shows the list."""
        self._session.submit(_SAVE)
        return self._session.was_redirected

    def delete(self, number: int) -> None:
        """Ask Mautic to delete a user."""
        self._session.post(f"/s/users/delete/{number}")

    def cancel(self) -> None:
        """Leave the form; Mautic unlocks the user."""
        self._session.submit(_CANCEL)

    def _open(self, path: str) -> None:
        self._session.open(path)
        if not self._session.has(f"{_FORM} {_TEXTS['username']}"):
            raise self._session.unexpected("the form of a user")
