"""Making, changing and removing roles.

Source: `UserBundle/Model/RoleModel.php`; live 5.1.0 and 7.0.0. A save drops every permission and grants what
was ticked anew, so one that names no boxes leaves none, while the boxes shown over REST stay the old ones.
"""

import json

from mautic_bootstrap.rehearsal.database import Database, Row, Statement, insert, query, update
from mautic_bootstrap.rehearsal.model import permissions
from mautic_bootstrap.rehearsal.model.permissions import Ticked


def everyone(database: Database) -> list[Row]:
    """List roles by name, each with `users`, the number of its users."""
    sql = (
        "SELECT roles.*, (SELECT COUNT(*) FROM users WHERE role_id = roles.id) AS users "
        "FROM roles ORDER BY name COLLATE NOCASE, id"
    )
    return query(database, sql)


def make(
    database: Database, columns: Row, ticked: Ticked | None, version_key: str, *, api_on: bool
) -> int:
    """Make a role; return its id.

    Raises:
        UnknownPermissionError: A box this version does not have; nothing is saved.
    """
    rights = _rights(columns, ticked, version_key, api_on=api_on)
    role_id = insert(database, "roles", {"is_admin": 0, **columns, **_boxes(ticked)})
    database.run(_grant(role_id, rights))
    return role_id


def change(
    database: Database,
    row: Row,
    columns: Row,
    ticked: Ticked | None,
    version_key: str,
    *,
    api_on: bool,
) -> None:
    """Save a role.

    Args:
        database: Where.
        row: The role as it is.
        columns: What changes.
        ticked: The ticked boxes; None where the post named none at all.
        version_key: "5.1" or "7.0".
        api_on: Whether the API is switched on.

    Raises:
        UnknownPermissionError: A box this version does not have; nothing is saved.
    """
    rights = _rights({**row, **columns}, ticked, version_key, api_on=api_on)
    update(database, "roles", row["id"], {**columns, **_boxes(ticked)})
    purge: Statement = ("DELETE FROM permissions WHERE role_id = ?", (row["id"],))
    database.run([purge, *_grant(row["id"], rights)])


def users_of(database: Database, role_id: int) -> int:
    """Count the users that hold a role."""
    return int(
        query(database, "SELECT COUNT(*) AS n FROM users WHERE role_id = ?", role_id)[0]["n"]
    )


def clients_of(database: Database, role_id: int) -> int:
    """Count the clients that refer to a role."""
    sql = "SELECT COUNT(*) AS n FROM oauth2_clients WHERE role_id = ?"
    return int(query(database, sql, role_id)[0]["n"])


def remove(database: Database, role_id: int) -> None:
    """Delete a role with its permissions."""
    database.run(
        [
            ("DELETE FROM permissions WHERE role_id = ?", (role_id,)),
            ("DELETE FROM roles WHERE id = ?", (role_id,)),
        ]
    )


def _rights(
    columns: Row, ticked: Ticked | None, version_key: str, *, api_on: bool
) -> dict[str, int]:
    if columns.get("is_admin"):
        return {}
    return permissions.generate(ticked or {}, version_key, api_on=api_on)


def _boxes(ticked: Ticked | None) -> Row:
    return {} if ticked is None else {"readable_permissions": json.dumps(ticked)}


def _grant(role_id: int, rights: dict[str, int]) -> list[Statement]:
    sql = "INSERT INTO permissions (role_id, name, bitwise) VALUES (?, ?, ?)"
    return [(sql, (role_id, name, bits)) for name, bits in rights.items()]
