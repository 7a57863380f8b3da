"""`mautic-bootstrap env`: the settings' own verdict, and what an application would see."""

import os
from pathlib import Path

import pytest

from mautic_bootstrap.cli import main
from mautic_bootstrap.errors import SettingsError
from mautic_bootstrap.settings import MauticSettings
from mautic_bootstrap.settings_example import example
from mautic_bootstrap.variables import DEFAULT_USER_AGENT

CANARY = "canary-0123456789"
OAUTH2 = f"MAUTIC_API_URL=https://mautic.example.com\nMAUTIC_CLIENT_ID=1_public\nMAUTIC_CLIENT_SECRET={CANARY}\n"


@pytest.fixture(autouse=True)
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The `.env` of a folder that is the current one, in an environment that says nothing of Mautic."""
    for name in os.environ:
        if name.startswith("MAUTIC_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".env"


def table(out: str) -> dict[str, tuple[str, str]]:
    """Return value and source of each variable of a table."""
    rows = [line.split() for line in out.partition("\n\n")[0].splitlines()]
    return {row[0]: (" ".join(row[1:-1]), row[-1]) for row in rows}


def test_good_settings_are_shown_as_the_application_sees_them(
    env: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    env.write_text(f"{OAUTH2}MAUTIC_TIMEOUT_SECONDS=5\n")
    monkeypatch.setenv("MAUTIC_TIMEOUT_SECONDS", "2.5")
    monkeypatch.setenv("MAUTIC_RATE_LIMIT_STORE", f"redis://ada:{CANARY}@redis/0?password={CANARY}")
    monkeypatch.setenv("MAUTIC_TOKEN_CACHE_KEY", f"{'n' * 43}=,{'o' * 43}=")
    assert main(["env", "check"]) == 0
    seen = capsys.readouterr()
    assert seen.err == ""
    assert CANARY not in seen.out
    assert "nnn" not in seen.out
    assert table(seen.out) == {
        "MAUTIC_API_URL": ("https://mautic.example.com", "file"),
        "MAUTIC_CLIENT_ID": ("1_public", "file"),
        "MAUTIC_CLIENT_SECRET": ("********", "file"),
        "MAUTIC_ENVIRONMENT": ("production", "default"),
        "MAUTIC_TIMEOUT_SECONDS": ("2.5", "environment"),
        "MAUTIC_RATE_LIMIT_PER_HOUR": ("100", "default"),
        "MAUTIC_RATE_LIMIT_STORE": ("redis://********", "environment"),
        "MAUTIC_RATE_LIMIT_RESERVE": ("10", "default"),
        "MAUTIC_USER_AGENT": (DEFAULT_USER_AGENT, "default"),
        "MAUTIC_TOKEN_CACHE": ("/state/mautic-bootstrap/tokens", "default"),
        "MAUTIC_TOKEN_CACHE_KEY": ("********, ********", "environment"),
        "MAUTIC_HEALTH_CALLS_PER_HOUR": ("4", "default"),
    }
    assert seen.out.endswith("\n\nFine: the application asks for OAuth2 tokens with its client.\n")


def test_a_secret_in_a_file_of_its_own_is_shown_with_that_file(
    env: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret").write_text(f"{CANARY}\n")
    env.write_text(OAUTH2.replace(f"SECRET={CANARY}", f"SECRET_FILE={tmp_path}/secret"))
    assert main(["env", "check"]) == 0
    out = capsys.readouterr().out
    (row,) = [line.split() for line in out.splitlines() if line.startswith("MAUTIC_CLIENT_SECRET")]
    assert row == ["MAUTIC_CLIENT_SECRET", "********", "file,", f"{tmp_path}/secret"]
    assert CANARY not in out


@pytest.mark.parametrize(
    ("lines", "way"),
    [
        (
            f"MAUTIC_USERNAME=ada\nMAUTIC_PASSWORD={CANARY}",
            "the application sends a user's name and password (HTTP basic auth)",
        ),
        (
            f"MAUTIC_API_TOKEN={CANARY}",
            "the application sends a fixed token, which stops working when its life ends",
        ),
    ],
)
def test_other_ways_to_authenticate_are_named(
    env: Path, lines: str, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    env.write_text(f"MAUTIC_API_URL=http://localhost:8080\nMAUTIC_TOKEN_CACHE=off\n{lines}\n")
    assert main(["env", "check"]) == 0
    out = capsys.readouterr().out
    assert out.endswith(f"\n\nFine: {way}.\n")
    assert table(out)["MAUTIC_TOKEN_CACHE"] == ("off", "file")
    assert CANARY not in out


def test_a_path_may_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.env").write_text(OAUTH2)
    assert main(["env", "check", "other.env"]) == 0
    assert "MAUTIC_API_URL" in capsys.readouterr().out


def test_without_a_file_the_environment_is_enough(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in OAUTH2.split():
        monkeypatch.setenv(*line.split("=", 1))
    assert main(["env", "check"]) == 0
    assert {source for _, source in table(capsys.readouterr().out).values()} == {
        "environment",
        "default",
    }


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "MAUTIC_API_URL=nowhere\nMAUTIC_CLIENT_ID=1\nMAUTIC_TIMEOUT_SECONDS=ten\n",
        f"{OAUTH2}MAUTIC_API_TOKEN={CANARY}\n",
        f"{OAUTH2}{'MAUTIC'}_PASSWRD={CANARY}\nMAUTIC_USERNAME='\n",
    ],
)
def test_bad_settings_get_the_verdict_of_the_settings(
    env: Path, lines: str, capsys: pytest.CaptureFixture[str]
) -> None:
    env.write_text(lines)
    with pytest.raises(SettingsError) as caught:
        MauticSettings.from_env()
    assert main(["env", "check"]) == 1
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err.splitlines() == caught.value.problems
    assert CANARY not in seen.err


def test_a_token_cache_that_is_refused_is_shown(
    env: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    env.write_text(OAUTH2)
    monkeypatch.setenv("MAUTIC_TOKEN_CACHE", "relative/folder")
    assert main(["env", "check"]) == 1
    assert capsys.readouterr().err.startswith("MAUTIC_TOKEN_CACHE is 'relative/folder'; it needs ")


def test_a_path_that_does_not_exist_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "check", "no/such.env"]) == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err == (
        "mautic-bootstrap: [40] EnvFileError: read no/such.env: expected a file, saw nothing."
        " Name the .env file of the application.\n"
    )


@pytest.mark.parametrize("kind", ["folder", "binary", "link"])
def test_a_file_that_cannot_be_read_is_bad_input(
    env: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if kind == "folder":
        env.mkdir()
    elif kind == "binary":
        env.write_bytes(f"MAUTIC_PASSWORD={CANARY}".encode() + b"\xff")
    else:
        env.symlink_to("nowhere")
    assert main(["env", "check", str(env)]) == 2
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err.startswith(f"mautic-bootstrap: [40] EnvFileError: read {env}: expected ")
    assert CANARY not in seen.err


def test_checking_changes_nothing(
    env: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env.write_text(OAUTH2)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert main(["env", "check"]) == 0
    assert [entry.name for entry in tmp_path.iterdir()] == [".env"]


def test_the_example_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env", "example"]) == 0
    assert capsys.readouterr() == (example(), "")


def test_the_path_of_a_secret_s_file_is_shown_where_it_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in OAUTH2.replace(f"SECRET={CANARY}", "SECRET_FILE=/run/secrets/none").split():
        monkeypatch.setenv(*line.split("=", 1))
    assert main(["env", "check"]) == 1
    assert capsys.readouterr().err == (
        "MAUTIC_CLIENT_SECRET_FILE names '/run/secrets/none', where no file is\n"
    )
