"""A Mautic's HTTP side in memory, as far as the stages call it."""

import time
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl

import httpx
import respx

from mautic_bootstrap.naming import MARKER
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS

ADMINISTRATOR: dict[str, Any] = {
    "id": 1,
    "name": "Administrator",
    "description": "Full system access",
    "isAdmin": True,
}
"""The role that Mautic itself makes, as `users/self` shows it (live 5.1.0, 7.0.0): without any rights."""


def our_role(
    permissions: Mapping[str, Sequence[str]] | None = None, **changes: Any
) -> dict[str, Any]:
    """Return the role of the client "app" as `users/self` shows it: with the rights asked for by default."""
    held = {
        **(DEFAULT_PERMISSIONS if permissions is None else permissions),
        # What Mautic ticks by itself (live 5.1.0, 7.0.0).
        "campaign:categories": ["view"],
        "email:categories": ["view"],
    }
    role = {
        "id": 7,
        "name": "mautic-bootstrap: app",
        "description": MARKER,
        "isAdmin": False,
        "rawPermissions": {name: list(rights) for name, rights in held.items()},
    }
    return role | changes


_AREAS = {
    "contacts": "lead:leads",
    "segments": "lead:lists",
    "campaigns": "campaign:campaigns",
    "emails": "email:emails",
    "users": "user:users",
    "roles": "user:roles",
}
"""Lists, and the permission that each one takes."""


@dataclass
class FakeMautic:
    """A Mautic's HTTP side, for as long as a `with` lasts; nobody listens at any other URL.

    `calls` notes every request.
    """

    url: str = "http://localhost:8080"
    page: httpx.Response | Exception = field(
        default_factory=lambda: httpx.Response(200, html='<form name="login">')
    )
    """What the login page answers."""
    clients: dict[str, tuple[str, str]] = field(
        default_factory=lambda: {"1_id": ("secret-1", "app")}
    )
    """Client id to secret and name."""
    users: dict[str, str] = field(
        default_factory=lambda: {
            "admin": "admin-password",
            "mautic-bootstrap-app": "user-password",
        }
    )
    roles: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "admin": ADMINISTRATOR,
            "mautic-bootstrap-app": our_role(),
            "app": our_role(),
        }
    )
    """Names of clients and users to the roles they hold; what is not named here may do nothing."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Tokens given out, to the names of their clients; they die with them."""
    api: bool = True
    basic: bool = False
    version: str = "7.0.0"
    v2: httpx.Response | Exception = field(default_factory=lambda: httpx.Response(401))
    broken: dict[str, httpx.Response] = field(default_factory=dict)
    """Paths that answer something else."""
    token_takes_s: float = 0.0
    """Seconds before a token is given out."""
    calls: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._router = respx.mock(assert_all_called=False)
        self._router.route().mock(side_effect=self._answer)
        self._router.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._router.stop()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url.copy_with(query=None))
        if not url.startswith(f"{self.url}/"):
            self.calls.append(f"{request.method} {url}")
            raise NOBODY
        path = url.removeprefix(self.url)
        self.calls.append(f"{request.method} {path}")
        if path in self.broken:
            return self.broken[path]
        if path == "/s/login":
            return _given(self.page)
        if not self.api:
            return _mautic_error(403, "API disabled.", "api_disabled")
        if path == "/oauth/v2/token":
            return self._token(dict(parse_qsl(request.content.decode())))
        return self._api(path, request.headers.get("authorization", ""))

    def _api(self, path: str, authorization: str) -> httpx.Response:
        name = self._name(authorization)
        if isinstance(name, httpx.Response):
            return name
        role = self.roles.get(name)
        if path == "/api/users/self":
            username = name if name in self.users else f"{name} [{self._number(name)}]"
            return self._v1({"username": username} | ({"role": role} if role else {}))
        if path == "/api/v2/contacts":
            return _given(self.v2)
        if not _may_list(role or {}, path.removeprefix("/api/")):
            return _mautic_error(403, "You do not have access to the requested area/action.")
        return self._v1({"total": "2" if path == "/api/contacts" else 0})

    def _number(self, client_name: str) -> str:
        return next(id_.split("_")[0] for id_, (_, n) in self.clients.items() if n == client_name)

    def _v1(self, body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json=body, headers={"Mautic-Version": self.version})

    def _token(self, form: dict[str, str]) -> httpx.Response:
        secret, name = self.clients.get(form["client_id"], ("", ""))
        if not secret or form["client_secret"] != secret:
            return _mautic_error(400, "The client credentials are invalid", "invalid_client")
        time.sleep(self.token_takes_s)
        token = f"token-{len(self.tokens) + 1}"
        self.tokens[token] = name
        return httpx.Response(200, json={"access_token": token, "expires_in": 3600})

    def _name(self, authorization: str) -> str | httpx.Response:
        """Return who calls: the name of a client, or of a user."""
        kind, _, value = authorization.partition(" ")
        alive = {name for _secret, name in self.clients.values()}
        if kind == "Bearer" and self.tokens.get(value) in alive:
            return self.tokens[value]
        if kind != "Basic":
            return _mautic_error(401, "The access token provided is invalid.", "invalid_grant")
        if not self.basic:
            return _mautic_error(403, "Basic Auth disabled. You need to ...", "access_denied")
        name, _, password = b64decode(value).decode().partition(":")
        return name if self.users.get(name) == password else httpx.Response(401)


def _may_list(role: Mapping[str, Any], area: str) -> bool:
    """Say whether a role opens a list; of what the fake does not know only the admin's does."""
    if role.get("isAdmin"):
        return True
    rights = (role.get("rawPermissions") or {}).get(_AREAS.get(area, ""), [])
    return bool({"view", "viewown", "viewother", "full"}.intersection(rights))


def _given(answer: httpx.Response | Exception) -> httpx.Response:
    if isinstance(answer, Exception):
        raise answer
    return answer


def _mautic_error(status: int, message: str, kind: str | None = None) -> httpx.Response:
    error: dict[str, Any] = {"code": status, "message": message}
    if kind is None:
        error["details"] = []
    else:
        error["type"] = kind
    return httpx.Response(status, json={"errors": [error]})


INSTALLER = httpx.Response(302, headers={"Location": "/index.php/installer"})
NOBODY = httpx.ConnectError("[Errno 111] Connection refused")
