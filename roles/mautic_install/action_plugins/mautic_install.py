# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Run stage 3. The documentation is in `library/mautic_install.py`."""

from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import install
from mautic_bootstrap_ansible import StageAction


class ActionModule(StageAction):
    """The action `mautic_install`."""

    stage_name = "install"

    def stage(self, run: Run, state: State) -> StageResult:
        """Run stage 3."""
        return install.run(run, state)
