"""What is said of the rights of a client or user, and whether a browser is needed for them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mautic_bootstrap import naming
from mautic_bootstrap.api.models import Role, User
from mautic_bootstrap.naming import Word
from mautic_bootstrap.stages.rights import Verdict, judge
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS, load
from unit.fake_mautic import ADMINISTRATOR, our_role

_HINT = (
    " Run again with -e mautic_rotate=client to have it replaced by one with the rights asked for, or set"
    " mautic_api_privileges=admin if it is meant to be so."
)
_AS_ADMIN = (
    "The application may do everything an administrator may (mautic_api_privileges=admin): whoever reads its"
    " credentials can delete every contact and every user."
)
_MORE = {**DEFAULT_PERMISSIONS, "user:users": ["view"]}
_LESS = {name: rights for name, rights in DEFAULT_PERMISSIONS.items() if name != "lead:lists"}
_BY_HAND = {"mautic_client_id": "1_id", "mautic_client_secret": "secret-1"}


def _judge(role: dict[str, Any] | None, **values: Any) -> Verdict:
    user = User(username="app [1]", role=Role.model_validate(role) if role else None)
    return judge(user, "app", load(values))


def _stamped(word: Word, age: timedelta, **changes: Any) -> dict[str, Any]:
    name = naming.stamped("mautic-bootstrap: app", word, datetime.now(UTC) - age)
    return our_role(name=name, **changes)


def test_our_role_with_just_the_rights_asked_for_is_settled_in_silence() -> None:
    assert _judge(our_role()) == Verdict(settled=True, ours=True)


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (our_role(_MORE), 'other rights than asked for, by the role "{}": also user:users view'),
        (
            our_role(_LESS),
            'other rights than asked for, by the role "{}": without lead:lists viewother, lead:lists viewown',
        ),
        (our_role(isAdmin=True), 'an administrator\'s rights, by the role "{}"'),
        # An admin's role shows no rights at all (live 5.1.0, 7.0.0).
        (
            our_role(isAdmin=True, rawPermissions=None),
            'an administrator\'s rights, by the role "{}"',
        ),
        (our_role(rawPermissions=[]), None),
    ],
)
def test_our_role_with_other_rights_is_to_be_mended(role: dict[str, Any], seen: str | None) -> None:
    verdict = _judge(role)
    assert (verdict.settled, verdict.ours) == (False, True)
    if seen is not None:
        words = seen.format("mautic-bootstrap: app")
        assert verdict.warning == f"The OAuth2 client app has {words}.{_HINT}"
    assert "The OAuth2 client app has" in verdict.warning


@pytest.mark.parametrize(
    "role",
    [
        our_role(description=None),
        our_role(description=""),
        our_role(description="Managed by somebody else"),
        our_role(name="mautic-bootstrap: other"),
        our_role(name="mautic-bootstrap: app2"),
        our_role(name="app"),
        our_role(name="mautic-bootstrap: app (next x)"),
    ],
)
def test_a_role_that_is_not_ours_is_settled_only_with_exactly_the_rights_asked_for(
    role: dict[str, Any],
) -> None:
    exact = _judge(role)
    assert exact == Verdict(settled=True)
    for held in (_MORE, _LESS):
        other = _judge(role | {"rawPermissions": held})
        assert (other.settled, other.ours) == (False, False)
        assert "has other rights than asked for, by the role" in other.warning
    broader = _judge(role | {"isAdmin": True})
    assert (broader.settled, broader.ours) == (False, False)
    assert "an administrator's rights, by the role" in broader.warning


def test_our_role_of_another_client_s_name_is_ours_for_that_one() -> None:
    verdict = _judge(our_role(name="mautic-bootstrap: shop"), mautic_client_name="shop")
    assert verdict == Verdict(settled=True, ours=True)


def test_a_changed_wish_is_not_settled() -> None:
    wanted = {"lead:leads": ["viewown"]}
    assert not _judge(our_role(), mautic_api_permissions=wanted).settled
    assert _judge(
        our_role(rawPermissions={"lead:leads": ["viewown"], "lead:categories": ["view"]}),
        mautic_api_permissions=wanted,
    ).settled


@pytest.mark.parametrize("role", [None, {"id": 5}])
def test_without_a_role_everything_is_missing(role: dict[str, Any] | None) -> None:
    verdict = _judge(role)
    assert (verdict.settled, verdict.ours) == (False, False)
    assert "without campaign:campaigns viewother" in verdict.warning


@pytest.mark.parametrize(
    ("role", "warning"), [(ADMINISTRATOR, _AS_ADMIN), (our_role(), ""), (our_role(_MORE), "")]
)
def test_where_an_admin_s_rights_are_meant_everything_is_settled_and_they_are_warned_about(
    role: dict[str, Any], warning: str
) -> None:
    verdict = _judge(role, mautic_api_privileges="admin")
    assert verdict == Verdict(settled=True, warning=warning)


@pytest.mark.parametrize(
    ("role", "warns"),
    [
        (ADMINISTRATOR, True),
        (our_role(_MORE), True),
        (our_role(), False),
        (our_role(name="x"), False),
    ],
)
def test_a_client_made_by_hand_is_only_warned_about(role: dict[str, Any], warns: bool) -> None:
    verdict = _judge(role, **_BY_HAND)
    assert verdict.settled
    assert bool(verdict.warning) is warns
    assert not verdict.ours


@pytest.mark.parametrize(
    ("word", "age", "grace_s", "settled"),
    [
        # Died before it was over: no grace helps.
        ("rotating", timedelta(0), 0, False),
        ("rotating", timedelta(0), 9999, False),
        ("retiring", timedelta(days=9), 9999, False),
        # What it replaced is to be revoked, now or later.
        ("next", timedelta(0), 0, False),
        ("next", timedelta(days=9), 0, False),
        ("next", timedelta(minutes=59), 3600, True),
        ("next", timedelta(minutes=61), 3600, False),
        # The clock was put back since.
        ("next", timedelta(hours=-5), 0, False),
        ("next", timedelta(hours=-5), 3600, True),
    ],
)
def test_the_ending_of_the_role_s_name_says_whether_a_rotation_is_to_be_finished(
    word: Word, age: timedelta, grace_s: int, settled: bool
) -> None:
    verdict = _judge(_stamped(word, age), mautic_rotation_grace_seconds=grace_s)
    assert verdict == Verdict(settled=settled, ours=True)


def test_in_the_grace_wrong_rights_are_not_settled() -> None:
    role = _stamped("next", timedelta(0), isAdmin=True)
    verdict = _judge(role, mautic_rotation_grace_seconds=3600)
    assert (verdict.settled, verdict.ours) == (False, True)
