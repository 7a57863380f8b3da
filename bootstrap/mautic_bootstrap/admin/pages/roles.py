"""The pages of roles: the list, and the form with its boxes of permissions."""

from collections.abc import Mapping
from dataclasses import dataclass

from mautic_bootstrap.admin.pages.lists import List
from mautic_bootstrap.admin.session import AdminSession
from mautic_bootstrap.rights import Permissions

# Source of the list: `UserBundle/Resources/views/Role/list.html.twig`; recording "roles list"; 5.1.0 to
# 7.2.0-rc. Cells: checkbox, name, description, number of users as a link ("View 1 User"), number.
_ROWS = "table.role-list tbody tr"
_READ_ROWS = r"""rows => rows.map(row => ({
    name: (row.cells[1]?.textContent ?? "").trim(),
    description: (row.cells[2]?.textContent ?? "").trim(),
    users: (row.cells[3]?.textContent ?? "").match(/\d+/)?.[0] ?? "0",
    number: (row.cells[4]?.textContent ?? "").trim(),
}))"""

# Source of the form: `UserBundle/Form/Type/{RoleType,PermissionListType}.php`, `Resources/views/Role/
# form.html.twig`; recordings "role new", "role after Apply", "role demoted"; 5.1.0 to 7.2.0-rc. A box reads
# name `role[permissions][lead:leads][]`, value `viewown`.
_FORM = 'form[name="role"]'
_NAME = "#role_name"
_DESCRIPTION = "#role_description"
_IS_ADMIN = "#role_isAdmin_{value}"
_SAVE = "#role_buttons_save"
_CANCEL = "#role_buttons_cancel"
_BOXES = 'input[type=checkbox][name^="role[permissions]["]'
_READ_BOXES = r"""boxes => boxes.map(box => ({
    permission: box.name.match(/^role\[permissions\]\[(.+)\]\[\]$/)?.[1] ?? box.name,
    right: box.value,
    ticked: box.checked,
}))"""
# Without scripts nothing listens to clicks: what counts is what is checked when the form is sent.
_TICK_BOXES = """(boxes, wanted) => boxes.forEach(box => {
    box.checked = wanted.includes(`${box.name}=${box.value}`)
})"""


@dataclass(frozen=True)
class RoleRow:
    """A role as the list shows it."""

    number: int
    name: str
    description: str
    users: int
    """How many users hold it."""


class RolesPages:
    """The list of roles and the form of one."""

    def __init__(self, session: AdminSession) -> None:
        self._session = session
        self.list = List(session, "/s/roles", "role", "roles")

    def rows(self) -> list[RoleRow]:
        """Return the roles on this page of the list.

        Raises:
            UnexpectedPageError: A row is not made as in the versions this knows.
        """
        read = self._session.page.locator(_ROWS).evaluate_all(_READ_ROWS)
        if not all(row["number"].isdecimal() for row in read):
            raise self._session.unexpected("rows of name, description, users and number")
        return [
            RoleRow(int(row["number"]), row["name"], row["description"], int(row["users"]))
            for row in read
        ]

    def open_new(self) -> None:
        """Go to the form for a new role."""
        self._open("/s/roles/new")

    def open(self, number: int) -> None:
        """Go to a role's form; Mautic locks the role for other admins until `save` or `cancel`."""
        self._open(f"/s/roles/edit/{number}")

    @property
    def is_admin(self) -> bool:
        """Whether the form says that the role has full system access."""
        return self._session.page.locator(_IS_ADMIN.format(value=1)).is_checked()

    def boxes(self) -> Mapping[str, Mapping[str, bool]]:
        """Return every permission this Mautic has: name to right to whether it is ticked."""
        found: dict[str, dict[str, bool]] = {}
        for box in self._session.page.locator(_BOXES).evaluate_all(_READ_BOXES):
            found.setdefault(box["permission"], {})[box["right"]] = bool(box["ticked"])
        return found

    def fill(self, name: str, description: str, permissions: Permissions | None) -> None:
        """Fill in the form.

        Args:
            name: The role's name.
            description: What the list shows beside it.
            permissions: Exactly the boxes to tick; None: full system access, the boxes do not count.
        """
        page = self._session.page
        page.locator(_NAME).fill(name)
        page.locator(_DESCRIPTION).evaluate("(area, text) => { area.value = text }", description)
        yes_or_no = page.locator(_IS_ADMIN.format(value=int(permissions is None)))
        yes_or_no.evaluate("radio => radio.click()")
        wanted = [
            f"role[permissions][{n}][]={r}" for n, rs in (permissions or {}).items() for r in rs
        ]
        page.locator(_BOXES).evaluate_all(_TICK_BOXES, wanted)

    def save(self) -> bool:
        """Send the form with "Save & Close"; return whether Mautic took it and shows the list."""
        self._session.submit(_SAVE)
        return self._session.was_redirected

    def cancel(self) -> None:
        """Leave the form; Mautic unlocks the role."""
        self._session.submit(_CANCEL)

    def delete(self, number: int) -> None:
        """Ask Mautic to delete a role; whether it did, the list tells."""
        self._session.post(f"/s/roles/delete/{number}")

    def _open(self, path: str) -> None:
        self._session.open(path)
        if not self._session.has(f"{_FORM} {_NAME}") or not self._session.has(_BOXES):
            raise self._session.unexpected("the form of a role with its permissions")
