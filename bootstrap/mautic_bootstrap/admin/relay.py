"""TLS connections carried on to a server that is verified here, each time anew."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import anyio
from anyio.abc import ByteStream, SocketAttribute, SocketStream, TaskStatus
from anyio.from_thread import start_blocking_portal
from anyio.streams.tls import TLSStream

_TIMEOUT_S = 10.0
_ENDED = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)


@contextmanager
def relay(host: str, port: int, *, trusted: ssl.SSLContext, own: ssl.SSLContext) -> Iterator[int]:
    """Relay TLS connections from a port of this machine's loopback to a server while the body runs.

    A connection ends at once where the server cannot be reached or does not prove to be the host.

    Args:
        host: The server's name or address; its certificate has to be for it.
        port: The server's port.
        trusted: Verifies the server.
        own: Holds the certificate shown to whoever connects here.

    Yields:
        The port on 127.0.0.1.

    Side effects:
        Listens, from a thread of its own.
    """

    async def carry(plain: SocketStream) -> None:
        with suppress(*_ENDED, TimeoutError):
            async with plain:
                with anyio.fail_after(_TIMEOUT_S):
                    client = await TLSStream.wrap(plain, ssl_context=own, server_side=True)
                    server = await anyio.connect_tcp(
                        host, port, ssl_context=trusted, tls_hostname=host
                    )
                async with server:
                    await _carry_both_ways(client, server)

    async def listen(*, task_status: TaskStatus[int]) -> None:
        async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
            task_status.started(listener.extra(SocketAttribute.local_port))  # noqa: S610  # anyio's
            await listener.serve(carry)

    with start_blocking_portal() as portal:
        listening, number = portal.start_task(listen)
        try:
            yield number
        finally:
            listening.cancel()


async def _carry_both_ways(one: ByteStream, other: ByteStream) -> None:
    """Carry bytes until either side ends."""
    async with anyio.create_task_group() as tasks:
        for source, target in ((one, other), (other, one)):
            tasks.start_soon(_carry_over, source, target, tasks.cancel_scope)


async def _carry_over(source: ByteStream, target: ByteStream, both: anyio.CancelScope) -> None:
    with suppress(*_ENDED):
        async for chunk in source:
            await target.send(chunk)
    both.cancel()
