import json
from typing import Any

import httpx
import pytest

from mautic_bootstrap.api.responses import first_error, json_object, to_error, total
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
from mautic_bootstrap.redaction import MASK, Redactor

_OFF = "API disabled. You need to enable the API in the API settings of Mautic's Configuration."
_BASIC_OFF = (
    "Basic Auth disabled. You need to enable HTTP basic auth in the API settings of"
    " Mautic's Configuration."
)
_NO_RIGHT = "You do not have access to the requested area/action."


def _errors(status: int, message: str, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"errors": [{"message": message, "code": status, **more}]})


def _error(response: httpx.Response, *secrets: str) -> ApiError:
    return to_error(
        response, attempted="GET /api/x", expected="HTTP 200", redactor=Redactor(secrets)
    )


# Every shape recorded on 5.1.0 and 7.0.0.
_RECORDED = {
    "API off": (_errors(403, _OFF, type="api_disabled"), ApiDisabledError, "switches the API on"),
    "no authentication": (
        _errors(401, "API authorization denied.", type="access_denied"),
        AuthenticationError,
        "wrong, revoked or expired",
    ),
    "dead bearer token": (
        _errors(401, "The access token provided is invalid.", type="invalid_grant"),
        AuthenticationError,
        "its client deleted",
    ),
    "expired bearer token": (
        _errors(401, "The access token provided has expired.", type="invalid_grant"),
        TokenExpiredError,
        "run the playbook for a new one",
    ),
    "wrong basic, 5.1.0": (
        _errors(401, "Authorization denied, invalid credentials.", type="access_denied"),
        AuthenticationError,
        "wrong, revoked or expired",
    ),
    "wrong basic, 7.0.0": (
        httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="Secured Area"'}),
        AuthenticationError,
        "wrong, revoked or expired",
    ),
    "basic off": (
        _errors(403, _BASIC_OFF, type="access_denied"),
        ForbiddenError,
        "mautic_basic_auth=true",
    ),
    "no permission": (
        _errors(403, _NO_RIGHT, details=[]),
        ForbiddenError,
        "look at the role of the API client",
    ),
    "unknown id": (_errors(404, "Item was not found.", details=[]), NotFoundError, "the path"),
    "unknown path": (
        _errors(404, "Requested URL not found: /api/nope", type=None),
        NotFoundError,
        "mautic_url",
    ),
    "bad value": (
        _errors(400, "email: nobody is invalid.", details={"email": ["nobody is invalid."]}),
        ValidationError,
        "refused the values",
    ),
    "unprocessable": (_errors(422, "points: too many"), ValidationError, "refused the values"),
    "broken JSON": (
        _errors(400, "Looks like I encountered an error (error #400).", type=None),
        ValidationError,
        "refused the values",
    ),
    "batch of more than 200": (
        _errors(500, "A max of 200 entities are supported at a time.", type=None),
        ServerError,
        "var/logs",
    ),
    "wrong client": (
        _errors(400, "The client credentials are invalid", type="invalid_client"),
        AuthenticationError,
        "unknown, deleted, or its secret is wrong",
    ),
    "client of no admin": (
        _errors(
            400, "The grant type is unauthorized for this client_id", type="unauthorized_client"
        ),
        AuthenticationError,
        "not made by an admin",
    ),
    "no grant type": (
        _errors(400, "Invalid grant_type parameter or parameter missing", type="invalid_request"),
        ValidationError,
        "refused the values",
    ),
    "raw OAuth2 error": (
        httpx.Response(400, json={"error": "invalid_client", "error_description": None}),
        AuthenticationError,
        "its secret is wrong",
    ),
    "API v2, 7.0.0": (
        httpx.Response(401, json={"message": "Invalid credentials."}),
        AuthenticationError,
        "wrong, revoked or expired",
    ),
    "rate limit of 6.0 and before": (
        _errors(429, "You exceeded the rate limit of 5 API calls per hour.", details=[]),
        RateLimitedError,
        "Wait",
    ),
    "proxy in trouble": (
        httpx.Response(502, html="<html><body>Bad Gateway</body></html>"),
        ServerError,
        "var/logs",
    ),
    "another web server": (
        httpx.Response(418, html="<p>teapot</p>"),
        UnexpectedResponseError,
        "Is this really a Mautic?",
    ),
}


@pytest.mark.parametrize("case", _RECORDED)
def test_each_recorded_answer_becomes_its_own_error_with_a_fitting_hint(case: str) -> None:
    response, error, hint = _RECORDED[case]
    seen = _error(response)
    assert type(seen) is error
    assert hint in seen.hint
    assert seen.status == response.status_code


@pytest.mark.parametrize("case", _RECORDED)
def test_an_error_is_one_line_that_quotes_mautic_and_no_markup(case: str) -> None:
    response, _error_class, _hint = _RECORDED[case]
    sentence = str(_error(response))
    assert sentence.startswith(f"GET /api/x: expected HTTP 200, saw HTTP {response.status_code}")
    assert first_error(response)[1] in sentence
    assert "\n" not in sentence
    assert "<" not in sentence


@pytest.mark.parametrize(
    ("response", "seen"),
    [
        (httpx.Response(401), "HTTP 401 with an empty body"),
        (
            httpx.Response(404, html="<h1>gone</h1>"),
            "HTTP 404 with a body of text/html that is not JSON",
        ),
        (
            httpx.Response(404, content=b"\xff\xfe\xff"),
            "with a body of no content type that is not",
        ),
        (httpx.Response(400, json=["a"]), "HTTP 400 with application/json"),
        (httpx.Response(400, json={"errors": []}), "HTTP 400 with application/json"),
        (httpx.Response(400, json={"errors": ["a text"]}), "HTTP 400 with application/json"),
        (httpx.Response(400, json={"errors": {"0": {}}}), "HTTP 400 with application/json"),
        (
            httpx.Response(302, headers={"Location": "http://localhost/index.php/installer"}),
            "HTTP 302 to http://localhost/index.php/installer",
        ),
        (httpx.Response(304), "HTTP 304 with an empty body"),
    ],
)
def test_an_answer_without_a_message_is_described(response: httpx.Response, seen: str) -> None:
    assert seen in _error(response).seen


def test_what_mautic_echoes_is_masked_in_text_type_message_and_location() -> None:
    token = "tok-0123456789"
    echo = _error(_errors(404, f"Requested URL not found: /x?access_token={token}"), token)
    assert token not in echo.diagnostics() + echo.mautic_message + repr(echo.args)
    assert f"access_token={MASK}" in echo.mautic_message
    moved = httpx.Response(302, headers={"Location": f"https://elsewhere/?t={token}"})
    assert token not in str(_error(moved, token))


def test_a_long_message_is_cut_and_its_markup_and_line_breaks_are_dropped() -> None:
    stack = "<pre>Fatal\n  error</pre> " + "in a file " * 100
    message = _error(_errors(500, stack)).mautic_message
    assert message.startswith("Fatal error in a file in a file")
    assert len(message) < 310
    assert message.endswith("…")


@pytest.mark.parametrize("body", [b"", b"no json", b"[1]", b'"text"', b"null", b"\xff"])
def test_a_body_that_is_no_object_reads_as_an_empty_one(body: bytes) -> None:
    assert json_object(httpx.Response(200, content=body)) == {}


@pytest.mark.parametrize(("given", "expected"), [("1", 1), (0, 0), ("0", 0), (12, 12)])
def test_a_total_is_a_text_for_contacts_and_a_number_elsewhere(
    given: object, expected: int
) -> None:
    assert total({"total": given, "contacts": {}}, attempted="GET /api/contacts") == expected


@pytest.mark.parametrize("body", [{}, {"total": None}, {"total": "many"}, {"total": []}])
def test_a_list_without_a_total_is_an_error_that_names_the_keys(body: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedResponseError) as caught:
        total(body, attempted="GET /api/contacts")
    assert str(caught.value) == (
        "GET /api/contacts: expected a list with its total, saw "
        + ("the keys ['total']" if body else "no JSON object")
        + ". Is there a proxy between here and Mautic that answers instead?"
    )


def test_the_type_counts_for_more_than_the_status() -> None:
    body = {"errors": [{"message": "x", "type": "api_disabled"}]}
    assert type(_error(httpx.Response(500, content=json.dumps(body)))) is ApiDisabledError
