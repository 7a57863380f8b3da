"""Runs commands in tracks: one after another within a track, the tracks side by side."""

import os
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / ".cache" / "lanes"
BIN = Path(sys.executable).parent

# Seconds a command has to tear down what it started, once it was told to stop.
_GRACE_S = 60


@dataclass(frozen=True)
class Counts:
    """What a pytest run counted, errors among the failures."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Return the sums."""
        return Counts(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
        )

    def __str__(self) -> str:
        """Return the form that closes a test run."""
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass(frozen=True)
class Command:
    """One command with a name."""

    name: str
    """Shown to people; also names the log file."""

    argv: Sequence[str]
    """The program and its arguments; the program is looked for in the virtual environment first."""

    track: str = ""
    """Commands of one track run one after another, in the order given."""

    limit_s: float = 1200
    """Seconds after which the command is stopped and has failed."""

    junit: Path | None = None
    """Where the command leaves its JUnit XML, if it does."""

    obstacle: Callable[[], str] = lambda: ""
    """Says why the command cannot run here; an empty text means that it can."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    name: str
    seconds: float = 0
    """Wall time."""

    failed: bool = False

    not_run: str = ""
    """The reason, where it did not run."""

    counts: Counts | None = None
    """Its tests, where it has any."""

    output: str = ""
    """Standard output and error."""

    @property
    def verdict(self) -> str:
        """The outcome in words."""
        if self.not_run:
            return f"not run: {self.not_run}"
        return "FAILED" if self.failed else "passed"


def count_tests(junit: Path) -> Counts:
    """Count the test cases of a JUnit XML file; none where there is no such file.

    Cases are counted one by one: pytest's own totals count a test twice that fails and then fails to clean up.
    """
    counts = Counts()
    if not junit.exists():
        return counts
    for case in ET.parse(junit).iter("testcase"):  # noqa: S314  # pytest wrote it a moment ago
        if case.find("failure") is not None or case.find("error") is not None:
            counts += Counts(failed=1)
        elif case.find("skipped") is not None:
            counts += Counts(skipped=1)
        else:
            counts += Counts(passed=1)
    return counts


def run(command: Command, *, logs: Path | None = None) -> Outcome:
    """Run one command to its end, its output going to `<logs or LOGS>/<name>.log`.

    Side effects:
        Replaces the log and removes an older JUnit XML file.
    """
    obstacle = command.obstacle()
    if obstacle:
        return Outcome(command.name, not_run=obstacle)
    logs = logs or LOGS
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{command.name.replace(' ', '-')}.log"
    if command.junit is not None:
        command.junit.unlink(missing_ok=True)
    started = time.monotonic()
    with log.open("w", encoding="utf-8") as output:
        exit_code = _wait(command, _start(command, output.fileno()))
    text = log.read_text(encoding="utf-8", errors="replace")
    if exit_code is None:
        text += f"\nStopped: it was still running after {command.limit_s:.0f} s.\n"
    return Outcome(
        command.name,
        seconds=time.monotonic() - started,
        failed=exit_code != 0,
        counts=None if command.junit is None else count_tests(command.junit),
        output=text,
    )


def run_all(commands: Iterable[Command], ended: Callable[[Outcome], None]) -> list[Outcome]:
    """Run commands, the tracks side by side.

    Args:
        commands: What to run.
        ended: Told of each outcome as it comes.

    Returns:
        The outcomes in the order of the commands.
    """
    commands = list(commands)
    tracks: dict[str, list[Command]] = {}
    for command in commands:
        tracks.setdefault(command.track, []).append(command)
    outcomes: dict[str, Outcome] = {}
    given_up = threading.Event()

    def follow(track: list[Command]) -> None:
        for command in track:
            if given_up.is_set():
                return
            outcomes[command.name] = run(command)
            ended(outcomes[command.name])

    with ThreadPoolExecutor(len(tracks)) as pool:
        try:
            for future in [pool.submit(follow, track) for track in tracks.values()]:
                future.result()
        except BaseException:  # Ctrl-C reaches what is running by itself; nothing more is started
            given_up.set()
            raise
    return [outcomes[command.name] for command in commands]


def _start(command: Command, output: int) -> subprocess.Popen[bytes]:
    # Options of an outer make would be obeyed by every make that a test starts.
    dropped = ("MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    environment["PATH"] = f"{BIN}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return subprocess.Popen(
        command.argv,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
    )


def _wait(command: Command, process: subprocess.Popen[bytes]) -> int | None:
    """Return the exit code, None where the time ran out; pytest tears down at the interrupt."""
    try:
        return process.wait(command.limit_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    return None
