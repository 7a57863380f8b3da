"""A process that is killed while it stores a token: the next one loads the old token, the new one or none."""

import os
import signal
import sys
from multiprocessing import get_context
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from mautic_bootstrap.api.token_cache import Token
from unit.token_caches import cache

if TYPE_CHECKING:
    from _typeshed import TraceFunction

fork = get_context("fork")
OLD = Token(SecretStr("old"), 1.0)
NEW = Token(SecretStr("new"), 2.0)


def killed_at(step: int, folder: Path) -> bool:
    """Store in a process that gets SIGKILL before the given line of the writing code; say whether it did."""

    def child() -> None:
        left = step

        def trace(frame: FrameType, event: str, _argument: object) -> "TraceFunction | None":
            nonlocal left
            code = ("/atomic_file.py", "/state_dir.py", "/token_cache.py", "/file_lock.py")
            if not frame.f_code.co_filename.endswith(code):
                return None
            if event == "line":
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        one = cache(folder)
        sys.settrace(trace)
        lock = one.try_lock()
        assert lock is not None
        with lock:
            one.store(NEW)

    process = fork.Process(target=child)
    process.start()
    process.join()
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


def test_killed_at_any_line_it_leaves_a_cache_that_works(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "tokens"
    loaded = set()
    step = 0
    while True:
        cache(folder).store(OLD)
        step += 1
        if not killed_at(step, folder):
            break
        after = cache(folder)
        token = after.load()
        assert token in {OLD, NEW}
        loaded.add(token)
        lock = after.try_lock()
        assert lock is not None
        with lock:
            after.store(NEW)
        assert cache(folder).load() == NEW
        assert sorted(path.suffix for path in folder.iterdir()) == [".lock", ".token"]
    assert loaded == {OLD, NEW}
    assert step > 50
    assert caplog.records == []
