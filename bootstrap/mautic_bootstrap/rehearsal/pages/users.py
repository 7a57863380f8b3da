"""Users: list, new, edit, delete.

Source: `UserBundle/Controller/UserController.php`; live 5.1.0 and 7.0.0 for every text, title, redirect and status.
"""

from datetime import UTC, datetime

from markupsafe import Markup

from mautic_bootstrap.rehearsal.database import Row, insert, query, update
from mautic_bootstrap.rehearsal.http import Response, redirect
from mautic_bootstrap.rehearsal.model import locks, people, search, stamps
from mautic_bootstrap.rehearsal.pages import lists, locking, user_form
from mautic_bootstrap.rehearsal.pages.site import Visit

_LIST = "/s/users"


def show_list(visit: Visit, number: int) -> Response:
    """Show one page of the list."""
    site = visit.site
    page = lists.one_page(visit, "user", number, people.everyone(site.database), _found)
    if isinstance(page, Response):
        return page
    rows = [
        {**row, "seen": _seen(row["last_login"]), "status": _status(row, visit)}
        for row in page.rows
    ]
    return site.page("users_list.html.j2", site.texts("users"), visit.session, rows=rows, page=page)


def _found(text: str, row: Row) -> bool:
    names = ("username", "email", "first_name", "last_name", "position", "role")
    commands = {
        **{name: row[name] for name in ("username", "email", "position", "role")},
        "name": name_of(row),
        "is": ("published",) if row["is_published"] else ("unpublished",),
        "ids": row["id"],
    }
    return search.matches(text, {name: row[name] for name in names}, commands)


def _status(row: Row, visit: Visit) -> str | None:
    """Return what the icon before a name says; oneself one cannot lock out, and so has none."""
    if row["id"] == visit.user["id"]:
        return None
    return "published" if row["is_published"] else "unpublished"


def _seen(last_login: str | None) -> str:
    """Return a last login as the list tells it; of other days than today the date alone."""
    if last_login is None:
        return ""
    then = datetime.fromisoformat(last_login)
    if then.date() != datetime.now(UTC).date():
        return f"{then:%B} {then.day}, {then.year}"
    return f"Today, {then.hour % 12 or 12}:{then:%M} {'am' if then.hour < 12 else 'pm'}"


def name_of(row: Row) -> str:
    """Return a user's name."""
    return f"{row['first_name']} {row['last_name']}"


def show_new(visit: Visit) -> Response:
    """Show the empty form."""
    return _render_new(visit, user_form.empty(visit))


def create(visit: Visit) -> Response:
    """Make a user; the answer is its edit page, at the URL of the new one."""
    site = visit.site
    entry = user_form.read(visit, None)
    if entry.post.button == "cancel":
        return redirect(_LIST)
    if user_form.crashes(visit, entry):
        return site.crashed()
    if entry.refused:
        return _render_new(visit, entry.values, entry)
    columns = {**entry.columns, **stamps.created(visit.author, site.version)}
    user_id = insert(site.database, "users", columns)
    _say(visit, "new_created", user_id, columns)
    if entry.post.button == "save":
        return redirect(_LIST)
    locks.take(site.database, "users", user_id, visit.author)
    return _render_saved(visit, user_id)


def show_edit(visit: Visit, user_id: int) -> Response:
    """Show a user, and check it out."""
    row = people.user(visit.site.database, user_id)
    if row is None:
        return _nobody(visit, user_id)
    locked = locking.refusal(visit, "user", row, name_of(row))
    if locked is not None:
        return locked
    locks.take(visit.site.database, "users", user_id, visit.author)
    return _render_saved(visit, user_id)


def change(visit: Visit, user_id: int) -> Response:
    """Save a user, or show it again with what is wrong."""
    row = people.user(visit.site.database, user_id)
    if row is None:
        return _nobody(visit, user_id)
    locked = locking.refusal(visit, "user", row, name_of(row))
    if locked is not None:
        return locked
    entry = user_form.read(visit, row)
    if entry.post.button == "cancel":
        locks.release(visit.site.database, "users", user_id)
        return redirect(lists.way_back(visit, "user"))
    if entry.refused:
        lose_identity(visit, row, entry)
        return _render(visit, row, entry.values, entry)
    done = locks.FREE if entry.post.button == "save" else {}
    columns = {**entry.columns, **stamps.changed(visit.author), **done}
    save(visit, row, columns)
    _say(visit, "updated", user_id, columns)
    if entry.post.button == "save":
        return redirect(lists.way_back(visit, "user"))
    return _render_saved(visit, user_id)


def save(visit: Visit, row: Row, columns: Row) -> None:
    """Save a user; the session that changes its own user lives on, that user's other sessions do not."""
    update(visit.site.database, "users", row["id"], columns)
    if row["id"] == visit.user["id"]:
        visit.session.identity = people.identity({**row, **columns})


def lose_identity(visit: Visit, row: Row, entry: user_form.Entry) -> None:
    """End a session whose own user was given another name in vain: it is no user's any more."""
    if (
        row["id"] == visit.user["id"]
        and entry.values.get("username", row["username"]) != row["username"]
    ):
        visit.session.identity = ""


def delete(visit: Visit, user_id: int) -> Response:
    """Delete a user on a POST; nobody can delete themselves."""
    back = redirect(lists.way_back(visit, "user"))
    if not visit.posted:
        return back
    if user_id == visit.user["id"]:
        visit.flash("not_oneself", error=True)
        return back
    row = people.user(visit.site.database, user_id)
    if row is None:
        return _not_found(visit, user_id)
    locked = locking.refusal(visit, "user", row, name_of(row))
    if locked is not None:
        return locked
    query(visit.site.database, "DELETE FROM users WHERE id = ?", user_id)
    visit.flash("deleted", name=Markup("<strong>{}</strong>").format(name_of(row)))
    return back


def _render_saved(visit: Visit, user_id: int) -> Response:
    row = people.user(visit.site.database, user_id) or {}
    return _render(visit, row, row)


def _render(visit: Visit, row: Row, values: Row, entry: user_form.Entry | None = None) -> Response:
    title = visit.site.texts("user_edit", name=name_of(values).strip())
    action = f"{_LIST}/edit/{row['id']}"
    return user_form.render(visit, row, values, title=title, action=action, entry=entry)


def _render_new(visit: Visit, values: Row, entry: user_form.Entry | None = None) -> Response:
    title, action = visit.site.texts("user_new"), f"{_LIST}/new"
    return user_form.render(visit, None, values, title=title, action=action, entry=entry)


def _say(visit: Visit, text: str, user_id: int, columns: Row) -> None:
    visit.flash(text, name=visit.named(f"{_LIST}/edit/{user_id}", name_of(columns)))


def _nobody(visit: Visit, user_id: int) -> Response:
    """Answer to an edit of a user who is not there."""
    if visit.site.version.edit_of_nobody_crashes:
        return visit.site.crashed()
    return _not_found(visit, user_id, _LIST)


def _not_found(visit: Visit, user_id: int, back: str = "") -> Response:
    name = Markup("<strong>{}</strong>").format(user_id)
    visit.flash("user_not_found", error=True, name=name)
    return redirect(back or lists.way_back(visit, "user"))
