"""Carrying out effects: by blocking, or by awaiting."""

import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

import anyio
import anyio.to_thread
import httpx

from mautic_bootstrap.api.body import Body
from mautic_bootstrap.api.effects import Effect, Item, Pause, Send, Steps, Stream
from mautic_bootstrap.api.logs import httpx_is_silent
from mautic_bootstrap.api.transport_errors import DrippingError

T = TypeVar("T")

H = TypeVar("H")

# To connect and write, until the first byte of the answer, and until its last: each may take the timeout.
_PHASES = 3


class Driver(Protocol):
    """Runs steps; what `run` and `iterate` return depends on the kind of client."""

    def run(self, steps: Steps[Any]) -> Any:
        """Return what the steps end with, or its awaitable."""

    def iterate(self, stream: Stream[Any]) -> Any:
        """Return an iterator over the stream's items, of the driver's kind."""


class SyncDriver:
    """Carries out effects by blocking; many threads may share it."""

    def __init__(
        self, http: httpx.Client, reopen: Callable[[], httpx.Client] | None = None
    ) -> None:
        self._http = _Forked(http, reopen)

    def run(self, steps: Steps[T]) -> T:
        """Carry out every effect; return what the steps end with."""
        try:
            effect = next(steps)
            while True:
                try:
                    outcome = self._outcome(effect)
                except BaseException as exc:  # noqa: BLE001  # whatever it is, the steps hear of it first
                    effect = steps.throw(exc)
                else:
                    effect = steps.send(outcome)
        except StopIteration as done:
            result: T = done.value
            return result

    def iterate(self, stream: Stream[T]) -> Iterator[T]:
        """Carry out every effect; yield the items between them."""
        try:
            effect = next(stream)
            while True:
                outcome = None
                try:
                    if isinstance(effect, Item):
                        yield effect.value
                    else:
                        outcome = self._outcome(effect)
                except BaseException as exc:  # noqa: BLE001  # whatever it is, the steps hear of it first
                    effect = stream.throw(exc)
                else:
                    effect = stream.send(outcome)
        except StopIteration:
            return

    def _outcome(self, effect: Effect) -> Any:
        if isinstance(effect, Send):
            return self._send(effect)
        if isinstance(effect, Pause):
            return time.sleep(effect.seconds)
        return effect.work()

    def _send(self, send: Send) -> httpx.Response:
        with httpx_is_silent():
            response = self._http.current().send(send.request, stream=True, auth=None)
            try:
                body = Body(send, response)
                for chunk in response.iter_raw():
                    body.add(chunk)
            finally:
                response.close()
        return body.whole(response)

    def close(self) -> None:
        """Close the connections."""
        self._http.current().close()


class AsyncDriver:
    """Carries out effects by awaiting, on asyncio or trio."""

    def __init__(
        self, http: httpx.AsyncClient, reopen: Callable[[], httpx.AsyncClient] | None = None
    ) -> None:
        self._http = _Forked(http, reopen)

    async def run(self, steps: Steps[T]) -> T:
        """Carry out every effect; return what the steps end with."""
        try:
            effect = next(steps)
            while True:
                try:
                    outcome = await self._outcome(effect)
                except BaseException as exc:  # noqa: BLE001  # whatever it is, the steps hear of it first
                    effect = steps.throw(exc)
                else:
                    effect = steps.send(outcome)
        except StopIteration as done:
            result: T = done.value
            return result

    async def iterate(self, stream: Stream[T]) -> AsyncIterator[T]:
        """Carry out every effect; yield the items between them."""
        try:
            effect = next(stream)
            while True:
                outcome = None
                try:
                    if isinstance(effect, Item):
                        yield effect.value
                    else:
                        outcome = await self._outcome(effect)
                except BaseException as exc:  # noqa: BLE001  # whatever it is, the steps hear of it first
                    effect = stream.throw(exc)
                else:
                    effect = stream.send(outcome)
        except StopIteration:
            return

    async def _outcome(self, effect: Effect) -> Any:
        if isinstance(effect, Send):
            return await self._send(effect)
        if isinstance(effect, Pause):
            return await anyio.sleep(effect.seconds)
        return await anyio.to_thread.run_sync(effect.work)

    async def _send(self, send: Send) -> httpx.Response:
        http = self._http.current()
        try:
            with httpx_is_silent(), anyio.fail_after(_PHASES * send.timeout_s):
                response = await http.send(send.request, stream=True, auth=None)
                try:
                    body = Body(send, response)
                    async for chunk in response.aiter_raw():
                        body.add(chunk)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise DrippingError("", request=send.request) from None
        return body.whole(response)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.current().aclose()


class _Forked(Generic[H]):
    """An HTTP client for each process: a connection that two of them read would give one the other's answers.

    Args:
        http: This process's.
        reopen: Opens another; None where no process is forked.
    """

    def __init__(self, http: H, reopen: Callable[[], H] | None) -> None:
        self._http = http
        self._reopen = reopen
        self._process = os.getpid()
        self._inherited: list[H] = []

    def current(self) -> H:
        """Return this process's client; of an inherited one not even the connections are closed."""
        if self._process != os.getpid() and self._reopen is not None:
            self._inherited.append(self._http)
            self._http, self._process = self._reopen(), os.getpid()
        return self._http
