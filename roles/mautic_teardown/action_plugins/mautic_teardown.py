# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Remove what this project made. The documentation is in `library/mautic_teardown.py`."""

from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import teardown
from mautic_bootstrap_ansible import StageAction


class ActionModule(StageAction):
    """The action `mautic_teardown`."""

    stage_name = "teardown"
    begins = True

    def stage(self, run: Run, _state: State) -> StageResult:
        """Remove what this project made."""
        return teardown.run(run)
