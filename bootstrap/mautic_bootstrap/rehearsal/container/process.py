"""Being a container's first process: ending at once when told to, and logging line by line."""

import signal
import sys
import time
from collections.abc import Callable


def end_on_signals() -> None:
    """Exit on SIGTERM and SIGINT, which a process with id 1 ignores unless it handles them."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))


def log(text: str) -> None:
    """Write a line to standard output."""
    print(text, flush=True)  # noqa: T201  # the log of a container


def log_error(text: str) -> None:
    """Write a line to standard error."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201  # the log of a container


def poll(until: Callable[[int], bool], *, every_s: float) -> None:
    """Call `until` with a counter from 0 on until it says yes."""
    attempt = 0
    while not until(attempt):
        time.sleep(every_s)
        attempt += 1
