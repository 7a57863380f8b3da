# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Fail safely after a container task. The documentation is in `library/mautic_container_failed.py`."""

from mautic_bootstrap.errors import ContainerError
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap_ansible import StageAction


class ActionModule(StageAction):
    """The action `mautic_container_failed`."""

    stage_name = "containers"

    def stage(self, run: Run, _state: State) -> StageResult:
        """Raise what the engine said, with every secret masked."""
        reason = run.redactor.mask(str(self._task.args.get("reason") or "no reason given"))
        raise ContainerError(
            f"start the containers of {run.variables.mautic_instance}",
            expected="the engine to start them",
            seen=" ".join(reason.split()).rstrip("."),
            hint="Look at `docker ps --all`, the port in mautic_url and the free disk space.",
        )
