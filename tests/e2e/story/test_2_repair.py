"""What was lost or broken is made whole by the next run, and nothing is made twice."""

import shutil

from container.docker_cli import docker
from e2e import curl
from e2e.admin_pages import AdminPages
from e2e.mautic import Mautic
from e2e.targets import ONCE

_EMAIL = "kept@example.com"


def test_a_deleted_env_is_repaired_by_adopting_the_client(mautic: Mautic) -> None:
    mautic.env_path.unlink()
    answer = mautic.play("--diff").ok(changed=1)
    answer.says(f"OAuth2 client app, id {mautic.env['MAUTIC_CLIENT_ID']}")
    answer.lacks(mautic.env["MAUTIC_CLIENT_SECRET"])
    with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
        assert pages.client_names() == ["app"]
    assert curl.token(mautic.env)


@ONCE
def test_the_verify_playbook_proves_todays_env_again(mautic: Mautic) -> None:
    answer = mautic.play(
        playbook="playbooks/verify.yml", app_env_path=mautic.env_path.name, mautic_url=mautic.url
    ).ok(changed=0)
    answer.says("GET /api/contacts 200", "GET /api/segments 200")
    assert mautic.recorder.calls == []


@ONCE
def test_a_broken_secret_fails_the_verification_and_is_repaired_by_the_next_run(
    mautic: Mautic,
) -> None:
    secret, text = mautic.env["MAUTIC_CLIENT_SECRET"], mautic.env_path.read_text()
    mautic.env_path.write_text("OTHER=1 # stays\n" + text.replace(secret, "garbled"))
    mautic.env_path.chmod(0o644)
    mautic.play(
        playbook="playbooks/verify.yml", app_env_path=mautic.env_path.name, mautic_url=mautic.url
    ).refused("HTTP 400", "The client credentials are invalid", "code: 51")
    mautic.play().ok(changed=1).says("could be read by other users; it was tightened to 0600")
    assert mautic.env["MAUTIC_CLIENT_SECRET"] == secret
    assert mautic.env_path.stat().st_mode & 0o777 == 0o600
    assert mautic.env_path.read_text().startswith("OTHER=1 # stays\n")


@ONCE
def test_stopped_containers_start_again_and_lost_database_passwords_are_read_back(
    mautic: Mautic,
) -> None:
    contact = curl.new_contact(mautic.env, _EMAIL)
    kept = {file.name: file.read_text() for file in mautic.secrets.iterdir()}
    docker("kill", mautic.web, f"{mautic.instance}-cron")
    shutil.rmtree(mautic.secrets)
    before = mautic.made()
    mautic.play().ok()
    assert not mautic.recorder.of("chromium")
    names = ("db_password", "db_root_password")
    found = {file.name: file.read_text() for file in mautic.secrets.iterdir()}
    assert found == {name: kept[name] for name in names}
    assert _ids(mautic.made()) == _ids(before)
    assert curl.get(mautic.env, f"/api/contacts/{contact}", curl.token(mautic.env))
    # For the tests that follow.
    (mautic.secrets / "admin_password").touch(mode=0o600)
    (mautic.secrets / "admin_password").write_text(kept["admin_password"])


@ONCE
def test_a_lost_admin_password_is_said_where_a_browser_is_needed(mautic: Mautic) -> None:
    file = mautic.secrets / "admin_password"
    password, env = file.read_text(), mautic.env_path.read_text()
    file.unlink()
    mautic.env_path.unlink()
    answer = mautic.play().refused("code: 33", "although Mautic is installed already")
    answer.says("Set mautic_admin_password, or restore the file admin_password")
    assert not mautic.recorder.of("chromium")
    assert not mautic.env_path.exists()
    file.touch(mode=0o600)
    file.write_text(password)
    mautic.env_path.touch(mode=0o600)
    mautic.env_path.write_text(env)


def _ids(made: dict[str, object]) -> dict[str, str]:
    containers = made["containers"]
    assert isinstance(containers, dict)
    return {name: identity for name, (identity, _started) in containers.items()}
