"""`mautic-bootstrap serve`: a server on a real port, started, asked and ended."""

import contextlib
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mautic_bootstrap.cli import main
from unit.health_support import TOKEN

ANY = "0.0.0.0"  # noqa: S104  # for as long as a test


class _Mautic(http.server.BaseHTTPRequestHandler):
    """The least of a Mautic that is ready."""

    calls: list[str]
    pages: dict[str, tuple[str, str]] = {  # noqa: RUF012  # never changed
        "/s/login": ("text/html", '<form name="login">'),
        "/oauth/v2/token": ("application/json", '{"access_token": "t-1", "expires_in": 3600}'),
        "/api/users/self": ("application/json", '{"username": "app"}'),
    }

    def do_GET(self) -> None:
        self.calls.append(self.path)
        kind, body = self.pages[self.path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Mautic-Version", "7.0.0")
        self.end_headers()
        self.wfile.write(body.encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def calls() -> list[str]:
    """What the Mautic was asked."""
    return []


@pytest.fixture(autouse=True)
def _env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: list[str]) -> Iterator[None]:
    handler = type("Handler", (_Mautic,), {"calls": calls})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("MAUTIC_HEALTH_TOKEN", raising=False)
    (tmp_path / ".env").write_text(
        f"MAUTIC_API_URL=http://127.0.0.1:{server.server_address[1]}\n"
        "MAUTIC_CLIENT_ID=1_id\nMAUTIC_CLIENT_SECRET=secret-1\n"
    )
    yield
    server.shutdown()
    thread.join()
    server.server_close()


@contextlib.contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command on a free port; yield its process and its address once it listens."""
    command = [
        sys.executable,
        "-c",
        "import sys; from mautic_bootstrap.cli import main; sys.exit(main())",
    ]
    with subprocess.Popen(
        [*command, "serve", "--port", "0", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    ) as process:
        assert process.stderr is not None
        try:
            first = process.stderr.readline()
            assert "INFO mautic_bootstrap.health: Health of http://127.0.0.1:" in first
            yield process, first.split()[-1]
        finally:
            process.kill()


def ask(url: str, **headers: str) -> tuple[int, str]:
    response = httpx.get(url, headers=headers, timeout=20)
    return response.status_code, response.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_until_it_is_asked_to_stop(number: signal.Signals, calls: list[str]) -> None:
    with serving() as (process, url):
        assert url.startswith("http://127.0.0.1:")
        assert ask(f"{url}/health/live") == (200, '{"live":true}')
        assert calls == []
        status, body = ask(f"{url}/health/ready")
        assert status == 200
        assert json.loads(body)["checks"]["mautic_version"]["version"] == "7.0.0"
        assert ask(f"{url}/metrics")[1].count("mautic_ready 1.0") == 1
        assert ask(f"{url}/nothing") == (404, '{"error":"Not Found"}')
        assert ask(f"{url}/health/ready", **{"X-Forwarded-For": "127.0.0.1"})[0] == 403
        process.send_signal(number)
        _, log = process.communicate(timeout=20)
        assert process.returncode == 0
    assert calls == ["/s/login", "/oauth/v2/token", "/api/users/self"]
    assert "INFO mautic_bootstrap.api: GET /api/users/self -> 200" in log
    assert "Application shutdown complete" in log
    assert "Traceback" not in log
    assert "secret-1" not in log
    assert "t-1" not in log


def test_a_head_that_is_too_long_is_refused() -> None:
    with (
        serving() as (_, url),
        socket.create_connection(
            ("127.0.0.1", int(url.rpartition(":")[2])), timeout=10
        ) as connection,
    ):
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20000)
        assert connection.recv(12) == b"HTTP/1.1 400"


def test_five_hundred_connections_that_send_nothing_keep_nobody_out() -> None:
    with contextlib.ExitStack() as idle, serving() as (_, url):
        place = ("127.0.0.1", int(url.rpartition(":")[2]))
        for _ in range(520):
            idle.enter_context(socket.create_connection(place, timeout=10))
        assert ask(f"{url}/health/live") == (200, '{"live":true}')
        assert ask(f"{url}/health/ready")[0] == 200


def test_other_machines_need_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAUTIC_HEALTH_TOKEN", TOKEN)
    with serving("--host", ANY) as (_, url):
        port = url.rpartition(":")[2]
        here = f"http://127.0.0.1:{port}/health/ready"
        named = {"Host": "mautic.example.com"}
        assert ask(here)[0] == 200
        assert ask(here, **named)[0] == 401
        assert ask(here, **named, Authorization=f"Bearer {TOKEN}")[0] == 200


@pytest.mark.parametrize("host", [ANY, "::", "192.0.2.1"])
def test_no_other_address_without_a_token(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", host]) == 2
    err = capsys.readouterr().err
    assert f"--host {host} is open to other machines; set MAUTIC_HEALTH_TOKEN" in err


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port]) == 2
    err = capsys.readouterr().err
    assert f"--host 127.0.0.1 --port {port} cannot be listened on: address already in use\n" in err


def test_a_host_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "no-such-host.invalid"]) == 2
    assert (
        "--host no-such-host.invalid --port 8085 cannot be listened on" in capsys.readouterr().err
    )


@pytest.mark.parametrize("port", ["65536", "-1", "http", "٣"])
def test_a_port_that_is_none(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", f"--port={port}"]) == 2
    assert f"{port!r} is no port from 0 to 65535" in capsys.readouterr().err


def test_wrong_settings_are_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".env").write_text("MAUTIC_CLIENT_ID=1_id\n")
    assert main(["serve"]) == 2
    assert "MAUTIC_API_URL is not set" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["uvicorn", "starlette", "prometheus_client"])
def test_without_its_extra_it_says_what_to_install(missing: str) -> None:
    program = (
        f"import sys; sys.modules[{missing!r}] = None; from mautic_bootstrap.cli import main;"
        "sys.exit(main(['serve']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install 'mautic-bootstrap[server]'" in done.stderr
    assert "Traceback" not in done.stderr
