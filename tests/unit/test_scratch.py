"""The folder for the browser: private, gone afterwards, and after a kill with the next run."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mautic_bootstrap import scratch
from mautic_bootstrap.errors import EnvFileError

_ROOT = Path(__file__).parents[2]
_USER = """
import sys, tempfile
from mautic_bootstrap import scratch
tempfile.tempdir = sys.argv[1]
with scratch.folder() as folder:
    open(f"{folder}/SingletonLock", "w").close()
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of a short name, as the system's is."""
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


@pytest.fixture
def user(place: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, which uses such a folder."""
    with subprocess.Popen(
        [sys.executable, "-c", _USER, str(place)],
        env=os.environ | {"PYTHONPATH": str(_ROOT / "bootstrap")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as user:
        assert user.stdout is not None
        assert Path(user.stdout.readline().strip()).is_dir()
        yield user


def test_the_folder_is_private_and_goes_with_all_that_is_in_it(place: Path) -> None:
    with scratch.folder() as folder:
        assert Path(folder).parent == place
        assert Path(folder).stat().st_mode & 0o777 == 0o700
        Path(folder, "profile").mkdir()
        Path(folder, "profile", "cookies").touch()
    assert list(place.iterdir()) == []


def test_it_goes_when_the_work_fails(place: Path) -> None:
    with pytest.raises(KeyError), scratch.folder():
        raise KeyError
    assert list(place.iterdir()) == []


def test_what_a_killed_run_left_is_removed(place: Path, user: subprocess.Popen[str]) -> None:
    user.kill()
    user.wait()
    assert len(list(place.iterdir())) == 1
    scratch.remove_leftovers()
    assert list(place.iterdir()) == []


def test_what_another_run_uses_stays(place: Path, user: subprocess.Popen[str]) -> None:
    scratch.remove_leftovers()
    (folder,) = place.iterdir()
    assert (folder / "SingletonLock").exists()


def test_what_somebody_else_named_like_it_stays(place: Path) -> None:
    (place / "mb-12345678").mkdir()
    (place / "mb-12345678" / "music.mp3").touch()
    (place / "mb-file").touch()
    (place / "mb-link").symlink_to(place)
    (place / "mautic-bootstrap.lock").touch()
    before = sorted(place.rglob("*"))
    scratch.remove_leftovers()
    assert sorted(place.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_folder_of_another_user_stays(place: Path) -> None:
    mark = place / "mb-12345678" / "mautic-bootstrap.lock"
    mark.parent.mkdir()
    mark.touch()
    os.chown(mark, 12345, 12345)
    scratch.remove_leftovers()
    assert mark.exists()


def test_one_that_is_taken_for_a_leftover_at_its_birth_is_made_anew(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    mkdtemp = tempfile.mkdtemp
    flock, rmtree = fcntl.flock, shutil.rmtree

    def noted(**how: object) -> str:
        made.append(mkdtemp(**how))  # type: ignore[call-overload]  # passed on as it came
        return made[-1]

    def late(lock: int, how: int) -> None:
        if len(made) == 1:
            rmtree(made[0])
        flock(lock, how)

    monkeypatch.setattr(scratch, "mkdtemp", noted)
    monkeypatch.setattr(fcntl, "flock", late)
    with scratch.folder() as folder:
        assert made[1:] == [folder]
        assert Path(folder).is_dir()


def test_no_room_for_it_is_an_error_with_a_hint(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(place / "gone"))
    with (
        pytest.raises(EnvFileError, match=r"for the browser: .* saw no such file"),
        scratch.folder(),
    ):
        pass
