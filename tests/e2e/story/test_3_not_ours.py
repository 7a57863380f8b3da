"""Only what is ours is touched: roles and users of our names that are somebody else's stay as they are."""

from collections.abc import Callable

import pytest

from e2e import curl
from e2e.admin_pages import AdminPages, can_log_in
from e2e.application import Application
from e2e.mautic import Mautic
from e2e.targets import ONCE

_MARK = "Managed by mautic-bootstrap"
_PASSWORD = "x1-Somebody_Else"  # of a user that the test makes
_RIGHTS = {"lead:leads": ["viewown"]}

Make = Callable[[AdminPages, Application], object]


def _unmarked_role(pages: AdminPages, app: Application) -> None:
    pages.new_role(app.role, "by hand", _RIGHTS)


def _held_role(pages: AdminPages, app: Application) -> None:
    pages.new_user(f"{app.name}-holder", _PASSWORD, pages.new_role(app.role, _MARK, _RIGHTS))


def _unmarked_user(pages: AdminPages, app: Application) -> None:
    pages.new_user(f"mautic-bootstrap-{app.name}", _PASSWORD, 1)


@ONCE
@pytest.mark.parametrize(
    ("name", "make", "seen"),
    [
        ("unmarked", _unmarked_role, "saw one without it"),
        pytest.param("held", _held_role, "saw one that another user holds", marks=pytest.mark.long),
        pytest.param("person", _unmarked_user, "saw", marks=pytest.mark.long),
    ],
)
def test_what_is_not_ours_is_refused_and_stays(
    mautic: Mautic, name: str, make: Make, seen: str
) -> None:
    app = Application(mautic, name)
    with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
        make(pages, app)
        before = _everything(pages)
    for arguments in (("--check",), ()):
        app.play(*arguments).refused("code: 34", seen)
    with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
        assert _everything(pages) == before
    assert not app.env_path.exists()


@pytest.mark.long
def test_a_client_named_administrator_locks_nobody_out(mautic: Mautic) -> None:
    app = Application(mautic, "Administrator")
    app.play().ok()
    with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
        assert pages.role("Administrator")["admin"] is True
        assert pages.role("mautic-bootstrap: Administrator")["admin"] is False
        assert pages.user("admin")["role"] == str(pages.role_id("Administrator"))
    assert can_log_in(mautic.url, "admin", mautic.admin_password)
    assert curl.call(app.env, "GET", "/api/users", curl.token(app.env))[0] == 403
    app.play().ok(changed=0)


def _everything(pages: AdminPages) -> dict[str, object]:
    """Return what there is of clients, roles and users."""
    roles = {name: pages.role(name) for name in pages.role_names()}
    users = {name: pages.user(name) | {"_token": ""} for name in pages.usernames()}
    return {"clients": pages.client_names(), "roles": roles, "users": users}
