# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Run the first half of stage 2. The documentation is in `library/mautic_container_plan.py`."""

from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import containers
from mautic_bootstrap_ansible import StageAction


class ActionModule(StageAction):
    """The action `mautic_container_plan`."""

    stage_name = "containers"

    def stage(self, run: Run, state: State) -> StageResult:
        """Run the first half of stage 2."""
        return containers.run(run, state)
