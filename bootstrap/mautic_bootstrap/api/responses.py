"""Reading Mautic's answers: JSON of several shapes, sometimes HTML, sometimes nothing at all.

Source for every status, `type` and message: live 5.1.0, 7.0.0, 7.1.2 (recorded exchanges); the shapes come from
`ApiBundle/EventListener/ApiSubscriber.php`, `CoreBundle/Controller/ExceptionController.php` and the OAuth
library's `OAuth2ServerException.php`.
"""

import json
import math
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from mautic_bootstrap.errors import (
    ApiDisabledError,
    ApiError,
    AuthenticationError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TokenExpiredError,
    UnexpectedResponseError,
    ValidationError,
)
from mautic_bootstrap.redaction import Redactor

_LONGEST_QUOTE = 300
# Seconds: a greater number is a point in time, a smaller one a span.
_EPOCHAL = 1_000_000_000
_TAG = re.compile(r"<[^<>]*>")

_EXPIRED = (
    "A token lives an hour and cannot renew itself: let the application have MAUTIC_CLIENT_ID and"
    " MAUTIC_CLIENT_SECRET (app_env_auth=oauth2), or run the playbook for a new one."
)

# The `type` of an error says more than its status: a wrong client is a 400 here and a dead token a 401.
_BY_TYPE: dict[str, tuple[type[ApiError], str]] = {
    "api_disabled": (
        ApiDisabledError,
        "Run the playbook: it switches the API on in the admin UI.",
    ),
    "invalid_client": (
        AuthenticationError,
        "The API client is unknown, deleted, or its secret is wrong.",
    ),
    # Mautic adds the grant `client_credentials` only to what an admin creates (4.4 to 7.2).
    "unauthorized_client": (
        AuthenticationError,
        "The API client was not made by an admin; make one as an admin.",
    ),
    "invalid_grant": (AuthenticationError, "The token is unknown, revoked, or its client deleted."),
}

_BY_STATUS: dict[int, tuple[type[ApiError], str]] = {
    400: (ValidationError, "Mautic refused the values that were sent."),
    401: (AuthenticationError, "The credentials are wrong, revoked or expired."),
    403: (ForbiddenError, "The credentials lack the right; look at the role of the API client."),
    404: (NotFoundError, "Check the id or the path, and mautic_url (MAUTIC_API_URL)."),
    409: (ConflictError, "Somebody else holds or has changed it; read it again, then repeat."),
    422: (ValidationError, "Mautic refused the values that were sent."),
    429: (RateLimitedError, "Wait before the next call."),
}


def json_object(response: httpx.Response) -> dict[str, Any]:
    """Return the body as a JSON object; an empty one where it is anything else."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def first_error(response: httpx.Response) -> tuple[str, str]:
    """Return Mautic's own `type` and message of an error answer, empty texts where it gives none."""
    body = json_object(response)
    error = _first_of(body)
    if error:
        return str(error.get("type") or ""), str(error.get("message") or "")
    # Errors without a description stay raw, as RFC 6749 writes them; API v2 says only `message`.
    return str(body.get("error") or ""), str(
        body.get("error_description") or body.get("message") or ""
    )


def to_error(
    response: httpx.Response, *, attempted: str, expected: str, redactor: Redactor
) -> ApiError:
    """Return the typed error for an answer that is not the expected one.

    Args:
        response: The answer.
        attempted: What was tried, for the message.
        expected: What was expected, for the message.
        redactor: Masks secrets in what Mautic said; its 404 echoes the whole query string.
    """
    kind, message = (_one_line(redactor.mask(text)) for text in first_error(response))
    status = response.status_code
    error, hint = _classify(status, kind, message)
    seen = f"HTTP {status}" + (f' "{message}"' if message else _describe(response, redactor))
    found = error(
        attempted,
        expected=expected,
        seen=seen,
        hint=hint,
        status=status,
        mautic_type=kind,
        mautic_message=message,
    )
    if isinstance(found, ValidationError):
        found.fields = _fields(response, redactor)
    if isinstance(found, RateLimitedError):
        found.retry_after_s = requested_pause_s(response)
    return found


def requested_pause_s(response: httpx.Response) -> float:
    """Return for how many seconds a server asks not to be called, 0 where it does not.

    Asked by `Retry-After` with 429 or 503, in seconds or as a date (RFC 9110); by `X-RateLimit-Remaining: 0` with
    `X-RateLimit-Reset`, seconds since the epoch, as Mautic up to 6.0.3 sends them where its limiter is on.
    """
    headers = response.headers
    if response.status_code in (429, 503) and "retry-after" in headers:
        return _seconds_until(headers["retry-after"])
    if headers.get("x-ratelimit-remaining", "").strip() == "0":
        return _seconds_until(headers.get("x-ratelimit-reset", ""))
    return 0.0


def total(body: dict[str, Any], *, attempted: str) -> int:
    """Return a list answer's `total`: a string for contacts, a number elsewhere, and both occur.

    Raises:
        UnexpectedResponseError: There is none.
    """
    try:
        return int(body["total"])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise UnexpectedResponseError(
            attempted,
            expected="a list with its total",
            seen=f"the keys {sorted(body)[:5]}" if body else "no JSON object",
            hint="Is there a proxy between here and Mautic that answers instead?",
        ) from None


def _classify(status: int, kind: str, message: str) -> tuple[type[ApiError], str]:
    """Return the class of an error and its hint; the text only refines what type and status say."""
    if kind == "invalid_grant" and "expired" in message:
        return TokenExpiredError, _EXPIRED
    if status == 403 and message.startswith("Basic Auth disabled"):
        return ForbiddenError, "Run the playbook with app_env_auth=basic or mautic_basic_auth=true."
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    if status >= 500:
        return ServerError, "Look at Mautic's log (var/logs)."
    return _BY_STATUS.get(
        status,
        (UnexpectedResponseError, "Is this really a Mautic? Check mautic_url (MAUTIC_API_URL)."),
    )


def _seconds_until(when: str) -> float:
    """Return the seconds that a number of them, a time since the epoch or a date says; 0 for anything else."""
    try:
        number = float(when)
    except ValueError:
        try:
            number = parsedate_to_datetime(when).timestamp()
        except ValueError:
            return 0.0
    if not math.isfinite(number):
        return 0.0
    return max(0.0, number - time.time() if number > _EPOCHAL else number)


def _first_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return the first error of an answer, an empty object where it names none."""
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {}


def _fields(response: httpx.Response, redactor: Redactor) -> dict[str, list[str]]:
    """Return field to messages, as far as Mautic names fields."""
    errors = json_object(response).get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    details = first.get("details") if isinstance(first, dict) else None
    if not isinstance(details, dict):
        return {}
    lists = {str(k): v if isinstance(v, list) else [v] for k, v in details.items()}
    return {name: [_one_line(redactor.mask(str(m))) for m in said] for name, said in lists.items()}


def _one_line(text: str) -> str:
    """Return a text of Mautic's without line breaks and markup, short enough for a sentence."""
    plain = " ".join(_TAG.sub(" ", text).split())
    return plain if len(plain) <= _LONGEST_QUOTE else f"{plain[:_LONGEST_QUOTE]}…"


def _describe(response: httpx.Response, redactor: Redactor) -> str:
    """Say what an answer without a message of Mautic's is."""
    if response.has_redirect_location:
        return f" to {_one_line(redactor.mask(response.headers['location']))}"
    if not response.content:
        return " with an empty body"
    kind = response.headers.get("content-type", "").split(";")[0] or "no content type"
    try:
        json.loads(response.content)
    except (ValueError, RecursionError):
        return f" with a body of {kind} that is not JSON"
    return f" with {kind}"
