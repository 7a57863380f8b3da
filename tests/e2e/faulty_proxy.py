"""A reverse proxy before a Mautic that hands everything on, until a request at which it begins to misbehave."""

import http.client
import threading
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_PATIENCE_S = 60
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
_HTML = [("Content-Type", "text/html; charset=UTF-8")]


class Fault(StrEnum):
    """What goes wrong; but for the last one it stays so until `heal`."""

    ERROR = "HTTP 500"
    MAINTENANCE = "maintenance"
    """HTTP 503 with a page of a proxy's own."""

    CUT = "cut"
    """The connection ends without an answer."""

    HANG = "no answer"
    STALL = "half a page"
    """Headers and the first half come, the rest never does."""

    LOGGED_OUT = "session lost"
    """One request comes to Mautic without its cookies."""


@dataclass(frozen=True)
class Asked:
    """One request of a run."""

    method: str
    path: str
    occurrence: int
    """Which of several of the same method and path, from 1."""

    def __str__(self) -> str:
        """Return it as a row's title."""
        again = f" ({self.occurrence})" if self.occurrence > 1 else ""
        return f"{self.method} {self.path}{again}"


class FaultyProxy:
    """The proxy, on a free loopback port; use it as a context manager.

    Attributes:
        url: Its base URL.
        asked: Every request since the last `heal`.
        upstream: Where they are handed on to; may be changed while it runs.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.asked: list[Asked] = []
        self._counts: Counter[tuple[str, str]] = Counter()
        self._at: Asked | None = None
        self._fault: Fault | None = None
        self._broken = False
        self._released = threading.Event()
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                proxy._answer(self, body)

            do_POST = do_GET  # noqa: N815  # http.server's names

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    def break_at(self, asked: Asked, fault: Fault) -> None:
        """Misbehave from that request on."""
        self.heal()
        self._at, self._fault = asked, fault

    def heal(self) -> None:
        """Hand everything on again, and let go of those who wait."""
        self._released.set()
        self._released = threading.Event()
        self._at = self._fault = None
        self._broken = False
        self.asked, self._counts = [], Counter()

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop serving."""
        self.heal()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, client: BaseHTTPRequestHandler, body: bytes) -> None:
        match self._fault_of(client.command, client.path.partition("?")[0]):
            case Fault.ERROR:
                _send(client, 500, _HTML, b"<title>Error</title><h1>The site is offline</h1>")
            case Fault.MAINTENANCE:
                _send(client, 503, _HTML, b"<title>Maintenance</title><h1>Back soon</h1>")
            case Fault.CUT:
                client.close_connection = True
            case Fault.HANG:
                client.close_connection = True
                self._released.wait(_PATIENCE_S * 10)
            case Fault.STALL:
                status, headers, data = self._fetch(client, body)
                client.close_connection = True
                _send(client, status, headers, data, cut_at=len(data) // 2)
                self._released.wait(_PATIENCE_S * 10)
            case Fault.LOGGED_OUT:
                del client.headers["Cookie"]
                _send(client, *self._fetch(client, body))
            case None:
                _send(client, *self._fetch(client, body))

    def _fault_of(self, method: str, path: str) -> Fault | None:
        with self._lock:
            self._counts[method, path] += 1
            asked = Asked(method, path, self._counts[method, path])
            self.asked.append(asked)
            if asked == self._at:
                self._broken = True
            elif not self._broken or self._fault is Fault.LOGGED_OUT:
                return None
            return self._fault

    def _fetch(
        self, client: BaseHTTPRequestHandler, body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Hand a request on; its `Host` stays, so that redirects lead back here."""
        netloc = urlsplit(self.upstream).netloc
        upstream = http.client.HTTPConnection(netloc, timeout=_PATIENCE_S)
        try:
            headers = {n: v for n, v in client.headers.items() if n.lower() != "connection"}
            upstream.request(client.command, client.path, body or None, headers)
            answer = upstream.getresponse()
            kept = [(n, v) for n, v in answer.getheaders() if n.lower() not in _HOP_BY_HOP]
            return answer.status, kept, answer.read()
        finally:
            upstream.close()


def _send(
    client: BaseHTTPRequestHandler,
    status: int,
    headers: list[tuple[str, str]],
    body: bytes,
    *,
    cut_at: int | None = None,
) -> None:
    client.send_response(status)
    for name, value in headers:
        client.send_header(name, value)
    client.send_header("Content-Length", str(len(body)))
    client.end_headers()
    client.wfile.write(body[:cut_at])
    client.wfile.flush()
