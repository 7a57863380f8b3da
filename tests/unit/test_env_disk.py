"""What the file system refuses leaves the old file and nothing else; what it takes is safe on the disk."""

import errno
import fcntl
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from mautic_bootstrap.env.file import write
from mautic_bootstrap.errors import EnvFileError

fork = get_context("fork")
OLD = "A=1\nMAUTIC_PASSWORD=old\n"
VALUES = {"MAUTIC_API_URL": "http://localhost:8080", "MAUTIC_PASSWORD": "new"}


@pytest.fixture
def env(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_text(OLD)
    path.chmod(0o600)
    return path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0755", "none", str(folder)]
    mounted = subprocess.run(argv, check=False, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a small disk needs root's right to mount: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def refusal(env: Path, values: dict[str, str] = VALUES) -> EnvFileError:
    with pytest.raises(EnvFileError) as caught:
        write(env, values)
    assert env.read_text() == OLD
    assert type(caught.value) is EnvFileError
    return caught.value


def test_a_full_disk_leaves_the_old_file_and_nothing_else(small_disk: Path) -> None:
    env = small_disk / ".env"
    env.write_text(OLD)
    env.chmod(0o600)
    status = os.statvfs(small_disk)
    (small_disk / "fill").write_bytes(b"x" * status.f_bavail * status.f_bsize)
    error = refusal(env)
    assert str(error) == (
        f"write {env}: expected the file system to allow it, saw no space left on device."
        " Free some space on that file system; the file is as it was."
    )
    assert names(small_disk) == [".env", "fill"]
    (small_disk / "fill").unlink()
    assert write(env, VALUES).changed


def test_a_limit_on_file_sizes_leaves_the_old_file_and_nothing_else(env: Path) -> None:
    def limited(sender: Connection) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        try:
            write(env, VALUES | {"MAUTIC_PASSWORD": "x" * 500})
        except EnvFileError as exc:
            sender.send(str(exc))

    assert in_process(limited) == (
        f"write {env}: expected the file system to allow it, saw file too large."
        " Raise the limit on file sizes (ulimit -f); the file is as it was."
    )
    assert env.read_text() == OLD
    assert names(env.parent) == [".env"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_mounted_file_cannot_be_replaced_and_stays(env: Path) -> None:
    other = env.parent / "other"
    other.write_text(OLD)
    mounted = subprocess.run(["mount", "--bind", other, env], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip(f"cannot mount here: {mounted.stderr.decode().strip()}")
    try:
        error = refusal(env)
    finally:
        subprocess.run(["umount", env], check=True)
    assert error.seen == "device or resource busy"
    assert error.hint == "It is a mount point; mount its folder instead of the file."
    assert names(env.parent) == [".env", "other"]


def test_a_disk_that_fails_leaves_the_old_file_and_nothing_else(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", failing)
    assert refusal(env).seen == "input/output error"
    assert names(env.parent) == [".env"]


def test_the_data_is_on_the_disk_before_the_rename_and_the_folder_after_it(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(descriptor: int) -> None:
        place = Path(f"/proc/self/fd/{descriptor}").readlink()
        events.append("folder" if place == env.parent else "data")
        assert place == env.parent or place.read_text().endswith("# END mautic-bootstrap\n")
        fsync(descriptor)

    def noted_replace(temporary: Path, target: Path) -> Path:
        events.append("rename")
        return replace(temporary, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    write(env, VALUES)
    assert events == ["data", "rename", "folder"]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_cannot_sync_folders_is_good_enough(
    env: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    fsync = os.fsync

    def without_folders(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink() == env.parent:
            raise OSError(number, "no such thing")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", without_folders)
    assert write(env, VALUES).changed


def test_the_temporary_file_is_never_readable_by_others(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    monkeypatch.setattr(fcntl, "flock", lambda fd, _how: modes.append(os.fstat(fd).st_mode & 0o777))
    before = os.umask(0)
    try:
        write(env, VALUES)
    finally:
        os.umask(before)
    assert modes == [0o600, 0o600]


def in_process(function: Callable[[Connection], None]) -> str:
    """Call a function in a process of its own and return what it sends."""
    receiver, sender = fork.Pipe(duplex=False)
    process = fork.Process(target=function, args=(sender,))
    process.start()
    sender.close()
    try:
        return str(receiver.recv())
    finally:
        process.join()
