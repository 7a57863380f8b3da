"""Tables, named as Mautic names them, with the columns this project's path touches.

Source: tables of live 5.1.0 and 7.0.0 installations. No `migrations` table: `mautic:install` makes none.
"""

import json
from importlib.resources import files
from typing import Any

from mautic_bootstrap.rehearsal.database import Database, Statement, query

BACKUP_PREFIX = "bak_"

CONTACT_FIELDS: list[dict[str, Any]] = json.loads(
    files("mautic_bootstrap.rehearsal")
    .joinpath("data", "contact_fields.json")
    .read_text(encoding="utf-8")
)
"""A fresh installation's contact fields: id, alias, label, type, group and default of each."""

_STAMPS = (
    "is_published INTEGER NOT NULL DEFAULT 1, date_added TEXT, created_by INTEGER, created_by_user TEXT, "
    "date_modified TEXT, modified_by INTEGER, modified_by_user TEXT"
)
_LOCK = "checked_out TEXT, checked_out_by INTEGER, checked_out_by_user TEXT"
_ID = "id INTEGER PRIMARY KEY AUTOINCREMENT"
_FIELD_COLUMNS = ", ".join(f"{f['alias']} TEXT" for f in CONTACT_FIELDS if f["alias"] != "points")

TABLES = {
    "roles": f"{_ID}, {_STAMPS}, {_LOCK}, name TEXT NOT NULL, description TEXT, "
    "is_admin INTEGER NOT NULL, readable_permissions TEXT",
    "permissions": f"{_ID}, role_id INTEGER NOT NULL REFERENCES roles (id), name TEXT NOT NULL, "
    "bitwise INTEGER NOT NULL",
    "users": f"{_ID}, {_STAMPS}, {_LOCK}, role_id INTEGER NOT NULL REFERENCES roles (id), "
    "username TEXT NOT NULL UNIQUE COLLATE NOCASE, password TEXT NOT NULL, first_name TEXT NOT NULL, "
    "last_name TEXT NOT NULL, email TEXT NOT NULL UNIQUE COLLATE NOCASE, position TEXT, signature TEXT, "
    "timezone TEXT, locale TEXT, last_login TEXT, last_active TEXT",
    "oauth2_clients": f"{_ID}, role_id INTEGER REFERENCES roles (id), name TEXT NOT NULL, "
    "random_id TEXT NOT NULL, secret TEXT NOT NULL, redirect_uris TEXT NOT NULL, "
    "allowed_grant_types TEXT NOT NULL",
    "oauth2_accesstokens": f"{_ID}, client_id INTEGER NOT NULL, token TEXT NOT NULL UNIQUE, "
    "expires_at INTEGER",
    "leads": f"{_ID}, {_STAMPS}, points INTEGER NOT NULL DEFAULT 0, date_identified TEXT, "
    f"ip_address TEXT, {_FIELD_COLUMNS}",
    "lead_tags": f"{_ID}, tag TEXT NOT NULL UNIQUE",
    "lead_tags_xref": "lead_id INTEGER NOT NULL, tag_id INTEGER NOT NULL, PRIMARY KEY (lead_id, tag_id)",
    "campaigns": f"{_ID}, name TEXT NOT NULL",
    "emails": f"{_ID}, {_STAMPS}, name TEXT NOT NULL, subject TEXT, custom_html TEXT, "
    "email_type TEXT, revision INTEGER NOT NULL DEFAULT 1",
    "lead_lists": f"{_ID}, name TEXT NOT NULL",
    "companies": f"{_ID}, companyname TEXT NOT NULL",
    "forms": f"{_ID}, name TEXT NOT NULL",
    "pages": f"{_ID}, title TEXT NOT NULL",
    "assets": f"{_ID}, title TEXT NOT NULL",
}


def create(database: Database, *, backup: bool) -> None:
    """Make all tables afresh, as `mautic:install` does.

    Args:
        database: Where.
        backup: Rename existing tables to `bak_…` (older ones of that name are dropped); else drop them.

    Side effects: existing tables are gone from their names.
    """
    present = set(table_names(database))
    statements: list[Statement] = []
    for name in TABLES:
        if name in present and backup:
            statements.append((f"DROP TABLE IF EXISTS {BACKUP_PREFIX}{name}", ()))
            statements.append((f"ALTER TABLE {name} RENAME TO {BACKUP_PREFIX}{name}", ()))
        elif name in present:
            statements.append((f"DROP TABLE {name}", ()))
    statements += [(f"CREATE TABLE {name} ({columns})", ()) for name, columns in TABLES.items()]
    database.run(statements)


def table_names(database: Database) -> list[str]:
    """Return the names of all tables."""
    sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
    return [row["table_name"] for row in query(database, sql)]
