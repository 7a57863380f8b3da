"""The HTTP listener in front of an application."""

import socketserver
import ssl
import traceback
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from mautic_bootstrap.rehearsal.http import Request, Response

Answer = Callable[[Request], Response]


class Listener(ThreadingHTTPServer):
    """Serves an application; every connection has its own thread.

    Args:
        address: Host and port; port 0 takes a free one.
        answer: Answers one request.
        ssl_context: Serve TLS with this certificate.
    """

    daemon_threads = True
    block_on_close = False  # an idle browser connection must not delay the end

    def __init__(
        self, address: tuple[str, int], answer: Answer, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self.answer = answer
        self.scheme = "http" if ssl_context is None else "https"
        super().__init__(address, _Handler)
        if ssl_context is not None:
            # The handshake then happens in the connection's own thread, where a slow client harms nobody.
            self.socket = ssl_context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )

    def server_bind(self) -> None:
        """Bind without the look-up of the host's name, which takes seconds where there is no DNS."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent about clients that hang up or distrust the certificate; tests provoke both."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Rehearsal"
    sys_version = ""
    timeout = 60
    wbufsize = -1  # headers and body leave in one packet

    server: Listener

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
            scheme=self.server.scheme,
            client_ip=self.client_address[0],
        )
        try:
            response = self.server.answer(request)
        except Exception:  # noqa: BLE001  # whatever it is: shown, and answered
            traceback.print_exc()
            response = Response(500, b"The stand-in failed; see its log.")
        self.send_response(response.status, HTTPStatus(response.status).phrase)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815  # http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's signature
        """Log nothing: queries may hold tokens."""
