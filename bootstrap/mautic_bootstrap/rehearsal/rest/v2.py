"""API v2 (API Platform), which 7.0.0 has and 5.1.0 has not.

Source: live 7.0.0: a client_credentials token is refused on every v2 path, HTTP basic answers; 5.1.0: unknown.
"""

from mautic_bootstrap.rehearsal.database import Row
from mautic_bootstrap.rehearsal.http import PRIVATE_PAGE, Request, Response, json_answer
from mautic_bootstrap.rehearsal.model import contacts
from mautic_bootstrap.rehearsal.pages.site import Site
from mautic_bootstrap.rehearsal.rest import gate
from mautic_bootstrap.rehearsal.rest.answers import unknown_url

_PREFIX = "/api/v2"


def handle(site: Site, request: Request) -> Response:
    """Answer a call below `/api/v2`."""
    caller = gate.authenticate(site, request)
    if isinstance(caller, Response):
        if gate.basic_credentials(request) is not None:
            challenge = ("WWW-Authenticate", 'Basic realm="Secured Area"')
            page = ("Content-Type", "text/html; charset=UTF-8")
            return Response(401, b"", [page, PRIVATE_PAGE, challenge])
        return _with_session(caller)
    if caller.client is not None:
        return json_answer({"message": "Invalid credentials."}, 401, [PRIVATE_PAGE])
    if request.path != f"{_PREFIX}/contacts":
        return _with_session(unknown_url(request.target))
    total, rows = contacts.page(site.database, "", 0, 30)
    if "json" in request.headers.get("accept", "") and "ld+json" not in request.headers["accept"]:
        return json_answer([_contact(row) for row in rows], headers=[PRIVATE_PAGE])
    members = [
        {"@id": f"{_PREFIX}/contacts/{row['id']}", "@type": "Contacts", **_contact(row)}
        for row in rows
    ]
    collection = {
        "@context": f"{_PREFIX}/contexts/Contacts",
        "@id": f"{_PREFIX}/contacts",
        "@type": "Collection",
        "totalItems": total,
        "member": members,
    }
    answer = json_answer(collection, headers=[PRIVATE_PAGE])
    answer.headers[0] = ("Content-Type", "application/ld+json; charset=utf-8")
    return answer


def _contact(row: Row) -> Row:
    """Return a contact as v2 shows it: what is empty is left out."""
    names = ("id", "firstname", "lastname", "email", "points")
    return {name: row[name] for name in names if row[name] is not None}


def _with_session(response: Response) -> Response:
    """v2 lives behind a session, whose pages are private."""
    response.headers = [
        PRIVATE_PAGE if n == "Cache-Control" else (n, v) for n, v in response.headers
    ]
    return response
