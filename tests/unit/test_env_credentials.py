"""Reading our variables back from a `.env` on disk."""

import os
from pathlib import Path

import pytest

from mautic_bootstrap.env.credentials import CREDENTIAL_NAMES, ENV_NAMES, SECRET_NAMES, read_values
from mautic_bootstrap.errors import EnvFileError
from mautic_bootstrap.settings import MauticSettings
from mautic_bootstrap.settings_problems import variable


@pytest.fixture
def env(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_the_names_are_those_the_application_reads() -> None:
    assert ENV_NAMES == (
        "MAUTIC_API_URL",
        "MAUTIC_CLIENT_ID",
        "MAUTIC_CLIENT_SECRET",
        "MAUTIC_CLIENT_SECRET_FILE",
        "MAUTIC_API_TOKEN",
        "MAUTIC_API_TOKEN_FILE",
        "MAUTIC_USERNAME",
        "MAUTIC_PASSWORD",
        "MAUTIC_PASSWORD_FILE",
        "MAUTIC_USER_AGENT",
        "MAUTIC_ENVIRONMENT",
        "MAUTIC_TOKEN_CACHE_KEY",
        "MAUTIC_TOKEN_CACHE_KEY_FILE",
    )
    assert {name.removesuffix("_FILE") for name in ENV_NAMES} <= {
        variable(field) for field in MauticSettings.model_fields
    }
    assert set(ENV_NAMES) > CREDENTIAL_NAMES > SECRET_NAMES - {"MAUTIC_TOKEN_CACHE_KEY"}


def test_a_key_of_the_token_cache_is_a_secret_but_no_way_to_authenticate() -> None:
    assert "MAUTIC_TOKEN_CACHE_KEY" in SECRET_NAMES
    assert not {"MAUTIC_TOKEN_CACHE_KEY", "MAUTIC_TOKEN_CACHE_KEY_FILE"} & CREDENTIAL_NAMES


def test_only_our_variables_are_read_and_nothing_is_interpolated(env: Path) -> None:
    env.write_text("A=1\nMAUTIC_CLIENT_ID=1_$A\nexport MAUTIC_CLIENT_SECRET='${A} b' # note\n")
    assert read_values(env) == {"MAUTIC_CLIENT_ID": "1_$A", "MAUTIC_CLIENT_SECRET": "${A} b"}


def test_an_empty_value_is_read_as_empty_and_a_bare_name_as_nothing(env: Path) -> None:
    env.write_text("MAUTIC_CLIENT_ID=\nMAUTIC_CLIENT_SECRET\n")
    assert read_values(env) == {"MAUTIC_CLIENT_ID": ""}


def test_a_missing_file_and_a_missing_folder_hold_nothing(env: Path) -> None:
    assert read_values(env) == {}
    assert read_values(env / "deeper" / ".env") == {}


def test_a_symlink_is_followed(env: Path) -> None:
    (env.parent / "real").write_text("MAUTIC_USERNAME=x\n")
    env.symlink_to("real")
    assert read_values(env) == {"MAUTIC_USERNAME": "x"}


def test_a_byte_order_mark_is_no_part_of_a_name(env: Path) -> None:
    env.write_bytes(b"\xef\xbb\xbfMAUTIC_USERNAME=x\r\n")
    assert read_values(env) == {"MAUTIC_USERNAME": "x"}


def refusal(env: Path) -> str:
    with pytest.raises(EnvFileError) as caught:
        read_values(env)
    assert type(caught.value) is EnvFileError
    return str(caught.value)


def test_a_variable_that_stands_there_twice_is_refused_with_its_lines(env: Path) -> None:
    env.write_text("MAUTIC_USERNAME=x\n\nA=1\nexport MAUTIC_USERNAME=x\n")
    assert refusal(env) == (
        f"read {env}: expected each of our variables once, saw MAUTIC_USERNAME on lines 1, 4."
        f" Delete all but one of them in {env}."
    )


@pytest.mark.parametrize("line", ["'hidden", 'export "', "'hidden' x"])
def test_a_broken_line_of_ours_is_refused_by_its_number(env: Path, line: str) -> None:
    env.write_text(f"A=1\nMAUTIC_PASSWORD={line.removeprefix('export ')}\n")
    assert refusal(env) == (
        f"read {env}: expected lines of ours that every reader understands, saw an unclosed quote, or"
        f" something behind a closing one, on line 2. Correct or delete that line in {env}."
    )


def test_a_broken_line_of_somebody_else_is_skipped(env: Path) -> None:
    env.write_text("A='open\nnot an assignment\nMAUTIC_USERNAME=x\n")
    assert read_values(env) == {"MAUTIC_USERNAME": "x"}


@pytest.mark.parametrize(
    ("data", "byte"), [(b"A=\xe9\n", 2), ("A=1\n".encode("utf-16"), 0), (b"\x80", 0)]
)
def test_a_file_that_is_not_utf_8_is_refused_without_quoting_it(
    env: Path, data: bytes, byte: int
) -> None:
    env.write_bytes(data)
    with pytest.raises(EnvFileError) as caught:
        read_values(env)
    assert str(caught.value) == (
        f"read {env}: expected UTF-8 text, saw something else from byte {byte} on."
        f" Save {env} as UTF-8."
    )
    assert caught.value.__suppress_context__


def test_a_directory_is_refused(env: Path) -> None:
    env.mkdir()
    assert refusal(env) == f"read {env}: expected a file, saw a directory at {env}. Name a file."


def test_a_named_pipe_is_refused_at_once(env: Path) -> None:
    os.mkfifo(env)
    assert "saw a named pipe" in refusal(env)


def test_a_symlink_that_leads_nowhere_is_refused(env: Path) -> None:
    env.symlink_to("gone")
    assert refusal(env) == (
        f"read {env}: expected a file behind the symlink, saw nothing at {env.parent / 'gone'}."
        f" Create that file, or remove the symlink {env}."
    )


def test_symlinks_in_circles_are_refused(env: Path) -> None:
    env.symlink_to("other")
    (env.parent / "other").symlink_to(".env")
    assert refusal(env) == (
        f"read {env}: expected a file behind the symlink, saw symlinks that lead in circles."
        f" Remove the symlink {env}."
    )
