"""The right to ask for a token: one holder at a time, among all threads."""

import fcntl
import os
import threading
import time
from pathlib import Path

import pytest

from mautic_bootstrap.api.token_cache import Lock
from unit.token_caches import cache, held


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tokens"


@pytest.fixture
def unusable(tmp_path: Path) -> Path:
    """A folder that cannot be made."""
    (tmp_path / "file").touch()
    return tmp_path / "file" / "tokens"


def test_a_second_holder_has_to_wait_for_the_first(folder: Path) -> None:
    first = held(cache(folder).try_lock())
    assert cache(folder).try_lock() is None
    first.release()
    held(cache(folder).try_lock()).release()


def test_a_with_statement_frees_it_also_when_that_fails(folder: Path) -> None:
    one = cache(folder)
    with pytest.raises(ZeroDivisionError), held(one.try_lock()):
        _ = 1 / 0
    held(one.try_lock()).release()


def test_freeing_it_twice_does_not_free_the_next_holder(folder: Path) -> None:
    one = cache(folder)
    first = held(one.try_lock())
    first.release()
    second = held(one.try_lock())
    first.release()
    assert one.try_lock() is None
    second.release()


def test_it_is_free_even_where_its_descriptor_went_to_another_process(folder: Path) -> None:
    one = cache(folder)
    lock = held(one.try_lock())
    assert lock._descriptor is not None
    inherited = os.dup(lock._descriptor)
    lock.release()
    held(one.try_lock()).release()
    os.close(inherited)


def test_each_client_has_its_own(folder: Path) -> None:
    with held(cache(folder).try_lock()), held(cache(folder, client_id="2_public").try_lock()):
        assert cache(folder).try_lock() is None


def test_the_lock_file_is_for_this_user_alone_and_stays(folder: Path) -> None:
    one = cache(folder)
    held(one.try_lock()).release()
    (file,) = folder.iterdir()
    assert file == one.path.with_name(f"{one.path.name}.lock")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes() == b""


@pytest.mark.parametrize("where", ["folder", "unusable"])
def test_of_many_threads_exactly_one_has_it(where: str, request: pytest.FixtureRequest) -> None:
    one = cache(request.getfixturevalue(where))
    start = threading.Barrier(16)
    locks: list[Lock | None] = []

    def compete() -> None:
        start.wait()
        locks.append(one.try_lock())

    threads = [threading.Thread(target=compete) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (lock,) = [lock for lock in locks if lock is not None]
    lock.release()
    held(one.try_lock()).release()


@pytest.mark.parametrize("obstacle", ["symlink", "folder", "pipe"])
def test_what_is_no_lock_file_of_ours_is_not_used(folder: Path, obstacle: str) -> None:
    one = cache(folder)
    folder.mkdir(mode=0o700)
    path = one.path.with_name(f"{one.path.name}.lock")
    if obstacle == "symlink":
        (folder / "mine").touch()
        path.symlink_to(folder / "mine")
    elif obstacle == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with held(one.try_lock()) as lock:
        assert lock._descriptor is None
        assert one.try_lock() is None
    held(one.try_lock()).release()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_somebody_else_s_lock_file_cannot_keep_us_out(folder: Path) -> None:
    one = cache(folder)
    held(one.try_lock()).release()
    path = one.path.with_name(f"{one.path.name}.lock")
    os.chown(path, 65534, -1)
    foreign = held(_flocked(path))
    held(one.try_lock()).release()
    foreign.release()


def test_a_file_system_without_locks_leaves_the_threads_their_lock(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_descriptor: int, _how: int) -> None:
        raise OSError(37, os.strerror(37))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    one = cache(folder)
    with held(one.try_lock()):
        assert one.try_lock() is None
    held(one.try_lock()).release()


def test_trying_takes_no_descriptors_with_it(folder: Path) -> None:
    one = cache(folder)
    held(one.try_lock()).release()
    before = open_files()
    with held(one.try_lock()):
        for _ in range(20):
            assert one.try_lock() is None
    assert open_files() == before


def test_trying_does_not_wait(folder: Path) -> None:
    one = cache(folder)
    with held(one.try_lock()):
        started = time.monotonic()
        assert one.try_lock() is None
        assert time.monotonic() - started < 1


def _flocked(path: Path) -> Lock:
    descriptor = os.open(path, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return Lock(descriptor)
