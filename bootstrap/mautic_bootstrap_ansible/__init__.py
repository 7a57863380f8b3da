# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""The one bridge between Ansible and the stages of `mautic_bootstrap`.

Nothing is decided here. A stage runs on the controller, inside the action plugin: it imports the package
directly, shows its progress as it happens and costs a tenth of a module.
"""

import ctypes
import multiprocessing
import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import httpcore  # noqa: F401  # httpx imports it with its first client: here once, not in each forked task
from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from pydantic import BaseModel

from mautic_bootstrap import core_dumps, run_lock, scratch, variables
from mautic_bootstrap.errors import (
    BootstrapError,
    EnvFileError,
    InsecurePathError,
    SettingsError,
)
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap_ansible import fleet, interrupts
from mautic_bootstrap_ansible.vault import AnsibleCipher

# Ansible imports an action before it forks a process for it: this holds for the run's own process and for what it
# starts from then on, modules that are told the database passwords among it.
core_dumps.forbid()

STATE_FACT = "bootstrap_state"
_PROCESS_FACT = "bootstrap_process"
_PLAYBOOKS = "playbooks"
_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
# Where one of these does not resolve, pieces of it stand in the message.
_SECRETS = ("mautic_admin_password", "mautic_client_secret")
# Ansible imports an action before it forks a process for it: this is the run's own time, the same for all hosts.
_BEGAN = time.monotonic()


class _Outgoing(Redactor):
    """Masks secrets, and takes away what would steer a terminal: some texts come from servers."""

    _CONTROL = re.compile(r"[^\t\n\x20-\x7e\xa0-\U0010ffff]")

    def mask(self, text: str) -> str:
        """Return `text` without secrets and control characters."""
        return self._CONTROL.sub("\N{REPLACEMENT CHARACTER}", super().mask(text))


class StageAction(ActionBase):
    """Runs one stage and translates its result.

    Subclasses set `stage_name` and implement `stage`; where a run begins with them, also `begins`.
    """

    TRANSFERS_FILES = False
    _requires_connection = False
    stage_name: ClassVar[str]
    begins: ClassVar[bool] = False
    """What earlier stages said does not count: a run begins here, and waits for another one to end."""

    def stage(self, run: Run, state: State) -> StageResult:
        """Run the stage."""
        raise NotImplementedError

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run the stage for one host; failures come back as results, redacted, never as tracebacks."""
        _end_with_the_run()
        interrupts.unwind()
        result: dict[str, Any] = super().run(tmp, task_vars)
        redactor = _Outgoing()
        try:
            state = self._state(task_vars or {})
            run = self._prepare(task_vars or {}, state, redactor)
            if self.begins and not run.check:
                _lock(run, task_vars or {})
                scratch.remove_leftovers()
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
        problems = [
            f"{name} is not a variable of this project; see the README's table"
            for name in variables.unknown_names(list(task_vars))
        ]
        templated, unresolved = self._templated(task_vars, redactor)
        if unresolved:
            raise SettingsError(problems + unresolved)
        try:
            loaded = variables.load(templated | state.overrides)
        except SettingsError as exc:
            problems += exc.problems
        else:
            problems += _kept_files(loaded)
        root = _root(str(task_vars.get("playbook_dir", ".")))
        if not state.timeline:  # once for each host: it looks at the variables of all the others
            problems += fleet.shared(task_vars, root)
        if problems:
            raise SettingsError(problems)
        vaults = loaded.app_secret_vault_password_file
        return Run(
            variables=loaded,
            root=root,
            check=bool(self._task.check_mode),
            progress=Progress(lambda line: Display().display(redactor.mask(line))),
            redactor=redactor,
            cipher=AnsibleCipher(vaults, redactor) if vaults else None,
        )

    def _templated(
        self, task_vars: dict[str, Any], redactor: Redactor
    ) -> tuple[dict[str, Any], list[str]]:
        """Return the public variables that are set, and what is wrong with those that do not resolve."""
        values: dict[str, Any] = {}
        problems = []
        # Secrets first: whatever is said of the others is masked by then.
        for name in sorted(variables.Variables.model_fields, key=lambda name: name not in _SECRETS):
            if name not in task_vars:
                continue
            try:
                values[name] = self._templar.template(task_vars[name])
            except AnsibleError as exc:
                why = type(exc).__name__ if name in _SECRETS else exc.message
                problems.append(
                    f"{name} is a template that Ansible cannot resolve ({why}); define what it names, or mark"
                    " a value with braces in it as !unsafe"
                )
                continue
            if name in _SECRETS and values[name]:
                redactor.add(str(values[name]))
        return values, problems

    def _state(self, task_vars: dict[str, Any]) -> State:
        """Return what the stages before said in this run; a fact cache also holds what an earlier one said."""
        facts = task_vars.get("ansible_facts") or {}
        if self.begins or facts.get(_PROCESS_FACT) != _process_of_the_run():
            return State()
        return State.model_validate(facts.get(STATE_FACT) or {})

    def _translate(self, done: StageResult, redactor: Redactor) -> dict[str, Any]:
        done.state.finished(self.stage_name)
        done.state.facts = redactor.mask_all(done.state.facts)
        result: dict[str, Any] = {
            "changed": done.changed,
            "msg": redactor.mask(done.message),
            "ansible_facts": {
                _PROCESS_FACT: _process_of_the_run(),
                STATE_FACT: _plain(done.state),
                **{f"bootstrap_{k}": redactor.mask_all(v) for k, v in done.facts.items()},
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


def _end_with_the_run() -> None:
    """Let the kernel end this process when `ansible-playbook` is killed.

    Ansible gives each task's process a session of its own (`executor/process/worker.py`): without this it would go
    on changing things beside the next run, and make a second OAuth2 client. Only Linux knows how.
    """
    if sys.platform == "linux" and os.getsid(0) == os.getpid():
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != _process_of_the_run():  # it was killed before the kernel was asked
        os._exit(1)


def _process_of_the_run() -> int:
    """Return the number of `ansible-playbook`'s process, also where it has died and init has taken its place."""
    run = multiprocessing.parent_process()
    pid = None if run is None else run.pid
    return os.getppid() if pid is None else pid


def _lock(run: Run, task_vars: Mapping[str, Any]) -> None:
    """Keep other runs of this machine away from this Mautic until the run ends.

    Raises:
        RunLockedError: Another one is there, and did not end in time.
        InsecurePathError: Somebody else could hold or remove the lock.
    """
    try:
        run_lock.hold(
            run.variables.mautic_url,
            run=_process_of_the_run(),
            deadline=_BEGAN + run_lock.PATIENCE_S,
            say=run.progress.note,
            others=fleet.urls(task_vars),
        )
    except InsecurePathError:
        raise
    except EnvFileError as exc:  # no home, a read-only one: no reason not to run
        run.progress.note(f"Mind not to start a second run at the same time: {exc.sentence()}")


def _whole_lines(text: str) -> str:
    return f"{text.rstrip()}\n" if text.strip() else ""


def _plain(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json")


def _root(playbook_dir: str) -> Path:
    """Return the repository: where `bootstrap.yml` lies, above the other playbooks."""
    folder = Path(playbook_dir).resolve()
    return folder.parent if folder.name == _PLAYBOOKS else folder


def _kept_files(loaded: variables.Variables) -> list[str]:
    """Refuse Ansible's switch for debugging that leaves modules, and what they are told, on the disk."""
    kept = constants.config.get_config_value("DEFAULT_KEEP_REMOTE_FILES")
    if not loaded.mautic_manage_containers or not kept:
        return []
    left = "leaves the database passwords in Ansible's temporary folder"
    return [f"ANSIBLE_KEEP_REMOTE_FILES (or keep_remote_files) is on, which {left}; switch it off"]
