"""Making a client with limited rights: the order that makes it safe, and every step failing once."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from mautic_bootstrap import naming, passwords
from mautic_bootstrap.admin import access, clients, roles, scoped_client, users
from mautic_bootstrap.admin.model import OAuth2Client
from mautic_bootstrap.admin.pages.roles import RoleRow
from mautic_bootstrap.admin.pages.users import UserRow
from mautic_bootstrap.admin.scoped_client import Making, OvertakenError
from mautic_bootstrap.errors import UiError
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS
from unit.admin_values import AT, EARLIER, STAMP, client, role_row, user_row, wish

_PLAIN = "mautic-bootstrap: app"
_NEXT, _NEXT_ROLE = f"app (next {STAMP})", f"{_PLAIN} (next {STAMP})"
_ERROR: dict[str, Any] = {"expected": "x", "seen": "y", "hint": "z."}


@dataclass
class _Admin:
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

    @contextmanager
    def _call(self, what: str) -> Iterator[None]:
        self.log.append(what)
        fails = len(self.log) == self.fails_at
        if fails and not self.too_late:
            raise UiError(what, **_ERROR)
        yield
        assert self.in_use not in self.admins, "the client in use has gained rights"
        if fails:
            raise UiError(what, **_ERROR)

    def give(self, _session: object, role: RoleRow, name: str, permissions: object) -> None:
        assert permissions == DEFAULT_PERMISSIONS
        self.told[role.number] = role.description
        with self._call(f"give {role.number}"):
            if self.user is not None and self.holds == role.number:
                self.user = replace(self.user, role=name)
            self.roles[role.number] = replace(self.roles[role.number], name=name)
            self.admins.discard(role.number)

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


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> _Admin:
    admin = _Admin()
    for module, functions in (
        (roles, {"give": admin.give, "create": admin.create_role, "delete": admin.delete_role}),
        (roles, {"everyone": lambda _session: list(admin.roles.values())}),
        (users, {"provide": admin.provide, "settle": admin.settle, "delete": admin.delete_user}),
        (clients, {"create": admin.create_client, "delete": admin.delete_client}),
        (clients, {"everyone": lambda _session: [one for one, _role in admin.clients.values()]}),
        (access, {"log_in": admin.log_in}),
    ):
        for name, function in functions.items():
            monkeypatch.setattr(module, name, function)
    return admin


def _make(admin: _Admin, making: Making) -> tuple[OAuth2Client, Any]:
    session: Any = SimpleNamespace(
        step=nullcontext,
        as_somebody_else=nullcontext,
        keep_evidence=lambda: None,
        redactor=Redactor(),
        doing="make a client",
        attempted="make a client",
        base_url="http://localhost:8080",
    )
    calls: Any = SimpleNamespace(prove=admin.prove)
    return scoped_client.make(session, wish(), making, calls), session


def _first() -> Making:
    return Making("app", _PLAIN, DEFAULT_PERMISSIONS, None, at=AT)


def _rotation(admin: _Admin) -> Making:
    admin.roles = {7: role_row(7)}
    admin.clients, admin.in_use = {1: (client(1), 7)}, 7
    admin.user, admin.holds = user_row(), 7
    return Making(_NEXT, _NEXT_ROLE, DEFAULT_PERMISSIONS, admin.user, live=admin.roles[7], at=AT)


_STEPS = ["create role", "provide user", "log in", "create client"]


def test_a_first_client_is_demoted_and_proven_before_it_is_handed_out(there: _Admin) -> None:
    made, _session = _make(there, _first())
    assert there.log == [*_STEPS, "give 7", "settle user", "prove 1"]
    assert made == client(1)
    assert there.clients == {1: (client(1), 7)}
    assert there.user == user_row(published=False)
    assert (there.admins, there.roles) == (set(), {7: role_row(7)})


def test_a_rotation_marks_the_role_in_use_and_makes_another_one(there: _Admin) -> None:
    made, _session = _make(there, _rotation(there))
    assert there.log == ["give 7", *_STEPS, "give 8", "settle user", "prove 2"]
    assert made == client(2, _NEXT)
    assert there.clients == {1: (client(1), 7), 2: (made, 8)}
    assert there.roles[7].name == f"{_PLAIN} (rotating {STAMP})"
    assert there.roles[8].name == _NEXT_ROLE
    assert there.user is not None
    assert (there.user.role, there.user.published) == (_NEXT_ROLE, False)
    assert there.admins == set()


@pytest.mark.parametrize("replaces", [None, 1])
def test_the_new_role_tells_from_the_first_which_client_of_the_application_its_own_replaces(
    there: _Admin, replaces: int | None
) -> None:
    _make(there, replace(_rotation(there), replaces=replaces))
    assert there.told[8] == there.roles[8].description == naming.replacing(replaces)


def test_a_rotation_that_fails_within_the_grace_of_another_one_does_not_hide_that_one(
    there: _Admin,
) -> None:
    making = _rotation(there)
    name = f"{_PLAIN} (next {EARLIER})"
    making.live = there.roles[7] = role_row(7, name, naming.replacing(3))
    there.fails_at = 5
    with pytest.raises(UiError):
        _make(there, making)
    assert there.roles == {7: role_row(7, name, naming.replacing(3))}


def test_leftovers_lose_their_rights_first_of_all_and_go_last(there: _Admin) -> None:
    making = _first()
    left = role_row(7)
    there.roles, there.admins, there.holds = {7: left}, {7}, 7
    there.user = making.user = user_row(published=True)
    making.leftovers = [left]
    _make(there, making)
    assert there.log[0] == "give 7"
    assert there.log[-1] == "delete role 7"
    assert there.admins == set()


def test_the_user_s_password_is_masked(there: _Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "generate", lambda: "once-and-forgotten-2")
    _made, session = _make(there, _first())
    assert session.redactor.mask("once-and-forgotten-2") == "********"


def _refers_to_no_admin_role(there: _Admin) -> None:
    assert there.user is None or there.holds not in there.admins
    assert not {number for _client, number in there.clients.values()} & there.admins


@pytest.mark.parametrize("too_late", [False, True])
@pytest.mark.parametrize("fails_at", range(1, 8))
def test_a_first_client_that_fails_leaves_nobody_with_an_admin_s_rights(
    there: _Admin, fails_at: int, too_late: bool
) -> None:
    there.fails_at, there.too_late = fails_at, too_late
    with pytest.raises(UiError) as caught:
        _make(there, _first())
    assert caught.value.attempted == there.log[fails_at - 1], "the first failure is the one told"
    _refers_to_no_admin_role(there)
    if not too_late:
        assert (there.roles, there.user, there.clients) == ({}, None, {})


@pytest.mark.parametrize("too_late", [False, True])
@pytest.mark.parametrize("fails_at", range(1, 9))
def test_a_rotation_that_fails_leaves_what_is_in_use_as_it_was(
    there: _Admin, fails_at: int, too_late: bool
) -> None:
    making = _rotation(there)
    there.fails_at, there.too_late = fails_at, too_late
    with pytest.raises(UiError):
        _make(there, making)
    assert there.clients[1] == (client(1), 7)
    assert there.roles[7] == role_row(7), "its plain name again"
    assert there.user is not None
    assert not there.user.published
    _refers_to_no_admin_role(there)
    if not too_late:
        assert (set(there.roles), set(there.clients)) == ({7}, {1})
        assert there.user == user_row()


def test_a_role_of_that_name_made_earlier_by_another_machine_wins(there: _Admin) -> None:
    theirs = role_row(7)
    there.roles, there.admins = {7: theirs}, {7}
    with pytest.raises(OvertakenError):
        _make(there, _first())
    assert there.roles == {7: theirs}
    assert there.admins == {7}, "theirs is theirs to demote"
    assert (there.clients, there.user) == ({}, None)


def test_a_client_of_that_name_made_earlier_wins_and_ours_goes(
    there: _Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = there.create_client

    def overtaken(session: object, name: str, uri: str) -> str:
        there.clients[1] = (client(1), 99)
        return create(session, name, uri)

    monkeypatch.setattr(clients, "create", overtaken)
    with pytest.raises(OvertakenError):
        _make(there, _first())
    assert there.clients == {1: (client(1), 99)}
    assert (there.roles, there.user) == ({}, None)
    assert not any(call.startswith("prove") for call in there.log)
