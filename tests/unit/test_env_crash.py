"""What a writer that is killed, or that the system refuses, leaves behind: the old file or the new one."""

import errno
import fcntl
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from mautic_bootstrap import atomic_file
from mautic_bootstrap.env.file import write
from mautic_bootstrap.errors import EnvFileError

if TYPE_CHECKING:
    from _typeshed import TraceFunction

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


def killed_at(step: int, path: Path) -> bool:
    """Write in a process that gets SIGKILL before the given line of the writing code; say whether it did."""

    def child() -> None:
        left = step

        def trace(frame: FrameType, event: str, _argument: object) -> "TraceFunction | None":
            nonlocal left
            if not frame.f_code.co_filename.endswith(("/atomic_file.py", "/env/lock.py")):
                return None
            if event == "line":
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        write(path, VALUES)

    process = fork.Process(target=child)
    process.start()
    process.join()
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


def test_killed_at_any_line_it_leaves_the_old_file_or_the_new_one_and_the_next_run_tidies_up(
    env: Path,
) -> None:
    write(env, VALUES)
    new = env.read_text()
    seen = set()
    step = 0
    while True:
        env.write_text(OLD)
        step += 1
        if not killed_at(step, env):
            break
        rest = [name for name in names(env.parent) if name not in {".env", ".env.lock"}]
        assert len(rest) <= 1
        for name in rest:
            assert re.fullmatch(r"\.env\.[0-9a-f]{16}\.tmp", name)
            assert (env.parent / name).stat().st_mode & 0o777 == 0o600
        text = env.read_text()
        assert text in {OLD, new}
        seen.add((text == new, bool(rest)))
        write(env, VALUES)
        assert env.read_text() == new
        assert names(env.parent) == [".env"]
    assert seen == {(False, False), (False, True), (True, False)}
    assert step > 30


def test_leftovers_go_even_where_nothing_else_changes(env: Path) -> None:
    write(env, VALUES)
    leftover = env.parent / ".env.0123456789abcdef.tmp"
    leftover.write_text("MAUTIC_PASSWORD=stale\n")
    assert not write(env, VALUES).changed
    assert names(env.parent) == [".env"]


@pytest.mark.parametrize(
    "name",
    [
        ".env.tmp",
        ".env.0123456789abcde.tmp",
        ".env.0123456789ABCDEF.tmp",
        "x.env.0123456789abcdef.tmp",
        ".env.0123456789abcdef.tmp.bak",
        ".env.local.0123456789abcdef.tmp",
    ],
)
def test_a_file_that_only_resembles_a_leftover_stays(env: Path, name: str) -> None:
    (env.parent / name).write_text("mine")
    write(env, VALUES)
    assert (env.parent / name).read_text() == "mine"


def test_neither_a_link_nor_a_folder_named_like_a_leftover_is_touched(env: Path) -> None:
    outside = env.parent / "mine"
    outside.write_text("mine")
    (env.parent / ".env.0000000000000000.tmp").symlink_to(outside)
    (env.parent / ".env.1111111111111111.tmp").mkdir()
    (env.parent / ".env.1111111111111111.tmp" / "mine").write_text("mine")
    write(env, VALUES)
    assert len(names(env.parent)) == 4
    assert outside.read_text() == "mine"


def test_the_temporary_file_of_a_living_writer_stays(env: Path) -> None:
    descriptor, temporary = atomic_file._create(env)
    try:
        atomic_file.remove_leftovers(env)
        assert temporary.exists()
    finally:
        os.close(descriptor)
    atomic_file.remove_leftovers(env)
    assert not temporary.exists()


def test_a_temporary_file_taken_for_a_leftover_before_it_was_locked_is_made_again(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock
    removed: list[Path] = []

    def late(descriptor: int, how: int) -> None:
        place = Path(f"/proc/self/fd/{descriptor}").readlink()
        if not removed and place.suffix == ".tmp":
            removed.append(place)
            atomic_file.remove_leftovers(env)
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    assert write(env, VALUES).changed
    assert not removed[0].exists()
    assert "MAUTIC_PASSWORD=new" in env.read_text()
    assert names(env.parent) == [".env"]


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
