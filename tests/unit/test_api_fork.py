"""A client that was used before a fork: nobody gets another process's answer."""

import os
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import get_context

import pytest
from pydantic import SecretStr

from mautic_bootstrap.api.client import MauticClient
from mautic_bootstrap.api.credentials import StaticToken
from mautic_bootstrap.api.tokens import NoStore

_PATHS = 30
_ECHO = """
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        body = json.dumps({"path": self.path}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture
def echo() -> Iterator[str]:
    """A server that answers with the path it was asked for; its URL."""
    argv = [sys.executable, "-c", _ECHO]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.kill()


def _wrong_answers(client: MauticClient, name: str) -> int:
    """Ask for things that only this process asks for; return how many answers are about something else."""
    paths = [f"/api/{name}/{number}" for number in range(_PATHS)]
    return sum(client.request("GET", path).json()["path"] != path for path in paths)


def test_children_and_their_parent_read_their_own_answers(echo: str) -> None:
    context = get_context("fork")
    with MauticClient(echo, StaticToken(SecretStr("token"))) as client:
        client.request("GET", "/api/before")
        said = context.SimpleQueue()

        def work(name: str) -> None:
            said.put(_wrong_answers(client, name))

        children = [context.Process(target=work, args=(f"child{n}",)) for n in range(3)]
        for child in children:
            child.start()
        mine = _wrong_answers(client, "parent")
        for child in children:
            child.join(60)
        assert [child.exitcode for child in children] == [0, 0, 0]
        assert [mine, *(said.get() for _ in children)] == [0, 0, 0, 0]


def test_a_child_is_not_stopped_by_a_lock_that_its_parent_held() -> None:
    store = NoStore()
    held = store.try_lock()
    assert held is not None
    with held:
        child = os.fork()
        if child == 0:
            os._exit(0 if store.try_lock() is not None else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert store.try_lock() is None
