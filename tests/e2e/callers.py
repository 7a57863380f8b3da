"""Applications that go on calling Mautic while something happens to their credentials."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Literal, TypeVar

import pytest

from mautic_bootstrap import AsyncMauticClient, MauticClient
from mautic_bootstrap.settings import MauticSettings

# Mautic shares a small machine with the browser that rotates.
_PAUSE_S = 1.0
_PATIENCE_S = 60.0
_TASKS = 2
_Client = TypeVar("_Client", MauticClient, AsyncMauticClient)


Habit = Literal["rereads", "reloads", "keeps"]
"""Make another one of it; have one for life, which reads `.env` again by itself; or one that never does."""


@dataclass
class Caller:
    """One application: it lists contacts again and again, and notes each call that fails."""

    env_path: Path
    habit: Habit
    """What becomes of its client when `.env` is another file."""

    at_a_time: int = 1
    """How many calls are under way at once."""

    calls: int = 0
    failures: list[Exception] = field(default_factory=list)

    stop: Event = field(default_factory=Event)

    def run(self) -> None:
        """Call from this thread."""
        while not self.stop.is_set():
            version = self._version()
            with self._client(MauticClient) as client:
                while not self.stop.is_set() and self._is_still(version):
                    with self._noted():
                        list(client.contacts.iterate(page_size=1, search="nobody"))
                    time.sleep(_PAUSE_S)

    def run_tasks(self) -> None:
        """Call from several tasks of an event loop of its own."""
        asyncio.run(self._tasks())

    async def _tasks(self) -> None:
        while not self.stop.is_set():
            version = self._version()
            client = self._client(AsyncMauticClient)
            async with client, asyncio.TaskGroup() as group:
                for _ in range(self.at_a_time):
                    group.create_task(self._calls_of(client, version))

    async def _calls_of(self, client: AsyncMauticClient, version: object) -> None:
        while not self.stop.is_set() and self._is_still(version):
            with self._noted():
                await client.users.self()
            await asyncio.sleep(_PAUSE_S)

    def wait_for_calls(self, number: int = 3) -> None:
        """Return once it has made some more calls, good or bad."""
        enough, deadline = self.calls + number, time.monotonic() + _PATIENCE_S
        while self.calls < enough:
            assert time.monotonic() < deadline, f"{self.calls} calls, {self.failures}"
            time.sleep(_PAUSE_S)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except Exception as exc:  # noqa: BLE001  # whatever it is, an application would have seen it
            self.failures.append(exc)
        self.calls += 1

    def _client(self, kind: type[_Client]) -> _Client:
        if self.habit == "keeps":
            return kind.from_settings(MauticSettings.from_env(self.env_path))
        return kind.from_env(self.env_path)

    def _version(self) -> object:
        status = self.env_path.stat()
        return status.st_ino, status.st_mtime_ns

    def _is_still(self, version: object) -> bool:
        return self.habit != "rereads" or self._version() == version


@dataclass(frozen=True)
class Callers:
    """Applications of every habit, as threads and as tasks."""

    all: tuple[Caller, ...]

    def of(self, *habits: Habit) -> list[Caller]:
        """Return those of some habits."""
        return [caller for caller in self.all if caller.habit in habits]

    def failures(self, *habits: Habit) -> list[Exception]:
        """Return what calls of those with some habits have failed with."""
        return [failure for caller in self.of(*habits) for failure in caller.failures]

    def wait_for_calls(self) -> None:
        """Return once each has made some more calls."""
        for caller in self.all:
            caller.wait_for_calls()


@contextmanager
def calling(env_path: Path) -> Iterator[Callers]:
    """Have two applications of each habit call throughout; a budget of calls and a token cache they have not."""
    habits: tuple[Habit, ...] = ("rereads", "reloads", "keeps")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MAUTIC_RATE_LIMIT_PER_HOUR", "0")
        environment.setenv("MAUTIC_TOKEN_CACHE", "off")
        threads = [Caller(env_path, habit) for habit in habits]
        loops = [Caller(env_path, habit, at_a_time=_TASKS) for habit in habits]
        callers = Callers((*threads, *loops))
        working = [Thread(target=caller.run) for caller in threads]
        working += [Thread(target=caller.run_tasks) for caller in loops]
        for thread in working:
            thread.start()
        try:
            callers.wait_for_calls()
            yield callers
            callers.wait_for_calls()
        finally:
            for caller in callers.all:
                caller.stop.set()
            for thread in working:
                thread.join()
