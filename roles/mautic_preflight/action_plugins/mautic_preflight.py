# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Run stage 1. The documentation is in `library/mautic_preflight.py`."""

from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import preflight
from mautic_bootstrap_ansible import StageAction


class ActionModule(StageAction):
    """The action `mautic_preflight`."""

    stage_name = "preflight"
    begins = True

    def stage(self, run: Run, _state: State) -> StageResult:
        """Run stage 1."""
        return preflight.run(run)
