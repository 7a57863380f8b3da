import contextlib
import datetime as dt
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
import trustme
from pydantic import SecretStr

from mautic_bootstrap.api import connection
from mautic_bootstrap.api.connection import open_client
from mautic_bootstrap.api.credentials import OAuth2Credentials, StaticToken
from mautic_bootstrap.api.session import ApiSession
from mautic_bootstrap.errors import (
    BootstrapError,
    RequestTimeoutError,
    UnexpectedResponseError,
    UnreachableError,
)
from mautic_bootstrap.install.probe import probe
from mautic_bootstrap.redaction import MASK, Redactor
from unit.loopback import serving

_URL = "http://localhost:8080"
_SECRET = "s3cret-0123456789"
_CLIENT = OAuth2Credentials("1_id", SecretStr(_SECRET))

# Of httpx's public exceptions these cannot come out of a plain request that follows no redirect.
_NEVER_RAISED = {
    httpx.HTTPStatusError,  # only by raise_for_status()
    httpx.CookieConflict,  # only by reading a cookie
    httpx.StreamError,
    httpx.StreamConsumed,
    httpx.StreamClosed,
    httpx.ResponseNotRead,
    httpx.RequestNotRead,
}
_PUBLIC = [getattr(httpx, name) for name in httpx.__all__]
_EXCEPTIONS: set[type[Exception]] = {
    c for c in _PUBLIC if isinstance(c, type) and issubclass(c, Exception)
}


def _session(url: str = _URL, ca_bundle: Path | None = None) -> ApiSession:
    return ApiSession(url, _CLIENT, user_agent="unit/1.0", ca_bundle=ca_bundle, redactor=Redactor())


def _expected(error: type[Exception]) -> type[BootstrapError]:
    if issubclass(error, httpx.TimeoutException):
        return RequestTimeoutError
    return UnexpectedResponseError if error is httpx.DecodingError else UnreachableError


@pytest.mark.parametrize("error", sorted(_EXCEPTIONS - _NEVER_RAISED, key=str))
@respx.mock
def test_every_exception_of_httpx_becomes_one_of_ours(error: type[Exception]) -> None:
    respx.post(f"{_URL}/oauth/v2/token").mock(side_effect=error(f"broke with {_SECRET}"))
    with _session() as session, pytest.raises(BootstrapError) as caught:
        session.request_token()
    assert type(caught.value) is _expected(error)
    assert str(caught.value).startswith(f"ask {_URL} for a token: expected an answer")
    assert _SECRET not in caught.value.diagnostics()


@respx.mock
def test_an_exception_without_a_text_is_named() -> None:
    respx.post(f"{_URL}/oauth/v2/token").mock(side_effect=httpx.ReadError(""))
    with _session() as session, pytest.raises(UnreachableError, match="saw ReadError"):
        session.request_token()


@respx.mock
def test_what_the_http_library_says_is_quoted_without_the_secret() -> None:
    respx.post(f"{_URL}/oauth/v2/token").mock(side_effect=httpx.ConnectError(f"no {_SECRET}"))
    with _session() as session, pytest.raises(UnreachableError) as caught:
        session.request_token()
    assert str(caught.value) == (
        f"ask {_URL} for a token: expected an answer, saw no {MASK}. Check mautic_url, the network"
        " and, for https://, mautic_ca_bundle."
    )


@pytest.fixture
def plain() -> Iterator[str]:
    with serving() as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> Path:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return file


@pytest.fixture
def https(authority: trustme.CA) -> Iterator[Callable[..., str]]:
    with contextlib.ExitStack() as stack:

        def start(**options: Any) -> str:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("localhost", **options).configure_cert(context)
            return f"https://localhost:{stack.enter_context(serving(context))}"

        yield start


def test_a_server_that_hangs_is_given_up_with_the_time_it_took(
    plain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT_S", 0.2)
    token = StaticToken(SecretStr("tok"))
    with (
        ApiSession(plain, token, user_agent="u", ca_bundle=None, redactor=Redactor()) as session,
        pytest.raises(RequestTimeoutError) as caught,
    ):
        session.get("/hangs")
    assert caught.value.waited_s == pytest.approx(0.2, abs=0.15)
    assert str(caught.value).endswith(
        "saw none after 0 s. Mautic is overloaded or hangs; look at its log."
    )


def test_a_garbled_body_is_an_unexpected_answer(plain: str) -> None:
    token = StaticToken(SecretStr("tok"))
    with (
        ApiSession(plain, token, user_agent="u", ca_bundle=None, redactor=Redactor()) as session,
        pytest.raises(UnexpectedResponseError, match="expected an answer that can be decoded"),
    ):
        session.get("/garbled")


def test_nobody_listening_is_unreachable() -> None:
    with serving() as port:
        pass
    with _session(f"http://127.0.0.1:{port}") as session, pytest.raises(UnreachableError) as caught:
        session.request_token()
    assert "Connection refused" in str(caught.value)


def test_a_private_authority_is_trusted_only_where_it_is_named(
    https: Callable[..., str], bundle: Path
) -> None:
    url = https()
    assert probe(url, user_agent="u", ca_bundle=bundle).state == "installed"
    refused = probe(url, user_agent="u", ca_bundle=None)
    assert refused.state == "unreachable"
    assert "CERTIFICATE_VERIFY_FAILED" in refused.seen


def test_a_certificate_that_is_over_is_refused_even_by_a_known_authority(
    https: Callable[..., str], bundle: Path
) -> None:
    url = https(not_after=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    with _session(url, bundle) as session, pytest.raises(UnreachableError) as caught:
        session.request_token()
    assert "certificate has expired" in str(caught.value)
    assert str(caught.value).endswith("for https://, mautic_ca_bundle.")


def test_a_certificate_for_another_host_is_refused(https: Callable[..., str], bundle: Path) -> None:
    url = https().replace("localhost", "127.0.0.1")
    with _session(url, bundle) as session, pytest.raises(UnreachableError, match="mismatch"):
        session.request_token()


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY", "http_proxy"])
def test_a_proxy_of_the_environment_is_not_asked_for_loopback(
    plain: str, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert probe(plain, user_agent="u", ca_bundle=None).state == "installed"


def test_a_proxy_of_the_environment_is_asked_for_every_other_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving() as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        seen = probe("http://mautic.invalid", user_agent="u", ca_bundle=None)
    assert seen.state == "installed"


@pytest.mark.parametrize("proxy", ["gopher://u:pa55word@h:1", "http://u:pa55/word@h:1"])
def test_a_proxy_that_is_none_is_said_without_its_password(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(UnreachableError) as caught:
        open_client("https://mautic.invalid", user_agent="u", ca_bundle=None)
    assert "HTTPS_PROXY" in str(caught.value)
    assert "pa55" not in caught.value.diagnostics()
    assert caught.value.__suppress_context__
    assert probe("https://mautic.invalid", user_agent="u", ca_bundle=None).state == "unreachable"


@pytest.mark.parametrize("url", ["http://[::1", "http://host\x00"])
def test_a_url_that_is_none_is_unreachable(url: str) -> None:
    with pytest.raises(UnreachableError, match=r"^connect to http://"):
        open_client(url, user_agent="u", ca_bundle=None)


def test_a_bundle_without_a_certificate_is_said(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(UnreachableError, match="mautic_ca_bundle"):
        open_client("https://mautic.invalid", user_agent="u", ca_bundle=tmp_path / "ca.pem")


def test_no_loopback_client_trusts_anybody_over_tls(https: Callable[..., str]) -> None:
    with (
        open_client("http://localhost", user_agent="u", ca_bundle=None) as client,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        client.get(https())
