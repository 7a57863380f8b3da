"""The right to ask for a token, among processes: one has it, and it ends with its holder."""

import os
import signal
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from unit.token_caches import cache, held

fork = get_context("fork")
PROCESSES = 8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tokens"


@pytest.fixture
def unusable(tmp_path: Path) -> Path:
    """A folder that cannot be made."""
    (tmp_path / "file").touch()
    return tmp_path / "file" / "tokens"


def in_child(function: Callable[[], bool]) -> bool:
    """Return what a function finds in a forked process."""

    def call(sender: Connection) -> None:
        sender.send(function())

    receiver, sender = fork.Pipe(duplex=False)
    process = fork.Process(target=call, args=(sender,))
    process.start()
    sender.close()
    try:
        found: bool = receiver.recv()
    finally:
        process.join()
    return found


def test_of_many_processes_exactly_one_has_it(folder: Path) -> None:
    def compete(start: Barrier, tried: Barrier, sender: Connection) -> None:
        one = cache(folder)
        start.wait()
        lock = one.try_lock()
        tried.wait()  # nobody lets go before everybody has tried
        sender.send(lock is not None)

    receiver, sender = fork.Pipe(duplex=False)
    start, tried = fork.Barrier(PROCESSES), fork.Barrier(PROCESSES)
    for _ in range(3):
        processes = [
            fork.Process(target=compete, args=(start, tried, sender)) for _ in range(PROCESSES)
        ]
        for process in processes:
            process.start()
        assert sorted(receiver.recv() for _ in processes) == [False] * (PROCESSES - 1) + [True]
        for process in processes:
            process.join()


def test_it_is_free_once_its_holder_was_killed(folder: Path) -> None:
    def hold(sender: Connection) -> None:
        lock = cache(folder).try_lock()
        sender.send(lock is not None)
        signal.pause()

    receiver, sender = fork.Pipe(duplex=False)
    process = fork.Process(target=hold, args=(sender,))
    process.start()
    assert receiver.recv()
    assert cache(folder).try_lock() is None
    process.kill()
    process.join()
    held(cache(folder).try_lock()).release()


@pytest.mark.parametrize("where", ["folder", "unusable"])
def test_a_process_forked_from_the_holder_does_not_have_it(
    where: str, request: pytest.FixtureRequest
) -> None:
    one = cache(request.getfixturevalue(where))
    with held(one.try_lock()) as lock:

        def let_go() -> bool:
            lock.release()
            return True

        assert in_child(let_go)
        assert one.try_lock() is None
    held(one.try_lock()).release()


def test_a_process_forked_from_the_holder_does_not_keep_it(folder: Path) -> None:
    one = cache(folder)

    def outlive(sender: Connection) -> None:
        sender.send(None)
        signal.pause()

    receiver, sender = fork.Pipe(duplex=False)
    lock = held(one.try_lock())
    process = fork.Process(target=outlive, args=(sender,))
    process.start()
    receiver.recv()
    # What the system does where the holder dies: closes, without a word to the lock.
    assert lock._descriptor is not None
    os.close(lock._descriptor)
    lock._descriptor = None
    try:
        held(one.try_lock()).release()
    finally:
        process.kill()
        process.join()


def test_a_child_can_take_a_lock_of_threads_that_its_parent_held(unusable: Path) -> None:
    one = cache(unusable)
    with held(one.try_lock()):
        assert in_child(lambda: one.try_lock() is not None)
