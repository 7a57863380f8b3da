"""A client with limited rights: what a first run makes, what it refuses to touch, and what a later run mends."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from browser.conftest import Bring
from browser.mautics import AS_ASKED, EMPTY, ROLE, USER, USUAL, Mautic
from contract.targets import ADMIN_PASSWORD, ADMIN_USERNAME
from mautic_bootstrap.admin.model import Change
from mautic_bootstrap.errors import NotOursError, SettingsError
from mautic_bootstrap.naming import MARKER, address_of
from mautic_bootstrap.rehearsal.database import update
from mautic_bootstrap.rehearsal.versions import VERSIONS
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shared_browser")]

_MORE = {**DEFAULT_PERMISSIONS, "user:users": ("view",)}


@pytest.fixture(params=sorted(VERSIONS))
def mautic(request: pytest.FixtureRequest) -> Iterator[Mautic]:
    with Mautic(request.param) as server:
        server.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        server.switch_api_on()
        yield server


@pytest.fixture(params=["7.0", pytest.param("5.1", marks=pytest.mark.long)])
def one_mautic(request: pytest.FixtureRequest) -> Iterator[Mautic]:
    """The newer one alone where time is short."""
    with Mautic(request.param) as server:
        server.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        server.switch_api_on()
        yield server


def _changes(mautic: Mautic) -> list[str]:
    """Return the addresses that forms were sent to, but for logging in."""
    return [r.path for r in mautic.posts() if r.path.startswith("/s/") and "login" not in r.path]


def test_an_admin_role_that_a_dead_run_left_is_reduced_before_anything_else_and_goes(
    one_mautic: Mautic, bring: Bring
) -> None:
    left = one_mautic.add_admin_role(f"{ROLE} (next 20261123T100000Z)")
    one_mautic.add_user(left, published=True)

    assert bring(one_mautic.url).client is not None

    assert _changes(one_mautic)[0] == f"/s/roles/edit/{left}"
    first = next(n for n, r in enumerate(one_mautic.requests) if r.path == f"/s/roles/edit/{left}")
    assert not [
        r for r in one_mautic.requests[:first] if r.path.endswith("/new") and r.method != "GET"
    ]
    assert _changes(one_mautic)[-1] == f"/s/roles/delete/{left}"
    assert one_mautic.holdings() == USUAL
    assert one_mautic.checked_out() == []


def _unmarked_role(mautic: Mautic) -> None:
    mautic.add_role(description="Our sales people")


def _unmarked_user(mautic: Mautic) -> None:
    mautic.add_user(mautic.add_role("Sales", ""), position="Sales manager")


def _persons_address(mautic: Mautic) -> None:
    """A person can give themselves our name and our mark, but can have no address below `.invalid`."""
    user = mautic.add_user(mautic.add_role("Sales", ""), published=True)
    mautic.set_user(user, email="eve@example.com")


def _held_by_another(mautic: Mautic) -> None:
    role = mautic.add_role()
    mautic.add_user(role)
    mautic.add_user(role, "somebody", "Sales manager", published=True)


def _role_one(mautic: Mautic) -> None:
    update(mautic.site.database, "roles", 1, {"name": ROLE, "description": MARKER})


@pytest.mark.parametrize(
    ("there", "expected", "seen"),
    [
        (_unmarked_role, f'the role "{ROLE}" to be ours alone', "one without it"),
        (_unmarked_user, f"the user {USER} to be ours", f'"Sales manager" and {address_of("app")}'),
        (_persons_address, f"the user {USER} to be ours", f'"{MARKER}" and eve@example.com'),
        (_held_by_another, f'the role "{ROLE}" to be ours alone', "one that another user holds"),
        (
            _role_one,
            f'the role "{ROLE}" to be ours alone',
            "Mautic's own role for administrators",
        ),
    ],
)
@pytest.mark.parametrize("login", ["client", "user"])
def test_what_is_somebody_else_s_is_refused_and_stays_as_it_was(
    *,
    one_mautic: Mautic,
    bring: Bring,
    there: Callable[[Mautic], None],
    expected: str,
    seen: str,
    login: str,
) -> None:
    there(one_mautic)
    before = one_mautic.holdings()

    with pytest.raises(NotOursError) as caught:
        bring(one_mautic.url, login=login)

    assert caught.value.expected.startswith(expected)
    assert caught.value.seen == seen
    assert caught.value.hint.endswith("It was not changed.")
    assert _changes(one_mautic) == []
    assert one_mautic.holdings() == before


def test_rights_that_this_mautic_does_not_have_are_refused_with_those_it_has(
    mautic: Mautic, bring: Bring
) -> None:
    asked = {**DEFAULT_PERMISSIONS, "lead:leads": ("viewown", "fly"), "shop:orders": ("view",)}

    with pytest.raises(SettingsError) as caught:
        bring(mautic.url, permissions=asked)

    rights, permission = caught.value.problems
    assert rights.startswith(
        "mautic_api_permissions gives lead:leads fly; this Mautic has: viewown"
    )
    assert permission.startswith("mautic_api_permissions names shop:orders, which this Mautic does")
    assert "lead:leads, lead:lists" in permission
    assert _changes(mautic) == []
    assert mautic.holdings() == EMPTY


def test_a_right_ticked_by_hand_is_removed_and_named_and_the_next_run_changes_nothing(
    mautic: Mautic, bring: Bring
) -> None:
    in_use = mautic.add_usual()
    role = mautic.add_role("Sales", "", _MORE)
    mautic.tick(role - 1, _MORE)

    outcome = bring(mautic.url, in_use=in_use)

    assert outcome.changes == (
        Change(f"role {ROLE}: user:users view", "allowed", "not asked for, removed"),
    )
    assert [row for row in mautic.holdings().roles if row[0] == ROLE] == USUAL.roles
    assert ("Sales", "", "also user:users view") in mautic.holdings().roles
    assert (mautic.checked_out(), mautic.were_admins) == ([], {"Administrator"})
    mautic.requests.clear()
    assert bring(mautic.url, in_use=in_use).changes == ()
    assert _changes(mautic) == []


def test_mending_a_role_keeps_what_it_says_of_the_client_it_replaces(
    one_mautic: Mautic, bring: Bring
) -> None:
    one_mautic.add_client(1)
    told = (
        f"{MARKER}; being made by elsewhere:1 since 20261123T100000Z; its client replaces number 1"
    )
    ending = "(next 20261123T100000Z)"
    role = one_mautic.add_admin_role(f"{ROLE} {ending}", told)
    one_mautic.add_user(role, published=True)
    one_mautic.add_client(role, f"app {ending}")

    outcome = bring(one_mautic.url)

    assert outcome.unfinished
    assert [change.after for change in outcome.changes][-1] == "cannot log in"
    holdings = one_mautic.holdings()
    assert holdings.roles == [
        (f"{ROLE} {ending}", f"{MARKER}; its client replaces number 1", AS_ASKED)
    ]
    assert holdings.users == [(USER, MARKER, f"{ROLE} {ending}", "cannot log in")]


def test_a_user_whom_the_application_is_never_holds_an_administrator_s_role(
    one_mautic: Mautic, bring: Bring
) -> None:
    outcome = bring(one_mautic.url, login="user", basic_auth=True)

    assert outcome.user is not None
    assert outcome.user.username == USER
    assert outcome.client is None
    assert one_mautic.were_admins == {"Administrator"}
    assert one_mautic.holdings().users == [(USER, MARKER, ROLE, "can log in")]
    assert one_mautic.holdings().roles == USUAL.roles
    assert one_mautic.holdings().clients == []
    one_mautic.requests.clear()

    again = bring(one_mautic.url, login="user", basic_auth=True, in_use=USER)

    assert (again.changes, again.user, again.user_stays) == ((), None, True)
    assert [r.path for r in one_mautic.posts() if "login" not in r.path] == ["/s/roles/edit/2"], (
        "its page is left by Cancel"
    )
    assert one_mautic.checked_out() == []


@pytest.mark.parametrize(
    ("wish", "planned"),
    [
        ({"rotate": True}, "replaced by a new one"),
        ({}, "cannot log in"),
        ({"login": "user", "basic_auth": True}, "with a new password"),
    ],
    ids=["rotation", "drift", "user"],
)
def test_check_mode_sends_nothing_but_logins_token_requests_and_cancel(
    one_mautic: Mautic, bring: Bring, wish: dict[str, Any], planned: str
) -> None:
    in_use = one_mautic.add_usual()
    one_mautic.tick(2, _MORE)
    one_mautic.set_user(2, is_published=1)
    before = one_mautic.holdings()

    outcome = bring(one_mautic.url, in_use=in_use, check=True, **wish)

    assert planned in [change.after for change in outcome.changes]
    assert one_mautic.holdings() == before
    assert one_mautic.checked_out() == []
    for sent in one_mautic.posts():
        cancelled = any(name.endswith("[buttons][cancel]") for name in sent.fields)
        assert cancelled or sent.path in {"/s/login_check", "/oauth/v2/token"}
