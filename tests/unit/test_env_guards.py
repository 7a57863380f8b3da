"""The guards: every reason against writing a `.env` is found, worded and typed, and nothing else is."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from mautic_bootstrap.env.guards import ensure_safe, problems
from mautic_bootstrap.errors import EnvFileError


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def env(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir(mode=0o755)
    return folder / ".env"


def folder(path: Path, mode: int) -> Path:
    path.mkdir()
    path.chmod(mode)
    return path


def refused(env: Path, kind: type[EnvFileError] = EnvFileError) -> str:
    """Return the only problem; the typed error is of the kind and says the same."""
    (problem,) = problems(env)
    with pytest.raises(EnvFileError) as caught:
        ensure_safe(env)
    assert type(caught.value) is kind
    assert caught.value.seen in problem
    assert caught.value.attempted == f"write {env}"
    assert problem.startswith(f"app_env_path is {env}: expected ")
    assert "\n" not in problem
    return problem.removeprefix(f"app_env_path is {env}: expected ")


def test_a_file_that_does_not_exist_and_one_of_ours_are_fine(env: Path) -> None:
    assert problems(env) == []
    env.write_text("A=1\n")
    assert problems(env) == []
    ensure_safe(env)


def test_looking_changes_nothing(env: Path) -> None:
    env.write_text("A=1\n")
    env.chmod(0o644)
    problems(env)
    assert [entry.name for entry in env.parent.iterdir()] == [".env"]
    assert env.stat().st_mode & 0o777 == 0o644


def test_a_relative_path_starts_at_the_working_directory(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(env.parent)
    assert problems(Path(".env")) == []
    env.parent.chmod(0o777)
    assert problems(Path(".env")) == []
    env.mkdir()
    assert problems(Path(".env")) != []


def test_a_directory_is_refused(env: Path) -> None:
    env.mkdir()
    assert refused(env) == "a file, or none yet, saw a directory; name a file"


def test_a_named_pipe_a_socket_and_a_device_are_refused(env: Path) -> None:
    os.mkfifo(env)
    assert "saw a named pipe;" in refused(env)
    env.unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(env))
        assert "saw a socket;" in refused(env)
    env.unlink()
    env.symlink_to("/dev/null")
    assert any("saw a character device;" in problem for problem in problems(env))


def test_a_missing_folder_is_refused(env: Path) -> None:
    missing = env.parent / "no"
    assert refused(missing / ".env") == (
        f"a folder to write to, saw no folder {missing};"
        f" create it (`mkdir -p {missing}`), or name another place"
    )


def test_a_file_in_place_of_the_folder_is_refused(env: Path) -> None:
    env.write_text("")
    assert "saw not a directory;" in refused(env / ".env")


def test_a_read_only_file_is_refused_even_for_root(env: Path) -> None:
    env.write_text("A=1\n")
    env.chmod(0o400)
    assert refused(env) == (
        f"a writable file, saw mode 0400; run `chmod u+w {env}` if it may be changed"
    )


def test_a_symlink_that_leads_nowhere_is_refused(env: Path) -> None:
    env.symlink_to("gone")
    assert refused(env) == (
        f"a file behind the symlink, saw nothing at {env.parent / 'gone'};"
        f" create that file, or remove the symlink {env}"
    )


def test_a_file_that_is_not_utf_8_is_refused(env: Path) -> None:
    env.write_bytes(b"A=\xff\n")
    assert refused(env) == f"UTF-8 text, saw something else from byte 2 on; save {env} as UTF-8"


def test_a_variable_of_ours_that_stands_there_twice_is_refused(env: Path) -> None:
    env.write_text("MAUTIC_API_URL=a\nMAUTIC_API_URL=b\n")
    assert refused(env) == (
        "each of our variables once, saw MAUTIC_API_URL on lines 1, 2;"
        f" delete all but one of them in {env}"
    )


def test_every_reason_is_given_at_once(env: Path) -> None:
    subprocess.run(["git", "init", "-q", env.parent], check=True)
    env.write_bytes(b"\xff")
    env.chmod(0o400)
    assert [problem.split(" saw ")[1].split(";")[0] for problem in problems(env)] == [
        "mode 0400",
        f"{env}, a file that git does not ignore",
        "something else from byte 0 on",
    ]


# Git


def test_a_file_that_git_could_carry_away_is_refused_with_the_fix(env: Path) -> None:
    top = env.parent
    subprocess.run(["git", "init", "-q", top], check=True)
    assert refused(env) == (
        f"a file that git ignores, saw {env}, a file that git does not ignore;"
        f" in {top} run `echo '.env' >> .gitignore`"
    )
    env.write_text("A=1\n")
    subprocess.run(["git", "add", ".env"], cwd=top, check=True)
    (top / ".gitignore").write_text(".env\n")
    assert refused(env) == (
        f"a file that git ignores, saw {env}, a file that git tracks; in {top} run"
        " `git rm --cached '.env' && echo '.env' >> .gitignore`, and replace the secrets it held"
    )
    subprocess.run(["git", "rm", "-q", "--cached", ".env"], cwd=top, check=True)
    assert problems(env) == []


def test_of_a_symlink_both_ends_must_be_ignored(env: Path, tmp_path: Path) -> None:
    top = folder(tmp_path / "repo", 0o755)
    subprocess.run(["git", "init", "-q", top], check=True)
    (top / "real").write_text("A=1\n")
    env.symlink_to(top / "real")
    assert f"saw {top / 'real'}, a file that git does not ignore" in refused(env)
    (top / ".gitignore").write_text("real\n")
    assert problems(env) == []
    (top / ".env").symlink_to("real")
    assert f"saw {top / '.env'}, a file that git does not ignore" in refused(top / ".env")
