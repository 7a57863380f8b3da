"""What the HTTP library raises, in this project's words: the one place that knows its exceptions."""

import httpx

from mautic_bootstrap.errors import (
    ApiError,
    RequestTimeoutError,
    UnexpectedResponseError,
    UnreachableError,
)
from mautic_bootstrap.redaction import Redactor


class DrippingError(httpx.ReadTimeout):
    """An answer comes in so slowly that it is not there in time."""


class TooLargeError(httpx.DecodingError):
    """An answer goes on and on."""


def bare(exc: httpx.HTTPError | httpx.InvalidURL, redactor: Redactor) -> Exception:
    """Return an exception of the same class and text without its request, which holds the credentials."""
    return type(exc)(redactor.mask(str(exc)))


def to_error(
    exc: httpx.HTTPError | httpx.InvalidURL, attempted: str, waited_s: float, redactor: Redactor
) -> ApiError | UnreachableError:
    """Return the error to raise for an exception of httpx's, secrets in its text masked.

    Args:
        exc: What httpx raised.
        attempted: What was tried, on which Mautic.
        waited_s: Seconds since it was.
        redactor: Knows the secrets.
    """
    if isinstance(exc, httpx.TimeoutException):
        return RequestTimeoutError(
            attempted,
            expected="an answer",
            seen="only a part of one" if isinstance(exc, DrippingError) else "none",
            hint="Mautic is overloaded or hangs; look at its log.",
            waited_s=waited_s,
        )
    seen = redactor.mask(str(exc)).rstrip(".") or type(exc).__name__
    if isinstance(exc, httpx.DecodingError):
        return UnexpectedResponseError(
            attempted,
            expected="an answer that can be decoded",
            seen=seen,
            hint="Is there a proxy between here and Mautic that answers instead?",
        )
    return UnreachableError(
        attempted,
        expected="an answer",
        seen=seen,
        hint="Check mautic_url (MAUTIC_API_URL), the network and, for https://, mautic_ca_bundle"
        " (MAUTIC_CA_BUNDLE).",
    )
