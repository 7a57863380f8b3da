# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Run stage 7. The documentation is in `library/mautic_retire.py`."""

from ansible.module_utils.parsing.convert_bool import boolean

from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import retire
from mautic_bootstrap_ansible import StageAction


class ActionModule(StageAction):
    """The action `mautic_retire`."""

    stage_name = "retire"

    def stage(self, run: Run, state: State) -> StageResult:
        """Run stage 7."""
        return retire.run(run, state, at_once=boolean(self._task.args.get("at_once", False)))
