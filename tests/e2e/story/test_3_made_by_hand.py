"""A client that somebody made by hand may do everything: it is not handed out unless that is what was asked for."""

import pytest

from e2e import curl
from e2e.admin_pages import AdminPages
from e2e.application import Application
from e2e.mautic import Mautic
from e2e.targets import ONCE

_BROAD = 'has an administrator\'s rights, by the role "Administrator"'
_ADMIN = "The application may do everything an administrator may (mautic_api_privileges=admin)"
_WAYS_OUT = ("-e mautic_rotate=client", "mautic_api_privileges=admin")


def _app(mautic: Mautic) -> Application:
    return Application(mautic, "broad")


@ONCE
def test_a_client_with_an_admins_rights_is_refused_and_no_env_is_written(mautic: Mautic) -> None:
    app = _app(mautic)
    with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
        pages.new_client(app.name)
    for arguments in (("--check",), ()):
        answer = app.play(*arguments).refused("code: 35", *_WAYS_OUT)
        answer.says('saw an administrator\'s rights, by the role "Administrator"')
    assert not app.env_path.exists()
    assert _names(mautic) == [app.name]


@pytest.mark.long
def test_it_is_taken_where_an_admins_rights_are_asked_for_and_every_run_says_so(
    mautic: Mautic,
) -> None:
    app = _app(mautic)
    app.play(mautic_api_privileges="admin").ok().says(_ADMIN)
    token = curl.token(app.env)
    assert curl.get(app.env, "/api/users/self", token)["role"]["isAdmin"] is True
    assert curl.get(app.env, "/api/users", token)
    app.play(mautic_api_privileges="admin").ok(changed=0).says(_ADMIN)
    assert not mautic.recorder.of("chromium")
    assert _names(mautic) == [app.name]


@pytest.mark.long
def test_one_that_is_in_use_stays_and_every_run_warns(mautic: Mautic) -> None:
    app = _app(mautic)
    env = app.env_path.read_text()
    for _ in range(2):
        app.play().ok(changed=0).says(f"The OAuth2 client broad {_BROAD}", *_WAYS_OUT)
    assert app.env_path.read_text() == env


@pytest.mark.long
def test_a_rotation_replaces_it_by_one_with_the_rights_asked_for(mautic: Mautic) -> None:
    app = _app(mautic)
    old = app.env
    token = curl.token(old)
    app.play(mautic_rotate="client").ok().lacks(_BROAD, _ADMIN)
    assert app.env["MAUTIC_CLIENT_ID"] != old["MAUTIC_CLIENT_ID"]
    assert curl.refused_token(old) == 400
    assert curl.call(old, "GET", "/api/contacts", token)[0] == 401
    assert curl.call(app.env, "GET", "/api/users", curl.token(app.env))[0] == 403
    assert _names(mautic) == [app.name]
    app.play().ok(changed=0).lacks(_BROAD)
    assert not mautic.recorder.of("chromium")


@pytest.mark.long
def test_a_client_of_ours_with_an_admins_rights_is_what_was_asked_for(mautic: Mautic) -> None:
    app = Application(mautic, "full")
    app.play(mautic_api_privileges="admin").ok().says(_ADMIN)
    assert curl.get(app.env, "/api/users/self", curl.token(app.env))["role"]["isAdmin"] is True
    app.play(mautic_api_privileges="admin").ok(changed=0).says(_ADMIN)
    with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
        assert app.role not in pages.role_names()


def _names(mautic: Mautic) -> list[str]:
    with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
        return [name for name in pages.client_names() if name.startswith("broad")]
