"""Showing how far something with many steps is."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[int, int | None], None]
"""Told how many are done, and of how many; None where nobody knows."""

Progress = Report | bool | None
"""A `Report`; or True for a line on stderr, redrawn as it goes, where that is a terminal."""


@contextmanager
def shown(progress: Progress, what: str) -> Iterator[Report]:
    """Return whom to tell, for as long as a `with` lasts.

    Args:
        progress: As the caller asked for it.
        what: The things counted, for the line.
    """
    if callable(progress):
        yield progress
    elif progress and sys.stderr is not None and sys.stderr.isatty():
        with _line(what) as report:
            yield report
    else:
        yield lambda _done, _total: None


@contextmanager
def _line(what: str) -> Iterator[Report]:
    drawn = ""

    def draw(done: int, total: int | None) -> None:
        nonlocal drawn
        line = f"{done} of {total} {what}" if total is not None else f"{done} {what}"
        sys.stderr.write("\r" + line.ljust(len(drawn)))
        sys.stderr.flush()
        drawn = line

    try:
        yield draw
    finally:
        if drawn:
            sys.stderr.write("\n")
            sys.stderr.flush()
