"""Files that are never half-written, and never readable by others, not even for a moment."""

import errno
import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mautic_bootstrap.errors import EnvFileError

_HINTS = {
    errno.ENOSPC: "Free some space on that file system; the file is as it was.",
    errno.EDQUOT: "Free some of your quota on that file system; the file is as it was.",
    errno.EFBIG: "Raise the limit on file sizes (ulimit -f); the file is as it was.",
    errno.EROFS: "Make the file system writable, or name another place.",
    errno.EBUSY: "It is a mount point; mount its folder instead of the file.",
    errno.ELOOP: "There is a symlink where a file was expected; remove it.",
}


def replace(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Put `data` in place of a file, or make it: entirely, or not at all.

    The data goes to a temporary file in the same folder, to the disk, and by a rename to its place; then the
    folder goes to the disk too. A process killed on the way leaves the temporary file, which the next call
    for the same path removes.

    Args:
        path: The file; it must be no symlink, which would be replaced.
        data: What it is to hold.
        mode: Its permissions, whatever the umask; the temporary file has 0600 while it is written.

    Raises:
        EnvFileError: The system refused; the old file is untouched.
    """
    with explained(f"write {path}"):
        remove_leftovers(path)
        descriptor, temporary = _create(path)
        try:
            # Closed after the rename: until then its lock tells others that it is no leftover.
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fchmod(descriptor, mode)
                os.fsync(descriptor)
                temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def remove_leftovers(path: Path) -> None:
    """Remove the temporary files that killed writers of `path` left: ours by name, and locked by nobody."""
    pattern = re.compile(rf"{re.escape(path.name)}\.[0-9a-f]{{16}}\.tmp")
    for leftover in path.parent.iterdir():
        if not pattern.fullmatch(leftover.name):
            continue
        # Somebody else's, a link, or gone by now: none of our business.
        with suppress(OSError):
            descriptor = os.open(leftover, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                leftover.unlink()
            finally:
                os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk, so that a rename in it survives a power failure."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as exc:
        # Some network file systems have no such thing; what they keep is their promise, not ours.
        if exc.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(descriptor)


@contextmanager
def explained(attempted: str) -> Iterator[None]:
    """Turn what the operating system refuses into an error that says what to do.

    Args:
        attempted: What is done inside, on which path.

    Raises:
        EnvFileError: In place of any OSError.
    """
    try:
        yield
    except OSError as exc:
        raise EnvFileError(
            attempted,
            expected="the file system to allow it",
            seen=(exc.strerror or type(exc).__name__).lower(),
            hint=_HINTS.get(exc.errno or 0, "Check the path, its owner and its permissions."),
        ) from exc


def _create(path: Path) -> tuple[int, Path]:
    """Make an empty temporary file beside `path`, 0600 and locked; return its descriptor and its path."""
    while True:
        temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except BaseException:
            os.close(descriptor)
            temporary.unlink(missing_ok=True)
            raise
        # Another writer may have taken it for a leftover before it was locked.
        if os.fstat(descriptor).st_nlink:
            return descriptor, temporary
        os.close(descriptor)
