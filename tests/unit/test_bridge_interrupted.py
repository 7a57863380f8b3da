"""Ctrl-C: what a stage has open is closed, and the last line says how things stand."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_PATIENCE_S = 60
_SAID = "Interrupted. Nothing is half-written; the next run finishes it."
_ACTION = """
import os, pathlib, subprocess, time
from mautic_bootstrap_ansible import StageAction

class ActionModule(StageAction):
    stage_name = "sample"

    def stage(self, run, state):
        note, child = pathlib.Path(self._task.args["note"]), None
        if self._task.args["busy"] == "child":
            child = subprocess.Popen(["sleep", "600"])
        try:
            note.with_suffix(".new").write_text(f"{os.getpid()} {child.pid if child else 0}")
            note.with_suffix(".new").rename(note)
            child.wait() if child else time.sleep(600)
        finally:
            if self._task.args["busy"] == "closing":
                time.sleep(7)  # longer than Ansible waits before it sends SIGTERM
            note.unlink()
"""

Play = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def note(tmp_path: Path) -> Path:
    return tmp_path / "note"


@pytest.fixture
def play(tmp_path: Path, note: Path) -> Play:
    """Start a playbook with one task that goes on until it is interrupted."""
    for kind, text in {"action_plugins": _ACTION, "library": ""}.items():
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "sample.py").write_text(text)
    shutil.copytree(_ROOT / "playbooks" / "callback_plugins", tmp_path / "callback_plugins")
    config = (_ROOT / "ansible.cfg").read_text().replace("library = ", "library = library:")
    (tmp_path / "ansible.cfg").write_text(config)
    (tmp_path / "play.yml").write_text(
        "- {hosts: localhost, gather_facts: false, vars: {mautic_manage_containers: false},"
        f" tasks: [{{sample: {{note: {note}, busy: '{{{{ busy }}}}'}}}}]}}"
    )

    def play(busy: str) -> subprocess.Popen[str]:
        run = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("ansible-playbook")),
                *("-i", "localhost,", "-e", f"busy={busy}", "play.yml"),
            ],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        _wait_until(note.exists)
        return run

    return play


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("busy", ["sleep", "child", "closing"])
def test_what_a_stage_has_open_is_closed_and_the_last_line_says_so(
    play: Play, note: Path, busy: str
) -> None:
    with play(busy) as run:
        task, child = map(int, note.read_text().split())
        run.send_signal(signal.SIGINT)
        output, _ = run.communicate(timeout=_PATIENCE_S)
    assert run.returncode == 99
    assert output.splitlines()[-1] == _SAID
    assert "Traceback" not in output
    assert not note.exists()
    assert not _lives(task)
    assert not child or not _lives(child)


def test_a_second_ctrl_c_ends_the_run_at_once_and_its_task_with_it(play: Play, note: Path) -> None:
    with play("closing") as run:
        task, _ = map(int, note.read_text().split())
        run.send_signal(signal.SIGINT)
        time.sleep(1)
        began = time.monotonic()
        run.send_signal(signal.SIGINT)
        output, _ = run.communicate(timeout=_PATIENCE_S)
    assert time.monotonic() - began < 5
    assert _SAID not in output
    _wait_until(lambda: not _lives(task))


@pytest.mark.long
def test_a_task_that_does_not_end_holds_up_nobody_for_ever(play: Play, note: Path) -> None:
    with play("sleep") as run:
        task, _ = map(int, note.read_text().split())
        os.kill(task, signal.SIGSTOP)
        run.send_signal(signal.SIGINT)
        output, _ = run.communicate(timeout=_PATIENCE_S)
    assert output.splitlines()[-1] == _SAID
    assert not _lives(task)
