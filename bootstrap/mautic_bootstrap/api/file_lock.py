"""A lock for threads and processes alike, which the system takes from a holder that dies."""

import fcntl
import os
import stat
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self


class Lock:
    """A lock that is held until `release`, or until the end of the `with` statement it stands in.

    Args:
        descriptor: An open file that is locked, or None.
        local: A lock of this process that is held in place of that, or None.
    """

    def __init__(
        self, descriptor: int | None = None, local: "threading.Lock | None" = None
    ) -> None:
        self._descriptor = descriptor
        self._local = local
        _held.add(self)

    def release(self) -> None:
        """Let go of it; harmless where that has been done."""
        descriptor, self._descriptor = self._descriptor, None
        local, self._local = self._local, None
        if descriptor is not None:
            # Closing alone would leave it to a process that was forked meanwhile and has it open too.
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)
        if local is not None:
            local.release()

    def disown(self) -> None:
        """Forget it in a forked child, where it is still the parent's: there it stays locked."""
        descriptor, self._descriptor = self._descriptor, None
        self._local = None
        if descriptor is not None:
            os.close(descriptor)

    def __enter__(self) -> Self:
        """Return the lock itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go of it."""
        self.release()


_held: weakref.WeakSet[Lock] = weakref.WeakSet()
_local_locks: dict[Path, threading.Lock] = {}


def try_lock(path: Path) -> Lock | None:
    """Take the lock of a file if nobody holds it, and never wait.

    Where no lock file can be made or locked, the lock holds among the threads of this process alone.

    Args:
        path: The lock file, made where it is missing, 0600; it stays, as removing it would race.

    Returns:
        The lock; None if another thread or process has it.
    """
    try:
        descriptor = _open(path)
    except OSError:
        return try_local_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:  # a file system without locks
        os.close(descriptor)
        return try_local_lock(path)
    return Lock(descriptor)


def try_local_lock(path: Path) -> Lock | None:
    """Take the lock of a file among the threads of this process alone, and never wait.

    Returns:
        The lock; None if another thread has it.
    """
    lock = _local_locks.setdefault(path, threading.Lock())
    return Lock(local=lock) if lock.acquire(blocking=False) else None


def _open(path: Path) -> int:
    """Open a lock file of our own.

    Raises:
        OSError: It cannot be made, or what is there is somebody else's, who could hold it for ever.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags, 0o600)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        os.close(descriptor)
        raise PermissionError
    return descriptor


def _after_fork() -> None:
    for lock in list(_held):
        lock.disown()
    # Held by threads that the child does not have.
    _local_locks.clear()


os.register_at_fork(after_in_child=_after_fork)
