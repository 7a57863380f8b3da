"""One writer of a `.env` file at a time."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mautic_bootstrap.atomic_file import explained
from mautic_bootstrap.errors import EnvFileError, InsecurePathError

_TIMEOUT_S = 10.0
_POLL_S = 0.05


@contextmanager
def locked(target: Path, timeout_s: float = _TIMEOUT_S) -> Iterator[None]:
    """Hold the lock of a file: `<name>.lock` beside it, which git ignores where it ignores `.env.*`.

    The system lets go of it when its holder dies, however that happens; it never has to be removed by hand.

    Args:
        target: The file itself, no symlink.
        timeout_s: Seconds to wait for another holder.

    Raises:
        EnvFileError: It is still held, or cannot be made.
        InsecurePathError: It is a hard link to another file.

    Side effects:
        The lock file exists meanwhile, 0600, with the holder's process number in it.
    """
    path = target.with_name(f"{target.name}.lock")
    with explained(f"lock {path}"):
        descriptor = _acquire(path, timeout_s)
    try:
        yield
    finally:
        # Removed while it is held: who waits for it sees that, and starts again with a new one.
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _acquire(path: Path, timeout_s: float) -> int:
    deadline = time.monotonic() + timeout_s
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
        try:
            _refuse_second_name(descriptor, path)
            if _is_ours(descriptor, path):
                _sign(descriptor)
                return descriptor
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() >= deadline:
            raise EnvFileError(
                f"lock {path}",
                expected="no other writer",
                seen=f"process {holder} holding it" if holder.isdigit() else "another holding it",
                hint="Wait for that run to end, or end it.",
                waited_s=timeout_s,
            )
        # flock has no wait with a bound; another writer needs milliseconds.
        time.sleep(_POLL_S)


def _refuse_second_name(descriptor: int, path: Path) -> None:
    """Refuse a lock that is another file's second name: signing it would overwrite that file."""
    if os.fstat(descriptor).st_nlink > 1:
        raise InsecurePathError(
            f"lock {path}",
            expected="a file of its own",
            seen="a second name of another file (a hard link)",
            hint="Remove it.",
        )


def _is_ours(descriptor: int, path: Path) -> bool:
    """Try to lock an open file, and say whether it is locked and still the one that everybody opens."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _sign(descriptor: int) -> None:
    """Name the holder for those who wait; on a full disk the lock holds without it."""
    with suppress(OSError):
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
