"""No text that settings or their errors have ever shows a secret."""

import copy
import json
import logging
import pickle
import traceback
from pathlib import Path

import pytest

from mautic_bootstrap.errors import BootstrapError, SettingsError
from mautic_bootstrap.settings import MauticSettings
from unit.settings_given import GOOD, settings

CANARY = "canary-0123456789"
KEY = "canary-".ljust(43, "k") + "="
ALL = {
    "MAUTIC_API_URL": "https://mautic.example.com",
    "MAUTIC_CLIENT_ID": "1_public",
    "MAUTIC_CLIENT_SECRET": CANARY,
    "MAUTIC_RATE_LIMIT_STORE": f"redis://:{CANARY}@redis.example.com/0",
    "MAUTIC_TOKEN_CACHE_KEY": KEY,
}
BROKEN = [
    {"MAUTIC_API_URL": f"https://ada:{CANARY}@mautic.example.com"},
    {"MAUTIC_API_URL": f"https://mautic.example.com?{CANARY}"},
    {"MAUTIC_CLIENT_SECRET": f"{CANARY}\n"},
    {"MAUTIC_API_TOKEN": f"{CANARY} {CANARY}"},
    {"MAUTIC_PASSWORD": CANARY},
    {"MAUTIC_RATE_LIMIT_STORE": f"mysql://:{CANARY}@host"},
    {"MAUTIC_RATE_LIMIT_STORE": f"redis://:{CANARY}@host:{CANARY}"},
    {"MAUTIC_RATE_LIMIT_STORE": f":{CANARY}@redis.example.com:6379/0"},
    {"MAUTIC_USERNAME": f"ada:{CANARY}"},
    {"MAUTIC_TOKEN_CACHE_KEY": CANARY},
    {"MAUTIC_TOKEN_CACHE_KEY": f"{KEY},{CANARY}"},
    {"MAUTIC_TIMEOUT_SECONDS": "ten"},
]


def texts_of(error: BaseException) -> str:
    """Return everything that is ever printed of an error: with local variables, as crash reporters do."""
    seen = traceback.TracebackException.from_exception(error, capture_locals=True)
    pieces = [*seen.format(), str(error), repr(error), repr(vars(error))]
    if isinstance(error, BootstrapError):
        pieces += [error.diagnostics(), repr(error.details())]
    return "\n".join(pieces)


def test_settings_show_no_secret() -> None:
    seen = settings(ALL)
    for text in (repr(seen), str(seen), seen.model_dump_json(), repr(seen.model_dump())):
        assert "canary" not in text
    assert "canary" not in repr(seen.credentials)
    assert "canary" not in json.dumps(seen.model_dump(), default=str)


def test_a_refused_assignment_shows_no_secret() -> None:
    with pytest.raises(AttributeError) as caught:
        settings(ALL).client_secret = CANARY  # type: ignore[assignment]  # as people do
    assert str(caught.value) == "client_secret cannot be set: settings do not change"


def test_copies_hide_and_keep_the_secrets() -> None:
    seen = settings(ALL)
    for other in (copy.deepcopy(seen), pickle.loads(pickle.dumps(seen))):  # noqa: S301  # our own bytes
        assert other == seen
        assert "canary" not in repr(other)


@pytest.mark.parametrize("broken", BROKEN)
def test_no_problem_shows_a_secret_of_the_environment(
    broken: dict[str, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name, value in (ALL | broken).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        MauticSettings.from_env(None)
    # This test's own frame holds the values, of course; everything below it is to be clean.
    error = caught.value.with_traceback(caught.tb.tb_next)
    assert error.__context__ is None
    assert caplog.text == ""
    text = texts_of(error)
    assert "settings.py" in text
    assert "canary" not in text


@pytest.mark.parametrize("broken", BROKEN)
def test_no_problem_shows_a_secret_of_the_file(broken: dict[str, str], tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text("".join(f'{name}="{value}"\n' for name, value in (ALL | broken).items()))
    with pytest.raises(SettingsError) as caught:
        settings({}, env)
    assert "canary" not in texts_of(caught.value.with_traceback(caught.tb.tb_next))


def test_a_file_that_is_no_utf_8_shows_nothing_of_itself(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_bytes(f"MAUTIC_PASSWORD={CANARY}".encode() + b"\xff")
    with pytest.raises(BootstrapError) as caught:
        settings(GOOD, env)
    assert CANARY not in texts_of(caught.value.with_traceback(caught.tb.tb_next))
