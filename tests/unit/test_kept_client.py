import json
import time

import pytest
from pydantic import SecretStr

from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.run import Run
from unit.fakes import RIGHTS, NewRun

_CLIENT = KeptClient("http://localhost:8080", "app", "1_id", "hidden-secret", RIGHTS)


@pytest.fixture
def run(new_run: NewRun) -> Run:
    return new_run()


def test_a_client_is_kept_readable_by_this_user_alone_until_it_is_forgotten(run: Run) -> None:
    _CLIENT.save(run.secrets)
    file = run.secrets.path / "client.json"
    assert KeptClient.load(run.secrets) == _CLIENT
    assert file.stat().st_mode & 0o777 == 0o600
    KeptClient.forget(run.secrets)
    assert KeptClient.load(run.secrets) is None
    KeptClient.forget(run.secrets)


@pytest.mark.parametrize(
    "content", ["", "no JSON", "null", "[]", "{}", '{"name": "app"}', '{"more": 1, "name": "app"}']
)
def test_a_damaged_file_is_no_client(run: Run, content: str) -> None:
    run.secrets.write("client.json", content)
    assert KeptClient.load(run.secrets) is None


@pytest.mark.parametrize(
    ("url", "name", "rights", "is_for"),
    [
        ("http://localhost:8080", "app", RIGHTS, True),
        ("http://localhost:8081", "app", RIGHTS, False),
        ("http://localhost:8080", "other", RIGHTS, False),
        ("http://localhost:8080", "app", "admin", False),
        ("http://localhost:8080", "app", "lead:leads viewown", False),
        ("http://localhost:8080", "app", "", False),
    ],
)
def test_a_client_is_for_one_name_in_one_mautic_with_one_set_of_rights(
    url: str, name: str, rights: str, is_for: bool
) -> None:
    assert _CLIENT.is_for(url, name, rights) is is_for


def test_a_client_kept_by_a_version_that_noted_no_rights_is_for_none_that_are_asked_for(
    run: Run,
) -> None:
    _CLIENT.save(run.secrets)
    kept = json.loads((run.secrets.path / "client.json").read_text())
    assert kept.pop("rights") == RIGHTS
    run.secrets.write("client.json", json.dumps(kept))
    loaded = KeptClient.load(run.secrets)
    assert loaded is not None
    assert not loaded.is_for(*run.variables.asked_client)


def test_a_client_asks_for_tokens_with_its_id_and_secret() -> None:
    assert _CLIENT.credentials.client_id == "1_id"
    assert _CLIENT.credentials.client_secret.get_secret_value() == "hidden-secret"


@pytest.mark.parametrize(
    ("age_s", "fresh"), [(0, True), (1799, True), (1800, False), (3600, False), (-60, False)]
)
def test_a_token_is_fresh_for_half_of_its_life(
    monkeypatch: pytest.MonkeyPatch, age_s: float, fresh: bool
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    client = _CLIENT.with_token("hidden-token", 3600)
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0 + age_s)
    assert client.holds_fresh_token(SecretStr("hidden-token")) is fresh


def test_another_token_is_never_fresh() -> None:
    client = _CLIENT.with_token("hidden-token", 3600)
    assert not client.holds_fresh_token(SecretStr("other"))
    assert not client.holds_fresh_token(SecretStr(""))
    assert not _CLIENT.holds_fresh_token(SecretStr(""))


def test_once_the_token_is_in_env_only_its_digest_stays(run: Run) -> None:
    client = _CLIENT.with_token("hidden-token", 3600)
    client.save(run.secrets)
    kept = json.loads((run.secrets.path / "client.json").read_text())
    assert kept["token"] == "hidden-token"
    assert kept["token_digest"] == client.token_digest
    assert "hidden" not in client.token_digest
