# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Says after Ctrl-C how things stand, as the last line of a run."""

import atexit
import multiprocessing
import signal
import time
from types import FrameType
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: mautic_interrupted
type: aggregate
short_description: Says after Ctrl-C how things stand
description:
  - Waits until the tasks that were running have closed what they had open, and says what the next run will do.
"""

# Ansible has waited for 10 s by then; a task's own bound is 20 s.
_PATIENCE_S = 15


class CallbackModule(CallbackBase):
    """Listens to the signal beside Ansible, which goes on to end the run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "mautic_interrupted"

    def v2_playbook_on_start(self, playbook: Any) -> None:  # noqa: ARG002  # Ansible's signature
        """Stand before Ansible's own handler, which is set by now and reached all the same."""
        ansibles = signal.getsignal(signal.SIGINT)

        def interrupted(number: int, frame: FrameType | None) -> None:
            # What is registered last is done first: before Python waits for the same tasks.
            atexit.register(self._say)
            if callable(ansibles):
                ansibles(number, frame)

        signal.signal(signal.SIGINT, interrupted)

    def _say(self) -> None:
        until = time.monotonic() + _PATIENCE_S
        for task in multiprocessing.active_children():
            task.join(max(0.0, until - time.monotonic()))
            task.kill()  # Python would wait for it without a bound
        self._display.display("Interrupted. Nothing is half-written; the next run finishes it.")
