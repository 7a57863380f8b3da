"""A web server on a free loopback port, for what a mocked transport cannot show: sockets, TLS, proxies."""

import contextlib
import http.server
import ssl
import threading
from collections.abc import Iterator


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers a login page; `/hangs` keeps its caller waiting and `/garbled` lies about its coding."""

    released = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/hangs":
            self.released.wait(10)
            return
        body = b'<form name="login">'
        self.send_response(200)
        if self.path == "/garbled":
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve on 127.0.0.1, over TLS if a context is given, and yield the port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        _Handler.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
        _Handler.released.clear()
