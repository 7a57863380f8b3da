from pathlib import Path

import pytest

from mautic_bootstrap.errors import EnvFileError
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.kept_user import KeptUser
from mautic_bootstrap.run import State
from mautic_bootstrap.stages import app_env
from unit.fakes import RIGHTS, NewRun

_URL, _OTHER = "http://localhost:8080", "http://localhost:9090"


def _env(url: str, number: int) -> str:
    lines = (f"MAUTIC_API_URL={url}", f"MAUTIC_CLIENT_ID={number}_id")
    return "\n".join([*lines, f"MAUTIC_CLIENT_SECRET=secret-{number}", ""])


@pytest.mark.parametrize(
    ("url", "name", "rights"),
    [(_OTHER, "app", RIGHTS), (_URL, "other", RIGHTS), (_URL, "app", "admin"), (_URL, "app", "")],
)
def test_a_client_kept_for_another_mautic_or_name_or_with_other_rights_is_not_written(
    new_run: NewRun, url: str, name: str, rights: str
) -> None:
    run = new_run()
    KeptClient(url, name, "1_id", "secret-1", rights).save(run.secrets)
    with pytest.raises(EnvFileError, match="saw nothing handed over"):
        app_env.run(run, State())
    assert not run.env_path.exists()


def test_credentials_of_another_mautic_are_not_left_beside_a_new_url(
    new_run: NewRun, tmp_path: Path
) -> None:
    file = tmp_path / ".env"
    file.write_text(_env(_OTHER, 1))
    with pytest.raises(EnvFileError, match="saw nothing handed over"):
        app_env.run(new_run(), State())
    assert file.read_text() == _env(_OTHER, 1)


def test_credentials_in_place_stay_where_the_kept_client_has_other_rights(
    new_run: NewRun, tmp_path: Path
) -> None:
    file = tmp_path / ".env"
    file.write_text(_env(_URL, 1))
    run = new_run()
    KeptClient(_URL, "app", "2_id", "secret-2", "admin").save(run.secrets)
    app_env.run(run, State())
    assert file.read_text() == _env(_URL, 1)


@pytest.mark.parametrize(
    ("url", "username"), [(_OTHER, "mautic-bootstrap-app"), (_URL, "mautic-bootstrap-other")]
)
def test_a_user_kept_for_another_mautic_or_client_is_not_written(
    new_run: NewRun, url: str, username: str
) -> None:
    run = new_run(app_env_auth="basic")
    KeptUser(url, username, "user-password").save(run.secrets)
    with pytest.raises(EnvFileError, match="saw nothing handed over"):
        app_env.run(run, State())
    assert not run.env_path.exists()


def test_the_client_kept_for_this_mautic_replaces_them(new_run: NewRun, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(_env(_OTHER, 1))
    run = new_run()
    KeptClient(_URL, "app", "2_id", "secret-2", RIGHTS).save(run.secrets)
    assert app_env.run(run, State()).changed
    assert file.read_text() == _env(_URL, 2)
