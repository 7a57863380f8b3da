"""Roles: list, new, edit, delete.

Source: `UserBundle/Controller/RoleController.php`, `UserBundle/Form/Type/RoleType.php`; live 5.1.0 and 7.0.0 for
every text, title, redirect and status. Odd, and so there: an edit that is refused says nothing at all, and
the page of a refused new role has no token, so that it cannot be posted again.
"""

import re
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from mautic_bootstrap.rehearsal.database import Row
from mautic_bootstrap.rehearsal.http import Response, redirect
from mautic_bootstrap.rehearsal.model import locks, people, permissions, roles, search, stamps
from mautic_bootstrap.rehearsal.model.permissions import Ticked, UnknownPermissionError
from mautic_bootstrap.rehearsal.pages import forms, lists, locking
from mautic_bootstrap.rehearsal.pages.site import Visit

_LIST = "/s/roles"
_LONGEST_NAME = 191
_BOXES = re.compile(r"role\[permissions\]\[([^\]]+)\]\[\]")
_OWN_FIELDS = [f"role[{name}]" for name in ("name", "description", "isAdmin")]
_LOCK_FIELDS = ["role[unlockModel]", "role[unlockId]"]


def show_list(visit: Visit, number: int) -> Response:
    """Show one page of the list."""
    site = visit.site
    page = lists.one_page(visit, "role", number, roles.everyone(site.database), _found)
    if isinstance(page, Response):
        return page
    rows = [
        {
            **row,
            "count": _count(visit, row["users"]),
            "users_search": f"role:%26quot;{quote(row['name'], safe=':/')}%26quot;",
        }
        for row in page.rows
    ]
    return site.page("roles_list.html.j2", site.texts("roles"), visit.session, rows=rows, page=page)


def _found(text: str, row: Row) -> bool:
    is_it = ("admin",) if row["is_admin"] else ()
    columns = {"name": row["name"], "description": row["description"]}
    return search.matches(text, columns, {"name": row["name"], "is": is_it, "ids": row["id"]})


def _count(visit: Visit, users: int) -> str:
    keys = {0: "no_users", 1: "one_user"}
    return visit.site.texts(keys.get(users, "many_users"), count=users)


def show_new(visit: Visit) -> Response:
    """Show the empty form."""
    return _render(visit, None, {"name": "", "description": "", "is_admin": 0}, {})


def create(visit: Visit) -> Response:
    """Make a role; the answer is its edit page, at the URL of the new one."""
    site = visit.site
    post, values, ticked = _read(visit, [])
    if post.button == "cancel":
        return redirect(_LIST)
    errors = _errors(visit, values, ticked)
    if post.errors or errors:
        return _render(visit, None, values, ticked or {}, {**errors, "": post.errors})
    columns = {**values, **stamps.created(visit.author, site.version)}
    if len(values["name"]) > _LONGEST_NAME:
        return site.crashed()
    try:
        role_id = roles.make(site.database, columns, ticked, site.version.key, api_on=visit.api_on)
    except UnknownPermissionError:
        return site.crashed()
    link = visit.named(f"{_LIST}/edit/{role_id}", values["name"])
    visit.flash("new_created", name=link)
    if post.button == "save":
        return redirect(_LIST)
    locks.take(site.database, "roles", role_id, visit.author)
    return _render_saved(visit, role_id)


def show_edit(visit: Visit, role_id: int) -> Response:
    """Show a role, and check it out."""
    row = _editable(visit, role_id)
    if isinstance(row, Response):
        return row
    locks.take(visit.site.database, "roles", role_id, visit.author)
    return _render_saved(visit, role_id)


def change(visit: Visit, role_id: int) -> Response:  # noqa: PLR0911  # one return per answer
    """Save a role, or show it again without a word where that is refused."""
    site = visit.site
    row = _editable(visit, role_id)
    if isinstance(row, Response):
        return row
    post, values, ticked = _read(visit, _LOCK_FIELDS)
    if post.button == "cancel":
        locks.release(site.database, "roles", role_id)
        return redirect(lists.way_back(visit, "role"))
    if post.errors or _errors(visit, values, ticked):
        return _render(visit, row, {**row, **values}, _granted(visit, role_id))
    if len(values["name"]) > _LONGEST_NAME:
        return site.crashed()
    before = _granted(visit, role_id)
    done = locks.FREE if post.button == "save" else {}
    columns = {**values, **stamps.changed(visit.author), **done}
    try:
        roles.change(site.database, row, columns, ticked, site.version.key, api_on=visit.api_on)
    except UnknownPermissionError:
        return site.crashed()
    visit.flash("updated", name=visit.named(f"{_LIST}/edit/{role_id}", values["name"]))
    if post.button == "save":
        return redirect(lists.way_back(visit, "role"))
    # Where nothing is granted any more this page still ticks what was; only a fresh one is right.
    row = {**row, **columns}
    return _render(visit, row, row, _granted(visit, role_id) or before)


def delete(visit: Visit, role_id: int) -> Response:
    """Delete a role on a POST, unless a user holds it; a client that refers to it makes Mautic fail."""
    database = visit.site.database
    back = redirect(lists.way_back(visit, "role"))
    if not visit.posted:
        return back
    row = people.role_row(database, role_id)
    if row is None:
        return _not_found(visit, str(role_id))
    locked = locking.refusal(visit, "role", row, row["name"])
    if locked is not None:
        return locked
    if roles.users_of(database, role_id):
        visit.flash("role_in_use", error=True, name=escape(row["name"]))
        return back
    if roles.clients_of(database, role_id):
        return visit.site.crashed()
    roles.remove(database, role_id)
    visit.flash("deleted", name=Markup("<strong>{}</strong>").format(row["name"]))
    return back


def _editable(visit: Visit, role_id: int) -> Row | Response:
    """Return a role to edit; or the way back where there is none, or somebody else has it."""
    row = people.role_row(visit.site.database, role_id)
    if row is None:
        return _not_found(visit, f"{role_id}%")  # the sign is a slip of Mautic's
    return locking.refusal(visit, "role", row, row["name"]) or row


def _read(visit: Visit, hidden: list[str]) -> tuple[forms.Submission, Row, Ticked | None]:
    """Read the form: the post, the role's columns, and the ticked boxes (None where there are none)."""
    bundles = permissions.bundles(visit.site.version.key, api_on=visit.api_on)
    boxes = [f"role[permissions][{name}][]" for bundle in bundles for name in bundle.permissions]
    groups = [f"role[permissions][{bundle.name}]" for bundle in bundles]
    fields = [*_OWN_FIELDS, *hidden, *boxes, *groups]
    post = forms.read(visit.request, visit.session, visit.site.texts, "role", fields)
    ticked = {m[1]: v for name, v in post.values.items() if (m := _BOXES.fullmatch(name))}
    values = {
        "name": forms.without_tags(post.one("role[name]")),
        "description": post.one("role[description]").strip() or None,
        "is_admin": int(post.one("role[isAdmin]") == "1"),
    }
    return post, values, ticked or None


def _errors(visit: Visit, values: Row, ticked: Ticked | None) -> dict[str, list[str]]:
    """Return what is wrong, by field."""
    known = permissions.levels(visit.site.version.key, api_on=visit.api_on)
    errors: dict[str, list[str]] = {}
    if not values["name"]:
        errors["name"] = [visit.site.texts("name_required")]
    if any(set(row) - known[name] for name, row in (ticked or {}).items() if name in known):
        errors["permissions"] = [visit.site.version.choice_refusal]
    return errors


def _granted(visit: Visit, role_id: int) -> Ticked:
    """Return the boxes of a role as the form ticks them: what is granted, not what was asked for."""
    role = people.role(visit.site.database, role_id)
    return permissions.shown(role.rights, visit.site.version.key)


def _render_saved(visit: Visit, role_id: int) -> Response:
    row = people.role_row(visit.site.database, role_id) or {}
    return _render(visit, row, row, _granted(visit, role_id))


def _render(
    visit: Visit,
    row: Row | None,
    values: dict[str, Any],
    ticked: Ticked,
    errors: dict[str, list[str]] | None = None,
) -> Response:
    """Show the form.

    Args:
        visit: The request.
        row: The role as it is; None for a new one.
        values: What the fields show.
        ticked: The boxes that are ticked.
        errors: What is wrong, by field; under an empty name with the post as a whole.
    """
    texts, version = visit.site.texts, visit.site.version
    return visit.site.page(
        "role_form.html.j2",
        texts("role_new") if row is None else texts("role_edit", name=values["name"]).strip(),
        visit.session,
        role=row,
        action=f"{_LIST}/new" if row is None else f"{_LIST}/edit/{row['id']}",
        values=values,
        bundles=permissions.bundles(version.key, api_on=visit.api_on),
        ticked=ticked,
        errors={"": [], "name": [], "permissions": [], **(errors or {})},
        refused=errors is not None,
        token=visit.session.token("role"),
    )


def _not_found(visit: Visit, shown_id: str) -> Response:
    name = Markup("<strong>{}</strong>").format(shown_id)
    visit.flash("role_not_found", error=True, name=name)
    return redirect(lists.way_back(visit, "role"))
