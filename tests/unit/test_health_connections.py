"""Connections to the server: none that only lies there keeps others out."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import anyio.to_thread
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mautic_bootstrap.health.connections import ImpatientProtocol

ASK = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
PATIENCE_S = 0.3
Connecting = Callable[[], socket.socket]


async def _answer(_: Request) -> Response:
    return PlainTextResponse("here")


async def _large(_: Request) -> Response:
    return Response(b"x" * 50_000_000)


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a shorter while than a server does."""
    monkeypatch.setattr(ImpatientProtocol, "patience_s", PATIENCE_S)


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """What the slow answer waits for."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def connect(release: threading.Event) -> Iterator[Connecting]:
    """Connect to a server that runs, whose limits are low."""

    async def slow(request: Request) -> Response:
        await anyio.to_thread.run_sync(release.wait)
        return await _answer(request)

    app = Starlette(routes=[Route("/", _answer), Route("/large", _large), Route("/slow", slow)])
    config = uvicorn.Config(
        app,
        http=ImpatientProtocol,
        ws="none",
        log_config=None,
        limit_concurrency=64,
        backlog=8,
        timeout_keep_alive=60,  # so that what ends a connection is the bound under test
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    with contextlib.ExitStack() as opened, socket.create_server(("127.0.0.1", 0)) as place:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [place]})
        thread.start()
        address = place.getsockname()
        yield lambda: opened.enter_context(socket.create_connection(address, timeout=10))
        opened.close()
        server.should_exit = True
        thread.join()


def _is_closed(connection: socket.socket) -> bool:
    """Read until nothing comes any more; say whether the server has closed it."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


def _status(connection: socket.socket) -> bytes:
    connection.sendall(ASK)
    return _status_of(connection)


def _status_of(connection: socket.socket) -> bytes:
    """Read one answer, as a whole."""
    answer = b""
    while not answer.endswith(b"here"):
        chunk = connection.recv(4096)
        assert chunk, answer
        answer += chunk
    return answer.split(b" ")[1]


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize(
    "sent",
    [
        b"",
        ASK[:-2],
        ASK,
        ASK + ASK[:5],
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n1",
    ],
    ids=["nothing", "part of a head", "a request", "part of the next head", "part of a body"],
)
def test_who_sends_no_more_is_let_go(sent: bytes, connect: Connecting) -> None:
    connection = connect()
    began = time.monotonic()
    connection.sendall(sent)
    assert _is_closed(connection)
    assert time.monotonic() - began >= PATIENCE_S * 0.9


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("before", [b"", ASK], ids=["the first request", "the next request"])
def test_a_head_that_drips_gains_no_time(before: bytes, connect: Connecting) -> None:
    connection = connect()
    began = time.monotonic()
    connection.sendall(before)
    with contextlib.suppress(ConnectionError):
        while time.monotonic() - began < 5:
            connection.sendall(b"G")
            time.sleep(PATIENCE_S / 10)
    assert time.monotonic() - began < 5


@pytest.mark.usefixtures("patience")
def test_who_reads_no_answer_is_let_go(connect: Connecting) -> None:
    connection = connect()
    connection.sendall(ASK.replace(b"/", b"/large", 1))
    time.sleep(PATIENCE_S * 3)
    received = 0
    with contextlib.suppress(ConnectionResetError):
        while chunk := connection.recv(1_000_000):
            received += len(chunk)
    assert 0 < received < 50_000_000


@pytest.mark.usefixtures("patience")
def test_who_asks_again_in_time_stays(connect: Connecting) -> None:
    connection = connect()
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_S * 3:
        assert _status(connection) == b"200"


def test_too_many_that_ask_nothing_make_room_from_the_first_on(
    connect: Connecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImpatientProtocol, "most_awaited", 32)
    idle = [connect() for _ in range(100)]
    assert _status(connect()) == b"200"
    assert all(_is_closed(connection) for connection in idle[:68])
    assert _status(idle[-1]) == b"200"


def test_a_request_under_way_is_none_that_is_waited_for(
    connect: Connecting, release: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImpatientProtocol, "patience_s", PATIENCE_S)
    monkeypatch.setattr(ImpatientProtocol, "most_awaited", 2)
    connection = connect()
    connection.sendall(ASK.replace(b"/", b"/slow", 1))
    idle = [connect() for _ in range(5)]
    assert all(_is_closed(one) for one in idle)
    release.set()
    assert _status_of(connection) == b"200"
