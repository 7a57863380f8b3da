import json

import pytest

from mautic_bootstrap.kept_user import KeptUser
from unit.fakes import NewRun

_USER = KeptUser("http://localhost:8080", "mautic-bootstrap-app", "hidden-password")


def test_a_user_is_kept_readable_by_this_user_alone_until_it_is_forgotten(new_run: NewRun) -> None:
    secrets = new_run().secrets
    _USER.save(secrets)
    file = secrets.path / "user.json"
    assert KeptUser.load(secrets) == _USER
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["password"] == "hidden-password"
    KeptUser.forget(secrets)
    assert KeptUser.load(secrets) is None
    KeptUser.forget(secrets)


@pytest.mark.parametrize(
    "content",
    ["", "no JSON", "null", "[]", "{}", '{"username": "app"}', '{"username": "app", "more": 1}'],
)
def test_a_damaged_file_is_no_user(new_run: NewRun, content: str) -> None:
    secrets = new_run().secrets
    secrets.write("user.json", content)
    assert KeptUser.load(secrets) is None


def test_the_last_one_kept_counts(new_run: NewRun) -> None:
    secrets = new_run().secrets
    _USER.save(secrets)
    other = KeptUser("http://localhost:8081", "mautic-bootstrap-shop", "another")
    other.save(secrets)
    assert KeptUser.load(secrets) == other
