"""REST: contacts.

Source: the recordings; `LeadBundle/Controller/Api/LeadApiController.php` for who may do what.
"""

from typing import Any

from mautic_bootstrap.rehearsal.database import Row
from mautic_bootstrap.rehearsal.http import Response
from mautic_bootstrap.rehearsal.model import contacts
from mautic_bootstrap.rehearsal.rest.answers import answer, forbidden, not_found, refusal
from mautic_bootstrap.rehearsal.rest.gate import Call

_RIGHT = "lead:leads"
_BATCH_LIMIT = 200


def index(call: Call) -> Response:
    """List contacts: an object keyed by id, and the total as text."""
    version, database, role = call.site.version, call.site.database, call.caller.role
    if not role.allows(_RIGHT, "viewown", "viewother"):
        return forbidden(version)
    query = call.request.query
    start, limit = int(query.get("start") or 0), int(query.get("limit") or 30)
    # Without "viewother" only one's own are listed, and the pseudo user of a client owns none.
    own = None if role.allows(_RIGHT, "viewother") else call.caller.author.id or 0
    total, rows = contacts.page(database, query.get("search", ""), start, limit, own)
    shown = {str(row["id"]): contacts.as_json(database, row, listed=True) for row in rows}
    return answer(version, {"total": str(total), "contacts": shown})


def companies(call: Call) -> Response:
    """List companies, which the rehearsal never makes, to whoever may see contacts."""
    if not call.caller.role.allows(_RIGHT, "viewown", "viewother"):
        return forbidden(call.site.version)
    return answer(call.site.version, {"total": "0", "companies": {}})


def show(call: Call, contact_id: int) -> Response:
    """Show one contact."""
    version, database = call.site.version, call.site.database
    row = contacts.find(database, contact_id)
    if row is None:
        return not_found(version)
    if not call.caller.role.allows(_RIGHT, "viewother"):
        return forbidden(version)
    return answer(version, {"contact": contacts.as_json(database, row)})


def create(call: Call) -> Response:
    """Make a contact, or change the one with the same address: 201 or 200 tells them apart."""
    status, value = _save(call, call.given())
    if status >= 400:
        return _refused(call, status, value)
    location = f"/api/contacts/{value['id']}" if status == 201 else None
    return answer(call.site.version, {"contact": value}, status, location=location)


def create_many(call: Call) -> Response:
    """Make or change up to 200 contacts; answers 201 even where some were refused."""
    items, version = call.request.json(), call.site.version
    if len(items) > _BATCH_LIMIT:
        text = f"A max of {_BATCH_LIMIT} entities are supported at a time."
        return refusal(version, 500, text)
    results = [_save(call, item) for item in items]
    good = {i: result for i, result in enumerate(results) if result[0] < 400}
    body: Row = {
        "contacts": _as_php_array({i: value for i, (_, value) in good.items()}),
        "statusCodes": [status for status, _ in results],
    }
    errors = {str(i): {**r[1], "type": None} for i, r in enumerate(results) if r[0] >= 400}
    if errors:
        body["errors"] = errors
    return answer(version, body, 201)


def edit(call: Call, contact_id: int) -> Response:
    """Change a contact; PUT makes one where the id is unknown."""
    version, database = call.site.version, call.site.database
    row = contacts.find(database, contact_id)
    if row is None:
        return create(call) if call.request.method == "PUT" else not_found(version)
    fields = call.given()
    if not call.caller.role.allows(_RIGHT, "editother"):
        return forbidden(version)
    if problem := contacts.problem(fields):
        return _refused(call, 400, _email_error(problem))
    changed = contacts.change(database, contact_id, fields, call.caller.author)
    return answer(version, {"contact": contacts.as_json(database, changed)})


def delete(call: Call, contact_id: int) -> Response:
    """Delete a contact; the answer shows it once more, without its id."""
    version, database = call.site.version, call.site.database
    row = contacts.find(database, contact_id)
    if row is None:
        return not_found(version)
    if not call.caller.role.allows(_RIGHT, "deleteother"):
        return forbidden(version)
    shown = contacts.as_json(database, row)
    contacts.remove(database, contact_id)
    shown["fields"]["all"]["id"] = None
    return answer(version, {"contact": {**shown, "id": None}})


def _save(call: Call, fields: dict[str, Any]) -> tuple[int, Row]:
    """Make or change one contact; return 201 or 200 with it, else a status with the error."""
    database, caller = call.site.database, call.caller
    found = contacts.by_email(database, str(fields["email"])) if fields.get("email") else None
    if not caller.role.allows(_RIGHT, "create" if found is None else "editother"):
        message = "You do not have access to the requested area/action."
        return 403, {"code": 403, "message": message, "details": []}
    if problem := contacts.problem(fields):
        return 400, _email_error(problem)
    if found is not None:
        row = contacts.change(database, found["id"], fields, caller.author)
        return 200, contacts.as_json(database, row)
    row = contacts.make(database, fields, caller.author, call.site.version)
    return 201, contacts.as_json(database, row, fresh=True)


def _email_error(problem: str) -> Row:
    return {"code": 400, "message": f"email: {problem}", "details": {"email": [problem]}}


def _refused(call: Call, status: int, error: Row) -> Response:
    return answer(call.site.version, {"errors": [error]}, status)


def _as_php_array(values: dict[int, Any]) -> Any:
    """Return a list where the keys count from 0 without a gap, else an object, as PHP does."""
    if list(values) == list(range(len(values))):
        return list(values.values())
    return {str(key): value for key, value in values.items()}
