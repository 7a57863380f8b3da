"""The bridge inside a real `ansible-playbook`, at `-vvvv --diff`: what a person sees, and what nobody may see."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_CANARY = "canary-7d1e-password"

_ACTION = """
from mautic_bootstrap.errors import ContainerError
from mautic_bootstrap.run import StageResult
from mautic_bootstrap_ansible import StageAction

class ActionModule(StageAction):
    stage_name = "sample"

    def stage(self, run, state):
        secret = run.admin_password()
        wanted = self._task.args["wanted"]
        if wanted == "crash":
            raise RuntimeError(f"near {secret}")
        if wanted == "failure":
            raise ContainerError(
                f"start {secret}", expected="it up", seen="it down", hint="Look.", log_tail=f"no\\n{secret}"
            )
        with run.progress.step(f"Step with {secret}"):
            state.facts["seen"] = state.facts.get("seen", "") + "+"
        return StageResult(
            state,
            changed=wanted == "change",
            before=f"password: {secret}" if wanted == "change" else "",
            after="password: other",
            message=f"check={run.check} instance={run.variables.mautic_instance} {secret}",
            warnings=[f"mind {secret}"] if wanted == "warning" else [],
            facts={"sample": ["a fact"]},
        )
"""

_PLAYBOOK = """
- hosts: all
  gather_facts: false
  connection: local
  tasks:
    - {name: Fail, sample: {wanted: failure}, ignore_errors: true}
    - {name: Crash, sample: {wanted: crash}, ignore_errors: true}
    - {name: Change, sample: {wanted: change}}
    - {name: Hidden, sample: {wanted: warning}, no_log: true}
    - {name: Plan, sample: {wanted: nothing}, check_mode: true}
    - name: Facts
      ansible.builtin.debug:
        msg: "{{ ansible_facts.bootstrap_sample[0] }} {{ ansible_facts.bootstrap_state.facts.seen }}"
"""

_INVENTORY = f"""
all:
  hosts:
    one:
      mautic_manage_containers: "{{{{ 'f' ~ 'alse' }}}}"
      mautic_instance: "shop-{{{{ inventory_hostname }}}}"
      mautic_admin_password: {_CANARY}
"""


@dataclass(frozen=True)
class _Output:
    code: int
    text: str
    """Every line, white space folded, since Ansible wraps."""

    def of(self, task: str, until: str) -> str:
        return self.text.partition(f"TASK [{task}]")[2].partition(until)[0]


def _play(folder: Path, *arguments: str, **variables: str) -> _Output:
    command = Path(sys.executable).with_name("ansible-playbook")
    environment = {n: v for n, v in os.environ.items() if not n.startswith(("ANSIBLE_", "MAUTIC_"))}
    environment |= {"NO_COLOR": "1", "COLUMNS": "1000", "HOME": str(folder)} | variables
    done = subprocess.run(
        [command, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return _Output(done.returncode, " ".join((done.stdout + done.stderr).split()))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> _Output:
    folder = tmp_path_factory.mktemp("sample")
    for kind, text in {"action_plugins": _ACTION, "library": ""}.items():
        (folder / kind).mkdir()
        (folder / kind / "sample.py").write_text(text)
    (folder / "play.yml").write_text(_PLAYBOOK)
    (folder / "hosts.yml").write_text(_INVENTORY)
    config = (_ROOT / "ansible.cfg").read_text().replace("library = ", "library = library:")
    (folder / "ansible.cfg").write_text(config)
    return _play(folder, "-i", "hosts.yml", "-vvvv", "--diff", "play.yml")


def test_the_secret_is_nowhere(sample: _Output) -> None:
    assert sample.code == 0
    assert _CANARY not in sample.text


def test_an_error_is_a_sentence_with_its_code_class_and_log(sample: _Output) -> None:
    shown = sample.of("Fail", "TASK [Crash]")
    assert "start ********: expected it up, saw it down. Look." in shown
    assert "code: 12 error: ContainerError" in shown
    assert "log: - 'no' - '********'" in shown
    assert "Traceback" not in shown


def test_a_defect_is_told_as_one_with_a_masked_trace(sample: _Output) -> None:
    shown = sample.of("Crash", "TASK [Change]")
    assert "Unexpected RuntimeError: a defect of this project, please report it" in shown
    assert "RuntimeError: near ********" in shown


def test_a_change_is_told_with_a_masked_difference(sample: _Output) -> None:
    shown = sample.of("Change", "TASK [Hidden]")
    assert "changed: [one]" in shown
    assert "-password: ******** +password: other" in shown
    assert "check=False instance=shop-one ********" in shown


def test_progress_is_shown_as_it_happens_under_no_log_too(sample: _Output) -> None:
    for task, until in (("Change", "TASK [Hidden]"), ("Hidden", "TASK [Plan]")):
        assert "Step with ********: 0.0 s" in sample.of(task, until)


def test_check_mode_reaches_the_stage(sample: _Output) -> None:
    assert "check=True instance=shop-one" in sample.of("Plan", "TASK [Facts]")


def test_what_a_stage_says_is_a_fact_for_the_next(sample: _Output) -> None:
    assert "a fact +++" in sample.of("Facts", "PLAY RECAP")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a user has: the playbooks, without a `.env`."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("roles", "playbooks", "inventory"):
        shutil.copytree(_ROOT / name, folder / name)
    for name in ("ansible.cfg", "bootstrap.yml"):
        shutil.copy(_ROOT / name, folder / name)
    return folder


def test_bad_input_is_refused_all_at_once_before_anything_is_touched(checkout: Path) -> None:
    values = [
        *("mautic_urll=http://localhost", "mautic_client_name=a,b", "mautic_admin_email=nobody"),
        *("app_env_auth=saml", "mautic_bind_address=here"),
    ]
    arguments = [part for value in values for part in ("-e", value)]
    seen = _play(
        checkout,
        *("-i", "inventory/existing", "bootstrap.yml", *arguments),
        MAUTIC_ADMIN_PASSWORD=_CANARY,
    )
    assert seen.code == 2
    for problem in (
        "mautic_urll is not a variable of this project; see the README's table",
        "mautic_client_name is 'a,b'; commas, quotes, backslashes, <, > and & are not allowed",
        "mautic_admin_email is 'nobody', which is not an e-mail address",
        "app_env_auth is not valid: input should be 'oauth2', 'basic' or 'token'",
        "mautic_bind_address is 'here'; it needs an IP address of this machine, such as 127.0.0.1",
        "Nothing was touched.",
    ):
        assert problem in seen.text
    assert "Traceback" not in seen.text
    assert _CANARY not in seen.text
    assert {path.name for path in checkout.iterdir()} >= {"roles", "playbooks"}
    assert not (checkout / ".env").exists()
    assert not (checkout / ".secrets").exists()
