# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Run stage 4. The documentation is in `library/mautic_api_access.py`."""

from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import api_access
from mautic_bootstrap_ansible import StageAction


class ActionModule(StageAction):
    """The action `mautic_api_access`."""

    stage_name = "api_access"

    def stage(self, run: Run, state: State) -> StageResult:
        """Run stage 4."""
        return api_access.run(run, state)
