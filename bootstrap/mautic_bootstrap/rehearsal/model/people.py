"""Users, and the roles they and clients act with."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field

from mautic_bootstrap import passwords
from mautic_bootstrap.rehearsal.database import Database, Row, insert, query, update
from mautic_bootstrap.rehearsal.model import permissions
from mautic_bootstrap.rehearsal.model.stamps import now

_ITERATIONS = 20_000  # a stand-in's passwords guard nothing; a login should cost milliseconds


@dataclass(frozen=True)
class Role:
    """A role and what it may do."""

    id: int
    name: str
    is_admin: bool
    rights: dict[str, int] = field(default_factory=dict)
    """Permission name ("lead:leads") to the bits granted; empty for an admin role, as Mautic stores it."""

    def allows(self, permission: str, *levels: str) -> bool:
        """Say whether the role may do any of the levels."""
        return self.is_admin or any(
            permissions.allows(self.rights, permission, level) for level in levels
        )


def hash_password(password: str) -> str:
    """Return a salted hash."""
    salt = secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    return base64.b64encode(salt + digest).decode()


def matches(password: str, stored: str) -> bool:
    """Compare a password with its hash."""
    raw = base64.b64decode(stored)
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), raw[:16], _ITERATIONS)
    return hmac.compare_digest(raw[16:], digest)


def too_weak(password: str) -> bool:
    """Judge a password as Mautic does at login."""
    return bool(passwords.too_weak(password))


def load_fixtures(database: Database) -> None:
    """Make the one role a fresh installation has."""
    values = {"name": "Administrator", "description": "Full system access", "is_admin": 1}
    insert(database, "roles", values)


def save_admin(
    database: Database, *, username: str, password: str, email: str, first: str, last: str
) -> None:
    """Make user 1, or overwrite it."""
    values = {
        "role_id": 1,
        "username": username,
        "password": hash_password(password),
        "email": email,
        "first_name": first,
        "last_name": last,
        "timezone": "",
        "locale": "",
    }
    if query(database, "SELECT id FROM users WHERE id = 1"):
        update(database, "users", 1, values)
    else:
        insert(database, "users", values)


def find_user(database: Database, name: str) -> Row | None:
    """Find a user by name or e-mail address, whatever its case."""
    rows = query(database, "SELECT * FROM users WHERE username = ? OR email = ?", name, name)
    return rows[0] if rows else None


def user(database: Database, user_id: int) -> Row | None:
    """Return a user by id."""
    rows = query(database, "SELECT * FROM users WHERE id = ?", user_id)
    return rows[0] if rows else None


def identity(row: Row) -> str:
    """Return what a session is bound to: it ends when somebody else changes the user's name or password."""
    return f"{row['id']} {row['username']} {row['password']}"


def everyone(database: Database) -> list[Row]:
    """List users by last name, first name and user name, each with the name of its `role`."""
    sql = (
        "SELECT users.*, roles.name AS role FROM users JOIN roles ON roles.id = role_id "
        "ORDER BY last_name COLLATE NOCASE, first_name COLLATE NOCASE, username COLLATE NOCASE"
    )
    return query(database, sql)


def note_login(database: Database, user_id: int) -> None:
    """Write down when a user was seen last."""
    update(database, "users", user_id, {"last_login": now(), "last_active": now()})


def role_row(database: Database, role_id: int) -> Row | None:
    """Return a role's row."""
    rows = query(database, "SELECT * FROM roles WHERE id = ?", role_id)
    return rows[0] if rows else None


def role(database: Database, role_id: int) -> Role:
    """Return a role; one that is gone may do nothing."""
    row = role_row(database, role_id)
    if row is None:
        return Role(role_id, "", is_admin=False)
    sql = "SELECT name, bitwise FROM permissions WHERE role_id = ?"
    rights = {right["name"]: right["bitwise"] for right in query(database, sql, role_id)}
    return Role(row["id"], row["name"], bool(row["is_admin"]), rights)


def raw_permissions(row: Row) -> permissions.Ticked | None:
    """Return the boxes that were posted last, as REST shows them; what they grant is another thing.

    They stay where a role is made an admin's or loses every box: live 5.1.0 and 7.0.0.
    """
    if not row["readable_permissions"]:
        return None
    ticked: permissions.Ticked = json.loads(row["readable_permissions"])
    return ticked
