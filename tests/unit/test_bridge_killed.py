"""A killed run ends entirely: what it was doing does not go on beside the next run."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import mautic_bootstrap_ansible

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux ends a process with its parent"
)

_ROOT = Path(__file__).parents[2]
_PATIENCE_S = 60
_FORK = multiprocessing.get_context("fork")
_ACTION = """
import os, pathlib, time
from mautic_bootstrap_ansible import StageAction

class ActionModule(StageAction):
    stage_name = "sample"

    def stage(self, run, state):
        note = pathlib.Path(self._task.args["note"])
        note.with_suffix(".new").write_text(str(os.getpid()))
        note.with_suffix(".new").rename(note)
        time.sleep(600)
"""


def test_a_stage_dies_with_its_run(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    for kind, text in {"action_plugins": _ACTION, "library": ""}.items():
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "sample.py").write_text(text)
    (tmp_path / "play.yml").write_text(
        "- {hosts: localhost, gather_facts: false, vars: {mautic_manage_containers: false},"
        f" tasks: [{{sample: {{note: {note}}}}}]}}"
    )
    config = (_ROOT / "ansible.cfg").read_text().replace("library = ", "library = library:")
    (tmp_path / "ansible.cfg").write_text(config)
    command = [
        str(Path(sys.executable).with_name("ansible-playbook")),
        "-i",
        "localhost,",
        "play.yml",
    ]

    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as run:
        _wait_until(note.exists)
        worker = int(note.read_text())
        os.killpg(run.pid, signal.SIGKILL)

    _wait_until(lambda: not _lives(worker))


def test_a_task_whose_run_died_before_it_began_ends_and_does_nothing() -> None:
    reading, writing = os.pipe()
    run = _FORK.Process(target=_die_at_once, args=(writing,))
    run.start()
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        # The end of the text comes with the end of the task's process.
        assert said.read() == b"orphaned "
    run.join()


def _die_at_once(writing: int) -> None:
    _FORK.Process(target=_begin_late, args=(writing,)).start()
    os._exit(0)


def _begin_late(writing: int) -> None:
    os.setsid()
    run = multiprocessing.parent_process()
    assert run is not None
    _wait_until(lambda: os.getppid() != run.pid)
    os.write(writing, b"orphaned ")
    assert mautic_bootstrap_ansible._process_of_the_run() == run.pid
    mautic_bootstrap_ansible._end_with_the_run()
    os.write(writing, b"and alive")


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _lives(pid: int) -> bool:
    """Say whether a process runs; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
