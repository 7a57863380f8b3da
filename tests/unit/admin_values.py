"""Values of what the admin UI shows and of what is wished for, as short as a test wants them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from mautic_bootstrap.admin.clients import Generations
from mautic_bootstrap.admin.model import OAuth2Client, Switches, Wish
from mautic_bootstrap.admin.pages.roles import RoleRow
from mautic_bootstrap.admin.pages.users import UserRow
from mautic_bootstrap.admin.plan import Observed
from mautic_bootstrap.api.models import Role
from mautic_bootstrap.naming import MARKER
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS

EARLIER = "20261123T100000Z"
STAMP = "20261123T120000Z"
AT = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
"""The moment that `STAMP` names."""
ADDED = {"campaign:categories": ["view"], "email:categories": ["view"]}
"""What Mautic ticks by itself besides the rights asked for by default (live 5.1.0, 7.0.0)."""


def wish(**changes: Any) -> Wish:
    """Return a wish for a client "app" with the rights of a default run, changed as given."""
    made: dict[str, Any] = {
        "base_url": "http://localhost:8080",
        "username": "admin",
        "password": SecretStr("the-admins-password"),
        "basic_auth": None,
        "client_name": "app",
        "redirect_uri": "https://localhost/callback",
        "login": "client",
        "permissions": DEFAULT_PERMISSIONS,
        "in_use": None,
        "rotate": False,
        "ca_bundle": None,
        "evidence_dir": Path("/unused"),
    }
    in_use = (made | changes)["in_use"]
    if in_use and in_use.endswith("_id"):  # as `client` makes them
        made["in_use_secret"] = SecretStr(f"secret-{in_use.removesuffix('_id')}")
    return Wish(**made | changes)


def client(number: int = 1, name: str = "app") -> OAuth2Client:
    """Return an OAuth2 client; its id and its secret tell its number."""
    return OAuth2Client(number, name, f"{number}_id", SecretStr(f"secret-{number}"))


def role_row(
    number: int = 7, name: str = "mautic-bootstrap: app", description: str = MARKER, users: int = 0
) -> RoleRow:
    """Return a role of the list, ours where nothing else is said."""
    return RoleRow(number, name, description, users)


def role(number: int = 7, permissions: Any = DEFAULT_PERMISSIONS, **changes: Any) -> Role:
    """Return a role as a client's own call tells it, with what Mautic adds to its rights."""
    held = {**permissions, **ADDED}
    made: dict[str, Any] = {"id": number, "name": "mautic-bootstrap: app", "permissions": held}
    return Role(**made | changes)


def admin_role(number: int = 1, name: str = "Administrator") -> Role:
    """Return an administrator's role as a client's own call tells it."""
    return Role(id=number, name=name, is_admin=True)


def user_row(**changes: Any) -> UserRow:
    """Return our user, who cannot log in."""
    made: dict[str, Any] = {
        "number": 5,
        "username": "mautic-bootstrap-app",
        "position": MARKER,
        "email": "mautic-bootstrap-app@mautic-bootstrap.invalid",
        "role": "mautic-bootstrap: app",
        "published": False,
    }
    return UserRow(**made | changes)


def seen(current: OAuth2Client | None = None, *former: OAuth2Client, **changes: Any) -> Observed:
    """Return what the admin UI shows: the API on, these clients, and what is given."""
    return Observed(Switches(True, False), Generations(current, former), **changes)
