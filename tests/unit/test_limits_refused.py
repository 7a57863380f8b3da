"""What the system refuses is an error with a hint, and passes with its cause."""

import os
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from mautic_bootstrap.api.limits import LimitStoreError, sqlite_errors, sqlite_file, sqlite_store
from mautic_bootstrap.api.limits.sqlite_store import SqliteStore
from mautic_bootstrap.env.lock import locked
from unit.limit_processes import in_process

KEY = "0123456789abcdef0123456789abcdef"
NOBODY = 65534
FULL = "database or disk is full"


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


def test_a_file_where_a_folder_should_be_is_an_error(path: Path) -> None:
    path.touch()
    assert refusal(path / "limits.db") == (
        f"count the hourly budget in {path}/limits.db: expected the file system to allow it,"
        " saw not a directory."
        " Make it and its folder writable, or name another file in MAUTIC_RATE_LIMIT_STORE."
    )


@pytest.fixture
def nobody_s_folder() -> Iterator[Path]:
    """A folder that a user without root's rights owns, and can walk to."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        yield folder


def refusal_to_nobody(path: Path) -> str:
    def work() -> str:
        if os.geteuid() == 0:
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        take(path)
        path.parent.chmod(0o555)
        try:
            return refusal(path)
        finally:
            path.parent.chmod(0o755)

    return in_process(work)


def test_a_folder_that_is_not_writable_is_an_error_with_a_hint(nobody_s_folder: Path) -> None:
    path = nobody_s_folder / "limits.db"
    assert refusal_to_nobody(path) == (
        f"count the hourly budget in {path}: expected a file that can be read and written,"
        " saw attempt to write a readonly database."
        " Make it and its folder writable, or name another file in MAUTIC_RATE_LIMIT_STORE."
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=0755", "none", str(folder)]
    mounted = subprocess.run(argv, check=False, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a small disk needs root's right to mount: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_an_error_with_a_hint_until_there_is_space(small_disk: Path) -> None:
    path = small_disk / "limits.db"
    fill = small_disk / "fill"
    store = SqliteStore(path)
    free = os.statvfs(small_disk)
    fill.write_bytes(b"x" * (free.f_bavail * free.f_bsize))
    expected = f"count the hourly budget in {path}: expected"
    hint = "Free some space on that file system, or name another file in MAUTIC_RATE_LIMIT_STORE."
    for _ in range(3):
        with pytest.raises(LimitStoreError) as caught:
            store.take(KEY, limit=100, reserve=0)
        assert str(caught.value).startswith(expected)
        assert str(caught.value).endswith(hint)
    fill.unlink()
    assert store.take(KEY, limit=1000, reserve=0).budget.used == 1
    free = os.statvfs(small_disk)
    fill.write_bytes(b"x" * (free.f_bavail * free.f_bsize))
    taken = 1
    refused = ""
    while not refused and taken < 1000:
        try:
            store.take(KEY, limit=1000, reserve=0)
            taken += 1
        except LimitStoreError as exc:
            refused = str(exc)
    assert refused == f"{expected} a file that can be read and written, saw {FULL}. {hint}"
    fill.unlink()
    assert store.take(KEY, limit=1000, reserve=0).budget.used == taken + 1
    store.close()


def test_a_disk_that_is_read_only_is_an_error_with_a_hint(small_disk: Path) -> None:
    path = small_disk / "limits.db"
    take(path)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    hint = "Make it and its folder writable, or name another file in MAUTIC_RATE_LIMIT_STORE."
    assert refusal(path).endswith(hint)
    assert "saw read-only file system." in refusal(small_disk / "other" / "limits.db")
    assert refusal(small_disk / "other" / "limits.db").endswith(hint)


def test_a_file_that_stays_locked_is_an_error_within_the_bound(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(path)
    monkeypatch.setattr(sqlite_file, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(sqlite_errors, "TIMEOUT_S", 0.2)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    store = SqliteStore(path)
    with pytest.raises(LimitStoreError) as caught:
        store.take(KEY, limit=100, reserve=0)
    assert str(caught.value) == (
        f"count the hourly budget in {path}: expected a file that can be read and written,"
        " saw database is locked after 0 s."
        " End the process that keeps it locked, or name another file in MAUTIC_RATE_LIMIT_STORE."
    )
    assert caught.value.waited_s == 0.2
    holder.rollback()
    assert store.take(KEY, limit=100, reserve=0).budget.used == 2
    holder.close()
    store.close()


def test_a_file_that_others_keep_making_is_an_error_within_the_bound(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "locked", partial(locked, timeout_s=0.2))
    with locked(path):
        assert refusal(path) == (
            f"count the hourly budget in {path}: expected no other writer,"
            f" saw process {os.getpid()} holding it after 0 s. Wait for that run to end, or end it."
        )
    assert take(path) == 1


def test_a_file_that_never_stays_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = sqlite_file.replace

    def replace_in_vain(*arguments: Any) -> None:
        replace(*arguments)
        path.unlink()

    monkeypatch.setattr(sqlite_file, "replace", replace_in_vain)
    assert refusal(path) == (
        f"count the hourly budget in {path}: expected a file that stays,"
        " saw it removed or replaced again and again."
        " Stop what does that, or name another file in MAUTIC_RATE_LIMIT_STORE."
    )


def test_a_thread_that_stays_in_the_file_stops_the_others_for_a_bounded_time(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_store, "TIMEOUT_S", 0.2)
    inside, leave = threading.Event(), threading.Event()

    def clock() -> int:
        inside.set()
        leave.wait(timeout=30)
        return 1_000_000_000

    store = SqliteStore(path, clock=clock)
    stays = threading.Thread(target=partial(store.look, KEY, limit=1))
    stays.start()
    inside.wait(timeout=30)
    with pytest.raises(LimitStoreError) as caught:
        SqliteStore(path).look(KEY, limit=1)
    leave.set()
    stays.join()
    store.close()
    assert str(caught.value) == (
        f"count the hourly budget in {path}: expected its turn, saw another thread of this process in a file"
        " after 0 s. Look what keeps that file locked."
    )
    assert caught.value.waited_s == 0.2
