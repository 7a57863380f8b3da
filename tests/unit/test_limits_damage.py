"""A damaged, replaced or removed file: the next call works, and everybody counts in the same one."""

import logging
import os
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mautic_bootstrap.api.limits import LimitStoreError
from mautic_bootstrap.api.limits.sqlite_store import SqliteStore
from unit.fakes import reproducible
from unit.limit_processes import in_processes
from unit.limit_stores import Clock, sqlite_with

KEY = "0123456789abcdef0123456789abcdef"
LIMIT = 100


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "limits.db"


def take(store: SqliteStore) -> int:
    """Take a call; return how many were."""
    grant = store.take(KEY, limit=LIMIT, reserve=0)
    assert grant.granted
    return grant.budget.used


def take_once(path: Path) -> int:
    store = SqliteStore(path)
    used = take(store)
    store.close()
    return used


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"no database at all", "file is not a database"),
        (b"\0" * 4096, "file is not a database"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "file is not a database"),
    ],
)
def test_a_file_that_is_no_database_is_kept_aside_with_a_warning(
    path: Path, caplog: pytest.LogCaptureFixture, content: bytes, seen: str
) -> None:
    path.write_bytes(content)
    assert [take_once(path), take_once(path)] == [1, 2]
    assert path.with_name("limits.db.damaged").read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o600
    warning = f"the hourly budget's file {path} was damaged ({seen}); it is limits.db.damaged now,"
    assert caplog.record_tuples == [
        ("mautic_bootstrap.api", logging.WARNING, f"{warning} and the count starts anew")
    ]


def test_an_empty_file_is_a_new_one(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.touch()
    assert take_once(path) == 1
    assert caplog.records == []
    assert [entry.name for entry in path.parent.iterdir()] == ["limits.db"]


def test_a_database_of_ours_without_its_tables_is_damaged(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    take_once(path)
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE holds")
    connection.close()
    assert take_once(path) == 1
    assert "(its tables are missing)" in caplog.text


@given(
    flips=st.lists(st.tuples(st.integers(0, 12287), st.integers(0, 255)), min_size=1, max_size=20),
    length=st.integers(0, 12288) | st.just(12288),
)
@settings(reproducible, max_examples=40)
def test_whatever_is_damaged_the_next_call_works_and_the_limit_holds(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]], length: int
) -> None:
    path = tmp_path_factory.mktemp("damage") / "limits.db"
    clock = Clock()
    store = sqlite_with(clock, path)
    assert take(store) == 1
    store.hold("other", until=clock.seconds() + 5)
    store.close()
    content = bytearray(path.read_bytes())
    assert len(content) == 12288
    for place, value in flips:
        content[place] = value
    path.write_bytes(content[:length])
    passed = sum(store.take(KEY, limit=3, reserve=0).granted for _ in range(5))
    assert passed <= 3
    clock.move(10)
    assert store.take(KEY, limit=3, reserve=0).granted
    store.close()


def test_a_file_damaged_while_it_is_open_is_replaced_for_all_who_have_it_open(path: Path) -> None:
    first, second = SqliteStore(path), SqliteStore(path)
    assert [take(first), take(second)] == [1, 2]
    _fold_in(path)
    path.write_bytes(b"\xff" * path.stat().st_size)  # the same file, other content
    third = SqliteStore(path)
    assert take(third) == 1
    assert [take(first), take(second), take(third), take(first)] == [2, 3, 4, 5]
    for store in (first, second, third):
        store.close()


@pytest.mark.parametrize("size", [0, 1, 4096, 5000])
def test_a_file_cut_off_while_it_is_open_does_not_stop_the_next_call(path: Path, size: int) -> None:
    store = SqliteStore(path)
    assert take(store) == 1
    _fold_in(path)
    os.truncate(path, size)
    other = SqliteStore(path)
    used = [take(other), take(store), take(other), take(store)]
    assert used in ([1, 2, 3, 4], [2, 3, 4, 5])
    store.close()
    other.close()


def test_a_file_removed_while_it_is_open_is_made_anew_for_all(path: Path) -> None:
    first, second = SqliteStore(path), SqliteStore(path)
    assert [take(first), take(second)] == [1, 2]
    path.unlink()
    assert [take(first), take(second), take_once(path)] == [1, 2, 3]
    first.close()
    second.close()


def test_who_closes_the_old_file_last_leaves_the_new_one_s_log_alone(path: Path) -> None:
    old = SqliteStore(path)
    assert take(old) == 1
    path.rename(path.with_name("elsewhere"))
    for suffix in ("-wal", "-shm"):
        path.with_name(f"limits.db{suffix}").unlink()
    new = SqliteStore(path)
    assert take(new) == 1
    log = path.with_name("limits.db-wal").stat().st_ino
    old.close()
    assert path.with_name("limits.db-wal").stat().st_ino == log
    assert take_once(path) == 2
    assert take(new) == 3
    new.close()


def test_many_processes_that_find_it_damaged_replace_it_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(b"damaged " * 1000)

    def work() -> tuple[int, int]:
        caplog.clear()
        return take_once(path), len(caplog.records)

    answers = in_processes(8, work)
    assert sorted(used for used, _ in answers) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert sum(warnings for _, warnings in answers) == 1
    assert path.with_name("limits.db.damaged").read_bytes() == b"damaged " * 1000


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])
def test_another_program_s_database_is_refused_and_left_alone(path: Path, journal: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode = {journal}")
    connection.execute("CREATE TABLE precious (x)")
    connection.close()
    path.chmod(0o664)
    before = path.read_bytes()
    with pytest.raises(LimitStoreError) as caught:
        take_once(path)
    assert str(caught.value) == (
        f"count the hourly budget in {path}: expected a file of its own, saw another program's database."
        " Name another file in MAUTIC_RATE_LIMIT_STORE; nothing was changed."
    )
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o664
    assert [entry.name for entry in path.parent.iterdir()] == ["limits.db"]


def _fold_in(path: Path) -> None:
    """Let nothing be in the log alone, so that damage to the file is damage to what counts."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
