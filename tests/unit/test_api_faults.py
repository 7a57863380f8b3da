"""A server that misbehaves on a real socket: every fault becomes a typed error, in time, and in bounds."""

import gzip
import time
import tracemalloc
from collections.abc import Iterator

import httpx
import pytest
from pydantic import SecretStr

from mautic_bootstrap.api import body
from mautic_bootstrap.api.client import MauticClient
from mautic_bootstrap.api.credentials import StaticToken
from mautic_bootstrap.api.retries import Retries
from mautic_bootstrap.errors import (
    BootstrapError,
    RequestTimeoutError,
    UnexpectedResponseError,
    UnreachableError,
)
from unit import faulty_server as faults
from unit.both_clients import LOOPS, Connect
from unit.faulty_server import Fault, FaultyServer, answers, faulty_server

_TOKEN = StaticToken(SecretStr("static-token"))
_AT_ONCE = Retries(first_s=0, longest_s=0)
_GZIP = {"content_encoding": "gzip"}


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


@pytest.fixture
def client(connect: Connect, server: FaultyServer) -> MauticClient:
    return connect(server.url, _TOKEN, retries=_AT_ONCE, timeout_s=5)


@pytest.mark.parametrize(
    ("fault", "error", "seen"),
    [
        (faults.closes, UnreachableError, "disconnected without sending a response"),
        (faults.resets, UnreachableError, "ReadError|reset by peer"),
        (faults.truncates, UnreachableError, "without sending complete message body"),
        (faults.speaks_no_http, UnreachableError, "illegal status line"),
        (answers(b"not gzip", **_GZIP), UnexpectedResponseError, "incorrect header check"),
    ],
)
def test_a_broken_answer_is_an_error_that_says_so(
    client: MauticClient, server: FaultyServer, fault: Fault, error: type[Exception], seen: str
) -> None:
    server.will(*[fault] * 4)
    with pytest.raises(error, match=seen):
        client.request("GET", "/api/contacts")


@pytest.mark.parametrize("fault", [faults.closes, faults.resets, faults.truncates])
def test_a_get_survives_a_connection_that_breaks_and_a_post_is_not_sent_again(
    client: MauticClient, server: FaultyServer, fault: Fault
) -> None:
    server.will(fault, fault)
    assert client.request("GET", "/api/contacts").json() == {"total": 0}
    assert len(server.requests) == 3
    server.will(fault)
    with pytest.raises(UnreachableError):
        client.request("POST", "/api/campaigns/1/contact/2/add")
    assert [request.method for request in server.requests] == ["GET", "GET", "GET", "POST"]


def test_a_body_that_cannot_be_decoded_is_not_asked_for_again(
    client: MauticClient, server: FaultyServer
) -> None:
    server.will(answers(b"not gzip", **_GZIP))
    with pytest.raises(UnexpectedResponseError, match="expected an answer that can be decoded"):
        client.request("GET", "/api/contacts")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "seen"), [(faults.hangs, "none"), (faults.Drips(0.05), "only a part of one")]
)
def test_a_server_that_hangs_or_drips_is_given_up_with_the_time_it_took(
    connect: Connect, server: FaultyServer, fault: Fault, seen: str
) -> None:
    client = connect(server.url, _TOKEN, retries=Retries(attempts=1), timeout_s=0.2)
    server.will(fault)
    with pytest.raises(RequestTimeoutError) as caught:
        client.request("GET", "/api/contacts")
    assert caught.value.waited_s is not None
    assert 0.2 <= caught.value.waited_s < 10
    assert f"saw {seen} after {caught.value.waited_s:.0f} s." in str(caught.value)
    assert caught.value.hint == "Mautic is overloaded or hangs; look at its log."


def test_a_call_s_own_timeout_counts_for_it_alone(connect: Connect, server: FaultyServer) -> None:
    def slowly(connection: faults.Connection) -> bool:
        connection.wait(0.3)
        return answers()(connection)

    client = connect(server.url, _TOKEN, retries=Retries(attempts=1), timeout_s=30)
    for fault in (faults.hangs, faults.Drips(0.05)):
        server.will(fault)
        started = time.monotonic()
        with pytest.raises(RequestTimeoutError):
            client.request("GET", "/api/contacts", timeout_s=0.1)
        assert time.monotonic() - started < 10
    server.will(slowly)
    assert client.request("GET", "/api/contacts").status_code == 200


@pytest.mark.parametrize("kind", LOOPS)
def test_headers_that_drip_are_given_up_where_waiting_can_be_ended(
    server: FaultyServer, kind: str
) -> None:
    with Connect(kind) as connect:
        client = connect(server.url, _TOKEN, retries=Retries(attempts=1), timeout_s=0.1)
        server.will(faults.Drips(0.05, in_headers=True))
        with pytest.raises(RequestTimeoutError, match="saw only a part of one after "):
            client.request("GET", "/api/contacts")
        assert client.request("GET", "/api/contacts").status_code == 200


@pytest.mark.parametrize("fault", [faults.goes_on_and_on, faults.bombs, faults.Drips(0.05)])
def test_an_answer_that_is_given_up_takes_its_connection_with_it(
    client: MauticClient, server: FaultyServer, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "LARGEST_ANSWER_BYTES", 1_000_000)
    server.will(fault)
    with pytest.raises(BootstrapError) as caught:
        client.request("POST", "/api/contacts/new", timeout_s=0.3)
    server.wait_until_one_is_closed()
    assert client.request("GET", "/api/contacts").status_code == 200
    assert [request.connection for request in server.requests] == [1, 2]
    assert caught.value.__traceback__ is not None  # which nobody had to let go of for that


def test_a_bomb_is_unpacked_no_further_than_there_is_room(
    client: MauticClient, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(faults.bomb()) < 100_000
    monkeypatch.setattr(body, "LARGEST_ANSWER_BYTES", 1_000_000)
    server.will(faults.bombs)
    tracemalloc.start()
    try:
        with pytest.raises(UnexpectedResponseError):
            client.request("GET", "/api/contacts")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize("fault", [faults.goes_on_and_on, faults.bombs])
def test_an_answer_that_would_fill_the_memory_is_given_up(
    client: MauticClient,
    server: FaultyServer,
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(body, "LARGEST_ANSWER_BYTES", 1_000_000)
    server.will(fault)
    with pytest.raises(UnexpectedResponseError, match="saw more than 1000000 bytes came"):
        client.request("GET", "/api/contacts")
    assert len(server.requests) == 1


def test_a_packed_answer_is_unpacked_and_says_no_more_that_it_was_packed(
    client: MauticClient, server: FaultyServer
) -> None:
    server.will(answers(gzip.compress(b'{"a": 1}'), x_other="kept", **_GZIP))
    answer = client.request("GET", "/api/contacts")
    assert server.requests[0].headers["accept-encoding"] == "gzip"
    assert (answer.json(), answer.headers["x-other"]) == ({"a": 1}, "kept")
    assert "content-encoding" not in answer.headers
    assert answer.headers["content-length"] == "8"


def test_a_large_answer_arrives_whole(client: MauticClient, server: FaultyServer) -> None:
    server.will(answers(b'{"a": "' + b"x" * 5_000_000 + b'"}'))
    answer = client.request("GET", "/api/contacts")
    assert len(answer.content) == 5_000_009
    assert answer.json()["a"] == "x" * 5_000_000


@pytest.mark.parametrize(
    "body",
    [b"<html>Log in to the Wi-Fi</html>", b"", b"[]", b"null", b'"ok"', b"{}", b'{"a": '],
)
def test_a_200_that_is_none_of_mautics_is_unexpected(
    client: MauticClient, server: FaultyServer, body: bytes
) -> None:
    server.will(answers(body, content_type="text/html"))
    with pytest.raises(UnexpectedResponseError, match="Is there a proxy between here and Mautic"):
        client.contacts.get(1)


def test_a_redirect_to_another_host_is_told_and_not_followed(
    client: MauticClient, server: FaultyServer
) -> None:
    with faulty_server() as other:
        server.will(answers(b"", "302 Found", location=f"{other.url}/api/contacts?x=static-token"))
        with pytest.raises(UnexpectedResponseError) as caught:
            client.request("GET", "/api/contacts")
        assert (other.requests, len(server.requests)) == ([], 1)
    assert f"saw HTTP 302 to {other.url}/api/contacts?x=********." in str(caught.value)
    assert caught.value.status == 302


def test_a_mautic_that_is_not_installed_is_told_by_where_it_redirects_to(
    client: MauticClient, server: FaultyServer
) -> None:
    server.will(answers(b"", "302 Found", location="/index.php/installer"))
    with pytest.raises(UnexpectedResponseError, match=r"saw HTTP 302 to /index\.php/installer\."):
        client.request("GET", "/api/contacts")


def test_a_kept_connection_that_the_server_closes_between_calls_fails_nobody(
    client: MauticClient, server: FaultyServer
) -> None:
    for _ in range(20):
        server.will(faults.then_closes(answers()))
        assert client.request("POST", "/api/emails/1/contact/2/send").status_code == 200
        server.wait_until_one_is_closed()
    assert len(server.requests) == 20
    assert {request.connection for request in server.requests} == set(range(1, 21))


def test_a_kept_connection_that_closes_under_the_request_is_replaced_for_a_get(
    client: MauticClient, server: FaultyServer
) -> None:
    server.will(answers(), faults.closes)
    client.request("GET", "/api/contacts")
    assert client.request("GET", "/api/contacts").status_code == 200
    assert [request.connection for request in server.requests] == [1, 1, 2]


def test_nobody_listening_is_unreachable(connect: Connect) -> None:
    with faulty_server() as server:
        pass
    client = connect(server.url, _TOKEN, retries=_AT_ONCE)
    with pytest.raises(UnreachableError, match="expected an answer, saw ") as caught:
        client.request("GET", "/api/contacts")
    assert isinstance(caught.value.__cause__, httpx.ConnectError)


def test_after_a_fault_the_client_goes_on(client: MauticClient, server: FaultyServer) -> None:
    every: list[Fault] = [faults.closes, faults.resets, faults.truncates, faults.speaks_no_http]
    for fault in every:
        server.will(fault)
        with pytest.raises(BootstrapError):
            client.request("POST", "/api/contacts/new")
    assert client.request("GET", "/api/contacts").json() == {"total": 0}
