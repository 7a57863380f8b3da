"""The `.env` file of the settings: read as python-dotenv does, and never in silence where it is wrong."""

import io
import os
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from mautic_bootstrap.env.file import write
from mautic_bootstrap.errors import EnvFileError, UnsafeValueError
from mautic_bootstrap.settings import MauticSettings
from mautic_bootstrap.settings_sources import read
from unit.settings_given import GOOD, problems, settings


@pytest.fixture
def env(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def secret(env: Path) -> str | None:
    seen = settings(
        {"MAUTIC_API_URL": "https://mautic.example.com", "MAUTIC_CLIENT_ID": "1_public"}, env
    )
    return None if seen.client_secret is None else seen.client_secret.get_secret_value()


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("MAUTIC_CLIENT_SECRET=plain", "plain"),
        ("export MAUTIC_CLIENT_SECRET = 'in quotes' # note", "in quotes"),
        ('MAUTIC_CLIENT_SECRET="say \\"hi\\""', 'say "hi"'),
        ("MAUTIC_CLIENT_SECRET='$HOME ${HOME}'", "$HOME ${HOME}"),
        ("MAUTIC_CLIENT_SECRET=${HOME}", "${HOME}"),
        ("MAUTIC_CLIENT_SECRET=a#b", "a#b"),
        ("MAUTIC_CLIENT_SECRET=first\nMAUTIC_CLIENT_SECRET=last", "last"),
        ("\ufeffMAUTIC_CLIENT_SECRET=marked", "marked"),
        ("A=1\r\nMAUTIC_CLIENT_SECRET=windows\r\n", "windows"),
    ],
)
def test_a_value_is_what_python_dotenv_reads_without_interpolation(
    env: Path, line: str, value: str
) -> None:
    env.write_text(line, newline="")
    assert secret(env) == value


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file for all examples of a test."""
    return tmp_path_factory.mktemp("scratch") / ".env"


@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1)
)
def test_any_text_reads_as_python_dotenv_reads_it(scratch: Path, text: str) -> None:
    wanted = dotenv_values(stream=io.StringIO(f"MAUTIC_PASSWORD={text}\n"), interpolate=False).get(
        "MAUTIC_PASSWORD"
    )
    scratch.write_text(f"MAUTIC_PASSWORD={text}\n", newline="")
    seen = read(["password"], scratch, {}).values.get("password")
    assert (seen.get_secret_value() if seen else "") == (wanted or "")


def test_what_our_own_writer_writes_is_read_back(env: Path) -> None:
    values = GOOD | {"MAUTIC_CLIENT_SECRET": "it's #1"}
    write(env, values)
    assert settings({}, env).api_url == GOOD["MAUTIC_API_URL"]
    assert secret(env) == "it's #1"
    with pytest.raises(UnsafeValueError):
        write(env, values | {"MAUTIC_CLIENT_SECRET": "${HOME}"})


def test_a_symlink_to_the_file_is_followed(env: Path) -> None:
    (env.parent / "real").write_text("MAUTIC_CLIENT_SECRET=linked\n")
    env.symlink_to("real")
    assert secret(env) == "linked"


def test_a_near_miss_in_the_file_is_a_problem_with_its_line(env: Path) -> None:
    slip = f"{'MAUTIC'}_CLIENT_SECRT"
    env.write_text(f"A=1\n{slip}=canary\n")
    assert problems(GOOD, env) == [f"{slip} on line 2 of {env}: did you mean MAUTIC_CLIENT_SECRET?"]


def test_problems_of_the_file_come_with_all_others(env: Path) -> None:
    env.write_text(f"{'MAUTIC'}_API_URI=https://mautic.example.com\nMAUTIC_CLIENT_ID=1_public\n")
    assert problems({"MAUTIC_CLIENT_SECRET": "canary"}, env) == [
        f"{'MAUTIC'}_API_URI on line 1 of {env}: did you mean MAUTIC_API_URL?",
        "MAUTIC_API_URL is not set; it needs the base URL of a Mautic, as in https://mautic.example.com",
    ]


def test_names_of_others_in_the_file_are_left_alone(env: Path) -> None:
    env.write_text("MAUTIC_DB_PASSWORD=x\nCLIENT_SECRT=x\nDATABASE_URL=x\nnot an assignment\n")
    assert settings(GOOD, env) == settings(GOOD)


@pytest.mark.parametrize(
    "line", ["MAUTIC_PASSWORD='canary", 'MAUTIC_PASSWORD="canary" x', "export MAUTIC_PASSWORD='c"]
)
def test_a_line_of_ours_that_cannot_be_read_is_a_problem_without_its_text(
    env: Path, line: str
) -> None:
    env.write_text(f"A=1\n{line}\nB=2\n")
    assert problems(GOOD, env) == [
        f"line 2 of {env} cannot be read: a quote is not closed, or something stands behind a closing one"
    ]


def test_a_line_of_others_that_cannot_be_read_is_their_business(env: Path) -> None:
    env.write_text("A='x\nMAUTIC_TIMEOUT_SECONDS=3\n")
    assert settings(GOOD, env).timeout_seconds == 3


def test_each_value_is_known_with_its_source(env: Path) -> None:
    env.write_text(
        "MAUTIC_API_URL=https://file.example.com\nMAUTIC_USERNAME=ada\nMAUTIC_API_TOKEN=x\n"
    )
    seen = read(
        MauticSettings.model_fields, env, {"MAUTIC_USERNAME": "bob", "MAUTIC_API_TOKEN": ""}
    )
    assert seen.sources == {"api_url": "file", "username": "environment"}
    assert seen.values == {
        "api_url": SecretStr("https://file.example.com"),
        "username": SecretStr("bob"),
    }


def unreadable(env: Path) -> str:
    with pytest.raises(EnvFileError) as caught:
        settings(GOOD, env)
    assert caught.value.__context__ is None or not isinstance(
        caught.value.__context__, UnicodeDecodeError
    )
    return str(caught.value)


def test_a_file_that_is_no_utf_8_is_a_typed_error(env: Path) -> None:
    env.write_bytes(b"A=1\nMAUTIC_PASSWORD=canary\xff\n")
    assert unreadable(env) == (
        f"read {env}: expected UTF-8 text, saw something else from byte 26 on. Save {env} as UTF-8."
    )


def test_a_folder_in_place_of_the_file_is_a_typed_error(env: Path) -> None:
    env.mkdir()
    assert unreadable(env) == f"read {env}: expected a file, saw a directory at {env}. Name a file."


def test_a_named_pipe_is_not_waited_for(env: Path) -> None:
    os.mkfifo(env)
    assert "saw a named pipe" in unreadable(env)


def test_a_symlink_that_leads_nowhere_is_a_typed_error(env: Path) -> None:
    env.symlink_to("gone")
    assert "expected a file behind the symlink" in unreadable(env)


def test_a_file_that_may_not_be_read_is_a_typed_error(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env.write_text("A=1\n")

    def refuse(*_: object) -> int:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(os, "open", refuse)
    assert unreadable(env) == (
        f"read {env}: expected the file system to allow it, saw permission denied."
        " Check the path, its owner and its permissions."
    )
