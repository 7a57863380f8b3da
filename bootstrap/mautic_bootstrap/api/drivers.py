"""Carrying out effects: by blocking, or by awaiting."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol, TypeVar

import anyio
import anyio.to_thread
import httpx

from mautic_bootstrap.api.effects import Effect, Item, Pause, Send, Steps, Stream
from mautic_bootstrap.api.logs import httpx_is_silent
from mautic_bootstrap.api.transport_errors import DrippingError, TooLargeError

T = TypeVar("T")

LARGEST_ANSWER_BYTES = 32 * 1024 * 1024
"""Two hundred contacts with all their fields are two megabytes; what is beyond this is no answer of Mautic's."""

# Their headers speak of the body as it was sent, not of the one that was read.
_ABOUT_THE_WIRE = {b"content-encoding", b"content-length", b"transfer-encoding"}


class Driver(Protocol):
    """Runs steps; what `run` and `iterate` return depends on the kind of client."""

    def run(self, steps: Steps[Any]) -> Any:
        """Return what the steps end with, or its awaitable."""

    def iterate(self, stream: Stream[Any]) -> Any:
        """Return an iterator over the stream's items, of the driver's kind."""


class SyncDriver:
    """Carries out effects by blocking; many threads may share it."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

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
            response = self._http.send(send.request, stream=True, auth=None)
            try:
                body = _Body(send)
                for chunk in response.iter_bytes():
                    body.add(chunk)
            finally:
                response.close()
        return body.whole(response)


class AsyncDriver:
    """Carries out effects by awaiting, on asyncio or trio."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

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
        with httpx_is_silent():
            response = await self._http.send(send.request, stream=True, auth=None)
            try:
                body = _Body(send)
                async for chunk in response.aiter_bytes():
                    body.add(chunk)
            finally:
                await response.aclose()
        return body.whole(response)


class _Body:
    """An answer's body while it comes in: it has to end in time, and before it fills the memory."""

    def __init__(self, send: Send) -> None:
        self._request = send.request
        self._deadline = time.monotonic() + send.timeout_s
        self._chunks: list[bytes] = []
        self._room = LARGEST_ANSWER_BYTES

    def add(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._room -= len(chunk)
        if self._room < 0:
            raise TooLargeError(
                f"more than {LARGEST_ANSWER_BYTES} bytes came", request=self._request
            )
        if time.monotonic() > self._deadline:
            raise DrippingError("", request=self._request)

    def whole(self, response: httpx.Response) -> httpx.Response:
        headers = [item for item in response.headers.raw if item[0].lower() not in _ABOUT_THE_WIRE]
        return httpx.Response(
            response.status_code,
            headers=headers,
            content=b"".join(self._chunks),
            request=self._request,
        )
