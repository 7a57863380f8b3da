# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Ctrl-C in the process of a task: what the stage has open is closed before the process ends.

Ansible's own handler ends the process on the spot, with whatever it left on the disk: a browser's folder, a lock.
"""

import multiprocessing
import os
import signal
import sys
from types import FrameType

_GRACE_S = 20
"""Closing takes a second; whoever pressed Ctrl-C waits for it."""


def unwind() -> None:
    """Let SIGINT end the stage by an exception, so that everything it has open is closed.

    Source: `executor/process/worker.py` (ansible-core 2.19): the run's process passes the signal on to the task's,
    which leads a process group; after 5 s it sends SIGTERM.
    """
    if multiprocessing.parent_process() is not None:  # else there is no task's process
        signal.signal(signal.SIGINT, _interrupt)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    # Once is enough, from here on nothing but the alarm cuts the closing short.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.alarm(_GRACE_S)
    if os.getpgid(0) == os.getpid():
        # As from a terminal: the browser's driver closes it, `docker` lets go.
        os.killpg(0, signal.SIGINT)
    if _within_playwright():
        return  # an exception would end its event loop, and what closes the browser would wait for ever
    raise KeyboardInterrupt


def _within_playwright() -> bool:
    """Say whether Playwright's event loop runs, in a greenlet of its own: its call fails by itself without a driver."""
    greenlet = sys.modules.get("greenlet")
    return greenlet is not None and greenlet.getcurrent().parent is not None
