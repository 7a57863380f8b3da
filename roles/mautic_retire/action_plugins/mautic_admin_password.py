# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Change the admin's password. The documentation is in `library/mautic_admin_password.py`."""

from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import admin_password
from mautic_bootstrap_ansible import StageAction


class ActionModule(StageAction):
    """The action `mautic_admin_password`."""

    stage_name = "admin_password"

    def stage(self, run: Run, state: State) -> StageResult:
        """Change the admin's password."""
        return admin_password.run(run, state)
