"""The walk's steps with two admins: edit locks, other people's passwords, one's own, and what is deleted."""

from contract.targets import Target
from contract.walk import Caller, Seen, Visitor
from contract.walk_people import (
    STRONG,
    STRONGER,
    USER,
    WEAK,
    fill_role,
    fill_user,
    log_in,
    passwords,
    role_fields,
    user_fields,
)

_BOSS = "boss"


def two_admins(target: Target, seen: Seen, admin: Visitor, role_id: int, user_id: int) -> None:
    """A second admin runs into what the first one edits, and the other way round."""
    boss = {"user[firstName]": "Second", "user[lastName]": "Boss"}
    fields = {**user_fields(_BOSS, 1, position="Managed by hand"), **boss}
    fill_user(admin, "user new, saved and closed", "/s/users/new", fields, "save")
    edit = f"/s/roles/edit/{role_id}"
    with Visitor(target, seen) as other:
        log_in(other, None, "/s/account", _BOSS, STRONG)
        admin.open(None, edit)
        other.open("role edit, locked", edit)
        other.open("role edit, locked, from a page", edit, referer="/s/roles?search=")
        other.post("role edit, locked, posted", edit)
        other.post("role edit, locked, posted from its page", edit, referer=edit)
        other.post("role deleted, locked", f"/s/roles/delete/{role_id}")
        admin.submit("role edit, saved by who has it", "role", {})
        other.open("role edit, locked after Apply", edit)
        admin.submit(None, "role", {}, "save")
        other.open("role edit, free after Save & Close", edit)
        admin.open("role edit, locked by the other", edit)
        unlock = f"/s/action/unlock/user.role/{role_id}?returnUrl=/s/roles&name=Its+name"
        admin.open("role unlocked", unlock)
        admin.open("role edit, after unlocking", edit)
        admin.submit("role edit, cancelled by who has it", "role", {}, "cancel")
        other.open("role edit, free after Cancel", edit)
        other.submit(None, "role", {}, "cancel")
        _locked_user(admin, other, user_id)
        _own_account(target, seen, other)


def _locked_user(admin: Visitor, other: Visitor, user_id: int) -> None:
    edit = f"/s/users/edit/{user_id}"
    admin.open(None, edit)  # made, and so held, by the admin
    admin.submit("user edit, cancelled by who has it", "user", {}, "cancel")
    other.open("user edit, free after Cancel", edit)
    admin.open("user edit, locked", edit)
    admin.post("user deleted, locked", f"/s/users/delete/{user_id}")
    other.submit("user edit, cancelled", "user", {}, "cancel")


def _own_account(target: Target, seen: Seen, boss: Visitor) -> None:
    """One's own password: the session that changes it lives on, others of the same user end."""
    with Visitor(target, seen) as elsewhere:
        log_in(elsewhere, None, "/s/account", _BOSS, STRONG)
        boss.open("account", "/s/account")
        for label, fields in {
            "account, weak password": passwords(WEAK),
            "account, passwords differ": passwords(STRONGER, STRONG),
            "account, no name": {"user[firstName]": ""},
            "account, bad token": {"user[_token]": "nonsense"},
        }.items():
            boss.open(None, "/s/account")
            boss.submit(label, "user", fields, "save")
        boss.open(None, "/s/account")
        boss.submit("account, new password", "user", passwords(STRONGER), "save")
        boss.open("page after one's own new password", "/s/roles")
        elsewhere.open("page of another session after that", "/s/roles")
        elsewhere.log_in("login refused, former password", _BOSS, STRONG)
    boss.open(None, "/s/account")
    boss.submit("account, cancelled", "user", passwords(STRONG), "cancel")


def users_by_another(target: Target, seen: Seen, admin: Visitor, user_id: int) -> None:
    """What an admin changes of a user who is logged in, and what that user's session makes of it."""
    edit = f"/s/users/edit/{user_id}"
    with Visitor(target, seen) as user:
        log_in(user, "account of a demoted user", "/s/account", USER, STRONG)
        admin.open("user edit", edit)
        for label, fields in {
            "user edit, weak password": passwords(WEAK),
            "user edit, passwords differ": passwords(STRONG, STRONGER),
            "user edit, taken": {"user[username]": _BOSS},
            "user edit, no name": {"user[firstName]": ""},
        }.items():
            fill_user(admin, label, edit, fields)
        user.open("page after refused changes", "/s/account")
        fill_user(admin, "user edit, new password", edit, passwords(STRONGER))
        user.open("page after another changed the password", "/s/account")
        user.log_in("login, new password", USER, STRONGER)
        fill_user(admin, "user edit, unpublished", edit, {"user[isPublished]": "0"})
        user.open("page of an unpublished user", "/s/account")
        user.log_in("login refused, disabled account", USER, STRONGER)
        fill_user(admin, "user edit, published again", edit, {"user[isPublished]": "1"}, "save")
        user.open(None, "/s/account")
        user.log_in("login, published again", USER, STRONGER)


def deletions(admin: Visitor, role_id: int, user_id: int, client_id: int) -> None:
    """A role goes only after the users that hold it and the clients that refer to it."""
    for kind, nobody in (("roles", "role"), ("users", "user")):
        admin.open(f"{nobody} edit, unknown", f"/s/{kind}/edit/999")
        admin.open(f"{nobody} delete, opened", f"/s/{kind}/delete/{role_id}")
        admin.post(f"{nobody} deleted, unknown", f"/s/{kind}/delete/999")
    role = f"/s/roles/delete/{role_id}"
    admin.post("role deleted, with a user", role)
    admin.post("user deleted, oneself", "/s/users/delete/1")
    fill_user(
        admin, "user edit, another role", f"/s/users/edit/{user_id}", {"user[role]": "1"}, "save"
    )
    admin.post("role deleted, with a client", role)
    admin.post(None, f"/s/credentials/delete/{client_id}")
    admin.post("role deleted", role)
    admin.post("user deleted", f"/s/users/delete/{user_id}")


def many_roles(admin: Visitor, caller: Caller, auth: dict[str, str]) -> None:
    """More roles than a page of the list shows, searched and paged through."""
    names = ["mautic-bootstrap: app", "mautic-bootstrap: app (next 20260102T0304Z)"]
    names += ["a <b>\"x\"</b> & 'y'", *(f"page{number:02d}" for number in range(33, 0, -1))]
    for name in names:
        role = {"name": name, "description": "Managed", "isAdmin": False}
        caller.call(None, "POST", "/api/roles/new", headers=auth, json=role)
    searches = {
        "a name with a colon": "mautic-bootstrap:+app",
        "the same in quotes": '"mautic-bootstrap:+app"',
        "part of it": "mautic-bootstrap",
        "brackets": "app+(next+20260102T0304Z)",
        "in capitals": "AGE07",
        "exactly": "%2Bpage07",
        "a command": "name:page07",
        "admins": "is:admin",
        "by description": "Managed",
        "nothing found": "nothinglikeit",
    }
    for what, search in searches.items():
        admin.open(f"roles list, searched, {what}", f"/s/roles?search={search}")
    for what, path in {
        "search remembered": "/s/roles",
        "page 1": "/s/roles?search=",
        "page 2": "/s/roles/2",
        "page beyond": "/s/roles/9",
        "limit alone": "/s/roles?limit=100",
        "limit by name": "/s/roles?limit=100&name=role",
        "limit remembered": "/s/roles",
        "page beyond by the limit": "/s/roles/2",
    }.items():
        admin.open(f"roles list, {what}", path)
    admin.post("role deleted, unknown, from a page", "/s/roles/delete/999")
    for what, search in {
        "by name": "boss",
        "by address": "boss@example.com",
        "by both names": '"Boss,+Second"',
        "by role": 'role:"Administrator"',
        "nothing found": "mautic-bootstrap-nobody",
        "everybody": "",
    }.items():
        admin.open(f"users list, searched, {what}", f"/s/users?search={search}")
    admin.open("credentials list, searched with a colon", "/s/credentials?search=recorded:+x")
    admin.open(None, "/s/credentials?search=")
    fill_role(admin, "role new, saved and closed", "/s/roles/new", role_fields("Zed"), "save")
    admin.open(None, "/s/roles?search=Zed")
