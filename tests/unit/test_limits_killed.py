"""A process that is killed at any moment: the next one works, and no call that was granted is forgotten."""

import logging
import random
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from mautic_bootstrap.api.limits.sqlite_store import SqliteStore
from unit.limit_processes import fork, kill_myself, killed

if TYPE_CHECKING:
    from _typeshed import TraceFunction

KEY = "0123456789abcdef0123456789abcdef"
LIMIT = 1_000_000
_CODE = ("/api/limits/sqlite_store.py", "/api/limits/sqlite_file.py")

lines = pytest.mark.parametrize(
    "stride",
    [
        pytest.param(8, id="at one line of eight"),
        pytest.param(1, id="at any line", marks=pytest.mark.long),
    ],
)


def take(path: Path) -> int:
    """Take a call; return how many were."""
    store = SqliteStore(path)
    grant = store.take(KEY, limit=LIMIT, reserve=0)
    store.close()
    assert grant.granted
    return grant.budget.used


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Work in a process that gets SIGKILL before the given line of the store's code; say whether it did."""

    def child() -> None:
        left = step

        def trace(frame: FrameType, event: str, _argument: object) -> "TraceFunction | None":
            nonlocal left
            if not frame.f_code.co_filename.endswith(_CODE):
                return None
            if event == "line":
                left -= 1
                if left == 0:
                    kill_myself()
            return trace

        sys.settrace(trace)
        work()

    return killed(child)


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


@lines
def test_killed_in_the_first_take_it_leaves_a_file_that_works(tmp_path: Path, stride: int) -> None:
    counted = set()
    step = 1 - stride
    while True:
        step += stride
        path = tmp_path / f"{step}" / "limits.db"
        if not killed_at(step, lambda path=path: take(path)):  # type: ignore[misc]  # not inferred
            break
        used = take(path)
        counted.add(used - 1)
        assert take(path) == used + 1
        assert names(path.parent) - {"limits.db.lock"} == {"limits.db"}
    assert counted == {0, 1}
    assert step > 50


@lines
def test_killed_while_it_replaces_a_damaged_file_it_leaves_one_that_works(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, stride: int
) -> None:
    caplog.set_level(logging.ERROR, "mautic_bootstrap.api")
    step = 1 - stride
    while True:
        step += stride
        path = tmp_path / f"{step}" / "limits.db"
        path.parent.mkdir()
        path.write_bytes(b"damaged " * 1000)
        if not killed_at(step, lambda path=path: take(path)):  # type: ignore[misc]  # not inferred
            break
        assert take(path) in {1, 2}
        assert path.with_name("limits.db.damaged").read_bytes() == b"damaged " * 1000
        assert names(path.parent) - {"limits.db.lock"} == {"limits.db", "limits.db.damaged"}
    assert step > 50


def test_killed_in_the_middle_of_takes_no_granted_call_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "limits.db"

    def work(sender: Connection) -> None:
        store = SqliteStore(path)
        while True:
            sender.send(store.take(KEY, limit=LIMIT, reserve=0).budget.used)

    chance = random.Random(3)  # noqa: S311  # the same every time
    reached = 0
    for _ in range(20):
        receiver, sender = fork.Pipe(duplex=False)
        process = fork.Process(target=work, args=(sender,), daemon=True)
        process.start()
        sender.close()
        assert receiver.recv() > reached
        threading.Event().wait(chance.uniform(0, 0.03))
        process.kill()
        while True:
            try:
                reached = receiver.recv()
            except EOFError:
                break
        process.join()
        used = take(path)
        # The last one may have been granted without having been told.
        assert used - 1 in {reached, reached + 1}
        reached = used
    assert reached > 100
