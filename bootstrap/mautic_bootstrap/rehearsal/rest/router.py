"""From a REST request to the function that answers it."""

import re

from mautic_bootstrap.rehearsal.database import query
from mautic_bootstrap.rehearsal.http import Request, Response, html
from mautic_bootstrap.rehearsal.pages.site import Site
from mautic_bootstrap.rehearsal.rest import contacts, gate, people, token, v2
from mautic_bootstrap.rehearsal.rest.answers import answer, crash, forbidden, unknown_url
from mautic_bootstrap.rehearsal.rest.gate import Call

# Path, key in the answer, table, right. The rehearsal makes none of these, so every list is empty.
_EMPTY_LISTS = {
    "campaigns": ("campaigns", "campaigns", "campaign:campaigns"),
    "emails": ("emails", "emails", "email:emails"),
    "segments": ("lists", "lead_lists", "lead:lists"),
}
_ENTITY = re.compile(r"/api/(contacts|users|roles)/(\d+)(?:/(edit|delete))?")


def handle(site: Site, request: Request) -> Response:
    """Answer a request to `/api` or `/oauth`; every answer to one with credentials varies by them."""
    response = _answer(site, request)
    varies = ["Authorization"] if "authorization" in request.headers else []
    if site.version.rest_v2 and request.path == "/api":
        varies.append("Accept")
    if varies:
        response.headers.append(("Vary", ",".join(varies)))
    return response


def _answer(site: Site, request: Request) -> Response:  # noqa: PLR0911  # one return per answer: that is the table of contents
    off = gate.switched_off(site, request)
    if off is not None:
        return off
    path = request.path
    if path == "/oauth/v2/token":
        return token.issue(site, request)
    if path.startswith("/oauth"):
        return unknown_url(request.target)
    if site.version.rest_v2 and path == "/api":
        # 7.0.0 alone, and whoever asks: an HTML page of Symfony's.
        return html("<!DOCTYPE html><title>An Error Occurred: Unauthorized</title>", 401)
    if site.version.rest_v2 and path.startswith("/api/v2/"):
        return v2.handle(site, request)
    caller = gate.authenticate(site, request)
    if isinstance(caller, Response):
        return caller
    try:
        return _route(Call(site, request, caller)) or unknown_url(request.target)
    except ValueError:  # the body is not the JSON it claims to be
        return crash(400)


def _route(call: Call) -> Response | None:  # noqa: PLR0911  # one return per answer: that is the table of contents
    """Call the controller of a v1 path; None where there is none."""
    method = call.request.method
    path = call.request.path.rstrip("/")
    match method, path:
        case "GET", "/api/contacts":
            return contacts.index(call)
        case "POST", "/api/contacts/new":
            return contacts.create(call)
        case "POST", "/api/contacts/batch/new":
            return contacts.create_many(call)
        case "GET", "/api/users/self":
            return people.self_(call)
        case "GET", "/api/users" | "/api/roles":
            return people.index(call, path.removeprefix("/api/"))
        case "POST", "/api/users/new":
            return people.create_user(call)
        case "POST", "/api/roles/new":
            return people.create_role(call)
        case "GET", _ if (name := path.removeprefix("/api/")) in _EMPTY_LISTS:
            return _empty_list(call, *_EMPTY_LISTS[name])
    found = _ENTITY.fullmatch(path)
    return _entity(call, found[1], int(found[2]), found[3]) if found else None


def _entity(call: Call, kind: str, entity_id: int, action: str | None) -> Response | None:  # noqa: PLR0911  # one return per answer: that is the table of contents
    match call.request.method, kind, action:
        case "GET", "contacts", None:
            return contacts.show(call, entity_id)
        case "PATCH" | "PUT", "contacts", "edit":
            return contacts.edit(call, entity_id)
        case "DELETE", "contacts", "delete":
            return contacts.delete(call, entity_id)
        case "GET", _, None:
            return people.show(call, kind, entity_id)
        case "PATCH" | "PUT", "users" | "roles", "edit":
            return people.edit(call, kind, entity_id)
        case "DELETE", "users" | "roles", "delete":
            return people.delete(call, kind, entity_id)
    return None


def _empty_list(call: Call, key: str, table: str, right: str) -> Response:
    """List what the rehearsal never makes: without rows a list, and the total a number."""
    if not call.caller.role.allows(right, "viewown", "viewother"):
        return forbidden(call.site.version)
    sql = f"SELECT id, name FROM {table}"  # noqa: S608  # one of the names above
    rows = query(call.site.database, sql)
    shown = {str(row["id"]): row for row in rows}
    return answer(call.site.version, {"total": len(rows), key: shown or []})
