# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Run the end of stage 2. The documentation is in `library/mautic_ready.py`."""

from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import ready
from mautic_bootstrap_ansible import StageAction


class ActionModule(StageAction):
    """The action `mautic_ready`."""

    stage_name = "containers"

    def stage(self, run: Run, state: State) -> StageResult:
        """Run the end of stage 2."""
        return ready.run(run, state)
