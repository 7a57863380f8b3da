"""Killing a run at what it announces: finding the moments, dying there, and looking at what is left."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from e2e.playbook import Answer

PATIENCE_S = 300
# A heading of a task, or a step of a stage with the seconds it took.
_ANNOUNCED = re.compile(r"(TASK \[.+\]) \*+|  (\S.*): (?:failed after )?\d+\.\d s")
# Shorter steps have no middle that could be met.
_SHORTEST_S = 0.1
# What a run that was killed has started may take this long to end.
_STRAY_S = 10.0
# In the environment of all that a run starts.
_MARK = "MAUTIC_BOOTSTRAP_TEST_RUN"


@dataclass(frozen=True)
class Moment:
    """When a run dies: some time after it has announced something."""

    announced: str
    """The heading or step."""

    occurrence: int = 1
    """Which of several of the same text."""

    delay_s: float = 0.0
    """Seconds after the announcement."""

    def __str__(self) -> str:
        """Return it as a row's title."""
        again = f" ({self.occurrence})" if self.occurrence > 1 else ""
        return f"{self.announced}{again} +{self.delay_s:.1f} s"


@dataclass
class Workplace:
    """Where all that a run leaves on the machine can be seen: folders and processes of its own."""

    state: Path
    temporary: Path
    mark: str

    @property
    def environment(self) -> dict[str, str]:
        """What leads a run there; its output comes line by line."""
        return {
            "XDG_STATE_HOME": str(self.state),
            "TMPDIR": str(self.temporary),
            "PYTHONUNBUFFERED": "1",
            _MARK: self.mark,
        }

    def leftovers(self, within_s: float = _STRAY_S) -> list[str]:
        """Return locks, temporary files and running processes that do not go within some seconds."""
        until = time.monotonic() + within_s
        while (found := self._found()) and time.monotonic() < until:
            time.sleep(0.1)
        return found

    def _found(self) -> list[str]:
        found = [*self.state.rglob("*.lock"), *self.temporary.iterdir()]
        return [*map(str, found), *_processes(f"{_MARK}={self.mark}")]

    def clear(self) -> None:
        """Forget what runs before have left."""
        for folder in (self.state, self.temporary):
            shutil.rmtree(folder)
            folder.mkdir(mode=0o700)


@contextmanager
def workplace() -> Iterator[Workplace]:
    """Hand out a workplace; its folders have names short enough for a browser's sockets."""
    with (
        tempfile.TemporaryDirectory(prefix="s", dir="/tmp") as state,
        tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as temporary,
    ):
        yield Workplace(Path(state), Path(temporary), uuid4().hex)


@dataclass
class Command:
    """One run of a playbook, not started."""

    argv: list[str]
    folder: Path
    environment: dict[str, str]

    def start(self) -> "subprocess.Popen[str]":
        """Start it in a process group of its own."""
        return subprocess.Popen(
            self.argv,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def whole(self) -> tuple[Answer, list[Moment]]:
        """Run it to its end; return what it said, and the moments at which such a run can be killed.

        They are the announcements themselves, where the next step has just begun, and the middle of that step.
        """
        with self.start() as run:
            lines = list(_lines(run))
        answer = Answer(run.wait(), "".join(line for _, line in lines))
        announced = [(at, text) for at, line in lines if (text := _announced(line))]
        ends = [at for at, _ in announced[1:]] + [at for at, _ in lines[-1:]]
        seen: Counter[str] = Counter()
        moments = []
        for (at, text), end in zip(announced, ends, strict=False):
            seen[text] += 1
            moments.append(Moment(text, seen[text]))
            if end - at >= _SHORTEST_S:
                moments.append(Moment(text, seen[text], (end - at) / 2))
        return answer, moments

    def killed(self, moment: Moment, how: signal.Signals = signal.SIGKILL) -> Answer:
        """Run it up to a moment, send its whole process group a signal there, and return what it said till its end."""

        def kill(group: int) -> None:
            with suppress(ProcessLookupError):  # it came to its end by then
                os.killpg(group, how)

        return self.disturbed(moment, kill)

    def disturbed(self, moment: Moment, act: Callable[[int], None]) -> Answer:
        """Run it, and at a moment do something, given the run's process; return what it said till its end."""
        said = []
        seen: Counter[str] = Counter()
        met = False
        with self.start() as run:
            for _, line in _lines(run):
                said.append(line)
                seen[_announced(line)] += 1
                if not met and seen[moment.announced] == moment.occurrence:
                    met = True
                    time.sleep(moment.delay_s)
                    act(run.pid)
        assert met, f"never announced {moment}:\n{''.join(said)}"
        return Answer(run.wait(), "".join(said))


def _announced(line: str) -> str:
    found = _ANNOUNCED.fullmatch(line.rstrip("\n"))
    return (found[1] or found[2]) if found else ""


def _lines(run: "subprocess.Popen[str]") -> Iterator[tuple[float, str]]:
    """Yield each line with the time at which it came."""
    deadline = time.monotonic() + PATIENCE_S
    assert run.stdout is not None
    for line in run.stdout:
        yield time.monotonic(), line
        if time.monotonic() > deadline:
            os.killpg(run.pid, signal.SIGKILL)
            raise AssertionError("the run takes too long")


def _processes(mark: str) -> list[str]:
    """Return the processes that run with a mark in their environment; those that only wait to be collected do not."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (folder / "environ").read_bytes():
                name = (folder / "cmdline").read_text(errors="replace").replace("\0", " ")
                found.append(f"process {folder.name}: {name}")
    return found
