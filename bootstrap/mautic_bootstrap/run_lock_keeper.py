"""Keeps a run's lock while the run lives: a program of its own, which `run_lock` starts.

It runs without this package and without anything else installed, so that it costs next to nothing.

Arguments: the lock file; its open and locked descriptor; the number of the run's process; and, where the system
has such a thing, a descriptor of that process.
"""

import os
import select
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

_POLL_S = 0.2


def main(arguments: Sequence[str]) -> None:
    """Wait for the run to end, however it ends, then remove the lock file; the lock goes with this process."""
    path, lock, run = arguments[0], int(arguments[1]), int(arguments[2])
    if len(arguments) > 3:
        ended = select.poll()
        ended.register(int(arguments[3]), select.POLLIN)
        ended.poll()
    else:
        # No event tells it where processes have no descriptors.
        while _lives(run):
            time.sleep(_POLL_S)
    with suppress(OSError):
        if os.path.samestat(os.fstat(lock), os.lstat(path)):
            os.unlink(path)  # noqa: PTH108  # pathlib would double the time this takes to start


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
