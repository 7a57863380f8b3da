"""REST: e-mails.

Source: live 5.1.0 and 7.0.0; `EmailBundle/Controller/Api/EmailApiController.php` for who may do what. Whoever
may not publish makes drafts.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from mautic_bootstrap.rehearsal.database import Row, insert, query, update
from mautic_bootstrap.rehearsal.http import Response
from mautic_bootstrap.rehearsal.model import stamps
from mautic_bootstrap.rehearsal.rest.answers import answer, forbidden, not_found, refusal
from mautic_bootstrap.rehearsal.rest.gate import Call

_RIGHT = "email:emails"
_COLUMNS = {
    "name": "name",
    "subject": "subject",
    "customHtml": "custom_html",
    "emailType": "email_type",
}
_NEWER = ("preheaderText", "projects")


@cache
def _shape() -> dict[str, Any]:
    """Return every member of an e-mail in its order, as far as it does not depend on what was sent."""
    path = files("mautic_bootstrap.rehearsal").joinpath("data", "email.json")
    shape: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return shape


def index(call: Call) -> Response:
    """List e-mails: an object keyed by id, an empty list where there are none, the total a number."""
    if not call.caller.role.allows(_RIGHT, "viewown", "viewother"):
        return forbidden(call.site.version)
    rows: list[Row] = []
    if call.caller.role.allows(_RIGHT, "viewother"):
        rows = query(call.site.database, "SELECT * FROM emails ORDER BY id")
    limit = int(call.request.query.get("limit") or 30)
    shown = {str(row["id"]): _as_json(call, row) for row in rows[:limit]}
    return answer(call.site.version, {"total": len(rows), "emails": shown or []})


def show(call: Call, email_id: int) -> Response:
    """Show one e-mail."""
    row = _find(call, email_id)
    if row is None:
        return not_found(call.site.version)
    if not call.caller.role.allows(_RIGHT, "viewother"):
        return forbidden(call.site.version)
    return answer(call.site.version, {"email": _as_json(call, row)})


def create(call: Call) -> Response:
    """Make an e-mail; one for segments needs a segment, and the rehearsal has none."""
    site, role = call.site, call.caller.role
    if not role.allows(_RIGHT, "create"):
        return forbidden(site.version)
    given = call.given()
    if given.get("emailType") == "list":
        text = (
            "Either no list was selected or you do not have access to one of the lists that was "
            "selected."
        )
        return refusal(site.version, 400, f"lists: {text}", {"lists": [text]})
    made = {**stamps.created(call.caller.author, site.version), "date_modified": stamps.now()}
    published = {"is_published": int(role.allows(_RIGHT, "publishother"))}
    email_id = insert(site.database, "emails", {**made, **published, **_columns(given)})
    shown = _as_json(call, _find(call, email_id) or {})
    return answer(site.version, {"email": shown}, 201, location=f"/api/emails/{email_id}")


def edit(call: Call, email_id: int) -> Response:
    """Change an e-mail."""
    row = _find(call, email_id)
    if row is None:
        return not_found(call.site.version)
    if not call.caller.role.allows(_RIGHT, "editother"):
        return forbidden(call.site.version)
    changed = {**stamps.changed(call.caller.author), "revision": row["revision"] + 1}
    update(call.site.database, "emails", email_id, {**changed, **_columns(call.given())})
    return answer(call.site.version, {"email": _as_json(call, _find(call, email_id) or {})})


def delete(call: Call, email_id: int) -> Response:
    """Delete an e-mail; the answer shows it once more, without its id."""
    row = _find(call, email_id)
    if row is None:
        return not_found(call.site.version)
    if not call.caller.role.allows(_RIGHT, "deleteother"):
        return forbidden(call.site.version)
    query(call.site.database, "DELETE FROM emails WHERE id = ?", email_id)
    return answer(call.site.version, {"email": {**_as_json(call, row), "id": None}})


def _find(call: Call, email_id: int) -> Row | None:
    rows = query(call.site.database, "SELECT * FROM emails WHERE id = ?", email_id)
    return rows[0] if rows else None


def _columns(given: dict[str, Any]) -> Row:
    return {column: given[name] for name, column in _COLUMNS.items() if name in given}


def _as_json(call: Call, row: Row) -> Row:
    sent = {name: row[column] for name, column in _COLUMNS.items()}
    shown = {**_shape(), **sent, "id": row["id"], "revision": row["revision"]}
    left_out = () if call.site.version.rest_v2 else _NEWER
    return {**stamps.as_json(row), **{k: v for k, v in shown.items() if k not in left_out}}
