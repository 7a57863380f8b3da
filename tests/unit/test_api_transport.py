"""What the HTTP library raises becomes an error of this project's, with no secret in it."""

import httpx
import pytest

from mautic_bootstrap.api.retries import Retries
from mautic_bootstrap.api.transport_errors import DrippingError, TooLargeError
from mautic_bootstrap.errors import (
    BootstrapError,
    RequestTimeoutError,
    UnexpectedResponseError,
    UnreachableError,
)
from mautic_bootstrap.redaction import MASK
from unit.both_clients import Connect
from unit.fake_api import SECRET, URL, FakeApi

_ONCE = Retries(attempts=1)
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


def _expected(error: type[Exception]) -> type[BootstrapError]:
    if issubclass(error, httpx.TimeoutException):
        return RequestTimeoutError
    return UnexpectedResponseError if error is httpx.DecodingError else UnreachableError


@pytest.mark.parametrize("error", sorted(_EXCEPTIONS - _NEVER_RAISED, key=str))
def test_every_exception_of_httpx_becomes_one_of_ours(
    api: FakeApi, connect: Connect, error: type[Exception]
) -> None:
    api.will(error(f"broke with {SECRET} and token-1"))
    with pytest.raises(BootstrapError) as caught:
        connect(retries=_ONCE).request("GET", "/api/emails")
    assert type(caught.value) is _expected(error)
    assert str(caught.value).startswith(f"GET /api/emails on {URL}: expected an answer")
    assert isinstance(caught.value.__cause__, error)
    assert SECRET not in caught.value.diagnostics()
    assert "token-1" not in caught.value.diagnostics()


@pytest.mark.parametrize("error", sorted(_EXCEPTIONS - _NEVER_RAISED, key=str))
def test_so_it_does_where_a_token_is_asked_for(
    api: FakeApi, connect: Connect, error: type[Exception]
) -> None:
    api.will_grant(error(f"broke with {SECRET}"))
    with pytest.raises(BootstrapError) as caught:
        connect(retries=_ONCE).request("GET", "/api/emails")
    assert type(caught.value) is _expected(error)
    assert str(caught.value).startswith(f"ask {URL} for a token: expected an answer")
    assert SECRET not in caught.value.diagnostics()


def test_an_exception_without_a_text_is_named(api: FakeApi, connect: Connect) -> None:
    api.will(httpx.ReadError(""))
    with pytest.raises(UnreachableError, match="saw ReadError"):
        connect(retries=_ONCE).request("GET", "/api/emails")


def test_what_the_http_library_says_is_quoted_without_the_secret(
    api: FakeApi, connect: Connect
) -> None:
    api.will_grant(httpx.ConnectError(f"no {SECRET}"))
    with pytest.raises(UnreachableError) as caught:
        connect(retries=_ONCE).request_token()
    assert str(caught.value) == (
        f"ask {URL} for a token: expected an answer, saw no {MASK}. Check mautic_url"
        " (MAUTIC_API_URL), the network and, for https://, mautic_ca_bundle (MAUTIC_CA_BUNDLE)."
    )


@pytest.mark.parametrize(
    ("error", "error_class", "words"),
    [
        (httpx.ReadTimeout("slow"), RequestTimeoutError, "expected an answer, saw none after 0 s."),
        (DrippingError(""), RequestTimeoutError, "saw only a part of one after 0 s. Mautic is"),
        (TooLargeError("much"), UnexpectedResponseError, "that can be decoded, saw much. Is there"),
    ],
)
def test_no_answer_and_an_answer_that_is_none_are_told_apart(
    api: FakeApi,
    connect: Connect,
    error: Exception,
    error_class: type[BootstrapError],
    words: str,
) -> None:
    api.will(error)
    with pytest.raises(error_class) as caught:
        connect(retries=_ONCE).request("GET", "/api/emails")
    assert words in str(caught.value)


@pytest.mark.parametrize("path", ["/api/\x00", "/api/a\nb", f"/{'a' * 70_000}"])
def test_a_path_that_no_url_can_have_is_an_error_of_ours(
    api: FakeApi, connect: Connect, path: str
) -> None:
    with pytest.raises(UnreachableError) as caught:
        connect().request("GET", path)
    assert isinstance(caught.value.__cause__, httpx.InvalidURL)
    assert api.requests == []
