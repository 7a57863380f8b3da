"""What a run finds in place of its lock: never followed, never overwritten, and no reason to wait for ever."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mautic_bootstrap import run_lock
from mautic_bootstrap.errors import EnvFileError, InsecurePathError, RunLockedError

_URL = "http://localhost:8080"


@pytest.fixture(autouse=True)
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "mautic-bootstrap" / "locks"


@pytest.fixture(autouse=True)
def _no_keeper_outlives_its_test() -> Iterator[None]:
    yield
    for keeper in run_lock._keepers:
        keeper.kill()
        keeper.wait()
    run_lock._keepers.clear()


def _hold(*, patience_s: float = 60.0) -> list[str]:
    """Take a lock for this very process; return what was said meanwhile."""
    said: list[str] = []
    deadline = time.monotonic() + patience_s
    run_lock.hold(_URL, run=os.getpid(), deadline=deadline, say=said.append)
    return said


@pytest.mark.parametrize("text", ["", "\n", "\0" * 50, "1", "x" * 5000])
def test_a_damaged_lock_that_nobody_holds_is_taken(locks: Path, text: str) -> None:
    locks.mkdir(parents=True, mode=0o700)
    file = locks / run_lock._name(_URL)
    file.write_text(text)
    assert _hold() == []
    process, _born, _since = file.read_text().split()
    assert int(process) == os.getpid()


def test_of_a_holder_that_left_no_name_that_is_said(locks: Path) -> None:
    _hold()
    (locks / run_lock._name(_URL)).write_text("?")
    with pytest.raises(RunLockedError, match="saw another run, which did not leave its name"):
        _hold(patience_s=1.5)


def test_what_stands_in_place_of_the_lock_is_neither_followed_nor_written_to(
    locks: Path, tmp_path: Path
) -> None:
    locks.mkdir(parents=True, mode=0o700)
    precious = tmp_path / "precious"
    precious.write_text("mine")
    file = locks / run_lock._name(_URL)
    file.symlink_to(precious)
    with pytest.raises(EnvFileError, match="There is a symlink where a file was expected"):
        _hold()
    file.unlink()
    file.hardlink_to(precious)
    with pytest.raises(InsecurePathError, match="expected a file of our own"):
        _hold()
    file.unlink()
    file.mkdir()
    with pytest.raises(EnvFileError, match=r"lock .*\.lock: .* saw is a directory"):
        _hold()
    assert precious.read_text() == "mine"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_somebody_else_s_lock_is_refused(locks: Path) -> None:
    locks.mkdir(parents=True, mode=0o700)
    file = locks / run_lock._name(_URL)
    file.touch()
    os.chown(file, 12345, 12345)
    with pytest.raises(InsecurePathError, match="somebody else's"):
        _hold()


def test_a_home_that_cannot_be_written_to_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(EnvFileError, match="not a directory"):
        _hold()
