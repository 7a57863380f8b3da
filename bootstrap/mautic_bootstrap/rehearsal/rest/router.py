"""From a REST request to the function that answers it."""

import re
from collections.abc import Callable
from functools import partial
from types import ModuleType

from mautic_bootstrap.rehearsal.http import Request, Response, html
from mautic_bootstrap.rehearsal.pages.site import Site
from mautic_bootstrap.rehearsal.rest import contacts, emails, gate, people, token, v2
from mautic_bootstrap.rehearsal.rest.answers import answer, crash, forbidden, unknown_url
from mautic_bootstrap.rehearsal.rest.gate import Call

# Path, key in the answer, right. The rehearsal makes none of these, so every list is empty.
_EMPTY_LISTS = {
    "assets": ("assets", "asset:assets"),
    "campaigns": ("campaigns", "campaign:campaigns"),
    "forms": ("forms", "form:forms"),
    "hooks": ("hooks", "webhook:webhooks"),
    "messages": ("messages", "channel:messages"),
    "pages": ("pages", "page:pages"),
    "points": ("points", "point:points"),
    "segments": ("lists", "lead:lists"),
    "stages": ("stages", "stage:stages"),
}
_ROUTES: dict[tuple[str, str], Callable[[Call], Response]] = {
    ("GET", "/api/contacts"): contacts.index,
    ("POST", "/api/contacts/new"): contacts.create,
    ("POST", "/api/contacts/batch/new"): contacts.create_many,
    ("GET", "/api/companies"): contacts.companies,
    ("GET", "/api/emails"): emails.index,
    ("POST", "/api/emails/new"): emails.create,
    ("GET", "/api/users/self"): people.self_,
    ("GET", "/api/users"): partial(people.index, kind="users"),
    ("GET", "/api/roles"): partial(people.index, kind="roles"),
    ("POST", "/api/users/new"): people.create_user,
    ("POST", "/api/roles/new"): people.create_role,
}
_OWNED = {"contacts": contacts, "emails": emails}
_ENTITY = re.compile(r"/api/(contacts|emails|users|roles)/(\d+)(?:/(edit|delete))?")


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


def _route(call: Call) -> Response | None:
    """Call the controller of a v1 path; None where there is none."""
    path = call.request.path.rstrip("/")
    if act := _ROUTES.get((call.request.method, path)):
        return act(call)
    if call.request.method == "GET" and (name := path.removeprefix("/api/")) in _EMPTY_LISTS:
        return _empty_list(call, *_EMPTY_LISTS[name])
    found = _ENTITY.fullmatch(path)
    return _entity(call, found[1], int(found[2]), found[3]) if found else None


def _entity(call: Call, kind: str, entity_id: int, action: str | None) -> Response | None:
    match call.request.method, kind, action:
        case method, "contacts" | "emails", _:
            return _with_owner(call, _OWNED[kind], method, entity_id, action)
        case "GET", _, None:
            return people.show(call, kind, entity_id)
        case "PATCH" | "PUT", _, "edit":
            return people.edit(call, kind, entity_id)
        case "DELETE", _, "delete":
            return people.delete(call, kind, entity_id)
    return None


def _with_owner(
    call: Call, pages: ModuleType, method: str, entity_id: int, action: str | None
) -> Response | None:
    answers: dict[tuple[str, str | None], Callable[[Call, int], Response]] = {
        ("GET", None): pages.show,
        ("PATCH", "edit"): pages.edit,
        ("PUT", "edit"): pages.edit,
        ("DELETE", "delete"): pages.delete,
    }
    act = answers.get((method, action))
    return act(call, entity_id) if act else None


def _empty_list(call: Call, key: str, right: str) -> Response:
    """List what the rehearsal never makes: without rows a list, and the total a number."""
    if not call.caller.role.allows(right, "viewown", "viewother"):
        return forbidden(call.site.version)
    return answer(call.site.version, {"total": 0, key: []})
