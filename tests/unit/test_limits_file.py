"""The file of the budget is private, and nothing that somebody else could have put there is used."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mautic_bootstrap import state_dir
from mautic_bootstrap.api.limits import LimitStoreError, sqlite_file
from mautic_bootstrap.api.limits.sqlite_store import SqliteStore
from mautic_bootstrap.errors import EnvFileError
from unit.limit_stores import Clock, own_user, sqlite_with

KEY = "0123456789abcdef0123456789abcdef"
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "limits.db"


def take(path: Path) -> int:
    """Take a call; return how many were."""
    store = SqliteStore(path)
    try:
        return store.take(KEY, limit=100, reserve=0).budget.used
    finally:
        store.close()


def refusal(path: Path) -> str:
    with pytest.raises(LimitStoreError) as caught:
        take(path)
    return str(caught.value)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_nothing_is_made_before_it_is_used(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "new" / "limits.db").close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("umask", [0o000, 0o027, 0o077])
def test_what_it_makes_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "state" / "mautic-bootstrap" / "limits.db"
    before = os.umask(umask)
    try:
        store = SqliteStore(path)
        store.take(KEY, limit=100, reserve=0)
    finally:
        os.umask(before)
    assert {entry.name: mode(entry) for entry in path.parent.iterdir()} == {
        "limits.db": 0o600,
        "limits.db-wal": 0o600,
        "limits.db-shm": 0o600,
    }
    assert (mode(path.parent), mode(path.parent.parent)) == (0o700, 0o700)
    store.close()


def test_it_is_private_from_its_first_moment(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []
    set_up = sqlite_file._set_up

    def look_first(fresh: Path) -> None:
        modes.append(mode(fresh))
        set_up(fresh)

    monkeypatch.setattr(sqlite_file, "_set_up", look_first)
    before = os.umask(0)
    try:
        take(path)
    finally:
        os.umask(before)
    assert modes == [0o600]


def test_a_folder_that_is_there_keeps_its_rights(path: Path) -> None:
    path.parent.chmod(0o755)
    take(path)
    assert mode(path.parent) == 0o755


def test_others_lose_their_rights_to_a_file_that_is_there(path: Path) -> None:
    take(path)
    path.chmod(0o666)
    store = SqliteStore(path)
    assert store.take(KEY, limit=100, reserve=0).budget.used == 2
    assert {entry.name: mode(entry) for entry in path.parent.iterdir()} == {
        "limits.db": 0o600,
        "limits.db-wal": 0o600,
        "limits.db-shm": 0o600,
    }
    store.close()


def test_the_user_s_home_and_the_current_folder_are_resolved_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    home, work = SqliteStore(Path("~/limits.db")), SqliteStore(Path("limits.db"))
    monkeypatch.chdir(tmp_path)
    for store in (home, work):
        store.take(KEY, limit=1, reserve=0)
        store.close()
    assert (tmp_path / "home" / "limits.db").exists()
    assert (tmp_path / "work" / "limits.db").exists()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["home", "work"]


def test_it_holds_no_more_calls_than_count(path: Path) -> None:
    clock = Clock()
    store = sqlite_with(clock, path)
    for _ in range(100):
        store.take(KEY, limit=3, reserve=0)
        clock.move(1.7)
    assert rows(path) == {"calls": 3, "holds": 0}
    store.take("a key that nobody uses any more", limit=3, reserve=0)
    store.hold("a key that nobody uses any more", until=clock.seconds() + 1)
    assert rows(path) == {"calls": 4, "holds": 1}
    store.close()
    clock.move(100)
    store.take(KEY, limit=3, reserve=0)
    assert rows(path) == {"calls": 1, "holds": 0}
    store.close()


def rows(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608  # ours
            for table in ("calls", "holds")
        }


# The folder


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The default folder, there already."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder = tmp_path / "mautic-bootstrap"
    folder.mkdir()
    return folder


def test_a_default_folder_that_others_may_write_to_is_refused(state: Path) -> None:
    state.chmod(0o777)
    assert refusal(state / "limits.db") == (
        f"count the hourly budget in {state}/limits.db: expected a folder that nobody else may write to,"
        f" saw mode 0777. See what is in it, then chmod 700 {state}."
    )
    assert list(state.iterdir()) == []


def test_others_lose_the_right_to_read_the_default_folder(state: Path) -> None:
    state.chmod(0o755)
    assert take(state / "limits.db") == 1
    assert mode(state) == 0o700


def test_a_file_that_was_named_needs_no_home(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def location() -> Path:
        raise EnvFileError("find a place", expected="a home folder", seen="none", hint="Set one.")

    monkeypatch.setattr(state_dir, "location", location)
    assert take(path) == 1


# What somebody else could have put there


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_a_symlink_is_refused_and_not_followed(path: Path, suffix: str) -> None:
    target = path.with_name("target")
    link = path.with_name(f"limits.db{suffix}")
    link.symlink_to(target)
    assert refusal(path) == (
        f"count the hourly budget in {link}: expected a file of {own_user()}, saw a symlink."
        " Remove it, or name another file in MAUTIC_RATE_LIMIT_STORE."
    )
    assert not target.exists()
    assert link.is_symlink()


def test_a_second_name_of_another_file_is_refused_and_that_is_left_alone(path: Path) -> None:
    other = path.with_name("precious")
    other.write_text("mine")
    path.hardlink_to(other)
    assert "saw a second name of another file (a hard link)." in refusal(path)
    assert other.read_text() == "mine"


def test_somebody_else_s_file_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take(path)
    owner = own_user()
    monkeypatch.setattr(os, "geteuid", lambda: 987654)
    assert f"expected a file of user 987654, saw one of {owner}." in refusal(path)


@as_root
@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_somebody_else_s_file_is_refused_even_for_root(path: Path, suffix: str) -> None:
    take(path)
    place = path.with_name(f"limits.db{suffix}")
    place.touch()
    os.chown(place, NOBODY, -1)
    assert f"{place}: expected a file of root, saw one of nobody." in refusal(path)


def test_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    assert "saw a directory." in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "saw a named pipe." in refusal(tmp_path / "pipe")
