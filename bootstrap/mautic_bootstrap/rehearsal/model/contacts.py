"""Contacts: found by e-mail address, made or changed through REST, or tracked on a public page."""

import re
from typing import Any

from mautic_bootstrap.rehearsal.database import Database, Row, insert, query, update
from mautic_bootstrap.rehearsal.model import stamps
from mautic_bootstrap.rehearsal.model.stamps import Author
from mautic_bootstrap.rehearsal.schema import CONTACT_FIELDS
from mautic_bootstrap.rehearsal.versions import Version

_ALIASES = {f["alias"] for f in CONTACT_FIELDS}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_GROUPS = ("core", "social", "personal", "professional")


def problem(fields: dict[str, Any]) -> str:
    """Say what Mautic refuses about a contact's fields; an empty text means nothing."""
    email = fields.get("email")
    return f"{email} is invalid." if email and not _EMAIL.fullmatch(str(email)) else ""


def find(database: Database, contact_id: int) -> Row | None:
    """Return a contact."""
    rows = query(database, "SELECT * FROM leads WHERE id = ?", contact_id)
    return rows[0] if rows else None


def by_email(database: Database, email: str) -> Row | None:
    """Return the contact with this address."""
    rows = query(database, "SELECT * FROM leads WHERE email = ? COLLATE NOCASE", email)
    return rows[0] if rows else None


def page(
    database: Database, search: str, start: int, limit: int, created_by: int | None = None
) -> tuple[int, list[Row]]:
    """List contacts by id; return how many there are in all, and one page of them.

    Args:
        database: Where.
        search: "email:<address>", or a part of a name or address; empty for all.
        start: Rows to skip.
        limit: Rows to return.
        created_by: Only contacts made by this user id (0 for "nobody's").
    """
    where, values = ["1"], []
    if search.startswith("email:"):
        where.append("email = ? COLLATE NOCASE")
        values.append(search.removeprefix("email:"))
    elif search:
        where.append("instr(lower(coalesce(email,'') || coalesce(firstname,'') || "
                     "coalesce(lastname,'')), lower(?))")  # fmt: skip
        values.append(search)
    if created_by is not None:
        where.append("created_by = ?")
        values.append(str(created_by))
    sql = f"SELECT * FROM leads WHERE {' AND '.join(where)} ORDER BY id"  # noqa: S608  # literals
    rows = query(database, sql, *values)
    return len(rows), rows[start : start + limit]


def make(database: Database, fields: dict[str, Any], author: Author, version: Version) -> Row:
    """Make a contact from REST fields; keys that are no field of a contact are ignored."""
    known = _known(fields)
    identified = stamps.now() if known else None
    values = {**stamps.created(author, version), **known, "date_identified": identified}
    contact_id = insert(database, "leads", values)
    _tag(database, contact_id, fields.get("tags"))
    return _present(database, contact_id)


def change(database: Database, contact_id: int, fields: dict[str, Any], author: Author) -> Row:
    """Change a contact."""
    update(database, "leads", contact_id, {**stamps.changed(author), **_known(fields)})
    _tag(database, contact_id, fields.get("tags"))
    return _present(database, contact_id)


def remove(database: Database, contact_id: int) -> None:
    """Delete a contact."""
    query(database, "DELETE FROM leads WHERE id = ?", contact_id)


def track(database: Database, ip_address: str) -> int:
    """Make the anonymous contact that a visit to a public page leaves behind; return its id."""
    seen = stamps.now()
    values = {"date_added": seen, "last_active": seen, "ip_address": ip_address}
    return insert(database, "leads", values)


def as_json(database: Database, row: Row, *, fresh: bool = False, listed: bool = False) -> Row:
    """Return a contact as REST shows it.

    Args:
        database: Where its tags are.
        row: The contact.
        fresh: In the answer that made it, fields are described in another form.
        listed: In a list, points and the last activity come first.
    """
    ip_address = row["ip_address"]
    return {
        **stamps.as_json(row),
        "id": row["id"],
        "points": row["points"],
        "color": None,
        "fields": _fields(row, fresh=fresh, listed=listed),
        "lastActive": row["last_active"],
        "owner": None,
        "ipAddresses": [_ip(ip_address)] if ip_address else [],
        "tags": _tags(database, row["id"]),
        "utmtags": None if fresh else [],
        "stage": None,
        "dateIdentified": row["date_identified"],
        "preferredProfileImage": "gravatar" if ip_address else None,
        "doNotContact": [],
        "frequencyRules": [],
    }


def _fields(row: Row, *, fresh: bool, listed: bool) -> Row:
    """Group a contact's fields; a group without fields is an empty list."""
    order = sorted(CONTACT_FIELDS, key=lambda f: f["alias"] not in ("points", "last_active"))
    described = order if listed else CONTACT_FIELDS
    groups: Row = {group: {} for group in _GROUPS}
    values: Row = {"id": None if row["id"] is None else str(row["id"])}
    for definition in described:
        alias = definition["alias"]
        # A contact that was made by this very request has no points yet in its field, only in "all".
        value = None if fresh and alias == "points" else row[alias]
        shown = _fresh(definition) if fresh else _stored(definition)
        groups[definition["group"]][alias] = {
            **shown,
            "value": value,
            "normalizedValue": "" if value is None else value,
        }
        values[alias] = row[alias]
    return {**{name: group or [] for name, group in groups.items()}, "all": values}


def _fresh(definition: Row) -> Row:
    return {key: definition[key] for key in ("id", "group", "label", "alias", "type", "properties")}


def _stored(definition: Row) -> Row:
    return {
        "id": str(definition["id"]),
        **{key: definition[key] for key in ("label", "alias", "type", "group")},
        "object": "lead",
        "is_fixed": "1" if definition["fixed"] else "0",
        "properties": definition["stored"],
        "default_value": definition["default"],
    }


def _known(fields: dict[str, Any]) -> Row:
    return {k: v if v is None else str(v) for k, v in fields.items() if k in _ALIASES}


def _present(database: Database, contact_id: int) -> Row:
    return query(database, "SELECT * FROM leads WHERE id = ?", contact_id)[0]


def _tag(database: Database, contact_id: int, tags: Any) -> None:
    """Add tags; a leading minus takes one away."""
    for name in map(str, tags if isinstance(tags, list) else []):
        bare = name.removeprefix("-")
        query(database, "INSERT OR IGNORE INTO lead_tags (tag) VALUES (?)", bare)
        tag_id = query(database, "SELECT id FROM lead_tags WHERE tag = ?", bare)[0]["id"]
        sql = (
            "DELETE FROM lead_tags_xref WHERE lead_id = ? AND tag_id = ?"
            if name.startswith("-")
            else "INSERT OR IGNORE INTO lead_tags_xref (lead_id, tag_id) VALUES (?, ?)"
        )
        query(database, sql, contact_id, tag_id)


def _tags(database: Database, contact_id: int | None) -> list[Row]:
    sql = "SELECT id, tag FROM lead_tags JOIN lead_tags_xref ON tag_id = id WHERE lead_id = ? ORDER BY id"
    return [{**row, "description": None} for row in query(database, sql, contact_id)]


def _ip(address: str) -> Row:
    details = (
        "city",
        "region",
        "zipcode",
        "country",
        "latitude",
        "longitude",
        "isp",
        "organization",
    )
    empty = dict.fromkeys((*details, "timezone", "extra"), "")
    return {"ipAddress": address, "id": 1, "ipDetails": empty}
