"""The same Mautic as one that already runs: reached by its URL alone, on a machine without Docker."""

import json
from dataclasses import replace
from pathlib import Path

from e2e import curl
from e2e.admin_pages import AdminPages
from e2e.mautic import Mautic
from e2e.playbook import Answer
from e2e.recorder import path_without
from e2e.targets import ONCE, ONE_REHEARSAL
from mautic_bootstrap.env.credentials import ENV_NAMES

_TEN_MINUTES_S = 600


@ONE_REHEARSAL
def test_an_existing_mautic_needs_no_docker_and_no_container_is_touched(
    mautic: Mautic, tmp_path: Path
) -> None:
    made = mautic.made()
    nowhere = {
        "PATH": path_without("docker", tmp_path / "bin"),
        "DOCKER_HOST": f"unix://{tmp_path}/none.sock",
    }
    answer = _play(mautic, environment=nowhere).ok()
    assert answer.changed > 0
    assert _env(mautic)["MAUTIC_CLIENT_ID"] == mautic.env["MAUTIC_CLIENT_ID"]
    assert _env_path(mautic).stat().st_mode & 0o777 == 0o600
    with mautic.requests() as requests:
        _play(mautic, environment=nowhere).ok(changed=0)
    assert {r for r in requests if not r.startswith("GET ")} == {"POST /oauth/v2/token"}
    assert mautic.made() == made


@ONCE
def test_basic_auth_is_switched_on_where_the_application_wants_it(mautic: Mautic) -> None:
    _play(mautic, app_env_auth="basic").ok().says("HTTP basic auth for the API")
    assert set(_env(mautic)) == {"MAUTIC_API_URL", "MAUTIC_USERNAME", "MAUTIC_PASSWORD"}
    assert int(curl.get_basic(_env(mautic), "/api/contacts")["total"]) >= 0


@ONCE
def test_a_token_alone_is_written_and_kept_while_it_is_fresh(mautic: Mautic) -> None:
    _play(mautic, app_env_auth="token").ok()
    assert set(_env(mautic)) == {"MAUTIC_API_URL", "MAUTIC_API_TOKEN"}
    token = _env(mautic)["MAUTIC_API_TOKEN"]
    assert curl.get(_env(mautic), "/api/contacts", token)
    _play(mautic, app_env_auth="token").ok(changed=0)
    assert _env(mautic)["MAUTIC_API_TOKEN"] == token
    assert _kept(mautic).stat().st_mode & 0o777 == 0o600
    assert token not in _kept(mautic).read_text()


@ONCE
def test_a_token_past_half_its_life_is_renewed_without_a_browser(mautic: Mautic) -> None:
    token, kept = _env(mautic)["MAUTIC_API_TOKEN"], json.loads(_kept(mautic).read_text())
    kept["token_issued_at"] -= kept["token_lifetime_s"] / 2 + _TEN_MINUTES_S
    _kept(mautic).write_text(json.dumps(kept))
    _play(mautic, app_env_auth="token").ok(changed=1)
    assert not mautic.recorder.of("chromium")
    assert _env(mautic)["MAUTIC_API_TOKEN"] != token
    assert curl.get(_env(mautic), "/api/contacts", _env(mautic)["MAUTIC_API_TOKEN"])


@ONCE
def test_the_way_back_to_oauth2_leaves_basic_auth_on_and_no_second_copy(mautic: Mautic) -> None:
    _play(mautic).ok()
    assert _env(mautic).items() <= mautic.env.items()
    assert not _kept(mautic).exists()
    with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
        assert pages.client_names() == ["app"]
        assert pages.is_on("api_enable_basic_auth")
    _play(mautic, mautic_basic_auth=False).ok(changed=1).says("HTTP basic auth for the API")


def _play(mautic: Mautic, environment: dict[str, str] | None = None, **variables: object) -> Answer:
    """Run the playbook as the README says for a Mautic that already runs."""
    mautic.recorder.clear()
    login = {"MAUTIC_URL": mautic.url, "MAUTIC_ADMIN_PASSWORD": mautic.admin_password}
    checkout = replace(mautic.checkout, variables={"app_env_path": _env_path(mautic).name})
    answer = checkout.play(
        *("-i", "inventory/existing", "--diff"),
        playbook="bootstrap.yml",
        timeout_s=300,
        environment=login | (environment or {}),
        **variables,
    )
    assert not mautic.recorder.of("docker")
    return answer


def _env_path(mautic: Mautic) -> Path:
    return mautic.checkout.root / ".env.existing"


def _env(mautic: Mautic) -> dict[str, str]:
    values = mautic.read(_env_path(mautic))
    assert set(values) <= set(ENV_NAMES)
    return values


def _kept(mautic: Mautic) -> Path:
    return mautic.checkout.root / ".secrets" / "mautic" / "client.json"
