"""A stand-in with a client of ours in it, that fails where a test wants it to; and what it holds, to compare."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mautic_bootstrap.naming import MARKER, address_of
from mautic_bootstrap.rehearsal.database import Row, insert, query, update
from mautic_bootstrap.rehearsal.http import Request, Response, html
from mautic_bootstrap.rehearsal.model import clients, people, permissions, roles
from mautic_bootstrap.rehearsal.model.people import Role
from mautic_bootstrap.rehearsal.server import Recorded, RehearsalServer
from mautic_bootstrap.rights import Permissions, drift
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS

ROLE, USER = "mautic-bootstrap: app", "mautic-bootstrap-app"
ADMIN, AS_ASKED = "an administrator's", "as asked"
LOCKED_OUT, LOGS_IN = "cannot log in", "can log in"
_ADMINISTRATOR = 1


@dataclass(frozen=True)
class Holdings:
    """What a Mautic holds besides the role and the user that every Mautic has; sorted."""

    roles: list[tuple[str, str, str]]
    """Name, description and rights: `ADMIN`, `AS_ASKED`, or how they differ from the default ones."""
    users: list[tuple[str, str, str, str]]
    """Name, position, role, and `LOGS_IN` or `LOCKED_OUT`."""
    clients: list[tuple[str, str]]
    """Name, and its role's name."""


USUAL = Holdings([(ROLE, MARKER, AS_ASKED)], [(USER, MARKER, ROLE, LOCKED_OUT)], [("app", ROLE)])
"""What every run is to end with."""
EMPTY = Holdings([], [], [])


class Mautic(RehearsalServer):
    """A stand-in that can be told to fail, and that notes which roles were ever an administrator's.

    Attributes:
        fails: Says of each request whether an error page answers it, and nothing is done.
        were_admins: Names of all roles that had full system access after some request.
    """

    def __init__(self, version: str = "7.0") -> None:
        super().__init__(version)
        self.fails: Callable[[Request], bool] = lambda _request: False
        self.were_admins: set[str] = set()

    def _answer(self, request: Request) -> Response:
        if self.fails(request):
            names = tuple(name for name, _value in request.form)
            self.requests.append(Recorded(request.method, request.target, names))
            return html("<title>Out of order</title><h1>Out of order</h1>", 500)
        response = super()._answer(request)
        rows = roles.everyone(self.site.database)
        self.were_admins |= {row["name"] for row in rows if row["is_admin"]}
        return response

    def switch_api_on(self) -> None:
        """Switch the API on, as a run would do first."""
        form = {"config[apiconfig][api_enabled]": "1"}
        self.site.settings.write({**self.site.settings.read(), "form": form})

    def add_role(
        self, name: str = ROLE, description: str = MARKER, rights: Permissions | None = None
    ) -> int:
        """Add a role with rights, the default ones where none are given; return its number."""
        ticked = {n: list(r) for n, r in (rights or DEFAULT_PERMISSIONS).items()}
        columns = {"name": name, "description": description}
        key = self.site.version.key
        return roles.make(self.site.database, columns, ticked, key, api_on=True)

    def add_admin_role(self, name: str = ROLE, description: str = MARKER) -> int:
        """Add a role with full system access, as it is while a client is being made; return its number."""
        columns = {"name": name, "description": description, "is_admin": 1}
        return insert(self.site.database, "roles", columns)

    def add_user(
        self, role: int, name: str = USER, position: str = MARKER, *, published: bool = False
    ) -> int:
        """Add a user who holds a role; return its number."""
        email = address_of("app") if name == USER else f"{name}@example.com"
        values = {"role_id": role, "username": name, "email": email}
        values |= {"password": people.hash_password("x"), "first_name": "x", "last_name": "x"}
        values |= {"position": position, "is_published": int(published)}
        return insert(self.site.database, "users", values)

    def add_client(self, role: int, name: str = "app") -> str:
        """Add a client that acts by a role, made while that was an administrator's; return its id."""
        maker = Role(role, "", is_admin=True)
        number = clients.make(self.site.database, name, ["https://localhost/"], maker)
        row = clients.find(self.site.database, number)
        assert row is not None
        return clients.public_id(row)

    def add_usual(self) -> str:
        """Bring about what a first run does (`USUAL`), and return the client's id."""
        self.switch_api_on()
        role = self.add_role()
        self.add_user(role)
        return self.add_client(role)

    def holdings(self) -> Holdings:
        """Return what there is now."""
        database = self.site.database
        names = {row["id"]: row["name"] for row in roles.everyone(database)}
        users = [row for row in people.everyone(database) if row["id"] != _ADMINISTRATOR]
        return Holdings(
            sorted(
                (row["name"], row["description"] or "", self._rights(row))
                for row in roles.everyone(database)
                if row["id"] != _ADMINISTRATOR
            ),
            sorted(
                (row["username"], row["position"] or "", row["role"], _may_log_in(row))
                for row in users
            ),
            sorted((row["name"], names[row["role_id"]]) for row in clients.everyone(database)),
        )

    def checked_out(self) -> list[str]:
        """Return the names of what is locked for other admins."""
        sql = "SELECT name FROM roles WHERE checked_out IS NOT NULL"
        sql += " UNION SELECT username FROM users WHERE checked_out IS NOT NULL"
        return [row["name"] for row in query(self.site.database, sql)]

    def tick(self, role: int, rights: Permissions) -> None:
        """Give a role other rights, as an admin does by hand."""
        row = people.role_row(self.site.database, role)
        assert row is not None
        ticked = {n: list(r) for n, r in rights.items()}
        roles.change(
            self.site.database, row, {"is_admin": 0}, ticked, self.site.version.key, api_on=True
        )

    def set_user(self, number: int, **columns: object) -> None:
        """Change a user behind Mautic's back."""
        update(self.site.database, "users", number, columns)

    def posts(self) -> Iterator[Recorded]:
        """Return what was asked for but by GET."""
        return (request for request in self.requests if request.method != "GET")

    def _rights(self, row: Row) -> str:
        if row["is_admin"]:
            return ADMIN
        held = people.role(self.site.database, row["id"]).rights
        shown = permissions.shown(held, self.site.version.key)
        return str(drift(DEFAULT_PERMISSIONS, shown)) or AS_ASKED


def _may_log_in(row: Row) -> str:
    return LOGS_IN if row["is_published"] else LOCKED_OUT
