"""Making a client with limited rights: the order that makes it safe, and every step failing once."""

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from mautic_bootstrap import naming, passwords
from mautic_bootstrap.admin import clients, scoped_client
from mautic_bootstrap.admin.model import OAuth2Client
from mautic_bootstrap.admin.scoped_client import Making, OvertakenError
from mautic_bootstrap.errors import UiError
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS
from unit.admin_values import AT, EARLIER, STAMP, client, role_row, user_row, wish
from unit.fake_admin import FakeAdmin, fake_admin

_PLAIN = "mautic-bootstrap: app"
_NEXT, _NEXT_ROLE = f"app (next {STAMP})", f"{_PLAIN} (next {STAMP})"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> FakeAdmin:
    return fake_admin(monkeypatch)


def _make(admin: FakeAdmin, making: Making) -> tuple[OAuth2Client, Any]:
    session: Any = SimpleNamespace(
        step=nullcontext,
        as_somebody_else=nullcontext,
        translated=lambda *, for_page: nullcontext(for_page),
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


def _rotation(admin: FakeAdmin) -> Making:
    admin.roles = {7: role_row(7)}
    admin.clients, admin.in_use = {1: (client(1), 7)}, 7
    admin.user, admin.holds = user_row(), 7
    return Making(_NEXT, _NEXT_ROLE, DEFAULT_PERMISSIONS, admin.user, live=admin.roles[7], at=AT)


_STEPS = ["create role", "provide user", "log in", "create client"]


def test_a_first_client_is_demoted_and_proven_before_it_is_handed_out(there: FakeAdmin) -> None:
    made, _session = _make(there, _first())
    assert there.log == [*_STEPS, "give 7", "settle user", "prove 1"]
    assert made == client(1)
    assert there.clients == {1: (client(1), 7)}
    assert there.user == user_row(published=False)
    assert (there.admins, there.roles) == (set(), {7: role_row(7)})


def test_a_rotation_marks_the_role_in_use_and_makes_another_one(there: FakeAdmin) -> None:
    made, _session = _make(there, _rotation(there))
    assert there.log == ["rename 7", *_STEPS, "give 8", "settle user", "prove 2"]
    assert made == client(2, _NEXT)
    assert there.clients == {1: (client(1), 7), 2: (made, 8)}
    assert there.roles[7].name == f"{_PLAIN} (rotating {STAMP})"
    assert there.roles[8].name == _NEXT_ROLE
    assert there.user is not None
    assert (there.user.role, there.user.published) == (_NEXT_ROLE, False)
    assert there.admins == set()


@pytest.mark.parametrize("replaces", [None, 1])
def test_the_new_role_tells_from_the_first_which_client_of_the_application_its_own_replaces(
    there: FakeAdmin, replaces: int | None
) -> None:
    _make(there, replace(_rotation(there), replaces=replaces))
    assert there.told[8] == there.roles[8].description == naming.replacing(replaces)


def test_a_rotation_that_fails_within_the_grace_of_another_one_does_not_hide_that_one(
    there: FakeAdmin,
) -> None:
    making = _rotation(there)
    name = f"{_PLAIN} (next {EARLIER})"
    making.live = there.roles[7] = role_row(7, name, naming.replacing(3))
    there.fails_at = 5
    with pytest.raises(UiError):
        _make(there, making)
    assert there.roles == {7: role_row(7, name, naming.replacing(3))}


def test_leftovers_lose_their_rights_first_of_all_and_go_last(there: FakeAdmin) -> None:
    making = _first()
    left = role_row(7)
    there.roles, there.admins, there.holds = {7: left}, {7}, 7
    there.user = making.user = user_row(published=True)
    making.leftovers = [left]
    _make(there, making)
    assert there.log[0] == "reduce 7"
    assert there.log[-1] == "delete role 7"
    assert there.admins == set()


def test_the_user_s_password_is_masked(there: FakeAdmin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "generate", lambda: "once-and-forgotten-2")
    _made, session = _make(there, _first())
    assert session.redactor.mask("once-and-forgotten-2") == "********"


def _refers_to_no_admin_role(there: FakeAdmin) -> None:
    assert there.user is None or there.holds not in there.admins
    assert not {number for _client, number in there.clients.values()} & there.admins


@pytest.mark.parametrize("too_late", [False, True])
@pytest.mark.parametrize("fails_at", range(1, 8))
def test_a_first_client_that_fails_leaves_nobody_with_an_admin_s_rights(
    there: FakeAdmin, fails_at: int, too_late: bool
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
    there: FakeAdmin, fails_at: int, too_late: bool
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


@pytest.mark.parametrize(
    ("broken", "left"),
    [
        ("reduce 8", False),
        ("delete client 2", True),
        ("settle user", True),
        ("delete role 8", True),
        ("rename 7", False),
    ],
)
def test_what_cannot_be_taken_away_keeps_nothing_else_from_going_and_the_mark_tells_of_it(
    there: FakeAdmin, broken: str, left: bool
) -> None:
    making = _rotation(there)
    there.fails_at, there.broken = 8, broken
    with pytest.raises(UiError) as caught:
        _make(there, making)
    assert caught.value.attempted == "prove 2", "the first failure is the one told"
    undone = ["reduce 8", "delete client 2", "settle user", "delete role 8"]
    assert there.log[8:] == [*undone, *([] if left else ["rename 7"])]
    _refers_to_no_admin_role(there)
    assert (8 in there.roles) is left
    is_marked = left or broken == "rename 7"
    assert (there.roles[7].name == f"{_PLAIN} (rotating {STAMP})") is is_marked
    assert (there.roles[7] == role_row(7)) is not is_marked


def test_a_role_of_that_name_made_earlier_by_another_machine_wins(there: FakeAdmin) -> None:
    theirs = role_row(7)
    there.roles, there.admins = {7: theirs}, {7}
    with pytest.raises(OvertakenError):
        _make(there, _first())
    assert there.roles == {7: theirs}
    assert there.admins == {7}, "theirs is theirs to demote"
    assert (there.clients, there.user) == ({}, None)


def test_a_client_of_that_name_made_earlier_wins_and_ours_goes(
    there: FakeAdmin, monkeypatch: pytest.MonkeyPatch
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
