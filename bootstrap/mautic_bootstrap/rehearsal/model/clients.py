"""OAuth2 clients and their access tokens.

Source: tables `oauth2_clients` and `oauth2_accesstokens` of live 5.1.0 and 7.0.0; grants of a new client as
in `ApiBundle/Entity/oAuth2/Client.php` (4.4 to 7.2): `client_credentials` only where the creator's role is
admin at that moment, and the client keeps a reference to that role.
"""

import json
import secrets
import string
import time

from mautic_bootstrap.rehearsal.database import Database, Row, insert, query, update
from mautic_bootstrap.rehearsal.model.people import Role

_ALPHABET = string.ascii_lowercase + string.digits


def make(database: Database, name: str, redirect_uris: list[str], role: Role) -> int:
    """Make a client for a user of this role; return its numeric id."""
    grants = ["authorization_code", "refresh_token"]
    if role.is_admin:
        grants.append("client_credentials")
    values = {
        "role_id": role.id,
        "name": name,
        "random_id": _random(50),
        "secret": _random(50),
        "redirect_uris": json.dumps(redirect_uris),
        "allowed_grant_types": json.dumps(grants),
    }
    return insert(database, "oauth2_clients", values)


def change(database: Database, client_id: int, name: str, redirect_uris: list[str]) -> None:
    """Rename a client or move its redirect URIs; id, secret and grants stay."""
    values = {"name": name, "redirect_uris": json.dumps(redirect_uris)}
    update(database, "oauth2_clients", client_id, values)


def find(database: Database, client_id: int) -> Row | None:
    """Return a client by its numeric id."""
    rows = query(database, "SELECT * FROM oauth2_clients WHERE id = ?", client_id)
    return rows[0] if rows else None


def everyone(database: Database, *, by_name: bool = True) -> list[Row]:
    """List clients.

    Args:
        database: Where.
        by_name: Order by name; else by id.
    """
    sql = "SELECT * FROM oauth2_clients ORDER BY CASE WHEN ? THEN name END COLLATE NOCASE, id"
    return query(database, sql, by_name)


def remove(database: Database, client_id: int) -> None:
    """Delete a client; its tokens die with it."""
    database.run(
        [
            ("DELETE FROM oauth2_accesstokens WHERE client_id = ?", (client_id,)),
            ("DELETE FROM oauth2_clients WHERE id = ?", (client_id,)),
        ]
    )


def public_id(row: Row) -> str:
    """Return what applications send as `client_id`."""
    return f"{row['id']}_{row['random_id']}"


def redirect_uris(row: Row) -> list[str]:
    """Return a client's redirect URIs."""
    uris: list[str] = json.loads(row["redirect_uris"])
    return uris


def grants(row: Row) -> list[str]:
    """Return the grant types a client may use."""
    allowed: list[str] = json.loads(row["allowed_grant_types"])
    return allowed


def by_public_id(database: Database, client_id: str) -> Row | None:
    """Find a client by what an application sent."""
    number, _, _ = client_id.partition("_")
    row = find(database, int(number)) if number.isdecimal() else None
    return row if row and public_id(row) == client_id else None


def issue_token(database: Database, client_id: int, lifetime_s: int) -> str:
    """Make an access token; older ones live on until they expire."""
    token = secrets.token_urlsafe(64)
    values = {"client_id": client_id, "token": token, "expires_at": int(time.time()) + lifetime_s}
    insert(database, "oauth2_accesstokens", values)
    return token


def token_row(database: Database, token: str) -> Row | None:
    """Return a token with its client's id, whether expired or not."""
    rows = query(database, "SELECT * FROM oauth2_accesstokens WHERE token = ?", token)
    return rows[0] if rows else None


def expired(row: Row) -> bool:
    """Say whether a token's time is over."""
    return bool(row["expires_at"] <= time.time())


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
