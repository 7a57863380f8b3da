"""A web server on a free loopback port that misbehaves as told, for what only real sockets show."""

import gzip
import itertools
import os
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

_OK = b"HTTP/1.1 200 OK\r\n"


class Request(NamedTuple):
    """What came in."""

    method: str
    target: str
    headers: dict[str, str]
    connection: int
    """Which of the connections it came by, from 1."""


class Connection(socketserver.StreamRequestHandler):
    """One connection, request after request, until a fault ends it."""

    server: "FaultyServer"

    def handle(self) -> None:
        number = next(self.server.numbers)
        with suppress(OSError):
            while (request := self._read(number)) is not None:
                self.server.requests.append(request)
                if not self.server.next_fault()(self):
                    return

    def write(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()

    def wait(self, seconds: float) -> None:
        """Wait, unless the server is about to end."""
        self.server.released.wait(seconds)

    def _read(self, number: int) -> Request | None:
        first = self.rfile.readline().decode()
        if not first:
            return None
        method, target, _ = first.split(" ", 2)
        lines = iter(lambda: self.rfile.readline().decode().strip(), "")
        headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
        self.rfile.read(int(headers.get("content-length", 0)))
        return Request(method, target, headers, number)


Fault = Callable[[Connection], bool]
"""Answers one request; says whether the connection goes on."""


class FaultyServer(socketserver.ThreadingTCPServer):
    """Answers the next requests as told, and every other one with a page that is fine."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.port: int = self.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[Request] = []
        self.released = threading.Event()
        self.numbers = itertools.count(1)
        self._closed = threading.Semaphore(0)
        self._faults: list[Fault] = []

    def will(self, *faults: Fault) -> None:
        self._faults += faults

    def close_request(self, request: object) -> None:
        super().close_request(request)  # type: ignore[arg-type]  # it is the socket
        self._closed.release()

    def wait_until_one_is_closed(self) -> None:
        """Wait for the end of a connection that nobody waited for yet."""
        assert self._closed.acquire(timeout=10)

    def next_fault(self) -> Fault:
        return self._faults.pop(0) if self._faults else answers()


@contextmanager
def faulty_server(context: ssl.SSLContext | None = None) -> Iterator[FaultyServer]:
    """Serve for as long as a `with` lasts; over TLS if a context is given."""
    with FaultyServer() as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()


def answers(body: bytes = b'{"total": 0}', status: str = "200 OK", **headers: str) -> Fault:
    """Return what answers as any server would."""
    named = {"content-type": "application/json", **headers, "content-length": str(len(body))}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items())

    def answer(connection: Connection) -> bool:
        connection.write(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body)
        return True

    return answer


def then_closes(fault: Fault) -> Fault:
    """Return what closes the connection after an answer that did not say so."""
    return lambda connection: fault(connection) and False


def closes(_connection: Connection) -> bool:
    """Close the connection in place of an answer."""
    return False


def resets(connection: Connection) -> bool:
    """Reset the connection in the middle of an answer."""
    connection.write(_OK)
    now = struct.pack("ii", 1, 0)
    connection.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
    os.close(connection.connection.detach())  # at once: the server's own way says goodbye first
    return False


def hangs(connection: Connection) -> bool:
    """Answer nothing."""
    connection.wait(30)
    return False


def truncates(connection: Connection) -> bool:
    """Announce more than is sent."""
    connection.write(_OK + b'Content-Length: 1000\r\n\r\n{"total": ')
    return False


@dataclass(frozen=True)
class Drips:
    """Sends a byte of the body, or of the headers, now and then."""

    every_s: float
    in_headers: bool = False

    def __call__(self, connection: Connection) -> bool:
        end = b"X-Slow: " if self.in_headers else b"\r\n"
        connection.write(_OK + b"Content-Length: 1000\r\n" + end)
        while not connection.server.released.is_set():
            connection.write(b" ")
            connection.wait(self.every_s)
        return False


def goes_on_and_on(connection: Connection) -> bool:
    """Send a body that has no end."""
    connection.write(_OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while not connection.server.released.is_set():
        connection.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
    return False


@cache
def bomb() -> bytes:
    """Return 64 KiB that unpack to 64 MiB."""
    return gzip.compress(bytes(64 * 1024 * 1024))


def bombs(connection: Connection) -> bool:
    """Send a small body that unpacks to a large one."""
    body = bomb()
    connection.write(_OK + b"Content-Encoding: gzip\r\n")
    connection.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return True


def speaks_no_http(connection: Connection) -> bool:
    """Send another protocol's greeting."""
    connection.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    return False
