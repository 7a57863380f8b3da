"""The walk's steps on roles and users: made, refused, changed and emptied through the admin UI."""

import re

from contract import page_facts
from contract.walk import Changes, Seen, Visitor

Rights = dict[str, list[str]]
STRONG = "x9-Api_User_Strong"
STRONGER = "x9-New_User_Stronger"
WEAK = "mauticmautic"
SCOPED: Rights = {"lead:leads": ["viewown", "viewother", "editown", "editother", "create"]}
DEFAULT: Rights = {
    **SCOPED,
    "lead:lists": ["viewown", "viewother"],
    "campaign:campaigns": ["viewown", "viewother"],
    "email:emails": ["viewown", "viewother", "editown", "editother", "create"],
}
"""What this project asks for by default."""

ROLE = "Recorded API role"
USER = "rec-api"
_TOO_LONG = "r" * 300
_PASSWORDS = ("user[plainPassword][password]", "user[plainPassword][confirm]")


def entity_id(visitor: Visitor, form: str) -> int:
    """Return the id of what the present page edits."""
    found = re.search(r"/edit/(\d+)$", page_facts.form_action(visitor.html, form))
    assert found, f"the page edits no {form}"
    return int(found[1])


def passwords(first: str, second: str | None = None) -> dict[str, str]:
    """Return the two password fields; the same in both unless said otherwise."""
    return dict(zip(_PASSWORDS, (first, first if second is None else second), strict=True))


def user_fields(username: str, role_id: int, **more: str) -> dict[str, str]:
    """Return what the form of a new user is filled with."""
    return {
        "user[firstName]": "Rec",
        "user[lastName]": "API",
        "user[role]": str(role_id),
        "user[username]": username,
        "user[email]": f"{username.removesuffix('-api')}@example.com",
        **passwords(STRONG),
        **{f"user[{name}]": value for name, value in more.items()},
    }


def role_fields(name: str, rights: Rights | None = None, *, admin: bool = False) -> Changes:
    """Return what a role form is filled with."""
    ticked = {f"role[permissions][{box}][]": levels for box, levels in (rights or {}).items()}
    return {"role[name]": name, "role[isAdmin]": str(int(admin)), **ticked}


def fill_role(
    visitor: Visitor, label: str | None, path: str, fields: Changes, button: str = "apply"
) -> None:
    """Open a role form, tick the boxes named and no other, press a button."""
    visitor.open(None, path)
    changes: dict[str, str | list[str] | None] = dict.fromkeys(page_facts.boxes(visitor.html))
    visitor.submit(label, "role", {**changes, **fields}, button)


def fill_user(
    visitor: Visitor, label: str | None, path: str, fields: Changes, button: str = "apply"
) -> None:
    """Open a user form, fill it, press a button."""
    visitor.open(None, path)
    visitor.submit(label, "user", fields, button)


def make_role(visitor: Visitor, seen: Seen) -> int:
    """Refused tries, then an admin's role; return its id."""
    new = "/s/roles/new"
    seen.boxes["role new"] = page_facts.boxes(visitor.open("role new", new))
    strange = {"nope:nope": ["view"]}
    refused: dict[str, Changes] = {
        "role new, empty submitted": role_fields("", SCOPED),
        "role new, bad token": {**role_fields(ROLE), "role[_token]": "nonsense"},
        "role new, strange field": {**role_fields(ROLE), "role[stray]": "1"},
        "role new, strange permission": role_fields(ROLE, strange),
        "role new, strange level": role_fields(ROLE, {"lead:leads": ["nope"]}),
        "role new, box Mautic cannot save": role_fields(
            ROLE, {"tagManager:tagManager": ["publish"]}
        ),
        "role new, name too long": role_fields(_TOO_LONG),
    }
    for label, fields in refused.items():
        fill_role(visitor, label, new, fields)
    fill_role(visitor, "role new, cancelled", new, role_fields(ROLE), "cancel")
    fill_role(visitor, "role after Apply", new, role_fields(ROLE, admin=True))
    return entity_id(visitor, "role")


def make_user(visitor: Visitor, role_id: int) -> int:
    """Refused tries, then a user with the role; return its id."""
    new = "/s/users/new"
    visitor.open("user new", new)
    good = user_fields(USER, role_id)
    refused: dict[str, Changes] = {
        "user new, empty submitted": {"user[username]": "", "user[firstName]": "", **passwords("")},
        "user new, no names": {"user[username]": "", "user[firstName]": "", "user[lastName]": ""},
        "user new, weak password": passwords("mautic"),
        "user new, passwords differ": passwords(STRONG, STRONGER),
        "user new, bad email": {"user[email]": "not-an-email"},
        "user new, unknown role": {"user[role]": "999"},
        "user new, no role": {"user[role]": None},
        "user new, bad token": {"user[_token]": "nonsense"},
        "user new, strange field": {"user[stray]": "1"},
        "user new, name too long": {"user[username]": _TOO_LONG},
    }
    for label, wrong in refused.items():
        fill_user(visitor, label, new, {**good, **wrong})
    fill_user(visitor, "user new, cancelled", new, good, "cancel")
    fill_user(visitor, "user after Apply", new, good)
    user_id = entity_id(visitor, "user")
    fill_user(visitor, "user new, taken", new, good)
    visitor.open("roles list", "/s/roles")
    visitor.open("users list", "/s/users")
    return user_id


def change_role(visitor: Visitor, role_id: int) -> None:
    """A role is demoted, and tries that are refused without a word."""
    edit = f"/s/roles/edit/{role_id}"
    fill_role(visitor, "role demoted", edit, role_fields(ROLE, SCOPED))
    visitor.open("role edit, reopened", edit)
    for label, fields in {
        "role edit, no name": role_fields("", DEFAULT),
        "role edit, bad token": {**role_fields(ROLE, DEFAULT), "role[_token]": "nonsense"},
        "role edit, strange field": {**role_fields(ROLE, DEFAULT), "role[stray]": "1"},
        "role edit, strange level": role_fields(ROLE, {"lead:leads": ["nope"]}),
    }.items():
        fill_role(visitor, label, edit, fields)
    visitor.open("role edit, after refusals", edit)


def odd_rights(visitor: Visitor, role_id: int) -> None:
    """What Mautic adds to, and makes of, boxes that were ticked; each is read back from a fresh page."""
    edit = f"/s/roles/edit/{role_id}"
    for what, rights in {
        "what others need": {"lead:leads": ["deleteother"], "user:users": ["edit"]},
        "fields alone": {"lead:fields": ["view"]},
        "segments with all of contacts": {
            "lead:leads": ["viewown", "viewother", "full"],
            "lead:lists": ["viewown"],
        },
        "everything of three": {name: ["full"] for name in DEFAULT},
        "a box twice": {"lead:leads": ["viewown", "viewown"]},
        "categories first": {"email:categories": ["edit"], "email:emails": ["viewown"]},
        "two that see": {"page:pages": ["viewown"], "page:preference_center": ["viewown"]},
        "API clients": {"api:clients": ["edit"], "api:access": ["full"]},
    }.items():
        fill_role(visitor, None, edit, role_fields(ROLE, rights))
        visitor.open(f"role edit, {what}", edit)
    fill_role(visitor, "role edit, cancelled", edit, role_fields("never"), "cancel")


def log_in(visitor: Visitor, label: str | None, page: str, username: str, password: str) -> None:
    """Ask for a page without a session, and log in there."""
    visitor.open(None, page)
    visitor.log_in(label, username, password)
