"""Calls that prove what credentials may do, and what they may not, against a Mautic that answers as told."""

from typing import Any

import httpx
import pytest

from mautic_bootstrap.api.models import Role, User
from mautic_bootstrap.errors import (
    AuthenticationError,
    ForbiddenError,
    RightsNotProvenError,
    UnexpectedResponseError,
)
from mautic_bootstrap.stages import proofs
from mautic_bootstrap.stages.proofs import Proof
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS
from unit.fake_mautic import ADMINISTRATOR, our_role
from unit.scripted_mautic import URL, ScriptedMautic, error

_ANSWERED = {"total": "3"}
_REFUSED = error(403, "You do not have access to the requested area/action.")
_HINT = "Run the whole playbook: it gives our role its rights again. Nothing was handed out."
_CALLS = [
    *(f"GET /api/{name}" for name in ("contacts", "campaigns", "emails", "segments")),
    "GET /api/users",
    "GET /api/roles",
]


def _user(role: dict[str, Any] | None) -> User:
    return User(username="app [1]", role=Role.model_validate(role) if role else None)


def _whole(
    mautic: ScriptedMautic, role: dict[str, Any] | None, asked: Any = DEFAULT_PERMISSIONS
) -> list[Proof]:
    return proofs.whole(mautic.client, _user(role), asked)


def test_four_lists_are_answered_two_are_refused_and_nothing_else_is_asked() -> None:
    with ScriptedMautic() as mautic:
        mautic.will(*[_ANSWERED] * 4, _REFUSED, _REFUSED)
        told = _whole(mautic, our_role())
        assert mautic.asked == _CALLS
        assert {request.method for request in mautic.requests} == {"GET"}
        assert all(dict(request.url.params) == {"limit": "1"} for request in mautic.requests)
    assert told == [
        *(Proof(call, "200, 3 in all") for call in _CALLS[:4]),
        *(Proof(call, "403, as it should be") for call in _CALLS[4:]),
    ]


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (None, "no role"),
        (ADMINISTRATOR, 'an administrator\'s, by the role "Administrator"'),
        (our_role(isAdmin=True), 'an administrator\'s, by the role "mautic-bootstrap: app"'),
        (
            our_role({**DEFAULT_PERMISSIONS, "lead:leads": ["full"]}),
            'by the role "mautic-bootstrap: app": also lead:leads full; without lead:leads create',
        ),
        (our_role({}), 'by the role "mautic-bootstrap: app": without campaign:campaigns viewother'),
        (our_role(rawPermissions=[]), 'by the role "mautic-bootstrap: app": without campaign:camp'),
    ],
)
def test_rights_that_are_not_those_asked_for_are_not_even_tried(
    role: dict[str, Any] | None, seen: str
) -> None:
    with ScriptedMautic() as mautic, pytest.raises(RightsNotProvenError) as caught:
        _whole(mautic, role)
    assert mautic.requests == []
    assert str(caught.value).startswith(
        f"prove what the credentials for {URL} may do: expected exactly the rights asked for, saw {seen}"
    )
    assert str(caught.value).endswith(_HINT)
    assert caught.value.code == 36


@pytest.mark.parametrize("refused", range(4))
def test_a_refusal_of_what_was_asked_for_proves_too_little(refused: int) -> None:
    with ScriptedMautic() as mautic:
        mautic.will(*[_ANSWERED] * refused, _REFUSED)
        with pytest.raises(RightsNotProvenError) as caught:
            _whole(mautic, our_role())
    assert str(caught.value) == (
        f"prove what the credentials for {URL} may do: expected {_CALLS[refused]} on {URL} to be answered, saw HTTP"
        f" 403. {_HINT}"
    )


@pytest.mark.parametrize("answered", [4, 5])
@pytest.mark.parametrize("answer", [_ANSWERED, {"users": []}, httpx.Response(204)])
def test_an_answer_where_there_must_be_none_proves_too_much(answered: int, answer: Any) -> None:
    with ScriptedMautic() as mautic:
        mautic.will(*[_ANSWERED] * 4, *[_REFUSED] * (answered - 4), answer)
        with pytest.raises(RightsNotProvenError) as caught:
            _whole(mautic, our_role())
    assert str(caught.value) == (
        f"prove what the credentials for {URL} may do: expected {_CALLS[answered]} to be refused (HTTP 403), saw an"
        f" answer. {_HINT}"
    )


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(401), AuthenticationError),
        (httpx.Response(200, html="<h1>hello</h1>"), UnexpectedResponseError),
    ],
)
def test_what_is_neither_an_answer_nor_a_refusal_proves_nothing_of_a_list(
    answer: httpx.Response, kind: type[Exception]
) -> None:
    with ScriptedMautic() as mautic:
        mautic.will(answer)
        with pytest.raises(kind):
            _whole(mautic, our_role())


@pytest.mark.parametrize("status", [401, 404])
def test_what_is_no_refusal_for_want_of_rights_is_not_taken_for_one(status: int) -> None:
    with ScriptedMautic() as mautic:
        mautic.will(*[_ANSWERED] * 4, httpx.Response(status))
        with pytest.raises(Exception, match=str(status)) as caught:
            _whole(mautic, our_role())
    assert not isinstance(caught.value, RightsNotProvenError | ForbiddenError)


@pytest.mark.parametrize(
    ("asked", "opened", "closed"),
    [
        ({"lead:leads": ["viewown"]}, ["contacts"], ["users", "roles"]),
        ({"lead:leads": ["full"]}, ["contacts"], ["users", "roles"]),
        ({"email:emails": ["viewother"]}, ["emails"], ["users", "roles"]),
        # Mautic ticks what these need to be of use.
        ({"email:emails": ["create"]}, ["emails"], ["users", "roles"]),
        ({"lead:lists": ["viewown"]}, ["contacts", "segments"], ["users", "roles"]),
        ({"asset:assets": ["viewown"]}, [], ["users", "roles"]),
        ({"user:users": ["view"]}, [], ["roles"]),
        ({"user:users": ["edit"]}, [], ["roles"]),
        ({"user:roles": ["full"]}, [], ["users"]),
        ({"user:users": ["full"], "user:roles": ["create"]}, [], []),
    ],
)
def test_what_is_asked_follows_the_permissions_asked_for(
    asked: dict[str, list[str]], opened: list[str], closed: list[str]
) -> None:
    with ScriptedMautic() as mautic:
        mautic.will(*[_ANSWERED] * len(opened), *[_REFUSED] * len(closed))
        _whole(mautic, our_role(rawPermissions=asked), asked)
        assert mautic.asked == [f"GET /api/{name}" for name in (*opened, *closed)]


def test_everything_is_open_to_an_admin() -> None:
    with ScriptedMautic() as mautic:
        mautic.will(*[_ANSWERED] * 4)
        assert len(proofs.lists(mautic.client, None)) == 4
        assert mautic.asked == _CALLS[:4]


@pytest.mark.parametrize(
    ("permissions", "asked"),
    [
        (DEFAULT_PERMISSIONS, _CALLS[:1]),
        (None, _CALLS[:1]),
        ({"email:emails": ["viewown"]}, ["GET /api/emails"]),
        ({"asset:assets": ["viewown"]}, []),
        ({}, []),
    ],
)
def test_a_short_look_asks_for_one_list_at_most(permissions: Any, asked: list[str]) -> None:
    with ScriptedMautic() as mautic:
        mautic.will(*[_ANSWERED] * len(asked))
        proofs.lists(mautic.client, permissions, at_most=1)
        assert mautic.asked == asked


def test_a_list_that_is_refused_is_an_error_of_the_call() -> None:
    with ScriptedMautic() as mautic:
        mautic.will(_REFUSED)
        with pytest.raises(ForbiddenError):
            proofs.lists(mautic.client, DEFAULT_PERMISSIONS)
