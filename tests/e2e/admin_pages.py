"""The admin UI by plain HTTP, apart from the code that is being tested: looking into it, and changing it as a person would."""

import re
from collections.abc import Mapping, Sequence
from typing import Self

import httpx

from contract import page_facts
from contract.html_tree import parse

Rights = Mapping[str, Sequence[str]]
_BOX = "role[permissions][{}][]"
_BOXED = re.compile(r"role\[permissions\]\[(?P<name>.+)\]\[\]")
_SWITCH = r'<input[^>]*id="config_apiconfig_{name}_1"[^>]*>'


class AdminPages:
    """The admin UI of one Mautic; logs in once.

    Source: recordings "login page", "credentials list", "config page", "role edit", "user edit", 5.1.0 and 7.0.0.
    """

    def __init__(self, url: str, username: str, password: str) -> None:
        self._client = httpx.Client(
            base_url=url, follow_redirects=True, trust_env=False, timeout=60
        )
        page = self._client.get("/s/credentials", params={"search": ""})
        form = dict(page_facts.posted(page.text, "login"))
        form |= {"_username": username, "_password": password}
        answer = self._client.post("/s/login_check", data=form)
        self.is_logged_in = "/s/login" not in answer.url.path
        self.page = answer.text
        """What Mautic showed last."""

    def client_names(self) -> list[str]:
        """Return the names of the OAuth2 clients, as the first page of their list has them."""
        return [row[1] for row in self._rows("credentials", "client-list")]

    def client_id(self, name: str) -> int:
        """Return the number of the one client of a name."""
        return self._number("credentials", "client-list", 1, name)

    def role_names(self) -> list[str]:
        """Return the names of the roles."""
        return [row[1] for row in self._rows("roles", "role-list")]

    def role_id(self, name: str) -> int:
        """Return the number of the one role of a name."""
        return self._number("roles", "role-list", 1, name)

    def usernames(self) -> list[str]:
        """Return the names of the users."""
        return [row[3] for row in self._rows("users", "user-list")]

    def user_id(self, username: str) -> int:
        """Return the number of a user."""
        return self._number("users", "user-list", 3, username)

    def is_on(self, name: str) -> bool:
        """Say whether a switch of the API tab is on: `api_enabled` or `api_enable_basic_auth`."""
        found = re.search(_SWITCH.format(name=name), self._open("/s/config/edit"))
        assert found is not None, self.page
        return "checked" in found[0]

    def role(self, name: str) -> dict[str, object]:
        """Return what a role's own page shows: its description, whether it is an admin's, and its ticked boxes."""
        fields = self._fields("roles", self.role_id(name), "role")
        self._press("role", fields, "cancel")
        ticked: dict[str, list[str]] = {}
        for field, value in fields:
            if found := _BOXED.fullmatch(field):
                ticked.setdefault(found["name"], []).append(value)
        values = dict(fields)
        return {
            "description": values["role[description]"],
            "admin": values["role[isAdmin]"] == "1",
            "ticked": ticked,
        }

    def change_role(
        self,
        name: str,
        *,
        tick: Rights | None = None,
        untick: Rights | None = None,
        everything: bool = False,
        **values: str,
    ) -> None:
        """Open a role, tick and untick boxes, change fields, save.

        Args:
            name: The role's.
            tick: Boxes to tick.
            untick: Boxes to untick.
            everything: Untick all boxes.
            **values: Other fields by their last name: `name`, `description`, `isAdmin`.
        """
        ticked, unticked = _pairs(tick or {}), _pairs(untick or {})
        fields = [
            (field, value)
            for field, value in self._fields("roles", self.role_id(name), "role")
            if (field, value) not in (*ticked, *unticked)
            and not (everything and _BOXED.fullmatch(field))
        ]
        self._save("role", [*fields, *ticked], values)

    def new_role(self, name: str, description: str, rights: Rights | None = None) -> int:
        """Make a role with these rights, an admin's if there are none; return its number."""
        self._open("/s/roles/new")
        fields = [*page_facts.posted(self.page, "role"), *_pairs(rights or {})]
        values = {"name": name, "description": description, "isAdmin": "0" if rights else "1"}
        self._save("role", fields, values)
        return self.role_id(name)

    def new_user(self, username: str, password: str, role: int) -> int:
        """Make a user who can log in; return its number."""
        self._open("/s/users/new")
        values = {"firstName": "Some", "lastName": "Body", "role": str(role), "username": username}
        values["email"] = f"{username}@example.com"
        self._save_user(values, password)
        return self.user_id(username)

    def set_password(self, username: str, password: str) -> None:
        """Give a user another password, and change nothing else."""
        self._fields("users", self.user_id(username), "user")
        self._save_user({}, password)

    def user(self, username: str) -> dict[str, str]:
        """Return the fields of a user's page by their last names."""
        fields = self._fields("users", self.user_id(username), "user")
        self._press("user", fields, "cancel")
        return {name.removeprefix("user[").removesuffix("]"): value for name, value in fields}

    def new_client(self, name: str) -> None:
        """Make an OAuth2 client as whoever is logged in."""
        self._open("/s/credentials/new")
        fields = page_facts.posted(self.page, "client")
        self._save("client", fields, {"name": name, "redirectUris": "https://localhost/callback"})

    def __enter__(self) -> Self:
        """Return the pages themselves."""
        assert self.is_logged_in, "the login was refused"
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection; the session stays."""
        self._client.close()

    def _open(self, path: str) -> str:
        answer = self._client.get(path)
        assert answer.status_code == 200, f"GET {path}: {answer.status_code}"
        self.page = answer.text
        return self.page

    def _rows(self, kind: str, table: str) -> list[list[str]]:
        """Return the texts of a list's rows, as its first page has them."""
        tables = parse(self._open(f"/s/{kind}?search=")).find("table", table)
        bodies = [body for found in tables for body in found.find("tbody")]
        return [[c.text() for c in row.find("td")] for body in bodies for row in body.find("tr")]

    def _number(self, kind: str, table: str, column: int, name: str) -> int:
        (number,) = (row[-1] for row in self._rows(kind, table) if row[column] == name)
        return int(number)

    def _fields(self, kind: str, number: int, form: str) -> list[tuple[str, str]]:
        return page_facts.posted(self._open(f"/s/{kind}/edit/{number}"), form)

    def _save_user(self, values: Mapping[str, str], password: str) -> None:
        passwords = ("user[plainPassword][password]", "user[plainPassword][confirm]")
        fields = [p for p in page_facts.posted(self.page, "user") if p[0] not in passwords]
        self._save("user", [*fields, *((name, password) for name in passwords)], values)

    def _save(self, form: str, fields: list[tuple[str, str]], values: Mapping[str, str]) -> None:
        changed = {f"{form}[{name}]": value for name, value in values.items()}
        kept = [field for field in fields if field[0] not in changed]
        self._press(form, [*kept, *changed.items()], "save")
        assert re.search(r"has been (created|updated)[.!]", self.page), self.page

    def _press(self, form: str, fields: list[tuple[str, str]], button: str) -> None:
        data: dict[str, list[str]] = {}
        for name, value in [*fields, (f"{form}[buttons][{button}]", "")]:
            data.setdefault(name, []).append(value)
        answer = self._client.post(page_facts.form_action(self.page, form), data=data)
        assert answer.status_code == 200, f"{button} of {form}: {answer.status_code}"
        self.page = answer.text


def can_log_in(url: str, username: str, password: str) -> bool:
    """Say whether Mautic lets somebody in; a refusal has to be in its own words."""
    pages = AdminPages(url, username, password)
    pages.close()
    assert pages.is_logged_in or "Invalid login. Please verify credentials." in pages.page
    return pages.is_logged_in


def _pairs(rights: Rights) -> list[tuple[str, str]]:
    return [(_BOX.format(name), right) for name, rights_ in rights.items() for right in rights_]
