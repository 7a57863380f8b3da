"""A clock for the API client: time passes where the client pauses, and where a test says so."""

from types import SimpleNamespace

import anyio.to_thread
import pytest

_READERS = ("drivers", "pipeline", "responses", "throttle", "tokens")


class FakeClock:
    """Stands in for the module `time` wherever the client reads it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_800_000_000.0
        self.pauses: list[float] = []
        """Seconds of every pause the client made."""
        for name in _READERS:
            monkeypatch.setattr(f"mautic_bootstrap.api.{name}.time", self)
        monkeypatch.setattr("tenacity.time", self)
        loop = SimpleNamespace(
            sleep=self._async_sleep, to_thread=anyio.to_thread, fail_after=anyio.fail_after
        )
        monkeypatch.setattr("mautic_bootstrap.api.drivers.anyio", loop)

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def microseconds(self) -> int:
        """Return the time as a store of the hourly budget reads it."""
        return round(self.now * 1_000_000)

    async def _async_sleep(self, seconds: float) -> None:
        self.sleep(seconds)
