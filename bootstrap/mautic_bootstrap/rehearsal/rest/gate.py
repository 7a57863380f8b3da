"""Who is calling: the checks in front of `/api` and `/oauth`.

Source: `ApiBundle/EventListener/ApiSubscriber.php` (switched off, basic auth), the recordings for the order
of the checks and every text.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from mautic_bootstrap.rehearsal.database import Row
from mautic_bootstrap.rehearsal.http import UNCACHED, Request, Response
from mautic_bootstrap.rehearsal.model import clients, people
from mautic_bootstrap.rehearsal.model.people import Role
from mautic_bootstrap.rehearsal.model.stamps import Author
from mautic_bootstrap.rehearsal.pages.site import Site
from mautic_bootstrap.rehearsal.rest.answers import crash, early_error


@dataclass(frozen=True)
class Caller:
    """Who a call acts as."""

    author: Author
    role: Role
    user: Row | None = None
    """The user of a basic call."""

    client: Row | None = None
    """The client of a bearer call, which runs as a pseudo user carrying the client's role."""


@dataclass(frozen=True)
class Call:
    """One authenticated REST call."""

    site: Site
    request: Request
    caller: Caller

    def given(self) -> dict[str, Any]:
        """Return the fields of the body, sent as JSON or as a form.

        Raises:
            ValueError: It is no JSON object.
        """
        if not self.request.is_json:
            return dict(self.request.form)
        fields = self.request.json()
        if not isinstance(fields, dict):
            raise ValueError  # noqa: TRY004  # to the router it is bad input, whatever its type
        return fields


def switched_off(site: Site, request: Request) -> Response | None:
    """Answer for an API, or basic auth, that is switched off."""
    if not site.settings.switched_on("api_enabled"):
        text = "API disabled. You need to enable the API in the API settings of Mautic's Configuration."
        return early_error(403, text, "api_disabled")
    basic_on = site.settings.switched_on("api_enable_basic_auth")
    if basic_credentials(request) is not None and not basic_on:
        text = (
            "Basic Auth disabled. You need to enable HTTP basic auth in the API settings of Mautic's "
            "Configuration."
        )
        return early_error(403, text, "access_denied")
    return None


def basic_credentials(request: Request) -> tuple[str, str] | None:
    """Return user name and password of an HTTP basic header, None where there is none."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password


def authenticate(site: Site, request: Request) -> Caller | Response:
    """Return the caller, or the answer to one who is nobody."""
    basic = basic_credentials(request)
    if basic is not None:
        return _basic(site, *basic)
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    in_query = request.query.get("access_token", "")
    bearer = bearer if scheme.lower() == "bearer" else ""
    if bearer and in_query:
        return crash(500)
    if not bearer and not in_query:
        return early_error(401, "API authorization denied.", "access_denied")
    return _bearer(site, bearer or in_query)


def _basic(site: Site, name: str, password: str) -> Caller | Response:
    user = people.find_user(site.database, name)
    good = (
        user is not None
        and bool(user["is_published"])
        and people.matches(password, user["password"])
    )
    if good and site.version.basic_refuses_weak_password and people.too_weak(password):
        good = False
    if user is None or not good:
        if site.version.wrong_basic_is_empty:
            challenge = ("WWW-Authenticate", 'Basic realm="Secured Area"')
            return Response(401, b"", [("Content-Type", "application/json"), UNCACHED, challenge])
        return early_error(401, "Authorization denied, invalid credentials.", "access_denied")
    author = Author(f"{user['first_name']} {user['last_name']}", user["id"])
    return Caller(author, people.role(site.database, user["role_id"]), user=user)


def _bearer(site: Site, token: str) -> Caller | Response:
    row = clients.token_row(site.database, token)
    client = clients.find(site.database, row["client_id"]) if row else None
    if row is None or client is None:
        return early_error(401, "The access token provided is invalid.", "invalid_grant")
    if clients.expired(row):
        return early_error(401, "The access token provided has expired.", "invalid_grant")
    # The role is read at every call: a client loses its rights the moment its role does.
    role = people.role(site.database, client["role_id"])
    return Caller(Author(f"{client['name']} [{client['id']}]"), role, client=client)
