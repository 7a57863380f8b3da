"""The endpoint's own setting beside the client's."""

from pathlib import Path

import pytest

from mautic_bootstrap.errors import EnvFileError, SettingsError
from mautic_bootstrap.health.settings import HealthSettings
from mautic_bootstrap.settings import MauticSettings
from unit.health_support import TOKEN

CLIENT = (
    "MAUTIC_API_URL=https://mautic.example.com\nMAUTIC_CLIENT_ID=1_id\nMAUTIC_CLIENT_SECRET=s-1\n"
)


@pytest.fixture(autouse=True)
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file, of a good client without a token, in the folder that the test is in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAUTIC_HEALTH_TOKEN", raising=False)
    path = tmp_path / ".env"
    path.write_text(CLIENT)
    return path


def token() -> str | None:
    secret = HealthSettings.from_env().token
    return secret.get_secret_value() if secret else None


def misspelt(name: str) -> str:
    return name.replace("E", "", 1)


def test_there_need_not_be_a_token() -> None:
    assert token() is None


def test_it_stands_in_the_file_or_in_the_environment_which_wins(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env.write_text(f"{CLIENT}MAUTIC_HEALTH_TOKEN={TOKEN}\n")
    assert token() == TOKEN
    monkeypatch.setenv("MAUTIC_HEALTH_TOKEN", f"{TOKEN}-2")
    assert token() == f"{TOKEN}-2"
    monkeypatch.setenv("MAUTIC_HEALTH_TOKEN", "")
    assert token() is None


def test_the_client_alone_does_not_mind_it(env: Path) -> None:
    env.write_text(f"{CLIENT}MAUTIC_HEALTH_TOKEN={TOKEN}\n")
    assert MauticSettings.from_env(env).api_url == "https://mautic.example.com"


@pytest.mark.parametrize("bad", ["fifteen-letters", "with a blank in it", "ümlaute-in-the-token"])
def test_a_token_that_can_be_guessed_or_not_be_sent_is_refused(
    monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    monkeypatch.setenv("MAUTIC_HEALTH_TOKEN", bad)
    with pytest.raises(SettingsError) as caught:
        HealthSettings.from_env()
    assert caught.value.problems == [
        "MAUTIC_HEALTH_TOKEN is not valid; it needs at least 16 letters, digits or -._~+/"
    ]
    assert caught.value.__context__ is None
    for entry in caught.traceback[1:]:
        assert bad not in repr(entry.locals), entry.name


def test_all_problems_come_at_once(env: Path) -> None:
    env.write_text("MAUTIC_HEALTH_TOKEN=short\nMAUTIC_CLIENT_ID=1_id\n")
    with pytest.raises(SettingsError) as caught:
        HealthSettings.from_env()
    names = [problem.split()[0] for problem in caught.value.problems]
    assert names == ["MAUTIC_API_URL", "MAUTIC_CLIENT_SECRET", "MAUTIC_HEALTH_TOKEN"]


def test_a_misspelt_name_in_the_file_is_a_problem(env: Path) -> None:
    env.write_text(f"{CLIENT}{misspelt('MAUTIC_HEALTH_TOKEN')}={TOKEN}\n")
    with pytest.raises(SettingsError, match="did you mean MAUTIC_HEALTH_TOKEN") as caught:
        HealthSettings.from_env()
    assert len(caught.value.problems) == 1


def test_a_problem_of_the_file_is_told_once(env: Path) -> None:
    env.write_text(f"{CLIENT}{misspelt('MAUTIC_CLIENT_SECRET')}=x\nMAUTIC_USER_AGENT='open\n")
    with pytest.raises(SettingsError) as caught:
        HealthSettings.from_env()
    assert len(caught.value.problems) == 2


def test_a_file_that_is_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(EnvFileError, match="saw nothing"):
        HealthSettings.from_env(tmp_path / "other.env")


def test_the_token_does_not_show(env: Path) -> None:
    env.write_text(f"{CLIENT}MAUTIC_HEALTH_TOKEN={TOKEN}\n")
    settings = HealthSettings.from_env()
    assert TOKEN not in repr(settings)
    assert TOKEN not in str(settings)
