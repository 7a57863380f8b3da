"""A Mautic in memory that makes clients by Mautic's rules, and fails where a test wants it to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pydantic import SecretStr

from mautic_bootstrap import naming
from mautic_bootstrap.admin import access, clients, roles, users
from mautic_bootstrap.admin.model import OAuth2Client
from mautic_bootstrap.admin.pages.roles import RoleRow
from mautic_bootstrap.admin.pages.users import UserRow
from mautic_bootstrap.errors import UiError
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS
from unit.admin_values import client, role_row, user_row

_ERROR: dict[str, Any] = {"expected": "x", "seen": "y", "hint": "z."}


@dataclass
class FakeAdmin:
    """A Mautic by its rules: who may make a client, and what can be deleted."""

    roles: dict[int, RoleRow] = field(default_factory=dict)
    admins: set[int] = field(default_factory=set)
    """Numbers of the roles that have full system access."""
    user: UserRow | None = None
    holds: int = 0
    """The number of the role that the user holds."""
    clients: dict[int, tuple[OAuth2Client, int]] = field(default_factory=dict)
    """Each with the number of the role it keeps."""
    in_use: int = 0
    """The number of the role of the client in use."""
    told: dict[int, str] = field(default_factory=dict)
    """Numbers of the roles that were given rights, each with the description it had before."""
    log: list[str] = field(default_factory=list)
    fails_at: int = 0
    """The call that fails, counted from 1; 0: none."""
    too_late: bool = False
    """It fails after it has had its effect."""
    broken: str = ""
    """What fails as soon as something else has."""

    @contextmanager
    def _call(self, what: str) -> Iterator[None]:
        self.log.append(what)
        fails = len(self.log) == self.fails_at
        if (fails and not self.too_late) or (what == self.broken and self._has_failed):
            raise UiError(what, **_ERROR)
        yield
        assert self.in_use not in self.admins, "the client in use has gained rights"
        if fails:
            raise UiError(what, **_ERROR)

    @property
    def _has_failed(self) -> bool:
        return 0 < self.fails_at < len(self.log)

    def give(self, _session: object, role: RoleRow, name: str, permissions: object) -> None:
        assert permissions == DEFAULT_PERMISSIONS
        self.told[role.number] = role.description
        with self._call(f"give {role.number}"):
            if self.user is not None and self.holds == role.number:
                self.user = replace(self.user, role=name)
            self.roles[role.number] = replace(self.roles[role.number], name=name)
            self.admins.discard(role.number)

    def reduce(self, _session: object, role: RoleRow) -> bool:
        with self._call(f"reduce {role.number}"):
            was_admin = role.number in self.admins
            self.admins.discard(role.number)
        return was_admin

    def rename(self, _session: object, role: RoleRow, name: str) -> None:
        with self._call(f"rename {role.number}"):
            if self.user is not None and self.holds == role.number:
                self.user = replace(self.user, role=name)
            told = naming.replacing(naming.replaces(role.description))
            self.roles[role.number] = replace(role, name=name, description=told)

    def create_role(self, _session: object, name: str, *, replaces: int | None = None) -> RoleRow:
        with self._call("create role"):
            told = naming.replacing(replaces)
            row = role_row(max(self.roles, default=6) + 1, name, told)
            self.roles[row.number] = row
            self.admins.add(row.number)
        return row

    def delete_role(self, _session: object, role: RoleRow) -> bool:
        with self._call(f"delete role {role.number}"):
            held = {number for _client, number in self.clients.values()}
            if role.number not in held | ({self.holds} if self.user else set()):
                self.roles.pop(role.number)
        return role.number not in self.roles

    def provide(
        self, _s: object, _name: str, user: UserRow | None, role: RoleRow, password: SecretStr
    ) -> UserRow:
        assert (user is None) == (self.user is None)
        assert len(password.get_secret_value()) > 15
        with self._call("provide user"):
            self.holds = role.number
            self.user = user_row(role=self.roles[role.number].name, published=True)
        return self.user

    def settle(self, _s: object, user: UserRow, _name: str, *, role: RoleRow | None) -> None:
        with self._call("settle user"):
            assert self.user is not None
            assert self.user.number == user.number
            self.holds = role.number if role else self.holds
            self.user = replace(self.user, published=False, role=self.roles[self.holds].name)

    def delete_user(self, _session: object, _user: UserRow) -> None:
        with self._call("delete user"):
            self.user = None

    def log_in(self, *_: object) -> None:
        assert self.user is not None
        with self._call("log in"):
            assert self.user.published

    def create_client(self, _session: object, name: str, _uri: str) -> str:
        number = max(self.clients, default=0) + 1
        with self._call("create client"):
            assert self.holds in self.admins, "Mautic would refuse client_credentials to it"
            self.clients[number] = (client(number, name), self.holds)
        return f"{number}_id"

    def delete_client(self, _session: object, one: OAuth2Client) -> None:
        with self._call(f"delete client {one.number}"):
            del self.clients[one.number]

    def prove(self, one: OAuth2Client, permissions: object) -> None:
        assert permissions == DEFAULT_PERMISSIONS
        with self._call(f"prove {one.number}"):
            assert self.clients[one.number][1] not in self.admins


def fake_admin(monkeypatch: pytest.MonkeyPatch) -> FakeAdmin:
    """Put it in the place of what goes through the admin UI."""
    admin = FakeAdmin()
    for module, functions in (
        (roles, {"give": admin.give, "create": admin.create_role, "delete": admin.delete_role}),
        (roles, {"reduce": admin.reduce, "rename": admin.rename}),
        (roles, {"everyone": lambda _session: list(admin.roles.values())}),
        (users, {"provide": admin.provide, "settle": admin.settle, "delete": admin.delete_user}),
        (clients, {"create": admin.create_client, "delete": admin.delete_client}),
        (clients, {"everyone": lambda _session: [one for one, _role in admin.clients.values()]}),
        (access, {"log_in": admin.log_in}),
    ):
        for name, function in functions.items():
            monkeypatch.setattr(module, name, function)
    return admin
