"""One run at a time against one Mautic: whoever comes later waits, in bounds, and a dead run stops nobody."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mautic_bootstrap import run_lock
from mautic_bootstrap.errors import RunLockedError

_ROOT = Path(__file__).parents[2]
_URL = "http://localhost:8080"
_FAR = 60.0
# Stands for the process of a task: it takes the lock in the name of its parent, says so, and ends.
_TASK = """
import os, sys, time
from mautic_bootstrap import run_lock
url, *others = sys.argv[1:]
run_lock.hold(url, run=os.getppid(), deadline=time.monotonic() + 60, say=print, others=others)
print("held", flush=True)
os._exit(0)
"""
# Stands for `ansible-playbook`: it runs such tasks one after another, then waits to be ended.
_RUN = """
import subprocess, sys
for _ in range(int(sys.argv[1])):
    subprocess.run([sys.executable, "-c", sys.argv[2], *sys.argv[3:]], check=True)
sys.stdin.read()
"""

Run = subprocess.Popen[str]


@pytest.fixture(autouse=True)
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "mautic-bootstrap" / "locks"


@pytest.fixture
def start() -> Iterator[Callable[..., Run]]:
    """Start a run that takes the locks of some Mautics, in a process group of its own."""
    runs: list[Run] = []

    def start(*urls: str, tasks: int = 1) -> Run:
        run = subprocess.Popen(
            [sys.executable, "-c", _RUN, str(tasks), _TASK, *urls],
            env=os.environ | {"PYTHONPATH": str(_ROOT / "bootstrap")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        runs.append(run)
        return run

    yield start
    for run in runs:
        with run:
            run.kill()


def _line(run: Run) -> str:
    assert run.stdout is not None
    return run.stdout.readline().rstrip()


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _FAR
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _hold(url: str = _URL, *, patience_s: float = _FAR, others: tuple[str, ...] = ()) -> list[str]:
    """Take a lock for this very process; return what was said meanwhile."""
    said: list[str] = []
    deadline = time.monotonic() + patience_s
    run_lock.hold(url, run=os.getpid(), deadline=deadline, say=said.append, others=others)
    return said


@pytest.fixture(autouse=True)
def _no_keeper_outlives_its_test() -> Iterator[None]:
    yield
    for keeper in run_lock._keepers:
        keeper.kill()
        keeper.wait()
    run_lock._keepers.clear()


def test_a_lock_is_private_names_its_run_and_goes_with_it(
    start: Callable[..., Run], locks: Path
) -> None:
    before = int(time.time())
    run = start(_URL)
    assert _line(run) == "held"
    (file,) = locks.iterdir()
    process, _born, since = file.read_text().split()
    assert int(process) == run.pid
    assert before <= int(since) <= time.time()
    assert file.stat().st_mode & 0o777 == 0o600
    assert locks.stat().st_mode & 0o777 == 0o700
    run.communicate()
    _wait_until(lambda: not list(locks.iterdir()))


def test_a_second_run_is_told_for_whom_it_waits_and_goes_on_when_that_one_ends(
    start: Callable[..., Run],
) -> None:
    first, second = start(_URL), None
    assert _line(first) == "held"
    second = start(_URL)
    said = _line(second)
    assert said.startswith(
        f"Waiting for another run to be done with {_URL}: the run of process {first.pid}, there since 20"
    )
    assert said.endswith("; 1 minutes at most")
    first.communicate()
    assert _line(second) == "held"


def test_the_wait_has_an_end_with_an_error_of_its_own(start: Callable[..., Run]) -> None:
    first = start(_URL)
    assert _line(first) == "held"
    began = time.monotonic()
    with pytest.raises(RunLockedError) as caught:
        _hold(patience_s=0.5)
    assert 0.5 <= time.monotonic() - began < 10
    assert caught.value.code == 14
    text = str(caught.value)
    assert text.startswith(
        f"begin with {_URL}: expected no other run there, saw the run of process {first.pid}, there since 20"
    )
    assert text.endswith(" after 1 s. Wait for that run to end, or end it, then run again.")


@pytest.mark.parametrize("name", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_killed_lets_go_at_once_and_leaves_nothing(
    start: Callable[..., Run], locks: Path, name: signal.Signals
) -> None:
    run = start(_URL)
    assert _line(run) == "held"
    os.killpg(run.pid, name)
    run.wait()
    assert _hold(patience_s=5) == []
    assert len(list(locks.iterdir())) == 1


def test_a_keeper_that_is_killed_leaves_a_lock_that_stops_nobody(locks: Path) -> None:
    _hold()
    (keeper,) = run_lock._keepers
    keeper.kill()
    keeper.wait()
    assert len(list(locks.iterdir())) == 1
    assert _hold() == []


def test_the_later_tasks_of_a_run_do_not_wait_for_their_own_run(start: Callable[..., Run]) -> None:
    run = start(_URL, tasks=3)
    assert [_line(run) for _ in range(3)] == ["held"] * 3


def test_what_a_task_starts_besides_does_not_keep_the_lock(locks: Path) -> None:
    _hold()
    stray = subprocess.Popen(["sleep", "60"], close_fds=False)
    (keeper,) = run_lock._keepers
    keeper.kill()
    keeper.wait()
    try:
        assert _hold(patience_s=0) == []
    finally:
        stray.kill()
        stray.wait()


def test_a_later_process_of_the_same_number_is_another_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _hold()
    monkeypatch.setattr(run_lock, "_born", lambda _process: "later")
    with pytest.raises(RunLockedError):
        _hold(patience_s=0)


@pytest.mark.parametrize(
    "same",
    [
        ("http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"),
        ("https://m.example.com", "https://m.example.com:443", "https://m.example.com."),
    ],
)
def test_names_of_one_mautic_are_one_lock(same: tuple[str, ...]) -> None:
    assert len({run_lock._name(url) for url in same}) == 1


def test_other_mautics_have_other_locks(start: Callable[..., Run]) -> None:
    for url in (_URL, "http://localhost:8081", f"{_URL}/shop", "http://m.localhost:8080"):
        assert _line(start(url)) == "held"


def test_two_runs_over_one_fleet_never_wait_for_each_other(start: Callable[..., Run]) -> None:
    one, two = sorted(("http://one:80", "http://two:80"), key=run_lock._name)
    # The first run is at its first Mautic; the second one comes with its last one before its first.
    first = start(one, two)
    assert _line(first) == "held"
    second = start(two, one)
    assert one in _line(second)
    assert _hold(two, patience_s=0) == []


def test_the_first_in_order_is_not_kept_waiting_by_the_last(start: Callable[..., Run]) -> None:
    one, two = sorted(("http://one:80", "http://two:80"), key=run_lock._name)
    assert _line(start(two)) == "held"
    assert _hold(one, patience_s=0, others=(two,)) == []


def test_without_descriptors_of_processes_the_keeper_looks_from_time_to_time(
    start: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, locks: Path
) -> None:
    monkeypatch.setattr(run_lock, "_descriptor_of", lambda _process: None)
    run = start("http://elsewhere")
    assert _line(run) == "held"
    run_lock.hold(_URL, run=run.pid, deadline=time.monotonic() + _FAR, say=print)
    with pytest.raises(RunLockedError):
        _hold(patience_s=0)
    run.communicate()
    assert _hold(patience_s=5) == []


def _opened(folder: Path) -> dict[str, str]:
    """Return what a process has open by now; while it starts it opens and closes its own modules."""
    until = time.monotonic() + 10
    while True:
        try:
            opened = {file.name: str(file.readlink()) for file in folder.iterdir()}
        except FileNotFoundError:
            opened = {}
        if len(opened) == 5 or time.monotonic() > until:
            return opened
        time.sleep(0.02)


def test_the_keeper_has_no_secret_no_folder_and_nothing_of_the_task_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAUTIC_ADMIN_PASSWORD", "canary-9c2f")
    _hold()
    place = Path(f"/proc/{run_lock._keepers[0].pid}")
    if not place.exists():
        pytest.skip("no /proc here")
    assert b"canary" not in (place / "environ").read_bytes()
    assert (place / "cwd").readlink() == Path("/")
    opened = _opened(place / "fd")
    assert [opened.pop(number) for number in "012"] == ["/dev/null"] * 3
    lock, run = sorted(opened.values(), reverse=True)
    assert lock.endswith(".lock") or run.endswith(".lock")
