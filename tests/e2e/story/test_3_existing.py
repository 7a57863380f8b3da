"""The same Mautic as one that already runs: reached by its URL alone, on a machine without Docker."""

import json
from pathlib import Path

import pytest

from e2e import curl
from e2e.admin_pages import AdminPages
from e2e.application import Application
from e2e.mautic import Mautic
from e2e.recorder import path_without
from e2e.targets import ONCE, ONE_REHEARSAL

_TEN_MINUTES_S = 600


@pytest.fixture
def app(mautic: Mautic) -> Application:
    """Another user of the client that the Mautic was made with."""
    return Application(mautic, "app", ".env.existing")


@ONE_REHEARSAL
def test_an_existing_mautic_needs_no_docker_and_no_container_is_touched(
    mautic: Mautic, app: Application, tmp_path: Path
) -> None:
    made = mautic.made()
    nowhere = {
        "PATH": path_without("docker", tmp_path / "bin"),
        "DOCKER_HOST": f"unix://{tmp_path}/none.sock",
    }
    answer = app.play(environment=nowhere).ok()
    assert answer.changed > 0
    assert app.env["MAUTIC_CLIENT_ID"] == mautic.env["MAUTIC_CLIENT_ID"]
    assert app.env_path.stat().st_mode & 0o777 == 0o600
    with mautic.requests() as requests:
        app.play(environment=nowhere).ok(changed=0)
    assert {r for r in requests if not r.startswith("GET ")} == {"POST /oauth/v2/token"}
    assert mautic.made() == made


@ONCE
def test_basic_auth_is_switched_on_and_a_limited_user_handed_out(
    mautic: Mautic, app: Application
) -> None:
    app.play(app_env_auth="basic").ok().says("HTTP basic auth for the API")
    assert set(app.env) == {"MAUTIC_API_URL", "MAUTIC_USERNAME", "MAUTIC_PASSWORD"}
    assert app.env["MAUTIC_USERNAME"] == "mautic-bootstrap-app"
    assert app.env["MAUTIC_PASSWORD"] != mautic.admin_password
    assert int(curl.get_basic(app.env, "/api/contacts")["total"]) >= 0
    assert curl.get_basic(app.env, "/api/users/self")["role"]["isAdmin"] is False
    for name in ("users", "roles"):
        assert curl.status_basic(app.env, f"/api/{name}") == 403
    env = app.env
    app.play(app_env_auth="basic").ok(changed=0)
    assert not mautic.recorder.of("chromium")
    assert app.env == env


@ONCE
def test_a_token_alone_is_written_and_kept_while_it_is_fresh(app: Application) -> None:
    app.play(app_env_auth="token").ok()
    assert set(app.env) == {"MAUTIC_API_URL", "MAUTIC_API_TOKEN"}
    token = app.env["MAUTIC_API_TOKEN"]
    assert curl.get(app.env, "/api/contacts", token)
    assert curl.call(app.env, "GET", "/api/users", token)[0] == 403
    app.play(app_env_auth="token").ok(changed=0)
    assert app.env["MAUTIC_API_TOKEN"] == token
    assert app.kept.stat().st_mode & 0o777 == 0o600
    assert token not in app.kept.read_text()


@ONCE
def test_a_token_past_half_its_life_is_renewed_without_a_browser(
    mautic: Mautic, app: Application
) -> None:
    token, kept = app.env["MAUTIC_API_TOKEN"], json.loads(app.kept.read_text())
    kept["token_issued_at"] -= kept["token_lifetime_s"] / 2 + _TEN_MINUTES_S
    app.kept.write_text(json.dumps(kept))
    app.play(app_env_auth="token").ok(changed=1)
    assert not mautic.recorder.of("chromium")
    assert app.env["MAUTIC_API_TOKEN"] != token
    assert curl.get(app.env, "/api/contacts", app.env["MAUTIC_API_TOKEN"])


@ONCE
def test_the_way_back_to_oauth2_leaves_basic_auth_on_and_no_second_copy(
    mautic: Mautic, app: Application
) -> None:
    app.play().ok()
    assert app.env.items() <= mautic.env.items()
    assert not app.kept.exists()
    with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
        assert pages.client_names() == ["app"]
        assert pages.is_on("api_enable_basic_auth")
        assert pages.user("mautic-bootstrap-app")["isPublished"] == "0"
    app.play(mautic_basic_auth=False).ok(changed=1).says("HTTP basic auth for the API")
