"""A tiny site that serves whatever pages a test wants: for what neither a Mautic nor its stand-in shows at will."""

import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Answer:
    """One answer: HTTP status, body and further headers; `body` None hangs up without any."""

    body: str | None = "<!DOCTYPE html><title>Some page</title><h1>Hello</h1>"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


LOGIN = Answer(
    '<!DOCTYPE html><title>Mautic</title><div id="flashes"></div>'
    '<form name="login" method="post" action="/s/login_check"><input id="username" name="_username">'
    '<input type="password" id="password" name="_password"><button type="submit">Login</button></form>'
)


class FakeSite:
    """Serves pages by "METHOD /path" (queries do not count); anything else is a 404.

    Attributes:
        url: Base URL.
        pages: What to answer; may be changed while it runs.
        asked: Every request as "METHOD /path?query".
        release: Answers of paths in `held` wait until this is set.
    """

    def __init__(self, pages: dict[str, Answer], ssl_context: ssl.SSLContext | None = None) -> None:
        self.pages = pages
        self.asked: list[str] = []
        self.held: set[str] = set()
        self.release = threading.Event()
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(f"{self.command} {self.path}")
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                key = f"{self.command} {self.path.partition('?')[0]}"
                if key in site.held:
                    site.release.wait(30)
                answer = site.pages.get(key, Answer("<title>Not found</title>", 404))
                if answer.body is None:
                    self.close_connection = True
                    return
                body = answer.body.encode()
                self.send_response(answer.status)
                for name, value in {"Content-Type": "text/html", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815  # http.server's names

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        if ssl_context is not None:
            self._server.socket = ssl_context.wrap_socket(self._server.socket, server_side=True)
        scheme = "https" if ssl_context else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
