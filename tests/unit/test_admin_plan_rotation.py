"""From wish and observation to plan: a rotation that begins, and one that a run has died over."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mautic_bootstrap import naming
from mautic_bootstrap.admin import plan as plan_module
from mautic_bootstrap.admin.model import Change
from mautic_bootstrap.admin.pages.roles import RoleRow
from mautic_bootstrap.admin.plan import ClientPlan, Rights, plan_client
from mautic_bootstrap.api.models import Role
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS
from unit.admin_values import (
    EARLIER,
    STAMP,
    admin_role,
    client,
    role,
    role_row,
    seen,
    user_row,
    wish,
)

_REPLACED = Change("OAuth2 client app", "in use", "replaced by a new one")
_NEXT = f"app (next {STAMP})"
_OLD_ROLE = role_row(7)
_NEW_ROLE = role_row(8, f"mautic-bootstrap: {_NEXT}")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The moment at which the plan is made: the one that `STAMP` names, and a bit."""
    at = datetime(2026, 11, 23, 12, 0, 0, 999, tzinfo=UTC)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]  # always UTC here
            assert tz is UTC
            return at

    monkeypatch.setattr(plan_module, "datetime", Clock)
    return at


def _in_use(held: Role | None = None, **changes: Any) -> Any:
    made = {
        "role": held or role(),
        "known_roles": (_OLD_ROLE,),
        "live_roles": frozenset({(held or role()).id}),
    }
    return seen(client(), **made | changes)


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize("in_use", ["1_id", None])
def test_a_rotation_makes_a_client_and_a_role_beside_those_in_use(in_use: str | None) -> None:
    plan = plan_client(wish(rotate=True, in_use=in_use), _in_use(user=user_row()))
    assert (plan.make, plan.changes, plan.unfinished) == (_NEXT, (_REPLACED,), True)
    assert (plan.rights, plan.warnings, plan.shut_out) == (None, (), None)
    making = plan.scoped
    assert making is not None
    assert (making.client_name, making.role_name) == (_NEXT, f"mautic-bootstrap: {_NEXT}")
    assert making.permissions == DEFAULT_PERMISSIONS
    assert (making.live, making.leftovers, making.user) == (_OLD_ROLE, [], user_row())


def test_all_names_of_a_rotation_bear_the_same_moment(now: datetime) -> None:
    making = plan_client(wish(rotate=True), _in_use()).scoped
    assert making is not None
    client_state = naming.read(making.client_name, "app")
    role_state = naming.read(making.role_name, naming.role_of("app"))
    assert client_state == role_state == naming.Named("next", now.replace(microsecond=0))
    assert making.at == now.replace(microsecond=0)


@pytest.mark.usefixtures("now")
def test_a_rotation_never_touches_the_role_of_a_client_in_use_that_is_not_ours() -> None:
    for held in (admin_role(), role(12, name="Sales")):
        plan = plan_client(wish(rotate=True, in_use="1_id"), _in_use(held, known_roles=()))
        assert plan.make == _NEXT
        assert plan.scoped is not None
        assert plan.scoped.live is None
        assert plan.rights is None


@pytest.mark.usefixtures("now")
def test_what_another_run_left_is_demoted_but_never_the_role_in_use() -> None:
    stray = role_row(9, f"mautic-bootstrap: app (next {EARLIER})")
    plan = plan_client(wish(rotate=True), _in_use(known_roles=(_OLD_ROLE, stray)))
    assert plan.scoped is not None
    assert plan.scoped.leftovers == [stray]
    assert plan.scoped.live == _OLD_ROLE


@pytest.mark.usefixtures("now")
def test_a_role_that_a_retired_client_still_acts_by_is_no_leftover() -> None:
    retired = client(2, f"app (retiring {EARLIER})")
    found = seen(
        client(1),
        retired,
        role=role(7),
        known_roles=(_OLD_ROLE, role_row(9, f"mautic-bootstrap: app (rotating {EARLIER})")),
        live_roles=frozenset({7, 9}),
    )
    plan = plan_client(wish(rotate=True), found)
    assert plan.scoped is not None
    assert plan.scoped.leftovers == []


@pytest.mark.usefixtures("now")
def test_with_an_admin_s_rights_a_rotation_makes_no_role() -> None:
    plan = plan_client(wish(rotate=True, permissions=None), _in_use(admin_role(), known_roles=()))
    assert plan == ClientPlan(make=_NEXT, changes=(_REPLACED,), unfinished=True)


def test_nothing_to_replace_makes_a_first_client_of_the_plain_name() -> None:
    plan = plan_client(wish(rotate=True), seen())
    assert plan.make == "app"
    assert plan.scoped is not None
    assert plan.scoped.live is None
    assert not plan.unfinished


@pytest.mark.parametrize("rotate", [True, False])
@pytest.mark.parametrize("in_use", [None, "1_id", "2_id"])
@pytest.mark.parametrize("former", ["app", f"app (retiring {STAMP})", None])
def test_a_rotation_that_died_is_finished_and_no_second_one_begun(
    rotate: bool, in_use: str | None, former: str | None
) -> None:
    others = (client(1, former),) if former else ()
    found = seen(
        client(2, _NEXT),
        *others,
        role=role(8),
        known_roles=(_OLD_ROLE, _NEW_ROLE),
        live_roles=frozenset({7, 8}),
    )
    plan = plan_client(wish(rotate=rotate, in_use=in_use), found)
    assert plan == ClientPlan(unfinished=True)


@pytest.mark.parametrize("in_use", [None, "1_id"])
def test_one_that_died_before_the_demotion_is_demoted_first(in_use: str | None) -> None:
    held = admin_role(8, _NEW_ROLE.name)
    found = seen(
        client(2, _NEXT),
        client(1),
        role=held,
        known_roles=(_OLD_ROLE, _NEW_ROLE),
        live_roles=frozenset({7, 8}),
        user=user_row(role=_NEW_ROLE.name, published=True),
    )
    plan = plan_client(wish(in_use=in_use), found)
    assert plan.rights == Rights(_NEW_ROLE, DEFAULT_PERMISSIONS)
    assert plan.shut_out is not None
    assert plan.unfinished
    assert plan.make is None
    assert [change.what for change in plan.changes] == [
        f"role {_NEW_ROLE.name}",
        "user mautic-bootstrap-app",
    ]


_MARKED = RoleRow(7, f"mautic-bootstrap: app (rotating {STAMP})", naming.MARKER, 0)


@pytest.mark.parametrize(
    ("roles", "live"),
    [
        # Killed once the role in use was marked, once the new role was there, and before the last renaming.
        ((_MARKED,), {7}),
        ((_MARKED, _NEW_ROLE), {7}),
        ((_OLD_ROLE, _NEW_ROLE), {7}),
        ((_MARKED, _NEW_ROLE), {7, 8}),
    ],
)
def test_roles_that_a_rotation_left_are_work_that_is_unfinished(
    roles: tuple[RoleRow, ...], live: set[int]
) -> None:
    found = seen(client(), role=role(7), known_roles=roles, live_roles=frozenset(live))
    plan = plan_client(wish(in_use="1_id"), found)
    assert plan.unfinished
    assert (plan.make, plan.rights, plan.changes) == (None, None, ())


def test_the_new_client_under_its_new_name_with_the_old_role_s_ending_is_unfinished() -> None:
    found = seen(client(2), role=role(8), known_roles=(_NEW_ROLE,), live_roles=frozenset({8}))
    assert plan_client(wish(in_use="2_id"), found) == ClientPlan(unfinished=True)


def test_a_replaced_client_in_its_grace_is_unfinished_and_nothing_else() -> None:
    found = seen(
        client(2),
        client(1, f"app (retiring {STAMP})"),
        role=role(8),
        known_roles=(_OLD_ROLE, _NEW_ROLE),
        live_roles=frozenset({7, 8}),
    )
    assert plan_client(wish(in_use="2_id"), found) == ClientPlan(unfinished=True)


def test_a_second_rotation_may_begin_within_the_grace_of_the_first(now: datetime) -> None:
    earlier = now - timedelta(hours=2)
    found = seen(
        client(2),
        client(1, naming.stamped("app", "retiring", earlier)),
        role=role(8),
        known_roles=(_OLD_ROLE, _NEW_ROLE),
        live_roles=frozenset({7, 8}),
    )
    plan = plan_client(wish(rotate=True, in_use="2_id"), found)
    assert plan.make == _NEXT
    assert plan.scoped is not None
    assert (plan.scoped.live, plan.scoped.leftovers) == (_NEW_ROLE, [])


@pytest.mark.usefixtures("now")
@pytest.mark.parametrize(
    ("held", "in_use", "replaces"),
    [
        (role(7), "1_id", 1),
        (admin_role(), "1_id", 1),
        (role(12, name="Sales"), "1_id", 1),
        # The application does not have it: somebody else may use it, even where its role is ours.
        (role(7), None, None),
        (role(7), "9_id", None),
        (admin_role(), None, None),
        (admin_role(), "9_id", None),
        (role(12, name="Sales"), None, None),
    ],
)
def test_a_client_is_told_as_replaced_only_if_the_application_has_it(
    held: Role, in_use: str | None, replaces: int | None
) -> None:
    plan = plan_client(wish(rotate=True, in_use=in_use), _in_use(held))
    assert plan.scoped is not None
    assert plan.scoped.replaces == plan.replaces == replaces


def test_a_first_client_replaces_none() -> None:
    making = plan_client(wish(rotate=True, in_use="1_id"), seen()).scoped
    assert making is not None
    assert making.replaces is None


@pytest.mark.parametrize("permissions", [DEFAULT_PERMISSIONS, None])
@pytest.mark.parametrize("held", [admin_role(), role(12, name="Sales")])
def test_roles_of_ours_beside_a_client_with_a_foreign_one_are_work_that_is_unfinished(
    held: Role, permissions: Any
) -> None:
    asked = wish(in_use="1_id", permissions=permissions)
    for stray in (_OLD_ROLE, _NEW_ROLE):
        assert plan_client(asked, _in_use(held, known_roles=(stray,))).unfinished
    assert not plan_client(asked, _in_use(held, known_roles=())).unfinished


def test_while_no_client_s_role_is_known_no_role_is_taken_for_a_stray() -> None:
    found = seen(client(), known_roles=(_OLD_ROLE, _NEW_ROLE))
    assert not plan_client(wish(in_use="1_id"), found).unfinished
    assert not plan_client(wish(in_use="1_id", permissions=None), found).unfinished


@pytest.mark.parametrize(
    ("row", "user", "stray"),
    [
        (_OLD_ROLE, user_row(published=True), False),
        # Whoever cannot log in does not need it.
        (_OLD_ROLE, user_row(published=False), True),
        (_OLD_ROLE, None, True),
        (_OLD_ROLE, user_row(published=True, role="Sales"), True),
        # A user who can log in holds a role of that name only while a client is being made.
        (_NEW_ROLE, user_row(published=True, role=_NEW_ROLE.name), True),
    ],
)
def test_the_role_of_a_user_whom_an_application_is_by_basic_auth_is_no_stray(
    now: datetime, row: RoleRow, user: Any, stray: bool
) -> None:
    found = _in_use(admin_role(), known_roles=(row,), user=user)
    assert plan_module.strays(wish(), found, now) == ([row] if stray else [])


@pytest.mark.parametrize(("age_s", "stray"), [(10, False), (121, True)])
def test_a_role_that_another_machine_makes_a_client_with_just_now_is_no_stray(
    now: datetime, age_s: int, stray: bool
) -> None:
    told = naming.being_made("elsewhere:1a2b", now - timedelta(seconds=age_s), 1)
    theirs = role_row(9, _NEW_ROLE.name, told)
    found = _in_use(known_roles=(_OLD_ROLE, theirs))
    assert plan_module.strays(wish(), found, now) == ([theirs] if stray else [])
    assert plan_client(wish(in_use="1_id"), found).unfinished is stray
