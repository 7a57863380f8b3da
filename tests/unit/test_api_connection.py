"""Connections: whom they trust, by which proxy they go, how many there are, and that nothing sticks to them."""

import contextlib
import datetime as dt
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from pydantic import SecretStr

from mautic_bootstrap.api.connection import open_async_client, open_client
from mautic_bootstrap.api.credentials import StaticToken
from mautic_bootstrap.api.retries import Retries
from mautic_bootstrap.errors import SettingsError, UnreachableError
from mautic_bootstrap.install.probe import probe
from unit.both_clients import Connect
from unit.fake_api import FakeApi
from unit.faulty_server import FaultyServer, answers, faulty_server

_TOKEN = StaticToken(SecretStr("static-token"))
_QUICKLY = Retries(first_s=0, longest_s=0)
_LOGIN = answers(b'<form name="login">')


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return file


@pytest.fixture
def https(authority: trustme.CA) -> Iterator[Callable[..., FaultyServer]]:
    with contextlib.ExitStack() as stack:

        def start(**options: Any) -> FaultyServer:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("localhost", **options).configure_cert(context)
            server = stack.enter_context(faulty_server(context))
            server.url = f"https://localhost:{server.port}"
            return server

        yield start


@pytest.fixture
def attempts() -> list[int]:
    """The number of every attempt at a call, as the client tells of it."""
    return []


def test_a_private_authority_is_trusted_where_it_is_named(
    connect: Connect, https: Callable[..., FaultyServer], bundle: Path
) -> None:
    client = connect(https().url, _TOKEN, ca_bundle=bundle)
    assert client.request("GET", "/api/contacts").status_code == 200


def test_a_private_authority_is_trusted_nowhere_else_and_asked_only_once(
    connect: Connect, https: Callable[..., FaultyServer], attempts: list[int]
) -> None:
    server = https()
    client = connect(
        server.url, _TOKEN, retries=_QUICKLY, on_call=lambda call: attempts.append(call.attempt)
    )
    with pytest.raises(UnreachableError, match="CERTIFICATE_VERIFY_FAILED") as caught:
        client.request("GET", "/api/contacts")
    assert str(caught.value).endswith("for https://, mautic_ca_bundle (MAUTIC_CA_BUNDLE).")
    assert (attempts, server.requests) == ([1], [])


def test_a_certificate_that_is_over_is_refused_even_by_a_known_authority(
    connect: Connect, https: Callable[..., FaultyServer], bundle: Path, attempts: list[int]
) -> None:
    server = https(not_after=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    client = connect(
        server.url,
        _TOKEN,
        ca_bundle=bundle,
        retries=_QUICKLY,
        on_call=lambda call: attempts.append(call.attempt),
    )
    with pytest.raises(UnreachableError, match="certificate has expired"):
        client.request("GET", "/api/contacts")
    assert (attempts, server.requests) == ([1], [])


def test_a_certificate_for_another_host_is_refused(
    connect: Connect, https: Callable[..., FaultyServer], bundle: Path
) -> None:
    url = https().url.replace("localhost", "127.0.0.1")
    with pytest.raises(UnreachableError, match="mismatch"):
        connect(url, _TOKEN, ca_bundle=bundle).request("GET", "/api/contacts")


def test_the_probe_trusts_whom_the_client_trusts(
    https: Callable[..., FaultyServer], bundle: Path
) -> None:
    server = https()
    server.will(_LOGIN)
    assert probe(server.url, user_agent="u", ca_bundle=bundle).state == "installed"
    refused = probe(server.url, user_agent="u", ca_bundle=None)
    assert refused.state == "unreachable"
    assert "CERTIFICATE_VERIFY_FAILED" in refused.seen


def test_no_loopback_client_trusts_anybody_over_tls(https: Callable[..., FaultyServer]) -> None:
    with (
        open_client("http://localhost", user_agent="u", ca_bundle=None) as client,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        client.get(https().url)


@pytest.fixture
def no_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    """No host is exempt from the environment's proxies."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_exceptions")
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY", "http_proxy"])
def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    connect: Connect, server: FaultyServer, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    assert connect(server.url, _TOKEN).request("GET", "/api/contacts").status_code == 200


@pytest.mark.usefixtures("no_exceptions")
def test_a_proxy_of_the_environment_is_asked_for_every_other_host(
    connect: Connect, server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    connect("http://mautic.invalid", _TOKEN).request("GET", "/api/contacts")
    assert [request.target for request in server.requests] == ["http://mautic.invalid/api/contacts"]


@pytest.mark.parametrize("proxy", ["gopher://u:pa55word@h:1", "http://u:pa55/word@h:1"])
@pytest.mark.parametrize("opening", [open_client, open_async_client])
def test_a_proxy_that_is_none_is_said_without_its_password(
    monkeypatch: pytest.MonkeyPatch, proxy: str, opening: Callable[..., object]
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(UnreachableError) as caught:
        opening("https://mautic.invalid", user_agent="u", ca_bundle=None)
    assert "HTTPS_PROXY" in str(caught.value)
    assert "pa55" not in caught.value.diagnostics()
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("url", ["http://[::1", "http://host\x00"])
def test_a_url_that_is_none_is_refused(connect: Connect, url: str) -> None:
    with pytest.raises(SettingsError, match=r"^base_url "):
        connect(url, _TOKEN)


@pytest.mark.parametrize("end", ["/", "/api", "/api/", "/s"])
def test_what_people_put_behind_a_base_url_is_left_out(
    connect: Connect, server: FaultyServer, end: str
) -> None:
    assert connect(server.url + end, _TOKEN).base_url == server.url


def test_a_bundle_without_a_certificate_is_said(connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(UnreachableError, match="mautic_ca_bundle"):
        connect("https://mautic.invalid", _TOKEN, ca_bundle=tmp_path / "ca.pem")


def test_one_connection_serves_many_calls(connect: Connect, server: FaultyServer) -> None:
    client = connect(server.url, _TOKEN)
    for _ in range(30):
        client.request("GET", "/api/contacts")
    assert {request.connection for request in server.requests} == {1}


def test_threads_share_the_pool_and_none_waits_for_another(
    connect: Connect, server: FaultyServer
) -> None:
    client = connect(server.url, _TOKEN)
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(client.request, "GET", "/api/contacts") for _ in range(80)]
    assert [call.result().json() for call in calls] == [{"total": 0}] * 80
    assert len({request.connection for request in server.requests}) <= 8


def test_a_client_that_is_closed_leaves_no_connection(
    connect: Connect, server: FaultyServer
) -> None:
    client = connect(server.url, _TOKEN)
    client.request("GET", "/api/contacts")
    client.close()
    server.wait_until_one_is_closed()


@pytest.mark.parametrize("status", [200, 401])
def test_no_cookie_is_kept(api: FakeApi, connect: Connect, status: int) -> None:
    client = connect(credentials=_TOKEN, retries=Retries(attempts=1))
    cookie = {"Set-Cookie": "mautic_session=abc; path=/; Domain=localhost"}
    api.will(httpx.Response(status, headers=cookie))
    with contextlib.suppress(Exception):
        client.request("GET", "/api/v2/contacts")
    client.request("GET", "/api/contacts")
    assert ["cookie" in request.headers for request in api.requests] == [False, False]
