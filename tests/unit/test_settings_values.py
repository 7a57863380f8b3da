"""What each setting may hold, and what becomes of it."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from mautic_bootstrap.api.credentials import BasicCredentials, OAuth2Credentials, StaticToken
from mautic_bootstrap.errors import SettingsError
from mautic_bootstrap.settings import MauticSettings
from unit.settings_given import CLIENT, GOOD, SECRET, problems, settings


def test_every_variable_can_be_set(tmp_path: Path) -> None:
    given = GOOD | {
        "MAUTIC_ENVIRONMENT": "development",
        "MAUTIC_TIMEOUT_SECONDS": "2.5",
        "MAUTIC_RATE_LIMIT_PER_HOUR": "2000",
        "MAUTIC_RATE_LIMIT_STORE": str(tmp_path / "limits"),
        "MAUTIC_RATE_LIMIT_RESERVE": "0",
        "MAUTIC_USER_AGENT": "my app/1.0",
        "MAUTIC_TOKEN_CACHE": str(tmp_path / "cache"),
        "MAUTIC_HEALTH_CALLS_PER_HOUR": "0",
    }
    seen = settings(given)
    assert seen.environment == "development"
    assert seen.timeout_seconds == 2.5
    assert seen.rate_limit_per_hour == 2000
    assert seen.rate_limit_store == tmp_path / "limits"
    assert seen.rate_limit_reserve == 0
    assert seen.user_agent == "my app/1.0"
    assert seen.token_cache == tmp_path / "cache"
    assert seen.health_calls_per_hour == 0


def test_a_client_authenticates_by_oauth2() -> None:
    assert settings(GOOD).credentials == OAuth2Credentials("1_public", SecretStr(SECRET))


def test_a_user_authenticates_by_basic_auth() -> None:
    user = {"MAUTIC_USERNAME": "ada l", "MAUTIC_PASSWORD": SECRET}
    seen = settings({"MAUTIC_API_URL": "https://mautic.example.com"} | user)
    assert seen.credentials == BasicCredentials("ada l", SecretStr(SECRET))


def test_a_token_authenticates_by_itself() -> None:
    token = {"MAUTIC_API_URL": "https://mautic.example.com", "MAUTIC_API_TOKEN": SECRET}
    assert settings(token).credentials == StaticToken(SecretStr(SECRET))


def test_the_base_url_takes_its_one_form() -> None:
    given = CLIENT | {"MAUTIC_API_URL": " https://Mautic.Example.com/crm/api/ "}
    assert settings(given).api_url == "https://mautic.example.com/crm"


@pytest.mark.parametrize(
    ("url", "environment"),
    [
        ("http://localhost:8080", "production"),
        ("http://127.0.0.1", "production"),
        ("http://[::1]:8080", "production"),
        ("https://mautic.example.com", "production"),
        ("http://mautic.internal:8080", "development"),
    ],
)
def test_clear_text_stays_on_this_machine_or_in_development(url: str, environment: str) -> None:
    given = CLIENT | {"MAUTIC_API_URL": url, "MAUTIC_ENVIRONMENT": environment}
    assert settings(given).api_url == url


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://user:canary@redis.example.com:6379/0",
        "rediss://:canary@[::1]/2?timeout=5",
        "unix:///run/redis.sock?db=1",
    ],
)
def test_the_budget_can_be_kept_in_redis(url: str) -> None:
    store = settings(GOOD | {"MAUTIC_RATE_LIMIT_STORE": url}).rate_limit_store
    assert isinstance(store, SecretStr)
    assert store.get_secret_value() == url


def test_paths_may_begin_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    given = {"MAUTIC_RATE_LIMIT_STORE": "~/l.db", "MAUTIC_TOKEN_CACHE": "~/tokens"}
    seen = settings(GOOD | given)
    assert seen.rate_limit_store == tmp_path / "l.db"
    assert seen.token_cache == tmp_path / "tokens"


@pytest.mark.parametrize("off", ["off", "OFF"])
def test_the_token_cache_can_be_off(off: str) -> None:
    assert settings(GOOD | {"MAUTIC_TOKEN_CACHE": off}).token_cache is None


def test_without_any_home_the_token_cache_is_off_and_the_budget_needs_a_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 987654)
    monkeypatch.delenv("HOME")
    with pytest.raises(SettingsError) as caught:
        MauticSettings.from_env(None, environ=GOOD)
    assert caught.value.problems == [
        "MAUTIC_RATE_LIMIT_STORE is not set, and its default needs a home folder: Set XDG_STATE_HOME."
    ]
    seen = MauticSettings.from_env(None, environ=GOOD | {"MAUTIC_RATE_LIMIT_STORE": "/run/l.db"})
    assert seen.token_cache is None


def test_keys_of_the_token_cache_are_a_list_newest_first() -> None:
    new, old = "n" * 43 + "=", "o" * 43 + "="
    seen = settings(GOOD | {"MAUTIC_TOKEN_CACHE_KEY": f"{new}, {old}"})
    assert [key.get_secret_value() for key in seen.token_cache_key] == [new, old]


def test_a_limit_of_zero_is_none_and_takes_any_reserve() -> None:
    assert settings(GOOD | {"MAUTIC_RATE_LIMIT_PER_HOUR": "0"}).rate_limit_reserve == 10
    assert problems(GOOD | {"MAUTIC_RATE_LIMIT_PER_HOUR": "10"}) != []
