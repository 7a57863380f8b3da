"""The lock: one writer at a time, nobody waits for ever, and nothing is left behind."""

import fcntl
import os
import time
from functools import partial
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from mautic_bootstrap.env.credentials import read_values
from mautic_bootstrap.env.file import write
from mautic_bootstrap.env.lock import locked
from mautic_bootstrap.errors import EnvFileError, InsecurePathError

fork = get_context("fork")
# A test that fails must not wait for its processes.
process = partial(fork.Process, daemon=True)


@pytest.fixture
def env(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_the_lock_file_names_its_holder_is_private_and_goes_afterwards(env: Path) -> None:
    lock = env.parent / ".env.lock"
    before = os.umask(0)
    try:
        with locked(env):
            assert lock.read_text() == f"{os.getpid()}\n"
            assert lock.stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)
    assert list(env.parent.iterdir()) == []


def test_the_lock_goes_when_the_work_fails(env: Path) -> None:
    with pytest.raises(KeyError), locked(env):
        raise KeyError
    assert list(env.parent.iterdir()) == []


def test_a_lock_that_is_another_file_s_second_name_is_refused_and_that_file_is_left_alone(
    env: Path,
) -> None:
    other = env.parent / "precious"
    other.write_text("mine")
    (env.parent / ".env.lock").hardlink_to(other)

    with pytest.raises(InsecurePathError, match="a second name of another file"), locked(env):
        pass

    assert other.read_text() == "mine"


def hold(env: Path, held: Event, release: Event) -> None:
    with locked(env):
        held.set()
        release.wait()


def test_a_lock_that_is_held_is_given_up_in_time_with_its_holder_named(env: Path) -> None:
    held, release = fork.Event(), fork.Event()
    holder = process(target=hold, args=(env, held, release))
    holder.start()
    held.wait()
    started = time.monotonic()
    with pytest.raises(EnvFileError) as caught, locked(env, timeout_s=0.3):
        pass
    waited = time.monotonic() - started
    assert str(caught.value) == (
        f"lock {env}.lock: expected no other writer, saw process {holder.pid} holding it after 0 s."
        " Wait for that run to end, or end it."
    )
    assert 0.3 <= waited < 5
    release.set()
    holder.join()
    with locked(env, timeout_s=0):
        pass


def test_a_writer_waits_for_another_one(env: Path) -> None:
    held, release = fork.Event(), fork.Event()
    holder = process(target=hold, args=(env, held, release))
    holder.start()
    held.wait()
    writer = process(target=write, args=(env, {"MAUTIC_USERNAME": "x"}))
    writer.start()
    writer.join(timeout=0.3)
    assert writer.is_alive()
    assert not env.exists()
    release.set()
    writer.join()
    holder.join()
    assert (writer.exitcode, read_values(env)) == (0, {"MAUTIC_USERNAME": "x"})


def test_a_dead_holders_lock_stops_nobody(env: Path) -> None:
    held = fork.Event()
    holder = process(target=hold, args=(env, held, fork.Event()))
    holder.start()
    held.wait()
    holder.kill()
    holder.join()
    assert (env.parent / ".env.lock").exists()
    with locked(env, timeout_s=0):
        pass
    assert list(env.parent.iterdir()) == []


def test_a_lock_file_that_its_holder_just_removed_does_not_count(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = env.parent / ".env.lock"
    flock = fcntl.flock
    replaced: list[int] = []

    def late(descriptor: int, how: int) -> None:
        if not replaced:
            replaced.append(descriptor)
            lock.unlink()
            lock.touch()
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with locked(env):
        assert lock.read_text() == f"{os.getpid()}\n"


def test_a_symlink_in_place_of_the_lock_is_not_followed(env: Path) -> None:
    (env.parent / ".env.lock").symlink_to(env.parent / "elsewhere")
    with pytest.raises(EnvFileError, match="There is a symlink where a file was expected"):
        write(env, {"MAUTIC_USERNAME": "x"})
    assert not (env.parent / "elsewhere").exists()


def test_a_folder_in_place_of_the_lock_is_an_error(env: Path) -> None:
    (env.parent / ".env.lock").mkdir()
    with pytest.raises(EnvFileError, match=r"lock .*\.env\.lock: .* saw is a directory"):
        write(env, {"MAUTIC_USERNAME": "x"})


def test_the_lock_is_exclusive_among_many(env: Path) -> None:
    counter = env.parent / "counter"
    counter.write_text("0")

    def count() -> None:
        for _ in range(25):
            with locked(env):
                number = int(counter.read_text())
                os.sched_yield()
                counter.write_text(str(number + 1))

    run_together([process(target=count) for _ in range(4)])
    assert counter.read_text() == "100"
    assert [entry.name for entry in env.parent.iterdir()] == ["counter"]


def test_writers_at_the_same_time_lose_nothing_and_readers_never_see_half_a_file(env: Path) -> None:
    foreign = "".join(f"V{number}='{'x' * 200}'\n" for number in range(50))
    env.write_text(f"MAUTIC_USER_AGENT=0\nMAUTIC_ENVIRONMENT=0\n{foreign}")

    def count(name: str) -> None:
        for number in range(1, 16):
            assert read_values(env)[name] == str(number - 1)
            write(env, {name: str(number)})

    def watch(done: Event) -> None:
        while not done.is_set():
            assert env.read_text().endswith(foreign)

    done = fork.Event()
    watcher = process(target=watch, args=(done,))
    watcher.start()
    names = ("MAUTIC_USER_AGENT", "MAUTIC_ENVIRONMENT")
    run_together([process(target=count, args=(name,)) for name in names])
    done.set()
    watcher.join()
    assert watcher.exitcode == 0
    assert read_values(env) == dict.fromkeys(names, "15")
    assert [entry.name for entry in env.parent.iterdir()] == [".env"]


def run_together(processes: list[ForkProcess]) -> None:
    for each in processes:
        each.start()
    for each in processes:
        each.join()
    assert [each.exitcode for each in processes] == [0] * len(processes)
