"""Connections that only lie there: none may keep out whoever has something to ask."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class ImpatientProtocol(H11Protocol):
    """Bounds how long, and how often, the server waits for a peer: for the whole of a request, for its reading.

    uvicorn alone waits for a first request without end, and for any other one as soon as its first byte is there.
    Against `limit_concurrency` every such connection counts. So each has its bound; and where too many are waited
    for, the one that was given most of its time makes room, which whoever asks at once never is.
    """

    patience_s = 5.0
    """Seconds for a request to be there as a whole, and for an answer to be read."""
    most_awaited = 256
    """Connections that are waited for at a time; the rest of `limit_concurrency` is for those that ask."""

    _bound: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Wait for a request."""
        super().connection_made(transport)
        self._follow()

    def data_received(self, data: bytes) -> None:
        """Take what came; part of a request gains no time."""
        super().data_received(data)
        self._follow()

    def on_response_complete(self) -> None:
        """Wait for the next request, or begin with the one that is there already."""
        super().on_response_complete()
        self._follow()

    def pause_writing(self) -> None:
        """Wait for the peer to read."""
        super().pause_writing()
        self._follow()

    def resume_writing(self) -> None:
        """Go on: it has read."""
        super().resume_writing()
        self._follow()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _follow(self) -> None:
        """Start the clock where it is the peer's turn by now, stop it where it is ours."""
        if not self._is_peers_turn():
            self._stop_waiting()
        elif self._bound is None:
            # Not `close`, which would wait for the peer to read what is not sent yet.
            self._bound = self.loop.call_later(self.patience_s, self.transport.abort)
            # A timer, however short, comes after what can be read by then: asyncio accepts many at once, and the
            # request of one among them may be there already.
            self.loop.call_later(0, self._make_room)

    def _is_peers_turn(self) -> bool:
        is_asked = self.conn.our_state in {h11.SEND_RESPONSE, h11.SEND_BODY}
        return not is_asked or self.flow.write_paused or self.conn.their_state is h11.SEND_BODY

    def _stop_waiting(self) -> None:
        if self._bound is not None:
            self._bound.cancel()
            self._bound = None

    def _make_room(self) -> None:
        awaited = [
            (other._bound.when(), other)  # noqa: SLF001  # its own
            for other in self.connections
            if isinstance(other, ImpatientProtocol) and other._bound is not None  # noqa: SLF001  # its own
        ]
        awaited.sort(key=lambda one: one[0])
        for _, other in awaited[: max(0, len(awaited) - self.most_awaited)]:
            other._stop_waiting()  # noqa: SLF001  # its own
            other.transport.abort()
