"""Permissions: files of other users, and what a user without root's rights runs into."""

import os
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


@pytest.fixture
def env(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir(mode=0o755)
    return folder / ".env"


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


def test_somebody_elses_file_is_refused(env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env.write_text("A=1\n")
    owner = "root" if os.geteuid() == 0 else f"{env.owner()}"
    monkeypatch.setattr(os, "geteuid", lambda: 987654)
    assert refused(env, InsecurePathError) == (
        f"a file of user 987654, saw one that belongs to {owner};"
        f" run as {owner}, or `chown 987654 {env}`"
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
    deep = open_folder / "deep"
    deep.mkdir()
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
