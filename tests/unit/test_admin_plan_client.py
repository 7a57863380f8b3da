"""From wish and observation to plan: a client to adopt, to mend, or to refuse."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from mautic_bootstrap import naming
from mautic_bootstrap.admin import roles
from mautic_bootstrap.admin.model import Change
from mautic_bootstrap.admin.plan import ClientPlan, Rights, plan_client
from mautic_bootstrap.api.models import Role
from mautic_bootstrap.errors import BroaderThanAskedError
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS
from unit.admin_values import (
    STAMP,
    admin_role,
    client,
    role,
    role_row,
    seen,
    user_row,
    wish,
)

_MADE = Change("OAuth2 client app", "absent", "present")
_RIGHTS = (
    "campaign:campaigns viewown, viewother; email:emails viewown, viewother, editown, editother, create;"
    " lead:leads viewown, viewother, editown, editother, create; lead:lists viewown, viewother"
)
_ROLE_MADE = Change("role mautic-bootstrap: app", "absent", _RIGHTS)
_WAYS_OUT = (
    "Run again with -e mautic_rotate=client to have it replaced by one with the rights asked for, or set"
    " mautic_api_privileges=admin if it is meant to be so."
)
_MORE = {**DEFAULT_PERMISSIONS, "lead:leads": (*DEFAULT_PERMISSIONS["lead:leads"], "deleteown")}
_LESS = {**DEFAULT_PERMISSIONS, "lead:leads": ("viewown", "viewother", "editown", "editother")}


def _ours(**changes: Any) -> dict[str, Any]:
    return {
        "role": role(),
        "known_roles": (role_row(),),
        "live_roles": frozenset({7}),
    } | changes


def test_a_client_that_is_absent_is_made_with_a_role_of_its_own() -> None:
    plan = plan_client(wish(), seen())
    assert (plan.make, plan.changes) == ("app", (_MADE, _ROLE_MADE))
    assert (plan.rights, plan.shut_out, plan.warnings) == (None, None, ())
    assert not plan.unfinished
    assert plan.scoped is not None
    assert (plan.scoped.client_name, plan.scoped.role_name) == ("app", "mautic-bootstrap: app")
    assert plan.scoped.permissions == DEFAULT_PERMISSIONS
    assert (plan.scoped.user, plan.scoped.live, plan.scoped.leftovers) == (None, None, [])


def test_with_an_admin_s_rights_it_is_made_without_a_role() -> None:
    plan = plan_client(wish(permissions=None), seen())
    assert plan == ClientPlan(make="app", changes=(_MADE,))


def test_roles_that_a_run_died_over_are_handed_to_the_making_and_so_is_our_user() -> None:
    left = (role_row(7), role_row(8, f"mautic-bootstrap: app (next {STAMP})"))
    plan = plan_client(wish(), seen(known_roles=left, user=user_row(published=True)))
    assert plan.scoped is not None
    assert plan.scoped.leftovers == list(left)
    assert plan.scoped.user == user_row(published=True)
    assert plan.shut_out is None, "making ends with that"


def test_where_only_a_retired_client_is_left_a_new_one_is_made_and_the_rest_waits_for_its_end() -> (
    None
):
    former = client(1, f"app (retiring {STAMP})")
    plan = plan_client(
        wish(in_use="1_id"),
        seen(None, former, known_roles=(role_row(),), live_roles=frozenset({7})),
    )
    assert plan.make == "app"
    assert plan.unfinished
    assert plan.scoped is not None
    assert plan.scoped.leftovers == [], "the retired client still acts by it"


@pytest.mark.parametrize("in_use", [None, "1_id", "9_id"])
@pytest.mark.parametrize("users", [0, 1])
def test_a_client_with_just_the_rights_asked_for_is_taken_as_it_is(
    in_use: str | None, users: int
) -> None:
    known = (role_row(users=users),)
    found = seen(client(), **_ours(known_roles=known), user=user_row())
    assert plan_client(wish(in_use=in_use), found) == ClientPlan()


def test_a_foreign_role_with_just_the_rights_asked_for_is_fine_too() -> None:
    foreign = role(12, name="Sales")
    assert plan_client(wish(), seen(client(), role=foreign)) == ClientPlan()


@pytest.mark.parametrize("in_use", [None, "1_id"])
@pytest.mark.parametrize(
    ("held", "changes"),
    [
        (
            role(permissions=_MORE),
            [
                Change(
                    "role mautic-bootstrap: app: lead:leads deleteown",
                    "allowed",
                    "not asked for, removed",
                )
            ],
        ),
        (
            role(permissions=_LESS),
            [Change("role mautic-bootstrap: app: lead:leads create", "missing", "allowed")],
        ),
        (
            role(permissions={**_LESS, "user:users": ["view"], "user:roles": ["view"]}),
            [
                Change(f"role mautic-bootstrap: app: user:{area} view", "allowed", after)
                for area, after in (
                    ("roles", "not asked for, removed"),
                    ("users", "not asked for, removed"),
                )
            ]
            + [Change("role mautic-bootstrap: app: lead:leads create", "missing", "allowed")],
        ),
        (
            admin_role(7, "mautic-bootstrap: app"),
            [Change("role mautic-bootstrap: app", "an administrator's rights", _RIGHTS)],
        ),
    ],
)
def test_a_role_of_ours_gets_the_rights_asked_for_and_every_difference_is_named(
    held: Role, changes: list[Change], in_use: str | None
) -> None:
    plan = plan_client(wish(in_use=in_use), seen(client(), **_ours(role=held)))
    assert plan == ClientPlan(
        rights=Rights(role_row(), DEFAULT_PERMISSIONS), changes=tuple(changes)
    )


def test_a_changed_wish_is_a_difference() -> None:
    asked = {"lead:leads": ("viewown",)}
    plan = plan_client(wish(permissions=asked), seen(client(), **_ours()))
    assert plan.rights == Rights(role_row(), asked)
    assert {change.after for change in plan.changes} == {"not asked for, removed"}
    names = [change.what for change in plan.changes]
    assert "role mautic-bootstrap: app: lead:leads viewother" in names
    assert "role mautic-bootstrap: app: email:categories view" in names
    assert "role mautic-bootstrap: app: lead:leads viewown" not in names


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (admin_role(), 'an administrator\'s rights, by the role "Administrator"'),
        (
            role(12, permissions=_MORE, name="Sales"),
            'other rights than asked for, by the role "Sales": also lead:leads deleteown',
        ),
        # Of our name, but without our mark: it is not among the roles that are ours.
        (
            admin_role(12, "mautic-bootstrap: app"),
            'an administrator\'s rights, by the role "mautic-bootstrap: app"',
        ),
    ],
)
def test_a_client_broader_than_asked_is_refused_until_it_is_in_use_and_then_warned_about(
    held: Role, words: str
) -> None:
    found = seen(client(), role=held, live_roles=frozenset({held.id}))
    for in_use in (None, "9_id"):
        with pytest.raises(BroaderThanAskedError) as caught:
            plan_client(wish(in_use=in_use), found)
        assert str(caught.value) == (
            "use the OAuth2 client app of http://localhost:8080: expected the rights in mautic_api_permissions, and no"
            f" more, saw {words}. It was not written anywhere. {_WAYS_OUT}"
        )
    plan = plan_client(wish(in_use="1_id"), found)
    assert plan == ClientPlan(warnings=(f"The OAuth2 client app has {words}. {_WAYS_OUT}",))


@pytest.mark.parametrize("in_use", [None, "1_id"])
def test_a_foreign_role_with_less_than_asked_is_a_warning_only(in_use: str | None) -> None:
    found = seen(client(), role=role(12, permissions=_LESS, name="Sales"))
    (warning,) = plan_client(wish(in_use=in_use), found).warnings
    assert 'by the role "Sales": without lead:leads create. Run again with' in warning


def test_another_role_of_ours_does_not_make_a_foreign_one_ours() -> None:
    found = seen(client(), role=admin_role(), known_roles=(role_row(7), role_row(8)))
    with pytest.raises(BroaderThanAskedError):
        plan_client(wish(), found)
    assert plan_client(wish(in_use="1_id"), found).rights is None


@pytest.mark.parametrize("published", [True, False])
@pytest.mark.parametrize("held", [role(), role(permissions=_MORE), admin_role(7)])
def test_our_user_is_shut_out_where_it_can_log_in(held: Role, published: bool) -> None:
    user = user_row(published=published)
    plan = plan_client(wish(), seen(client(), **_ours(role=held), user=user))
    told = Change("user mautic-bootstrap-app", "can log in", "cannot log in")
    assert plan.shut_out == (user if published else None)
    assert (told in plan.changes) is published
    assert (plan.rights is None) is (held == role())


def test_where_an_admin_s_rights_are_meant_nothing_is_judged_and_no_user_shut_out() -> None:
    found = seen(client(), role=admin_role(), user=user_row(published=True))
    assert plan_client(wish(permissions=None), found) == ClientPlan()


def test_where_an_admin_s_rights_are_meant_a_client_with_fewer_is_warned_about() -> None:
    found = seen(client(), **_ours())
    (warning,) = plan_client(wish(permissions=None), found).warnings
    assert warning == (
        "The OAuth2 client app has fewer rights than an administrator. Run with -e mautic_rotate=client to have it"
        " replaced by one with them."
    )


def test_while_the_api_is_off_a_client_s_rights_cannot_be_judged() -> None:
    found = seen(client(), known_roles=(role_row(),))
    assert plan_client(wish(), found) == ClientPlan()
    assert plan_client(wish(permissions=None), found) == ClientPlan()


@pytest.mark.parametrize(
    ("maker", "age_s", "waits"),
    [
        ("elsewhere:1a2b", 10, True),
        ("elsewhere:1a2b", -10, True),
        ("elsewhere:1a2b", 119, True),
        ("elsewhere:1a2b", 121, False),
        ("here:1a2b", 10, False),
    ],
)
def test_a_run_on_another_machine_that_is_making_the_client_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, maker: str, age_s: int, waits: bool
) -> None:
    monkeypatch.setattr(roles, "MACHINE", "here")
    at = datetime.now(UTC) - timedelta(seconds=age_s)
    theirs = role_row(9, description=naming.being_made(maker, at))
    plan = plan_client(wish(), seen(known_roles=(theirs,)))
    assert plan.others_at_work is waits
    assert plan.make == (None if waits else "app")


@pytest.mark.parametrize("rotate", [True, False])
@pytest.mark.parametrize("permissions", [DEFAULT_PERMISSIONS, None])
def test_while_others_are_at_work_nothing_there_is_judged_changed_or_replaced(
    monkeypatch: pytest.MonkeyPatch, permissions: Any, *, rotate: bool
) -> None:
    monkeypatch.setattr(roles, "MACHINE", "here")
    theirs = role_row(7, description=naming.being_made("elsewhere:1a2b", datetime.now(UTC)))
    found = seen(client(), role=admin_role(7), known_roles=(theirs,), user=user_row(published=True))
    asked = wish(rotate=rotate, permissions=permissions)
    assert plan_client(asked, found) == ClientPlan(others_at_work=True)


@pytest.mark.parametrize("secret", [SecretStr("another"), None])
def test_a_broader_client_whose_secret_the_application_does_not_have_is_refused(
    secret: SecretStr | None,
) -> None:
    found = seen(client(), role=admin_role())
    with pytest.raises(BroaderThanAskedError):
        plan_client(wish(in_use="1_id", in_use_secret=secret), found)
