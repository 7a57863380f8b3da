"""The guards: every reason against writing a `.env` is found, worded and typed, and nothing else is."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mautic_bootstrap.env.guards import ensure_safe, problems
from mautic_bootstrap.errors import EnvFileError, InsecurePathError

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away or mount")


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


# Who else could replace it


@pytest.fixture
def real(env: Path, tmp_path: Path) -> Path:
    """A file of ours in a folder of ours, which `.env` leads to."""
    target = folder(tmp_path / "real", 0o755) / "env"
    target.write_text("A=1\n")
    env.symlink_to(target)
    return target


def test_a_symlink_whose_target_only_we_can_replace_is_fine(env: Path, real: Path) -> None:
    assert problems(env) == []
    env.unlink()
    env.symlink_to("../real/../real/env")
    assert problems(env) == []


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777])
def test_a_target_in_a_folder_others_may_write_to_is_refused(
    env: Path, real: Path, mode: int
) -> None:
    real.parent.chmod(mode)
    assert refused(env, InsecurePathError) == (
        f"a symlink whose target nobody else can replace, saw {real.parent}, a folder that other"
        f" users may write to; take their rights away, or name the file itself, {real}"
    )


def test_a_sticky_folder_is_fine_as_nobody_can_replace_our_files_in_it(
    env: Path, real: Path
) -> None:
    real.parent.chmod(0o1777)
    assert problems(env) == []


def test_a_link_in_a_folder_others_may_write_to_is_refused(env: Path, real: Path) -> None:
    env.parent.chmod(0o777)
    assert f"saw {env.parent}, a folder" in refused(env, InsecurePathError)


def test_a_folder_above_the_target_counts_too(env: Path, real: Path, tmp_path: Path) -> None:
    above = folder(tmp_path / "above", 0o777)
    deep = folder(above / "deep", 0o755)
    (deep / "env").write_text("A=1\n")
    env.unlink()
    env.symlink_to(deep / "env")
    assert f"saw {above}, a folder" in refused(env, InsecurePathError)


def test_every_link_on_the_way_counts(env: Path, real: Path, tmp_path: Path) -> None:
    weak = folder(tmp_path / "weak", 0o777)
    (weak / "hop").symlink_to(real)
    env.unlink()
    env.symlink_to(weak / "hop")
    assert f"saw {weak}, a folder" in refused(env, InsecurePathError)


def test_a_folder_reached_by_a_symlink_counts_even_before_the_file_exists(
    env: Path, tmp_path: Path
) -> None:
    weak = folder(tmp_path / "weak", 0o777)
    (tmp_path / "link").symlink_to(weak)
    assert f"saw {weak}, a folder" in refused(tmp_path / "link" / ".env", InsecurePathError)


def test_without_a_symlink_a_folder_that_others_may_write_to_is_the_persons_choice(
    env: Path,
) -> None:
    env.parent.chmod(0o777)
    env.write_text("A=1\n")
    assert problems(env) == []


@as_root
@pytest.mark.parametrize("what", ["env", "folder", "link"])
def test_a_symlink_with_somebody_elses_part_on_the_way_is_refused(
    env: Path, real: Path, what: str
) -> None:
    place = {"env": real, "folder": real.parent, "link": env}[what]
    os.chown(place, NOBODY, -1, follow_symlinks=False)
    assert any(f"saw {place}, which belongs to nobody;" in problem for problem in problems(env))
    with pytest.raises(InsecurePathError):
        ensure_safe(env)


def test_somebody_elses_file_is_refused(env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env.write_text("A=1\n")
    owner = "root" if os.geteuid() == 0 else f"{env.owner()}"
    monkeypatch.setattr(os, "geteuid", lambda: 987654)
    assert refused(env, InsecurePathError) == (
        f"a file of user 987654, saw one that belongs to {owner};"
        f" run as {owner}, or `chown user 987654 {env}`"
    )


@as_root
def test_somebody_elses_file_is_refused_even_for_root(env: Path) -> None:
    env.write_text("A=1\n")
    os.chown(env, NOBODY, -1)
    assert "saw one that belongs to nobody;" in refused(env, InsecurePathError)


# What only a user without root's rights runs into


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that `as_nobody` owns, and everybody can walk to."""
    with TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        yield path


def as_nobody(function: Callable[[], list[str]]) -> list[str]:
    """Call a function in a process without root's rights, and return what it returns."""

    def call(sender: Connection) -> None:
        if os.geteuid() == 0:
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        sender.send(function())

    receiver, sender = get_context("fork").Pipe(duplex=False)
    process = get_context("fork").Process(target=call, args=(sender,))
    process.start()
    sender.close()
    try:
        result: list[str] = receiver.recv()
    finally:
        process.join()
    return result


def test_a_folder_that_is_not_writable_is_refused(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    (problem,) = as_nobody(lambda: problems(open_folder / ".env"))
    assert f"saw {open_folder}, which " in problem
    assert " may not write to; let " in problem


def test_a_folder_that_cannot_be_looked_into_is_refused(open_folder: Path) -> None:
    deep = folder(open_folder / "deep", 0o755)
    open_folder.chmod(0o600)
    (problem,) = as_nobody(lambda: problems(deep / ".env"))
    assert "saw permission denied; check the path, its owner and its permissions" in problem


def test_an_unreadable_file_is_refused(open_folder: Path) -> None:
    env = open_folder / ".env"

    def unreadable() -> list[str]:
        env.write_text("A=1\n")
        env.chmod(0o200)
        return problems(env)

    (problem,) = as_nobody(unreadable)
    assert "saw permission denied;" in problem


@as_root
def test_a_read_only_file_system_is_refused(env: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro", "none", env.parent], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount here: {mounted.stderr.decode().strip()}")
    try:
        assert refused(env) == (
            f"a folder that this user may write to, saw {env.parent} on a read-only file system;"
            " remount it writable, or name another place"
        )
    finally:
        subprocess.run(["umount", env.parent], check=True)
