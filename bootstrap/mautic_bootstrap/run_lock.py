"""One run at a time against one Mautic: on one machine a later run waits for the one before, and says so.

The lock belongs to the whole run, but the first to know which Mautic it is about is the process of a task, which
ends with it. So a tiny process keeps the lock (`run_lock_keeper`) exactly as long as the run's own process lives:
it ends with it, killed or not, and nothing has to be removed by hand.
"""

import fcntl
import hashlib
import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mautic_bootstrap import state_dir
from mautic_bootstrap.atomic_file import explained
from mautic_bootstrap.errors import InsecurePathError, RunLockedError
from mautic_bootstrap.urls import host_of, port_of

PATIENCE_S = 600.0
"""A first run takes a minute or two, on a slow machine a few."""

_POLL_S = 0.2
_FOLDER = "locks"
_KEEPER = Path(__file__).with_name("run_lock_keeper.py")
# Three names of one place, and of one Mautic wherever this project publishes it.
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_SIGNED = re.compile(r"(?P<process>\d+) (?P<born>\S*) (?P<since>\d+)\n")
# Until then nobody needs to be told of a wait: the lock may only just have been taken, or let go.
_AT_ONCE_S = 1.0

_keepers: list[subprocess.Popen[bytes]] = []
"""Those that this process started; forgetting one would end in a warning that it still runs."""


@dataclass(frozen=True)
class _Holder:
    """A run, as it signs its locks."""

    process: int
    born: str
    """What the system notes of the start of a process: tells it from a later one of the same number."""
    since: int
    """Seconds since the epoch."""

    @classmethod
    def read(cls, descriptor: int) -> "_Holder | None":
        found = _SIGNED.fullmatch(os.pread(descriptor, 200, 0).decode(errors="replace"))
        if found is None:
            return None
        return cls(int(found["process"]), found["born"], int(found["since"]))

    def is_same_run(self, other: "_Holder") -> bool:
        return (self.process, self.born) == (other.process, other.born)

    def sign(self, descriptor: int) -> None:
        """Name the run for those who wait; on a full disk the lock holds without it."""
        with suppress(OSError):
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, f"{self.process} {self.born} {self.since}\n".encode(), 0)


def hold(
    url: str,
    *,
    run: int,
    deadline: float,
    say: Callable[[str], None],
    others: Iterable[str] = (),
) -> None:
    """Hold the lock of a Mautic until the run's process ends; a run that holds it already just goes on.

    Args:
        url: The Mautic's base URL, normalised.
        run: The number of the run's process.
        deadline: By the monotonic clock, when to give up waiting.
        say: Told whom is waited for, once for each.
        others: The base URLs of all Mautics of the run. Whoever wants several locks takes them in one order, that
            of their names: so two runs over the same fleet never wait for each other. Those that come first in
            that order are taken here too.

    Raises:
        RunLockedError: Another run still holds it at the deadline.
        EnvFileError: There is no place for the lock, or it cannot be kept.
        InsecurePathError: Somebody else could hold it for ever.

    Side effects:
        Makes `locks/<digest>.lock` in the state folder, 0600, and starts a process; both go with the run.
    """
    folder = state_dir.ensure(state_dir.location() / _FOLDER)
    me = _Holder(run, _born(run), int(time.time()))
    names = {_name(each): each for each in (*others, url)}
    for name in sorted(names):
        if name <= _name(url):
            _hold_one(folder / name, me, names[name], deadline, say)


def _hold_one(
    path: Path, me: _Holder, url: str, deadline: float, say: Callable[[str], None]
) -> None:
    began = time.monotonic()
    said: str | None = None
    while True:
        with explained(f"lock {path}"):
            descriptor = _open(path)
            try:
                if _take(descriptor, path):
                    me.sign(descriptor)
                    _keep(descriptor, path, me.process)
                    return
                holder = _Holder.read(descriptor)
            finally:
                # By now it is the keeper's; here it would outlive the run in whatever this process starts.
                os.close(descriptor)
        if holder is not None and holder.is_same_run(me):
            return
        waited = time.monotonic() - began
        who = _described(holder)
        if time.monotonic() >= deadline:
            raise RunLockedError(
                f"begin with {url}",
                expected="no other run there",
                seen=who,
                hint="Wait for that run to end, or end it, then run again.",
                waited_s=waited,
            )
        if who != said and waited > _AT_ONCE_S:
            minutes = max(1, round((deadline - time.monotonic()) / 60))
            say(f"Waiting for another run to be done with {url}: {who}; {minutes} minutes at most")
            said = who
        # flock has no wait with a bound.
        time.sleep(_POLL_S)


def place_of(url: str) -> str:
    """Return one text for all the normalised base URLs that lead to one Mautic, as far as they tell."""
    host = host_of(url).rstrip(".")
    place = "localhost" if host in _LOOPBACK else host
    return f"{place}:{port_of(url)}{urlsplit(url).path}"


def _name(url: str) -> str:
    """Return the name of a Mautic's lock file."""
    return f"{hashlib.sha256(place_of(url).encode()).hexdigest()[:32]}.lock"


def _open(path: Path) -> int:
    """Open a lock file of our own, made where it is missing.

    Raises:
        InsecurePathError: What is there is somebody else's, or another file's second name.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags, 0o600)
    status = os.fstat(descriptor)
    if (
        not stat.S_ISREG(status.st_mode)
        or status.st_uid != os.geteuid()
        # None: its holder removed it just now.
        or status.st_nlink > 1
    ):
        os.close(descriptor)
        raise InsecurePathError(
            f"lock {path}",
            expected="a file of our own",
            seen="somebody else's, or another file's second name",
            hint="Remove it.",
        )
    return descriptor


def _take(descriptor: int, path: Path) -> bool:
    """Try to lock an open file, and say whether it is locked and still the one that everybody opens."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _keep(descriptor: int, path: Path, run: int) -> None:
    """Leave a locked file to a process that keeps it open while the run's process lives."""
    passed, arguments = [descriptor], [str(path), str(descriptor), str(run)]
    process = _descriptor_of(run)
    if process is not None:
        passed.append(process)
        arguments.append(str(process))
    try:
        keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_KEEPER), *arguments],
            cwd="/",
            env={},
            pass_fds=passed,
            # Neither what ends a task nor a terminal's Ctrl-C is for it.
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    finally:
        if process is not None:
            os.close(process)
    _keepers.append(keeper)


def _descriptor_of(process: int) -> int | None:
    """Return a descriptor that tells when a process ends; only Linux has such, and not in every sandbox."""
    if sys.platform == "linux":
        with suppress(OSError):
            return os.pidfd_open(process)
    return None


def _born(process: int) -> str:
    """Return what the system notes of a process's start, in one word; an empty one where it says nothing.

    Source: proc(5), `/proc/<pid>/stat`, field 22, counted from the last `)`; elsewhere ps(1).
    """
    note = Path(f"/proc/{process}/stat")
    try:
        if note.exists():
            text = note.read_text(encoding="utf-8", errors="replace")
            return text.rpartition(")")[2].split()[19]
        listed = ["ps", "-o", "lstart=", "-p", str(process)]
        done = subprocess.run(listed, capture_output=True, text=True, timeout=10, check=False)
        return "-".join(done.stdout.split())
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return ""


def _described(holder: _Holder | None) -> str:
    if holder is None:
        return "another run, which did not leave its name"
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(holder.since))
    return f"the run of process {holder.process}, there since {since}"
