"""A Mautic in a process of its own, which grants tokens and counts calls: neither waits for a test's threads.

Run as a program it serves on a free loopback port, which it prints, until its standard input ends.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit


class ApiServer:
    """The process, as a test sees it."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port = port

    def set(self, **what: float) -> None:
        """Change how it behaves.

        Args:
            what: `lifetime_s` and `token_takes_s` of tokens; `revoke_after` so many calls; `knows_client`, 0 or 1.
        """
        self._ask("set", **what)

    def revoke(self) -> None:
        """Refuse every token from now on that was granted until now."""
        self._ask("revoke")

    @property
    def token_calls(self) -> int:
        """How many asked for a token."""
        return int(self._ask("seen")["token_calls"])

    @property
    def calls(self) -> list[tuple[float, int]]:
        """When each call came to the API, by `time.monotonic()`, and what status it got."""
        return [(at, status) for at, status in self._ask("seen")["calls"]]

    def _ask(self, what: str, **query: float) -> Any:
        fields = "&".join(f"{name}={value}" for name, value in query.items())
        with closing(HTTPConnection("127.0.0.1", self._port)) as connection:
            connection.request("GET", f"/control/{what}?{fields}")
            return json.load(connection.getresponse())


@contextmanager
def api_server() -> Iterator[ApiServer]:
    """Run the server for as long as a `with` lasts."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, __file__], stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        yield ApiServer(int(process.stdout.readline()))
        assert process.stdin is not None
        process.stdin.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    lock = threading.Lock()
    settings: ClassVar[dict[str, float]] = {
        "lifetime_s": 3600,
        "token_takes_s": 0,
        "revoke_after": 1e9,
        "knows_client": 1,
    }
    valid: ClassVar[set[str]] = set()
    calls: ClassVar[list[tuple[float, int]]] = []
    token_calls = 0

    def do_GET(self) -> None:
        arrived = time.monotonic()
        path = urlsplit(self.path).path
        self.rfile.read(int(self.headers.get("content-length", 0)))
        if path.startswith("/control/"):
            status, body = 200, self._control(path)
        elif path == "/oauth/v2/token":
            status, body = self._token()
        else:
            status, body = self._call(arrived)
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        self.do_GET()

    def _control(self, path: str) -> dict[str, Any]:
        with self.lock:
            if path == "/control/revoke":
                self.valid.clear()
            for name, value in parse_qsl(urlsplit(self.path).query):
                self.settings[name] = float(value)
            return {"token_calls": type(self).token_calls, "calls": self.calls}

    def _token(self) -> tuple[int, dict[str, Any]]:
        with self.lock:
            type(self).token_calls += 1
            token = f"token-{type(self).token_calls}"
        time.sleep(self.settings["token_takes_s"])
        if not self.settings["knows_client"]:
            return 400, {"errors": [{"message": "invalid", "type": "invalid_client"}]}
        self.valid.add(token)
        return 200, {"access_token": token, "expires_in": int(self.settings["lifetime_s"])}

    def _call(self, arrived: float) -> tuple[int, dict[str, Any]]:
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        with self.lock:
            if len(self.calls) == self.settings["revoke_after"]:
                self.valid.clear()
            status = 200 if token in self.valid or token.startswith("static-") else 401
            self.calls.append((arrived, status))
        return status, {"total": 0, "contacts": {}} if status == 200 else {"errors": []}

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True


def _serve() -> None:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)  # noqa: T201  # for whoever started it
        sys.stdin.read()


if __name__ == "__main__":
    _serve()
