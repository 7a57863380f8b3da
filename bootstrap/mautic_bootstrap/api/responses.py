"""Reading Mautic's answers: JSON of several shapes, sometimes HTML, sometimes nothing at all.

Source for every status, `type` and message: live 5.1.0, 7.0.0, 7.1.2 (recorded exchanges); the shapes come from
`ApiBundle/EventListener/ApiSubscriber.php`, `CoreBundle/Controller/ExceptionController.php` and the OAuth
library's `OAuth2ServerException.php`.
"""

import json
import re
from typing import Any

import httpx

from mautic_bootstrap.errors import (
    ApiDisabledError,
    ApiError,
    AuthenticationError,
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
_TAG = re.compile(r"<[^<>]*>")

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
    404: (NotFoundError, "Check the path and mautic_url."),
    422: (ValidationError, "Mautic refused the values that were sent."),
    429: (RateLimitedError, "Wait before the next call."),
}


def json_object(response: httpx.Response) -> dict[str, Any]:
    """Return the body as a JSON object; an empty one where it is anything else."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def first_error(response: httpx.Response) -> tuple[str, str]:
    """Return Mautic's own `type` and message of an error answer, empty texts where it gives none."""
    body = json_object(response)
    errors = body.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return str(errors[0].get("type") or ""), str(errors[0].get("message") or "")
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
    return error(
        attempted,
        expected=expected,
        seen=seen,
        hint=hint,
        status=status,
        mautic_type=kind,
        mautic_message=message,
    )


def total(body: dict[str, Any], *, attempted: str) -> int:
    """Return a list answer's `total`: a string for contacts, a number elsewhere, and both occur.

    Raises:
        UnexpectedResponseError: There is none.
    """
    try:
        return int(body["total"])
    except (KeyError, TypeError, ValueError):
        raise UnexpectedResponseError(
            attempted,
            expected="a list with its total",
            seen=f"the keys {sorted(body)[:5]}" if body else "no JSON object",
            hint="Is there a proxy between here and Mautic that answers instead?",
        ) from None


def _classify(status: int, kind: str, message: str) -> tuple[type[ApiError], str]:
    """Return the class of an error and its hint; the text only refines what type and status say."""
    if kind == "invalid_grant" and "expired" in message:
        return TokenExpiredError, "A token lives an hour; run the playbook for a new one."
    if status == 403 and message.startswith("Basic Auth disabled"):
        return ForbiddenError, "Run the playbook with app_env_auth=basic or mautic_basic_auth=true."
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    if status >= 500:
        return ServerError, "Look at Mautic's log (var/logs)."
    return _BY_STATUS.get(
        status, (UnexpectedResponseError, "Is this really a Mautic? Check mautic_url.")
    )


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
    except ValueError:
        return f" with a body of {kind} that is not JSON"
    return f" with {kind}"
