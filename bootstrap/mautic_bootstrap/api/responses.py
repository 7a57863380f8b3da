"""Reading Mautic's answers: JSON of several shapes, sometimes HTML, sometimes nothing at all.

Source for every status, `type` and message: live 5.1.0, 7.0.0, 7.1.2 (recorded exchanges); the shapes come from
`ApiBundle/EventListener/ApiSubscriber.php`, `CoreBundle/Controller/ExceptionController.php` and the OAuth
library's `OAuth2ServerException.php`.
"""

import json
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
    UnexpectedResponseError,
    ValidationError,
)
from mautic_bootstrap.redaction import Redactor

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
    kind, message = (redactor.mask(text) for text in first_error(response))
    status = response.status_code
    error: type[ApiError]
    if kind == "api_disabled":
        error, hint = ApiDisabledError, "Run the playbook: it switches the API on in the admin UI."
    elif kind in {"invalid_client", "invalid_grant", "unauthorized_client"}:
        error, hint = (
            AuthenticationError,
            "The API client is unknown, deleted, or its secret is wrong.",
        )
    elif status >= 500:
        error, hint = ServerError, "Look at Mautic's log (var/logs)."
    else:
        error, hint = _BY_STATUS.get(
            status, (UnexpectedResponseError, "Is this really a Mautic? Check mautic_url.")
        )
    seen = f"HTTP {status}" + (f' "{message}"' if message else _describe_body(response))
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


def _describe_body(response: httpx.Response) -> str:
    if not response.content:
        return " with an empty body"
    kind = response.headers.get("content-type", "").split(";")[0] or "no content type"
    try:
        json.loads(response.content)
    except ValueError:
        return f" with a body of {kind} that is not JSON"
    return f" with {kind}"
