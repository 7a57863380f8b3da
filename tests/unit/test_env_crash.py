"""What a writer that is killed, or that the system refuses, leaves behind: the old file or the new one."""

import fcntl
import os
import re
import signal
import sys
from multiprocessing import get_context
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from mautic_bootstrap import atomic_file
from mautic_bootstrap.env.file import write

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
