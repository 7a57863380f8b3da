"""The settings of the API client: where they come from, what they are by default."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from mautic_bootstrap import state_dir, variables
from mautic_bootstrap.api.credentials import OAuth2Credentials
from mautic_bootstrap.settings import DEFAULT_USER_AGENT, MauticSettings
from mautic_bootstrap.settings_problems import variable
from unit.settings_given import GOOD, SECRET, settings

_STATE = Path("/home/ada/.local/state/mautic-bootstrap")

# The names are fixed: renaming one, or changing a default, breaks the people who use it.
_FIXED = {
    "MAUTIC_API_URL": "https://mautic.example.com",
    "MAUTIC_CLIENT_ID": "1_public",
    "MAUTIC_CLIENT_SECRET": SecretStr(SECRET),
    "MAUTIC_API_TOKEN": None,
    "MAUTIC_USERNAME": None,
    "MAUTIC_PASSWORD": None,
    "MAUTIC_ENVIRONMENT": "production",
    "MAUTIC_TIMEOUT_SECONDS": 10.0,
    "MAUTIC_RATE_LIMIT_PER_HOUR": 100,
    "MAUTIC_RATE_LIMIT_STORE": _STATE / "limits.db",
    "MAUTIC_RATE_LIMIT_RESERVE": 10,
    "MAUTIC_USER_AGENT": variables.DEFAULT_USER_AGENT,
    "MAUTIC_CA_BUNDLE": None,
    "MAUTIC_TOKEN_CACHE": _STATE / "tokens",
    "MAUTIC_TOKEN_CACHE_KEY": (),
    "MAUTIC_HEALTH_CALLS_PER_HOUR": 4,
}


@pytest.fixture
def env(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_the_variables_and_their_defaults_are_the_fixed_ones() -> None:
    assert issubclass(MauticSettings, BaseSettings)
    assert {variable(field): value for field, value in settings(GOOD)} == _FIXED


def test_the_environment_wins_over_the_file(env: Path) -> None:
    env.write_text("MAUTIC_API_URL=https://file.example.com\nMAUTIC_TIMEOUT_SECONDS=3\n")
    seen = settings(GOOD, env)
    assert seen.api_url == "https://mautic.example.com"
    assert seen.timeout_seconds == 3


def test_an_empty_variable_of_the_environment_unsets_the_file_s(env: Path) -> None:
    env.write_text("MAUTIC_API_TOKEN=from-the-file\nMAUTIC_TIMEOUT_SECONDS=3\n")
    seen = settings(GOOD | {"MAUTIC_API_TOKEN": "", "MAUTIC_TIMEOUT_SECONDS": ""}, env)
    assert isinstance(seen.credentials, OAuth2Credentials)
    assert seen.timeout_seconds == 10


def test_an_empty_variable_of_the_file_is_not_set(env: Path) -> None:
    env.write_text("MAUTIC_API_TOKEN=\nMAUTIC_ENVIRONMENT=''\nMAUTIC_RATE_LIMIT_STORE\n")
    seen = settings(GOOD, env)
    assert (seen.api_token, seen.environment) == (None, "production")
    assert seen.rate_limit_store == _STATE / "limits.db"


def test_a_file_that_does_not_exist_is_fine(env: Path) -> None:
    assert settings(GOOD, env) == settings(GOOD, None) == settings(GOOD)


def test_by_default_the_process_s_environment_and_the_folder_s_env_file_are_read(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env.write_text("MAUTIC_CLIENT_ID=1_public\nMAUTIC_CLIENT_SECRET=from-the-file\n")
    monkeypatch.chdir(env.parent)
    monkeypatch.setenv("MAUTIC_API_URL", "https://mautic.example.com")
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    seen = MauticSettings.from_env()
    assert seen.credentials == OAuth2Credentials("1_public", SecretStr("from-the-file"))
    assert seen.token_cache == Path("/state/mautic-bootstrap/tokens")


def test_variables_of_mautic_itself_are_left_alone() -> None:
    foreign = {"MAUTIC_DB_PASSWORD": "x", f"{'MAUTIC'}_CLIENT_SECRT": "x"}
    assert settings(GOOD | foreign) == settings(GOOD)


def test_made_by_keywords_it_reads_neither_environment_nor_file(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env.write_text("MAUTIC_API_TOKEN=from-the-file\nMAUTIC_TIMEOUT_SECONDS=3\n")
    monkeypatch.chdir(env.parent)
    monkeypatch.setenv("MAUTIC_USERNAME", "admin")
    monkeypatch.setenv("MAUTIC_TIMEOUT_SECONDS", "4")
    seen = MauticSettings(
        api_url="https://mautic.example.com",
        client_id="1_public",
        client_secret=SecretStr(SECRET),
    )
    assert isinstance(seen.credentials, OAuth2Credentials)
    assert seen.timeout_seconds == 10


def test_an_empty_keyword_or_none_is_not_set() -> None:
    seen = MauticSettings(
        api_url="https://mautic.example.com",
        client_id="1_public",
        client_secret=SecretStr(SECRET),
        api_token=SecretStr(""),
        username="",
        password=None,
        user_agent="",
    )
    assert isinstance(seen.credentials, OAuth2Credentials)
    assert seen.user_agent == DEFAULT_USER_AGENT


def test_keywords_may_hold_their_own_types(tmp_path: Path) -> None:
    seen = MauticSettings(
        api_url="http://localhost:8080",
        username="admin",
        password=SecretStr(SECRET),
        rate_limit_store=tmp_path / "limits.db",
        token_cache=None,
        token_cache_key=(SecretStr("x" * 43 + "="),),
        ca_bundle=None,
    )
    assert seen.rate_limit_store == tmp_path / "limits.db"
    assert seen.token_cache is None
    assert [key.get_secret_value() for key in seen.token_cache_key] == ["x" * 43 + "="]


def test_by_keywords_the_state_folder_is_the_one_of_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    seen = MauticSettings(api_url="http://localhost", api_token=SecretStr("token"))
    assert seen.rate_limit_store == Path("/state/mautic-bootstrap/limits.db")
    assert seen.token_cache == Path("/state/mautic-bootstrap/tokens")


def test_settings_cannot_be_changed() -> None:
    seen = settings(GOOD)
    with pytest.raises(
        AttributeError, match="timeout_seconds cannot be set: settings do not change"
    ):
        seen.timeout_seconds = 5
    assert seen.timeout_seconds == 10


def test_equal_settings_are_equal_and_can_be_keys() -> None:
    assert {settings(GOOD): 1}[settings(GOOD)] == 1


def test_reading_settings_makes_nothing(tmp_path: Path) -> None:
    settings(GOOD | {"HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_the_user_agent_is_the_one_of_the_playbooks() -> None:
    assert variables.DEFAULT_USER_AGENT == DEFAULT_USER_AGENT


def test_the_state_folder_s_defaults_are_what_the_state_folder_says() -> None:
    environ = GOOD | {"XDG_STATE_HOME": "/state", "HOME": "/home/ada"}
    seen = settings(environ)
    assert isinstance(seen.rate_limit_store, Path)
    assert seen.rate_limit_store.parent == state_dir.location(environ)


def test_importing_it_needs_nothing_of_the_extras() -> None:
    code = (
        "import sys, mautic_bootstrap.settings as _;"
        " extras = {'ansible', 'cryptography', 'jinja2', 'playwright', 'redis', 'sqlite3', 'starlette', 'zxcvbn'};"
        " sys.exit(', '.join(extras & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
