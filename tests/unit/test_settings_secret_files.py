"""Secrets in files of their own, as Docker and Kubernetes mount them: `MAUTIC_CLIENT_SECRET_FILE` and its like."""

import os
from pathlib import Path

import pytest

from mautic_bootstrap.settings_problems import variable
from mautic_bootstrap.settings_sources import IN_FILES
from unit.settings_given import GOOD, SECRET, problems, settings

_URL = {"MAUTIC_API_URL": "https://mautic.example.com"}
_CLIENT = {**_URL, "MAUTIC_CLIENT_ID": "1_public"}
_KEY = 43 * "k" + "="


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secret"


def _secret(environ: dict[str, str], env_file: Path | None = None) -> str | None:
    found = settings(environ, env_file).client_secret
    return None if found is None else found.get_secret_value()


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_secret_is_read_without_the_line_ending_behind_it(file: Path, ending: str) -> None:
    file.write_bytes(f" {SECRET} {ending}".encode())
    assert _secret(_CLIENT | {"MAUTIC_CLIENT_SECRET_FILE": str(file)}) == f" {SECRET} "


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("client_secret", {"MAUTIC_CLIENT_ID": "1_public"}),
        ("api_token", {}),
        ("password", {"MAUTIC_USERNAME": "ada"}),
        ("token_cache_key", {k: v for k, v in GOOD.items() if k != "MAUTIC_API_URL"}),
    ],
)
def test_every_secret_may_stand_in_a_file(file: Path, field: str, given: dict[str, str]) -> None:
    value = f"{_KEY},{_KEY}" if field == "token_cache_key" else SECRET
    file.write_text(f"{value}\n")
    by_file = settings(_URL | given | {f"{variable(field)}_FILE": str(file)})
    assert by_file == settings(_URL | given | {variable(field): value})
    assert field in IN_FILES


def test_a_mounted_link_and_a_home_are_followed(file: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/secret").write_text(SECRET)
    file.symlink_to("data/secret")
    assert _secret(_CLIENT | {"MAUTIC_CLIENT_SECRET_FILE": str(file)}) == SECRET


def test_the_file_may_be_named_in_the_env_file(file: Path, tmp_path: Path) -> None:
    file.write_text(SECRET)
    (tmp_path / ".env").write_text(f"MAUTIC_CLIENT_SECRET_FILE={file}\n")
    assert _secret(_CLIENT, tmp_path / ".env") == SECRET


@pytest.mark.parametrize("field", IN_FILES)
def test_a_secret_and_its_file_together_are_a_problem_that_names_both(
    file: Path, field: str
) -> None:
    file.write_text("canary-in-the-file")
    name = variable(field)
    (first, *_) = problems({**GOOD, name: _KEY, f"{name}_FILE": str(file)})
    assert first == f"{name} and {name}_FILE are both set; keep one of them"


def test_what_the_environment_says_hides_both_of_the_env_file(file: Path, tmp_path: Path) -> None:
    file.write_text("of the file")
    env = tmp_path / ".env"
    env.write_text(f"MAUTIC_CLIENT_SECRET_FILE={file}\n")
    assert _secret(_CLIENT | {"MAUTIC_CLIENT_SECRET": SECRET}, env) == SECRET
    env.write_text(f"MAUTIC_CLIENT_SECRET={SECRET}\n")
    named = _CLIENT | {"MAUTIC_CLIENT_SECRET_FILE": str(file)}
    assert _secret(named, env) == "of the file"
    token = _URL | {"MAUTIC_API_TOKEN": "token", "MAUTIC_CLIENT_SECRET_FILE": ""}
    assert _secret(token, env) is None


def test_an_empty_name_or_an_empty_secret_beside_the_other_is_not_set(file: Path) -> None:
    file.write_text(SECRET)
    both = {"MAUTIC_CLIENT_SECRET": "", "MAUTIC_CLIENT_SECRET_FILE": str(file)}
    assert _secret(_CLIENT | both) == SECRET
    both = {"MAUTIC_CLIENT_SECRET": SECRET, "MAUTIC_CLIENT_SECRET_FILE": ""}
    assert _secret(_CLIENT | both) == SECRET


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (None, "where no file is"),
        (b"", "which is empty or holds a line break or NUL"),
        (b"\n", "which is empty or holds a line break or NUL"),
        (b"canary\ncanary\n", "which is empty or holds a line break or NUL"),
        (b"canary\0", "which is empty or holds a line break or NUL"),
        (b"canary\xff", "which cannot be read: something else than UTF-8 text"),
    ],
)
def test_a_file_without_a_secret_is_a_problem_that_names_its_variable(
    file: Path, content: bytes | None, wrong: str
) -> None:
    if content is not None:
        file.write_bytes(content)
    (first, *more) = problems(_CLIENT | {"MAUTIC_CLIENT_SECRET_FILE": str(file)})
    assert first == f"MAUTIC_CLIENT_SECRET_FILE names {str(file)!r}, {wrong}"
    assert more == []


def test_a_file_that_may_not_be_read_is_a_problem(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(SECRET)

    def refuse(*_: object) -> int:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(os, "open", refuse)
    (first, *_) = problems(_CLIENT | {"MAUTIC_CLIENT_SECRET_FILE": str(file)})
    assert first == (
        f"MAUTIC_CLIENT_SECRET_FILE names {str(file)!r}, which cannot be read: permission denied"
    )


def test_a_folder_and_a_pipe_are_problems(file: Path) -> None:
    file.mkdir()
    (first, *_) = problems(_CLIENT | {"MAUTIC_CLIENT_SECRET_FILE": str(file)})
    assert first.endswith(f"which cannot be read: a directory at {file}")
    file.rmdir()
    os.mkfifo(file)
    (first, *_) = problems(_CLIENT | {"MAUTIC_CLIENT_SECRET_FILE": str(file)})
    assert "a named pipe" in first


@pytest.mark.parametrize(
    ("named", "wrong"),
    [
        ("secrets/x", "which is no absolute path"),
        ("~nobody-of-that-name/x", "of a user without home"),
    ],
)
def test_a_path_that_each_process_would_take_for_another_file_is_a_problem(
    named: str, wrong: str
) -> None:
    (first, *_) = problems(_CLIENT | {"MAUTIC_CLIENT_SECRET_FILE": named})
    assert first == f"MAUTIC_CLIENT_SECRET_FILE names {named!r}, {wrong}"


def test_a_misspelt_name_of_a_file_is_a_problem_and_a_right_one_is_none(
    file: Path, tmp_path: Path
) -> None:
    file.write_text(SECRET)
    slip = f"{'MAUTIC'}_CLIENT_SECRT_FILE"
    env = tmp_path / ".env"
    env.write_text(f"{slip}={file}\n")
    assert problems(GOOD, env) == [
        f"{slip} on line 1 of {env}: did you mean MAUTIC_CLIENT_SECRET_FILE?"
    ]
