# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Run stage 6. The documentation is in `library/api_proof.py`."""

from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import verify
from mautic_bootstrap_ansible import StageAction


class ActionModule(StageAction):
    """The action `api_proof`."""

    stage_name = "verify"

    def stage(self, run: Run, state: State) -> StageResult:
        """Run stage 6."""
        return verify.run(run, state)
