# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Run stage 5. The documentation is in `library/app_env_file.py`."""

from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import app_env
from mautic_bootstrap_ansible import StageAction


class ActionModule(StageAction):
    """The action `app_env_file`."""

    stage_name = "app_env"

    def stage(self, run: Run, state: State) -> StageResult:
        """Run stage 5."""
        return app_env.run(run, state)
