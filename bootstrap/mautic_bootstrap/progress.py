"""Telling a person what happens, while it happens."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Progress:
    """Prints one line per finished step, with the seconds it took.

    Args:
        write: Receives each line, without a newline at its end; the default says nothing.
    """

    def __init__(self, write: Callable[[str], None] = lambda _line: None) -> None:
        self._write = write

    def note(self, text: str) -> None:
        """Say something that takes no time."""
        self._write(f"  {text}")

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Announce a step when it is over, as done or failed, with its duration."""
        started = time.monotonic()
        try:
            yield
        except BaseException:
            self._write(f"  {text}: failed after {time.monotonic() - started:.1f} s")
            raise
        self._write(f"  {text}: {time.monotonic() - started:.1f} s")
