"""What the end of a rotation takes away, and what it leaves alone because it may be somebody else's."""

from datetime import timedelta
from typing import Any

import pytest

from mautic_bootstrap import naming
from mautic_bootstrap.admin.model import OAuth2Client
from mautic_bootstrap.admin.pages.roles import RoleRow
from mautic_bootstrap.admin.pages.users import UserRow
from mautic_bootstrap.admin.retire import Ending
from mautic_bootstrap.rights import Permissions
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS
from unit.admin_values import AT, EARLIER, STAMP, client, role_row, user_row
from unit.endings import (
    DAY,
    MARKED,
    NEW,
    NEXT,
    NOW,
    PLAIN,
    RETIRING,
    REVOKED,
    ROLE_DROPPED,
    ROLE_RENAMED,
    UNTOLD,
    plan_ending,
    words_of,
)


@pytest.mark.parametrize("permissions", [DEFAULT_PERMISSIONS, None])
@pytest.mark.parametrize("held", [1, 12])
def test_where_the_current_client_s_role_is_not_ours_all_of_ours_go_and_the_user_with_them(
    held: int, permissions: Permissions | None
) -> None:
    holder = user_row(role=MARKED.name)
    ending = plan_ending(
        [client(2), client(1, RETIRING)],
        [MARKED, NEW],
        {1: 7, 2: held},
        user=holder,
        permissions=permissions,
    )
    assert (ending.role, ending.dropped, ending.user) == (None, (MARKED, NEW), holder)
    assert ending.revoked == (client(1, RETIRING),)
    assert words_of(ending) == [
        REVOKED,
        "user mautic-bootstrap-app: present -> absent",
        ROLE_DROPPED,
        f"role {NEW.name}: present -> absent",
    ]


@pytest.mark.parametrize("permissions", [DEFAULT_PERMISSIONS, None])
@pytest.mark.parametrize(
    ("current", "user", "dropped"),
    [
        # A current role of ours is one for it to hold.
        (8, user_row(role=MARKED.name), (MARKED,)),
        # It holds somebody else's role: what that is for, we do not know.
        (1, user_row(role="Sales"), (MARKED, NEW)),
        (1, None, (MARKED, NEW)),
    ],
)
def test_our_user_stays_where_there_is_a_role_for_it(
    current: int, user: UserRow | None, dropped: tuple[RoleRow, ...], permissions: Any
) -> None:
    ending = plan_ending(
        [client(2)], [MARKED, NEW], {2: current}, user=user, permissions=permissions
    )
    assert (ending.dropped, ending.user) == (dropped, None)
    assert not any(change.what.startswith("user ") for change in ending.changes)


def test_a_user_who_can_log_in_as_the_application_by_basic_auth_keeps_role_and_account() -> None:
    user = user_row(published=True)
    ending = plan_ending([client(2)], [PLAIN, NEW], {2: 1}, user=user, permissions=None)
    assert (ending.dropped, ending.user) == ((NEW,), None)


def test_a_role_that_another_machine_makes_a_client_with_stays_and_so_does_its_holder() -> None:
    told = naming.being_made("elsewhere:1a2b", NOW, 2)
    theirs = role_row(9, f"mautic-bootstrap: {NEXT}", told)
    ending = plan_ending(
        [client(2)], [theirs], {2: 1}, user=user_row(role=theirs.name, published=True)
    )
    assert ending == Ending()


_REPLACED = f"app (replaced {STAMP})"


@pytest.mark.parametrize("held", [1, 7, 12, None])
@pytest.mark.parametrize("grace", [timedelta(0), DAY])
def test_a_replaced_client_that_nothing_vouches_for_is_renamed_and_left_alone(
    held: int | None, grace: timedelta
) -> None:
    others, new = client(1), client(2, NEXT)
    numbers = {2: 8} | ({1: held} if held else {})
    ending = plan_ending([new, others], [UNTOLD], numbers, grace=grace)
    assert ending.renames == ((others, _REPLACED), (new, "app"))
    assert (ending.revoked, ending.waiting, ending.left) == ((), (), (others,))
    assert (ending.role, ending.dropped, ending.given_up) == (UNTOLD, (), ())
    assert words_of(ending)[-1] == ROLE_RENAMED


def test_a_role_of_ours_goes_by_the_name_of_the_replaced_client_that_keeps_it() -> None:
    ending = plan_ending([client(2, NEXT), client(1)], [MARKED, UNTOLD], {1: 7, 2: 8})
    name = f"mautic-bootstrap: {_REPLACED}"
    assert (ending.left, ending.given_up, ending.dropped) == ((client(1),), ((MARKED, name),), ())
    assert f"role {MARKED.name}: in use -> {name}" in words_of(ending)


def test_a_role_that_the_current_or_a_waiting_client_has_too_is_not_given_up() -> None:
    both = plan_ending([client(2, NEXT), client(1)], [UNTOLD], {1: 8, 2: 8})
    assert (both.left, both.role, both.given_up) == ((client(1),), UNTOLD, ())
    waits = plan_ending(
        [client(2), client(1), client(3, RETIRING)],
        [MARKED, UNTOLD],
        {1: 7, 2: 8, 3: 7},
        grace=DAY,
    )
    assert (waits.left, waits.waiting) == ((client(1),), (client(3, RETIRING),))
    assert waits.given_up == ()


@pytest.mark.parametrize(
    ("old", "role", "held", "permissions"),
    [
        pytest.param(
            client(1),
            NEW,
            1,
            DEFAULT_PERMISSIONS,
            id="the new role says that the application had it",
        ),
        pytest.param(
            client(1),
            role_row(8, NEW.name, naming.being_made("x:1", AT, 1)),
            1,
            DEFAULT_PERMISSIONS,
            id="so does one whose making was not finished",
        ),
        pytest.param(
            client(1, RETIRING), UNTOLD, 1, DEFAULT_PERMISSIONS, id="it has our retiring name"
        ),
    ],
)
def test_a_replaced_client_that_is_vouched_for_is_revoked(
    old: OAuth2Client, role: RoleRow, held: int, permissions: Permissions | None
) -> None:
    roles = [MARKED, role]
    ending = plan_ending([client(2, NEXT), old], roles, {1: held, 2: 8}, permissions=permissions)
    assert (ending.revoked, ending.left) == ((old,), ())
    assert ending.renames == (
        *(((old, RETIRING),) if old.name == "app" else ()),
        (client(2, NEXT), "app"),
    )
    waits = plan_ending(
        [client(2, NEXT), old], roles, {1: held, 2: 8}, permissions=permissions, grace=DAY
    )
    assert (waits.revoked, waits.waiting, waits.left) == ((), (old,), ())


@pytest.mark.parametrize("permissions", [DEFAULT_PERMISSIONS, None])
@pytest.mark.parametrize(("current", "roles"), [(8, [UNTOLD]), (1, [])])
def test_a_client_that_this_very_run_has_replaced_is_revoked_whatever_roles_tell(
    current: int, roles: list[RoleRow], permissions: Permissions | None
) -> None:
    clients = [client(2, NEXT), client(1), client(3)]
    held = {1: 1, 2: current, 3: 1}
    ending = plan_ending(clients, roles, held, permissions=permissions, vouched=frozenset({1}))
    assert (ending.revoked, ending.left) == ((client(1),), (client(3),))
    none = plan_ending(clients, roles, held, permissions=permissions)
    assert (none.revoked, none.left) == ((), (client(1), client(3)))


def test_that_one_client_was_the_application_s_vouches_for_no_other() -> None:
    told = role_row(8, NEW.name, naming.replacing(3))
    ending = plan_ending([client(2, NEXT), client(1), client(3)], [told], {1: 1, 2: 8, 3: 1})
    assert (ending.revoked, ending.left) == ((client(3),), (client(1),))


def test_only_the_current_client_s_own_role_vouches() -> None:
    stray = role_row(9, f"mautic-bootstrap: app (next {EARLIER})", naming.replacing(1))
    ending = plan_ending([client(2, NEXT), client(1)], [UNTOLD, stray], {1: 1, 2: 8})
    assert (ending.revoked, ending.left) == ((), (client(1),))
    assert ending.dropped == (stray,)


def test_the_role_of_a_client_that_is_left_alone_stays() -> None:
    ending = plan_ending([client(2, NEXT), client(1)], [PLAIN, UNTOLD], {2: 8})
    assert (ending.left, ending.dropped) == ((client(1),), ()), "its role may be any"
