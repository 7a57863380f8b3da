# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""The one bridge between Ansible and the stages of `mautic_bootstrap`.

Nothing is decided here. A stage runs on the controller, inside the action plugin: it imports the package
directly, shows its progress as it happens and costs a tenth of a module.
"""

import traceback
from pathlib import Path
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from pydantic import BaseModel

from mautic_bootstrap import variables
from mautic_bootstrap.errors import BootstrapError, SettingsError
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.run import Run, StageResult, State

STATE_FACT = "bootstrap_state"
_PLAYBOOKS = "playbooks"


class StageAction(ActionBase):
    """Runs one stage and translates its result.

    Subclasses set `stage_name` and implement `stage`.
    """

    TRANSFERS_FILES = False
    _requires_connection = False
    stage_name: ClassVar[str]

    def stage(self, run: Run, state: State) -> StageResult:
        """Run the stage."""
        raise NotImplementedError

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the stage for one host; failures come back as results, redacted, never as tracebacks."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        redactor = Redactor()
        try:
            state = self._state(task_vars or {})
            run = self._prepare(task_vars or {}, state, redactor)
            done = self.stage(run, state)
        except BootstrapError as exc:
            failure = {"failed": True, "msg": exc.sentence(), **exc.details()}
        except Exception as exc:  # noqa: BLE001  # the last line of defence for secrets
            trace = "".join(traceback.format_exception(exc)).splitlines()
            msg = f"Unexpected {type(exc).__name__}: a defect of this project, please report it"
            failure = {"failed": True, "msg": msg, "code": 1, "traceback": trace}
        else:
            return result | self._translate(done, redactor)
        masked: dict[str, Any] = redactor.mask_all(failure)
        return result | masked | {"failed": True}

    def _prepare(self, task_vars: dict[str, Any], state: State, redactor: Redactor) -> Run:
        """Validate the host's public variables and put what the stage needs together."""
        known = set(variables.Variables.model_fields)
        templated = {
            name: self._templar.template(task_vars[name]) for name in known if name in task_vars
        }
        unknown = [
            f"{name} is not a variable of this project; see the README's table"
            for name in variables.unknown_names(list(task_vars))
        ]
        problems = unknown
        try:
            loaded = variables.load(templated | state.overrides)
        except SettingsError as exc:
            problems += exc.problems
        problems += self._shared_env_paths(task_vars)
        if problems:
            raise SettingsError(problems)
        return Run(
            variables=loaded,
            root=_root(str(task_vars.get("playbook_dir", "."))),
            check=bool(self._task.check_mode),
            progress=Progress(lambda line: Display().display(redactor.mask(line))),
            redactor=redactor,
        )

    def _shared_env_paths(self, task_vars: dict[str, Any]) -> list[str]:
        """Refuse two hosts that would write the same file, each undoing the other."""
        hostvars = task_vars.get("hostvars", {})
        me = str(task_vars.get("inventory_hostname", ""))
        default = variables.Variables.model_fields["app_env_path"].default
        mine = str(task_vars.get("app_env_path") or default)
        others = [
            host
            for host in task_vars.get("ansible_play_hosts_all", [])
            if host != me and str(hostvars[host].get("app_env_path") or default) == mine
        ]
        if not others:
            return []
        names = ", ".join(sorted(others))
        return [
            f"app_env_path is {mine} for {me} and for {names}; each host needs a file of its own"
        ]

    @staticmethod
    def _state(task_vars: dict[str, Any]) -> State:
        return State.model_validate((task_vars.get("ansible_facts") or {}).get(STATE_FACT) or {})

    def _translate(self, done: StageResult, redactor: Redactor) -> dict[str, Any]:
        done.state.finished(self.stage_name)
        result: dict[str, Any] = {
            "changed": done.changed,
            "msg": redactor.mask(done.message),
            "ansible_facts": {
                STATE_FACT: _plain(done.state),
                **{f"bootstrap_{k}": v for k, v in done.facts.items()},
            },
        }
        if done.changed and (done.before or done.after):
            result["diff"] = {
                "before": _whole_lines(redactor.mask(done.before)),
                "after": _whole_lines(redactor.mask(done.after)),
            }
        if done.warnings:
            result["warnings"] = [redactor.mask(warning) for warning in done.warnings]
        return result


def _whole_lines(text: str) -> str:
    return f"{text.rstrip()}\n" if text.strip() else ""


def _plain(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json")


def _root(playbook_dir: str) -> Path:
    """Return the repository: where `bootstrap.yml` lies, above the other playbooks."""
    folder = Path(playbook_dir).resolve()
    return folder.parent if folder.name == _PLAYBOOKS else folder
