"""What is left of a rotation to do, from each state that a run may have died in."""

from datetime import timedelta

import pytest

from mautic_bootstrap import naming
from mautic_bootstrap.admin import retire
from mautic_bootstrap.admin.model import Change, OAuth2Client
from mautic_bootstrap.admin.pages.roles import RoleRow
from mautic_bootstrap.admin.retire import Ending
from unit.admin_values import AT, EARLIER, STAMP, client, role_row, seen, wish
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
    plan_ending,
    words_of,
)


@pytest.mark.parametrize(
    ("clients", "roles", "held", "told"),
    [
        pytest.param(
            [client(2, NEXT), client(1)],
            [MARKED, NEW],
            {1: 7, 2: 8},
            [
                f"OAuth2 client number 1: app -> {RETIRING}",
                f"OAuth2 client number 2: {NEXT} -> app",
                REVOKED,
                ROLE_DROPPED,
                ROLE_RENAMED,
            ],
            id="the application has just got the new client",
        ),
        pytest.param(
            [client(2, NEXT), client(1, RETIRING)],
            [MARKED, NEW],
            {1: 7, 2: 8},
            [f"OAuth2 client number 2: {NEXT} -> app", REVOKED, ROLE_DROPPED, ROLE_RENAMED],
            id="the old one is renamed",
        ),
        pytest.param(
            [client(2), client(1, RETIRING)],
            [MARKED, NEW],
            {1: 7, 2: 8},
            [REVOKED, ROLE_DROPPED, ROLE_RENAMED],
            id="both are renamed",
        ),
        pytest.param(
            [client(2)],
            [MARKED, NEW],
            {2: 8},
            [ROLE_DROPPED, ROLE_RENAMED],
            id="the old one is revoked",
        ),
        pytest.param([client(2)], [NEW], {2: 8}, [ROLE_RENAMED], id="its role is gone"),
        pytest.param([client(2)], [role_row(8)], {2: 8}, [], id="the end"),
        pytest.param(
            [client(1)],
            [MARKED],
            {1: 7},
            [f"role {MARKED.name}: in use -> mautic-bootstrap: app"],
            id="died before the new role was made",
        ),
        pytest.param(
            [client(1)],
            [MARKED, NEW],
            {1: 7},
            [
                f"role {NEW.name}: present -> absent",
                f"role {MARKED.name}: in use -> mautic-bootstrap: app",
            ],
            id="died before the new client was made",
        ),
        pytest.param(
            [client(2, NEXT)],
            [NEW],
            {2: 8},
            [f"OAuth2 client number 2: {NEXT} -> app", ROLE_RENAMED],
            id="a person deleted the old one",
        ),
    ],
)
def test_from_every_state_the_same_end_is_reached(
    clients: list[OAuth2Client], roles: list[RoleRow], held: dict[int, int], told: list[str]
) -> None:
    ending = plan_ending(clients, roles, held)
    assert words_of(ending) == told
    assert ending.waiting == ()
    names = {one.number: one.name for one in clients} | {c.number: n for c, n in ending.renames}
    for gone in ending.revoked:
        names.pop(gone.number)
    assert names == {clients[0].number: "app"}
    assert {row.number for row in roles} - {row.number for row in ending.dropped} == {
        held[clients[0].number]
    }


def test_the_old_client_is_renamed_before_the_new_one_so_that_no_two_have_one_name() -> None:
    old, new = client(1), client(2, NEXT)
    ending = plan_ending([new, old], [MARKED, NEW], {1: 7, 2: 8})
    assert ending.renames == ((old, RETIRING), (new, "app"))
    assert ending.revoked == (old,)


@pytest.mark.parametrize(
    ("age", "grace", "revoked"),
    [
        (timedelta(0), timedelta(0), True),
        (timedelta(seconds=59), timedelta(minutes=1), False),
        (timedelta(minutes=1), timedelta(minutes=1), True),
        (timedelta(days=40), timedelta(0), True),
        (timedelta(days=40), timedelta(days=41), False),
        # The clock was put back since.
        (timedelta(hours=-3), timedelta(0), True),
        (timedelta(hours=-3), timedelta(minutes=1), False),
    ],
)
@pytest.mark.parametrize(
    "clients",
    [
        [client(2, NEXT), client(1)],
        [client(2, NEXT), client(1, RETIRING)],
        [client(2), client(1, RETIRING)],
    ],
    ids=["nothing renamed", "the old one renamed", "both renamed"],
)
def test_the_grace_is_counted_from_the_moment_in_the_names(
    clients: list[OAuth2Client], age: timedelta, grace: timedelta, revoked: bool
) -> None:
    ending = plan_ending(clients, [MARKED, NEW], {1: 7, 2: 8}, grace=grace, now=AT + age)
    old = clients[1]
    assert (ending.revoked, ending.waiting) == (((old,), ()) if revoked else ((), (old,)))
    assert (REVOKED in words_of(ending)) is revoked


def test_in_the_grace_only_names_of_clients_change_and_both_roles_stay_as_they_are() -> None:
    old, new = client(1), client(2, NEXT)
    ending = plan_ending([new, old], [MARKED, NEW], {1: 7, 2: 8}, grace=DAY)
    assert words_of(ending) == [
        f"OAuth2 client number 1: app -> {RETIRING}",
        f"OAuth2 client number 2: {NEXT} -> app",
    ]
    assert (ending.role, ending.dropped, ending.waiting) == (NEW, (), (old,))
    again = plan_ending([client(2), client(1, RETIRING)], [MARKED, NEW], {1: 7, 2: 8}, grace=DAY)
    assert again.changes == ()


def test_of_several_replaced_clients_each_has_its_own_grace_and_keeps_its_role() -> None:
    first, second = client(1, f"app (retiring {EARLIER})"), client(2, RETIRING)
    roles = [role_row(n, f"mautic-bootstrap: app (next {STAMP[:-2]}{n}Z)") for n in (7, 8, 9)]
    held = {1: 7, 2: 8, 3: 9}
    after_one = plan_ending([client(3), first, second], roles, held, grace=timedelta(hours=1))
    assert (after_one.revoked, after_one.waiting) == ((first,), (second,))
    assert after_one.dropped == (roles[0],)
    assert f"role {roles[2].name}: in use -> mautic-bootstrap: app" not in words_of(after_one)
    after_both = plan_ending([client(3), first, second], roles, held)
    assert (after_both.revoked, after_both.waiting) == ((first, second), ())
    assert after_both.dropped == (roles[0], roles[1])
    assert words_of(after_both)[-1] == f"role {roles[2].name}: in use -> mautic-bootstrap: app"


def test_replaced_clients_may_share_a_role_with_one_that_waits_or_with_the_current_one() -> None:
    first, second = client(1, f"app (retiring {EARLIER})"), client(2, RETIRING)
    grace = timedelta(hours=1)
    shared = plan_ending([client(3), first, second], [PLAIN, NEW], {1: 7, 2: 7, 3: 8}, grace=grace)
    assert (shared.revoked, shared.dropped) == ((first,), ())
    own = plan_ending([client(2), client(1, RETIRING)], [PLAIN], {1: 7, 2: 7})
    assert (own.revoked, own.dropped, own.role) == ((client(1, RETIRING),), (), PLAIN)


def test_no_role_is_dropped_while_it_is_not_known_which_one_the_current_client_has() -> None:
    for held in ({}, {1: 7}):
        ending = plan_ending([client(2), client(1, RETIRING)], [MARKED, NEW], held)
        assert (ending.role, ending.dropped) == (None, ())
        assert not any(change.what.startswith("role ") for change in ending.changes)


def test_no_role_is_dropped_while_it_is_not_known_which_one_a_waiting_client_has() -> None:
    ending = plan_ending([client(2), client(1, RETIRING)], [MARKED, NEW], {2: 8}, grace=DAY)
    assert (ending.role, ending.dropped) == (NEW, ())


def test_only_roles_of_ours_are_ever_dropped() -> None:
    # The replaced client's role 1 is the administrators': it is not among the known ones.
    ending = plan_ending([client(2), client(1, RETIRING)], [NEW], {1: 1, 2: 8})
    assert ending.dropped == ()
    assert ending.role == NEW


def test_without_a_client_there_is_nothing_to_end() -> None:
    left = client(1, RETIRING)
    ending = retire.plan(wish(), seen(None, left, known_roles=(PLAIN,)), {1: 7}, timedelta(0), NOW)
    assert ending == Ending()


def test_where_nothing_was_rotated_there_is_nothing_to_end() -> None:
    assert plan_ending([client()], [PLAIN], {1: 7}) == Ending(role=PLAIN)
    assert plan_ending([client()], [], {1: 1}) == Ending()


def test_two_clients_left_by_two_rotations_get_names_that_tell_when() -> None:
    """Machines that rotated at once: one "next" is in use; the other one may be so, too, elsewhere."""
    now = AT + timedelta(minutes=5)
    other = client(3, f"app (next {EARLIER})")
    held = {1: 7, 2: 8, 3: 8}
    ending = plan_ending([client(2, NEXT), client(1), other], [MARKED, NEW], held, now=now)
    assert ending.renames == (
        (client(1), RETIRING),
        (other, f"app (replaced {STAMP})"),
        (client(2, NEXT), "app"),
    )
    assert (ending.revoked, ending.left) == ((client(1),), (other,))


def test_a_client_that_was_never_renamed_beside_a_plain_current_one_begins_its_grace_now() -> None:
    left = client(3, f"app (next {EARLIER})")
    held, vouched = {2: 7, 3: 7}, frozenset({3})
    ending = plan_ending([client(2), left], [PLAIN], held, grace=DAY, vouched=vouched)
    assert ending.renames == ((left, naming.stamped("app", "retiring", NOW)),)
    assert (ending.waiting, ending.left) == ((left,), ())


def test_changes_never_show_a_secret() -> None:
    ending = plan_ending([client(2, NEXT), client(1)], [MARKED, NEW], {1: 7, 2: 8})
    assert "secret-" not in repr(ending)
    assert all(isinstance(change, Change) for change in ending.changes)
