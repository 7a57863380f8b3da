"""Processes and threads that use a budget at the same time."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TypeVar

fork = get_context("fork")
T = TypeVar("T")


def in_processes(number: int, function: Callable[[], T]) -> list[T]:
    """Call a function in as many forked processes, all started before any of them begins; return what they return."""
    barrier = fork.Barrier(number)

    def call(sender: Connection) -> None:
        barrier.wait(timeout=60)
        sender.send(function())

    pipes = [fork.Pipe(duplex=False) for _ in range(number)]
    # A test that fails must not wait for its processes.
    processes = [fork.Process(target=call, args=(sender,), daemon=True) for _, sender in pipes]
    for process in processes:
        process.start()
    for _, sender in pipes:
        sender.close()  # so that a child that died ends the wait below
    answers = [receiver.recv() for receiver, _ in pipes]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * number
    return answers


def in_threads(number: int, function: Callable[[], T]) -> list[T]:
    """Call a function in as many threads; return what they return."""
    with ThreadPoolExecutor(number) as pool:
        return [future.result() for future in [pool.submit(function) for _ in range(number)]]


def in_process(function: Callable[[], T]) -> T:
    """Call a function in a forked process; return what it returns."""
    return in_processes(1, function)[0]


def killed(function: Callable[[], object]) -> bool:
    """Call a function in a process that may kill itself; say whether it did."""
    process = fork.Process(target=function, daemon=True)
    process.start()
    process.join()
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


def kill_myself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
