"""REST: users and roles.

Source: the recordings, and calls made to live 5.1.0 and 7.0.0 for what they do not show (making and changing).
"""

from typing import Any

from mautic_bootstrap.rehearsal.database import Row, insert, query, update
from mautic_bootstrap.rehearsal.http import Response
from mautic_bootstrap.rehearsal.model import people, roles, stamps
from mautic_bootstrap.rehearsal.model.permissions import UnknownPermissionError
from mautic_bootstrap.rehearsal.pages.forms import without_tags
from mautic_bootstrap.rehearsal.rest.answers import answer, crash, forbidden, not_found, refusal
from mautic_bootstrap.rehearsal.rest.gate import Call

_WEAK = (
    "Please enter a stronger password. Your password must use a combination of upper and lower case, "
    "special characters and numbers."
)


def self_(call: Call) -> Response:
    """Say who is calling: for a client a pseudo user without id, and the role it carries.

    What is empty is left out here, and only here.
    """
    caller = call.caller
    role = _full_role(people.role_row(call.site.database, caller.role.id) or {})
    if caller.client is not None:
        name, number = caller.client["name"], f"[{caller.client['id']}]"
        who: Row = {"username": f"{name} {number}", "firstName": name, "lastName": number}
        shown = {"isPublished": True, **who, "role": role, "timezone": "", "locale": ""}
    else:
        shown = {**_user(call, caller.user or {}), "role": role}
    return answer(call.site.version, _without_nothing({**shown, "role": _without_nothing(role)}))


def _without_nothing(row: Row) -> Row:
    return {key: value for key, value in row.items() if value is not None}


def index(call: Call, kind: str) -> Response:
    """List users or roles: a list, and the total as a number."""
    if not call.caller.role.allows(f"user:{kind}", "view"):
        return forbidden(call.site.version)
    database = call.site.database
    rows = people.everyone(database) if kind == "users" else roles.everyone(database)
    shown = [_user(call, row) if kind == "users" else _full_role(row) for row in rows]
    limit = int(call.request.query.get("limit") or 30)
    return answer(call.site.version, {"total": len(rows), kind: shown[:limit]})


def show(call: Call, kind: str, entity_id: int) -> Response:
    """Show a user or a role."""
    if not call.caller.role.allows(f"user:{kind}", "view"):
        return forbidden(call.site.version)
    find = people.user if kind == "users" else people.role_row
    row = find(call.site.database, entity_id)
    return not_found(call.site.version) if row is None else _one(call, kind, row)


def create_role(call: Call) -> Response:
    """Make a role."""
    if not call.caller.role.allows("user:roles", "create"):
        return forbidden(call.site.version)
    given = call.given()
    if not given.get("name"):
        text = "A name is required."
        return refusal(call.site.version, 400, f"name: {text}", {"name": [text]})
    site = call.site
    columns = {**stamps.created(call.caller.author, site.version), **_role_columns(given)}
    try:
        role_id = roles.make(
            site.database, columns, given.get("rawPermissions"), site.version.key, api_on=True
        )
    except UnknownPermissionError:
        return crash(500)
    row = people.role_row(site.database, role_id)
    return _one(call, "roles", row or {}, 201)


def edit(call: Call, kind: str, entity_id: int) -> Response:
    """Change a role, or whether a user may log in."""
    if not call.caller.role.allows(f"user:{kind}", "edit"):
        return forbidden(call.site.version)
    site, given = call.site, call.given()
    changed = stamps.changed(call.caller.author)
    if kind == "users":
        if people.user(site.database, entity_id) is None:
            return not_found(site.version)
        update(site.database, "users", entity_id, {**changed, **_user_columns(given)})
        return _one(call, kind, people.user(site.database, entity_id) or {})
    row = people.role_row(site.database, entity_id)
    if row is None:
        return not_found(site.version)
    columns = {**changed, **_role_columns(given)}
    ticked = given.get("rawPermissions")
    try:
        # Without boxes a role loses every right it has, and shows the old boxes still.
        roles.change(site.database, row, columns, ticked, site.version.key, api_on=True)
    except UnknownPermissionError:
        return crash(500)
    return _one(call, kind, people.role_row(site.database, entity_id) or {})


def delete(call: Call, kind: str, entity_id: int) -> Response:
    """Delete a role or a user; the answer shows it once more, without its id."""
    if not call.caller.role.allows(f"user:{kind}", "delete"):
        return forbidden(call.site.version)
    database = call.site.database
    row = (people.user if kind == "users" else people.role_row)(database, entity_id)
    if row is None:
        return not_found(call.site.version)
    shown = _one(call, kind, {**row, "id": None})
    if kind == "users":
        query(database, "DELETE FROM users WHERE id = ?", entity_id)
        return shown
    if roles.users_of(database, entity_id):
        return crash(428)
    if roles.clients_of(database, entity_id):
        return crash(500)
    roles.remove(database, entity_id)
    return shown


def create_user(call: Call) -> Response:
    """Make a user; a weak password and a taken name are refused."""
    site = call.site
    if not call.caller.role.allows("user:users", "create"):
        return forbidden(site.version)
    given = call.given()
    errors: dict[str, list[str]] = {}
    for field, word in (("username", "Username"), ("email", "Email")):
        if people.find_user(site.database, given[field]):
            errors[field] = [f"{word} is already in use. Please choose another."]
    password = given["plainPassword"]["password"]
    if people.too_weak(password):
        errors["password"] = [_WEAK]
    if errors:
        message = ", ".join(f"{field}: {texts[0]}" for field, texts in errors.items())
        return refusal(site.version, 400, message, errors)
    values = {
        **stamps.created(call.caller.author, site.version),
        "role_id": given["role"],
        "username": given["username"],
        "first_name": given["firstName"],
        "last_name": given["lastName"],
        "email": given["email"],
        "password": people.hash_password(password),
    }
    row = people.user(site.database, insert(site.database, "users", values))
    return _one(call, "users", row or {}, 201)


def _role_columns(given: dict[str, Any]) -> Row:
    columns: Row = {key: given[key] for key in ("name", "description") if key in given}
    if "name" in columns:
        columns["name"] = without_tags(columns["name"])
    if "isAdmin" in given:
        columns["is_admin"] = int(given["isAdmin"])
    return columns


def _user_columns(given: dict[str, Any]) -> Row:
    return {"is_published": int(given["isPublished"])} if "isPublished" in given else {}


def _one(call: Call, kind: str, row: Row, status: int = 200) -> Response:
    shown = _user(call, row) if kind == "users" else _full_role(row)
    location = f"/api/{kind}/{row['id']}" if status == 201 else None
    value = {kind.removesuffix("s"): shown}
    return answer(call.site.version, value, status, location=location)


def _names(row: Row) -> Row:
    return {
        "username": row["username"],
        "firstName": row["first_name"],
        "lastName": row["last_name"],
    }


def _user(call: Call, row: Row) -> Row:
    role = people.role_row(call.site.database, row["role_id"]) or {}
    by = {"createdByUser": role["created_by_user"], "modifiedByUser": role["modified_by_user"]}
    return {
        **stamps.as_json(row),
        "id": row["id"],
        **_names(row),
        "email": row["email"],
        "position": row["position"],
        "role": {**by, **_role(role), "rawPermissions": people.raw_permissions(role)},
        "timezone": row["timezone"],
        "locale": row["locale"],
        "lastLogin": row["last_login"],
        "lastActive": row["last_active"],
        "signature": row["signature"],
    }


def _role(row: Row) -> Row:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "isAdmin": bool(row["is_admin"]),
    }


def _full_role(row: Row) -> Row:
    return {**stamps.as_json(row), **_role(row), "rawPermissions": people.raw_permissions(row)}
