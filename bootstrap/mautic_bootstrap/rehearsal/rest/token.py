"""The token endpoint, `/oauth/v2/token`.

Source: the recordings, and `lib/OAuth2.php` of the libraries named in them for the order of the checks.
"""

import hmac

from mautic_bootstrap.rehearsal.http import Request, Response, json_answer
from mautic_bootstrap.rehearsal.model import clients
from mautic_bootstrap.rehearsal.pages.site import Site
from mautic_bootstrap.rehearsal.rest.answers import early_error
from mautic_bootstrap.rehearsal.rest.gate import basic_credentials

_GRANTS = ("authorization_code", "client_credentials", "password", "refresh_token", "token")
_UNSTORED = [("Cache-Control", "no-store, private"), ("Pragma", "no-cache")]


def issue(site: Site, request: Request) -> Response:  # noqa: PLR0911  # one return per answer: that is the table of contents
    """Answer a token request; the parameters may come as a form, as JSON or in the query."""
    given = _parameters(request)
    if given.get("grant_type") not in _GRANTS:
        text = "Invalid grant_type parameter or parameter missing"
        return early_error(400, text, "invalid_request")
    in_header = basic_credentials(request)
    client_id, secret = in_header or (given.get("client_id", ""), given.get("client_secret", ""))
    if not client_id:
        text = "Client id was not found in the headers or body"
        return early_error(400, text, "invalid_client")
    client = clients.by_public_id(site.database, client_id)
    if client is None or not hmac.compare_digest(client["secret"].encode(), secret.encode()):
        return early_error(400, "The client credentials are invalid", "invalid_client")
    if given["grant_type"] not in clients.grants(client):
        text = "The grant type is unauthorized for this client_id"
        return early_error(400, text, "unauthorized_client")
    if given["grant_type"] == "authorization_code":
        return early_error(400, 'Missing parameter. "code" is required', "invalid_request")
    if given["grant_type"] == "refresh_token":
        return early_error(400, 'No "refresh_token" parameter found', "invalid_request")
    lifetime_s = site.settings.token_lifetime_s()
    token = clients.issue_token(site.database, client["id"], lifetime_s)
    value = {"access_token": token, "expires_in": lifetime_s, "token_type": "bearer", "scope": None}
    return json_answer(value, headers=_UNSTORED)


def _parameters(request: Request) -> dict[str, str]:
    if request.method == "GET":
        return request.query
    if request.is_json:
        try:
            given = request.json()
        except ValueError:
            return {}
        return {str(k): str(v) for k, v in given.items()} if isinstance(given, dict) else {}
    return dict(request.form)
