"""The walk's steps with a client that acts with few rights: made as the fact sheet says, and what it may then do."""

from dataclasses import dataclass
from typing import Any

import httpx

from contract.targets import Target
from contract.walk import Caller, Seen, Visitor
from contract.walk_pages import make_client
from contract.walk_people import (
    DEFAULT,
    ROLE,
    SCOPED,
    STRONG,
    USER,
    change_role,
    fill_role,
    log_in,
    make_role,
    make_user,
    odd_rights,
    role_fields,
)
from contract.walk_rest import TOKEN, Client, bearer

_LIMITED = "limited"
# Lists that the default rights allow, and such as they do not.
_ALLOWED = ("contacts", "campaigns", "segments", "emails", "companies")
_FORBIDDEN = ("users", "roles", "forms", "assets", "pages", "hooks", "points", "stages", "messages")
_PAGES = {
    "roles list": "/s/roles",
    "role new": "/s/roles/new",
    "role edit": "/s/roles/edit/1",
    "users list": "/s/users",
    "user new": "/s/users/new",
    "user edit": "/s/users/edit/1",
    "plugins": "/s/plugins",
    "account": "/s/account",
}


@dataclass(frozen=True)
class Scoped:
    """What the steps made."""

    role_id: int
    user_id: int
    client: Client

    @property
    def client_id(self) -> int:
        """The client's number, as its pages know it."""
        return int(self.client.id.partition("_")[0])


def scoped_client(target: Target, seen: Seen, caller: Caller, admin: Visitor, token: str) -> Scoped:
    """A role and its user, a client made by that user, and the role's demotion."""
    role_id = make_role(admin, seen)
    user_id = make_user(admin, role_id)
    with Visitor(target, seen) as user:
        log_in(user, "credential new as another admin", "/s/credentials/new", USER, STRONG)
        client = Client.on_page(make_client(user, "scoped", "credential of another admin"))
        before = _token(caller, "token, another admin's client", client)
        caller.call(
            "another admin's client: users/self", "GET", "/api/users/self", headers=bearer(before)
        )
        change_role(admin, role_id)
        caller.call(
            "scoped: users/self, token from before",
            "GET",
            "/api/users/self",
            headers=bearer(before),
        )
        after = bearer(_token(caller, "token, scoped client", client))
        _scoped_calls(caller, after)
        user.open("credential new as demoted user", "/s/credentials/new")
        user.open("credentials list as demoted user", "/s/credentials")
        user.open("config as demoted user", "/s/config/edit")
        for what, path in _PAGES.items():
            user.open(f"{what} as demoted user", path)
        for kind, number in (("roles", role_id), ("users", user_id), ("credentials", 1)):
            user.post(f"{kind} deleted as demoted user", f"/s/{kind}/delete/{number}")
    _changes_of_rights(caller, admin, role_id, after)
    made = Scoped(role_id, user_id, client)
    _over_rest(caller, admin, bearer(token))
    return made


def _token(caller: Caller, label: str, client: Client) -> str:
    return str(caller.call(label, "POST", TOKEN, data=client.request()).json()["access_token"])


def _scoped_calls(caller: Caller, auth: dict[str, str]) -> None:
    caller.call("scoped: users/self", "GET", "/api/users/self", headers=auth)
    caller.call("scoped: list contacts", "GET", "/api/contacts?limit=1", headers=auth)
    for name in ("users", "roles", "campaigns"):
        caller.call(f"scoped: list {name}", "GET", f"/api/{name}", headers=auth)
    new = {"email": "s@example.com"}
    caller.call("scoped: contact new", "POST", "/api/contacts/new", headers=auth, json=new)
    caller.call("scoped: contact delete", "DELETE", "/api/contacts/2/delete", headers=auth)


def _changes_of_rights(caller: Caller, admin: Visitor, role_id: int, auth: dict[str, str]) -> None:
    """The same token, before and after every change of its role."""
    edit = f"/s/roles/edit/{role_id}"
    fill_role(admin, "role edit, default rights", edit, role_fields(ROLE, DEFAULT))
    admin.open("role edit, default rights reopened", edit)
    caller.call("default rights: users/self", "GET", "/api/users/self", headers=auth)
    for name in (*_ALLOWED, *_FORBIDDEN):
        path = f"/api/{name}?limit=1"
        caller.call(f"default rights: list {name}", "GET", path, headers=auth)
    _emails(caller, auth)
    for kind in ("roles", "users"):
        path = f"/api/{kind}/1/delete"
        caller.call(f"default rights: {kind} delete", "DELETE", path, headers=auth)
        path = f"/api/{kind}/1"
        caller.call(f"default rights: {kind} show", "GET", path, headers=auth)
    own = {"lead:leads": ["viewown"], "campaign:campaigns": ["viewown"]}
    fill_role(admin, None, edit, role_fields(ROLE, own))
    caller.call("own alone: list contacts", "GET", "/api/contacts?limit=1", headers=auth)
    caller.call("own alone: contact", "GET", "/api/contacts/2", headers=auth)
    fill_role(admin, "role edit, nothing ticked", edit, role_fields(ROLE))
    admin.open("role edit, nothing ticked, reopened", edit)
    caller.call("nothing ticked: users/self", "GET", "/api/users/self", headers=auth)
    caller.call("nothing ticked: list contacts", "GET", "/api/contacts", headers=auth)
    fill_role(admin, "role edit, admin again", edit, role_fields(ROLE, admin=True))
    caller.call("admin again: users/self", "GET", "/api/users/self", headers=auth)
    odd_rights(admin, role_id)
    fill_role(admin, "role edit, saved and closed", edit, role_fields(ROLE, SCOPED), "save")


def _emails(caller: Caller, auth: dict[str, str]) -> None:
    """E-mails may be made and changed, but not deleted."""
    new = {"name": "Hello", "subject": "Hi", "customHtml": "<p>x</p>", "emailType": "template"}
    caller.call("scoped: email new", "POST", "/api/emails/new", headers=auth, json=new)
    change = {"subject": "Hi again"}
    caller.call("scoped: email edit", "PATCH", "/api/emails/1/edit", headers=auth, json=change)
    caller.call("scoped: email", "GET", "/api/emails/1", headers=auth)
    caller.call("scoped: list emails, one", "GET", "/api/emails?limit=1", headers=auth)
    caller.call("scoped: email delete", "DELETE", "/api/emails/1/delete", headers=auth)
    caller.call("scoped: email, unknown", "GET", "/api/emails/999", headers=auth)


def _over_rest(caller: Caller, admin: Visitor, auth: dict[str, str]) -> None:
    """Roles and users made, changed and deleted through REST."""
    role = {"name": "REST role", "isAdmin": True}
    made = caller.call("role new", "POST", "/api/roles/new", headers=auth, json=role)
    caller.call("role new, no name", "POST", "/api/roles/new", headers=auth, json={})
    strange = {"name": "x", "rawPermissions": {"lead:leads": ["nope"]}}
    caller.call("role new, strange level", "POST", "/api/roles/new", headers=auth, json=strange)
    role_id = made.json()["role"]["id"]
    user = _user(role_id, STRONG)
    weak = _user(role_id, "mautic")
    caller.call("user new, weak password", "POST", "/api/users/new", headers=auth, json=weak)
    made = caller.call("user new", "POST", "/api/users/new", headers=auth, json=user)
    user_id = made.json()["user"]["id"]
    caller.call("user new, taken", "POST", "/api/users/new", headers=auth, json=user)
    demotion = {"name": role["name"], "isAdmin": False, "rawPermissions": DEFAULT}
    path = f"/api/roles/{role_id}"
    caller.call("role demoted", "PATCH", f"{path}/edit", headers=auth, json=demotion)
    admin.open("role edit, demoted through REST", f"/s/roles/edit/{role_id}")
    words = {"description": "<b>In</b> other words"}
    caller.call("role edit, locked", "PATCH", f"{path}/edit", headers=auth, json=words)
    admin.open("role edit, changed through REST without boxes", f"/s/roles/edit/{role_id}")
    admin.submit(None, "role", {}, "cancel")
    basic = httpx.BasicAuth(user["username"], STRONG)
    caller.call("users/self, basic auth of a user", "GET", "/api/users/self", auth=basic)
    caller.call("user, made over REST", "GET", f"/api/users/{user_id}", headers=auth)
    off = {"isPublished": False}
    path_of_user = f"/api/users/{user_id}"
    caller.call("user disabled", "PATCH", f"{path_of_user}/edit", headers=auth, json=off)
    caller.call("users/self, basic auth of a disabled user", "GET", "/api/users/self", auth=basic)
    caller.call("role delete, with a user", "DELETE", f"{path}/delete", headers=auth)
    caller.call("user delete", "DELETE", f"{path_of_user}/delete", headers=auth)
    caller.call("role delete", "DELETE", f"{path}/delete", headers=auth)
    caller.call("role delete, unknown", "DELETE", "/api/roles/999/delete", headers=auth)
    for name in ("users", "roles"):
        caller.call(f"list {name}, several", "GET", f"/api/{name}", headers=auth)
    rights = {"api:clients": ["full"], "api:access": ["full"]}
    role = {"name": "Makes clients", "isAdmin": False, "rawPermissions": rights}
    made = caller.call("role new, limited", "POST", "/api/roles/new", headers=auth, json=role)
    user = _user(made.json()["role"]["id"], STRONG, _LIMITED)
    caller.call("user new, limited", "POST", "/api/users/new", headers=auth, json=user)


def client_of_limited_user(target: Target, seen: Seen, caller: Caller) -> None:
    """A user without admin role may make clients, but not such as can log in for themselves."""
    with Visitor(target, seen) as visitor:
        visitor.open(None, "/s/credentials/new")
        visitor.log_in(None, _LIMITED, STRONG)
        client = Client.on_page(make_client(visitor, "limited", "credential of a limited user"))
        caller.call("token, limited user's client", "POST", TOKEN, data=client.request())
        visitor.open("credentials list as limited user", "/s/credentials?search=limited")
        visitor.open("account of a limited user", "/s/account")
        visitor.submit("account of a limited user, saved", "user", {}, "save")


def _user(role_id: int, password: str, name: str = "apiuser") -> dict[str, Any]:
    return {
        "username": name,
        "firstName": "Over",
        "lastName": "REST",
        "email": f"{name}@example.com",
        "plainPassword": {"password": password, "confirm": password},
        "role": role_id,
    }
