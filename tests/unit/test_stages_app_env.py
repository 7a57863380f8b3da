from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mautic_bootstrap.env.credentials import read_values
from mautic_bootstrap.errors import EnvFileError
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.kept_user import KeptUser
from mautic_bootstrap.run import Run, State
from mautic_bootstrap.stages import app_env
from unit.fakes import RIGHTS, NewRun

_URL = "http://localhost:8080"
_CLIENT = KeptClient(_URL, "app", "1_id", "secret-1", RIGHTS)
_CLIENT_VALUES = {
    "MAUTIC_API_URL": _URL,
    "MAUTIC_CLIENT_ID": "1_id",
    "MAUTIC_CLIENT_SECRET": "secret-1",
}
_TOKEN_VALUES = {"MAUTIC_API_URL": _URL, "MAUTIC_API_TOKEN": "token-1"}
_PASSWORD = {"mautic_admin_password": "gorse-lantern-42-quietly"}
_USER_VALUES = {
    "MAUTIC_API_URL": _URL,
    "MAUTIC_USERNAME": "mautic-bootstrap-app",
    "MAUTIC_PASSWORD": "password-1",
}
_ADMIN_VALUES = {
    "MAUTIC_API_URL": _URL,
    "MAUTIC_USERNAME": "admin",
    "MAUTIC_PASSWORD": "gorse-lantern-42-quietly",
}
_AS_ADMIN = {"app_env_auth": "basic", "mautic_api_privileges": "admin"}


def _write_env(root: Path, values: dict[str, str]) -> None:
    (root / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    (root / ".env").chmod(0o600)


def _handed_over(new_run: NewRun, client: KeptClient = _CLIENT, **values: Any) -> Run:
    run = new_run(**values)
    replace(client, base_url=run.variables.mautic_url).save(run.secrets)
    return run


def test_the_client_is_written_and_no_second_copy_stays(new_run: NewRun, tmp_path: Path) -> None:
    run = _handed_over(new_run)
    result = app_env.run(run, State())
    assert result.changed
    assert result.message == f"{tmp_path / '.env'} was written"
    assert read_values(run.env_path) == _CLIENT_VALUES
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert KeptClient.load(run.secrets) is None
    assert "secret-1" not in repr(result)


def test_a_second_run_changes_nothing(new_run: NewRun, tmp_path: Path) -> None:
    app_env.run(_handed_over(new_run), State())
    before = (tmp_path / ".env").stat()
    result = app_env.run(new_run(), State(settled=True))
    assert not result.changed
    assert result.message == f"{tmp_path / '.env'} was left as it is"
    assert (tmp_path / ".env").stat() == before


def _user_handed_over(new_run: NewRun, url: str = _URL, **values: Any) -> Run:
    run = new_run(app_env_auth="basic", **values)
    KeptUser(url, "mautic-bootstrap-app", "password-1").save(run.secrets)
    return run


def test_the_user_with_limited_rights_is_written_for_basic_auth_and_no_second_copy_stays(
    new_run: NewRun,
) -> None:
    run = _user_handed_over(new_run, **_PASSWORD)
    result = app_env.run(run, State())
    assert read_values(run.env_path) == _USER_VALUES
    assert KeptUser.load(run.secrets) is None
    assert "password-1" not in repr(result)


@pytest.mark.parametrize("state", [State(user_in_env=True), State(settled=True)])
def test_a_user_who_goes_on_working_keeps_its_password(new_run: NewRun, state: State) -> None:
    app_env.run(_user_handed_over(new_run), State())
    result = app_env.run(new_run(app_env_auth="basic", **_PASSWORD), state)
    assert not result.changed
    assert read_values(new_run().env_path) == _USER_VALUES


def test_a_user_of_another_mautic_is_not_written(new_run: NewRun, tmp_path: Path) -> None:
    run = _user_handed_over(new_run, "http://localhost:8081")
    with pytest.raises(EnvFileError) as caught:
        app_env.run(run, State())
    assert "expected MAUTIC_USERNAME, MAUTIC_PASSWORD from the stage before" in str(caught.value)
    assert not (tmp_path / ".env").exists()


def test_the_admin_is_written_for_basic_auth_only_where_that_is_asked_for(new_run: NewRun) -> None:
    run = new_run(**_AS_ADMIN, **_PASSWORD)
    app_env.run(run, State())
    assert read_values(run.env_path) == _ADMIN_VALUES


def test_a_generated_password_is_written_for_basic_auth(new_run: NewRun) -> None:
    run = new_run(mautic_admin_username="boss", **_AS_ADMIN)
    run.secrets.write("admin_password", "generated-one")
    app_env.run(run, State())
    written = read_values(run.env_path)
    assert (written["MAUTIC_USERNAME"], written["MAUTIC_PASSWORD"]) == ("boss", "generated-one")


def test_a_token_is_written_and_what_renews_it_stays_without_the_token(new_run: NewRun) -> None:
    run = _handed_over(new_run, _CLIENT.with_token("token-1", 3600), app_env_auth="token")
    app_env.run(run, State())
    assert read_values(run.env_path) == _TOKEN_VALUES
    kept = KeptClient.load(run.secrets)
    assert kept is not None
    assert (kept.secret, kept.token, kept.token_lifetime_s) == ("secret-1", "", 3600)


def test_another_way_to_authenticate_replaces_the_one_before(new_run: NewRun) -> None:
    app_env.run(_handed_over(new_run), State())
    run = _user_handed_over(new_run)
    app_env.run(run, State())
    assert read_values(run.env_path) == _USER_VALUES


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ({}, {}),
        ({"app_user_agent": "shop/1.0"}, {"MAUTIC_USER_AGENT": "shop/1.0"}),
        (
            {
                "mautic_url": "http://mautic.example.com",
                "mautic_allow_insecure_http": True,
                "mautic_manage_containers": False,
            },
            {"MAUTIC_API_URL": "http://mautic.example.com", "MAUTIC_ENVIRONMENT": "development"},
        ),
        (
            {"mautic_url": "https://example.com/crm/s/", "mautic_manage_containers": False},
            {"MAUTIC_API_URL": "https://example.com/crm"},
        ),
    ],
)
def test_what_is_no_secret_is_written_only_where_it_differs_from_its_default(
    new_run: NewRun, values: dict[str, Any], written: dict[str, str]
) -> None:
    run = _handed_over(new_run, **values)
    app_env.run(run, State())
    assert read_values(run.env_path) == _CLIENT_VALUES | written


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({}, "MAUTIC_CLIENT_ID, MAUTIC_CLIENT_SECRET"),
        ({"app_env_auth": "token"}, "MAUTIC_API_TOKEN"),
        ({"app_env_auth": "basic"}, "MAUTIC_USERNAME, MAUTIC_PASSWORD"),
        (_AS_ADMIN, "MAUTIC_PASSWORD"),
    ],
)
def test_nothing_handed_over_is_an_error_that_names_the_stage_before(
    new_run: NewRun, tmp_path: Path, values: dict[str, Any], missing: str
) -> None:
    with pytest.raises(EnvFileError) as caught:
        app_env.run(new_run(**values), State())
    assert str(caught.value) == (
        f"write {tmp_path / '.env'}: expected {missing} from the stage before, saw nothing handed over."
        " Run the whole playbook, or the tag mautic_api_access first."
    )
    assert not (tmp_path / ".env").exists()


def test_credentials_already_there_stay_where_nothing_was_handed_over(
    new_run: NewRun, tmp_path: Path
) -> None:
    _write_env(tmp_path, _CLIENT_VALUES | {"FOREIGN": "x"})
    app_env.run(new_run(app_user_agent="shop/1.0"), State())
    assert read_values(tmp_path / ".env") == _CLIENT_VALUES | {"MAUTIC_USER_AGENT": "shop/1.0"}
    assert "FOREIGN=x\n" in (tmp_path / ".env").read_text()


def test_a_file_others_can_read_is_tightened_and_told(new_run: NewRun, tmp_path: Path) -> None:
    app_env.run(_handed_over(new_run), State())
    (tmp_path / ".env").chmod(0o644)
    planned = app_env.run(new_run(check=True), State(settled=True))
    assert planned.changed
    assert planned.warnings == [
        f"{tmp_path / '.env'} could be read by other users; it would be tightened to 0600"
    ]
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o644
    done = app_env.run(new_run(), State(settled=True))
    assert done.changed
    assert done.warnings == [
        f"{tmp_path / '.env'} could be read by other users; it was tightened to 0600"
    ]
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("written", "values", "state", "changed"),
    [
        ({}, {}, State(installed=False), True),
        (_CLIENT_VALUES, {}, State(settled=True), False),
        (_CLIENT_VALUES, {}, State(installed=True, client_in_env=True), False),
        (_CLIENT_VALUES, {}, State(installed=True, facts={"client_id": "1_id"}), True),
        (_CLIENT_VALUES, {}, State(installed=True, facts={"client_id": "2_id"}), True),
        (_CLIENT_VALUES, {}, State(installed=False), True),
        (_CLIENT_VALUES, {}, State(differences=["web: exited -> running"]), False),
        ({}, {}, State(differences=["web: exited -> running"]), True),
        (_TOKEN_VALUES, {"app_env_auth": "token"}, State(installed=True), True),
        (_TOKEN_VALUES, {"app_env_auth": "token"}, State(settled=True), False),
        (_ADMIN_VALUES, _AS_ADMIN | _PASSWORD, State(installed=True), False),
        (_ADMIN_VALUES, _AS_ADMIN, State(installed=False), True),
        (_ADMIN_VALUES, {"app_env_auth": "basic"} | _PASSWORD, State(installed=True), True),
        (_USER_VALUES, {"app_env_auth": "basic"}, State(installed=True), True),
        (_USER_VALUES, {"app_env_auth": "basic"}, State(installed=True, user_in_env=True), False),
        (_USER_VALUES, {"app_env_auth": "basic"}, State(differences=["web: exited"]), False),
        (_USER_VALUES, {"app_env_auth": "basic"}, State(installed=False), True),
    ],
)
def test_check_mode_says_whether_a_real_run_would_write(
    *,
    new_run: NewRun,
    tmp_path: Path,
    written: dict[str, str],
    values: dict[str, Any],
    state: State,
    changed: bool,
) -> None:
    if written:
        _write_env(tmp_path, {})
        if "MAUTIC_CLIENT_ID" in written:
            app_env.run(_handed_over(new_run), State())
        elif "MAUTIC_API_TOKEN" in written:
            client = _CLIENT.with_token("token-1", 3600)
            app_env.run(_handed_over(new_run, client, app_env_auth="token"), State())
        elif written == _USER_VALUES:
            app_env.run(_user_handed_over(new_run), State())
        else:
            app_env.run(new_run(**_AS_ADMIN, **_PASSWORD), State())
        assert read_values(tmp_path / ".env") == written
    before = (tmp_path / ".env").read_bytes() if written else None
    result = app_env.run(new_run(check=True, **values), state)
    assert result.changed is changed
    assert result.message == f"{tmp_path / '.env'} would be " + (
        "written" if changed else "left as it is"
    )
    assert ((tmp_path / ".env").read_bytes() if written else None) == before


def test_a_plan_shows_what_is_known_and_masks_what_is_secret(new_run: NewRun) -> None:
    run = new_run(check=True, **_PASSWORD)
    result = app_env.run(run, State(installed=True, facts={"client_id": "7_id"}))
    assert "MAUTIC_CLIENT_ID=7_id" in result.after
    assert f"MAUTIC_API_URL={_URL}" in result.after
    assert "made-by-the-run" not in result.after


def test_secrets_others_could_read_are_tightened_and_told(new_run: NewRun) -> None:
    run = _handed_over(new_run)
    run.secrets.write("admin_password", "generated-one")
    (run.secrets.path / "admin_password").chmod(0o644)
    result = app_env.run(run, State())
    assert result.warnings == [f"{run.secrets.path} could be read by other users; it was tightened"]
    assert (run.secrets.path / "admin_password").stat().st_mode & 0o777 == 0o600


def test_a_fresh_token_in_place_leaves_its_kept_client_alone(new_run: NewRun) -> None:
    run = _handed_over(new_run, _CLIENT.with_token("token-1", 3600), app_env_auth="token")
    app_env.run(run, State())
    file = run.secrets.path / "client.json"
    before = file.stat()
    assert not app_env.run(run, State(settled=True)).changed
    assert file.stat() == before
