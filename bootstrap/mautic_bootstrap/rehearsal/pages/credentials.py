"""API credentials: list, new, edit, delete.

Source: `ApiBundle/Controller/ClientController.php`; live 5.1.0 and 7.0.0 for every text, title, redirect and
the list's odd ways (5.1.0 shows every client on every page, whatever is searched for).
"""

import math
import re
from typing import Any

from markupsafe import escape

from mautic_bootstrap.rehearsal.database import Row
from mautic_bootstrap.rehearsal.http import Response, redirect
from mautic_bootstrap.rehearsal.model import clients, search, stamps
from mautic_bootstrap.rehearsal.pages import forms
from mautic_bootstrap.rehearsal.pages.site import Visit

_PER_PAGE = 30
_LIST = "/s/credentials"
_LONGEST_NAME = 191
_URI = re.compile(r"[0-9a-z].*://\S*", re.IGNORECASE)


def show_list(visit: Visit, page: int) -> Response:
    """Show one page of the list."""
    site, session, version = visit.site, visit.session, visit.site.version
    listing = session.listing("client")
    listing.search = visit.request.query.get("search", listing.search)
    obeys = version.list_obeys_search_and_page
    rows = [
        row
        for row in clients.everyone(site.database, by_name=obeys)
        if not obeys or _found(listing.search, row)
    ]
    pages = max(1, math.ceil(len(rows) / _PER_PAGE))
    page = page or 1
    if page > pages:
        return redirect(f"{_LIST}/{pages}")
    shown = rows[(page - 1) * _PER_PAGE : page * _PER_PAGE] if obeys else rows
    return site.page(
        "credentials_list.html.j2",
        site.texts("credentials"),
        session,
        clients=[_shown(row) for row in shown],
        search=listing.search,
        page=page,
        pages=pages,
    )


def _found(text: str, row: Row) -> bool:
    columns = {"name": row["name"], "uris": row["redirect_uris"]}
    return search.matches(text, columns, {"name": row["name"], "is": (), "ids": row["id"]})


def show_new(visit: Visit) -> Response:
    """Show the empty form."""
    return _render(visit, None, "", "")


def create(visit: Visit) -> Response:
    """Make a client; the answer is its edit page, at the URL of the new one."""
    site = visit.site
    post, name, uris, errors = _read(visit, ["client[api_mode]"])
    if post.button == "cancel":
        return redirect(_LIST)
    if post.errors or errors:
        return _render(visit, None, name, ",".join(uris), errors=errors, form_errors=post.errors)
    if len(name) > _LONGEST_NAME:
        return site.crashed()
    client_id = clients.make(site.database, name, uris, visit.role)
    _flash(visit, "created", client_id, name)
    return redirect(_LIST) if post.button == "save" else show_edit(visit, client_id)


def show_edit(visit: Visit, client_id: int) -> Response:
    """Show a client with its id and secret."""
    row = clients.find(visit.site.database, client_id)
    if row is None:
        return _not_found(visit, client_id)
    if visit.site.flags.locked_by:
        return _locked(visit, row)
    return _render(visit, row, row["name"], ",".join(clients.redirect_uris(row)))


def change(visit: Visit, client_id: int) -> Response:
    """Save a client."""
    row = clients.find(visit.site.database, client_id)
    if row is None:
        return _not_found(visit, client_id)
    post, name, uris, errors = _read(visit, ["client[unlockModel]", "client[unlockId]"])
    if post.button == "cancel":
        return redirect(_LIST)
    if post.errors or errors:
        return _render(visit, row, name, ",".join(uris), errors=errors, form_errors=post.errors)
    clients.change(visit.site.database, client_id, name, uris)
    _flash(visit, "updated", client_id, name)
    return redirect(_LIST) if post.button == "save" else show_edit(visit, client_id)


def delete(visit: Visit, client_id: int) -> Response:
    """Delete a client on a POST; a GET only leads back to the list."""
    row = clients.find(visit.site.database, client_id)
    if visit.request.method == "POST" and row is None:
        return _not_found(visit, client_id)
    if visit.request.method == "POST" and row is not None:
        clients.remove(visit.site.database, client_id)
        name = f"<strong>{escape(row['name'])}</strong>"
        visit.session.flashes.append((visit.site.texts("deleted", name=name), False))
    return redirect(_LIST)


def _read(
    visit: Visit, hidden: list[str]
) -> tuple[forms.Submission, str, list[str], dict[str, list[str]]]:
    """Read the form: the post, the cleaned name, the redirect URIs and each field's errors."""
    texts = visit.site.texts
    known = ["client[name]", "client[redirectUris]", *hidden]
    post = forms.read(visit.request, visit.session, texts, "client", known)
    name = forms.without_tags(post.one("client[name]"))
    uris = [uri.strip() for uri in post.one("client[redirectUris]").split(",") if uri.strip()]
    errors: dict[str, list[str]] = {}
    if not name:
        errors["name"] = [texts("name_required")]
    if not uris:
        errors["uris"] = [texts("redirect_required")]
    elif wrong := [uri for uri in uris if not _URI.fullmatch(uri)]:
        errors["uris"] = [texts("redirect_invalid", uri=uri) for uri in wrong]
    return post, name, uris, errors


def _render(
    visit: Visit,
    row: Row | None,
    name: str,
    uris: str,
    *,
    errors: dict[str, list[str]] | None = None,
    form_errors: list[str] | None = None,
) -> Response:
    """Show the form. Titles are as odd as Mautic's: a new one is edited, an existing one new."""
    texts = visit.site.texts
    editing = texts("credentials_edit", name=name).strip()
    return visit.site.page(
        "credentials_form.html.j2",
        editing if row is None else texts("credentials_new"),
        visit.session,
        client=None if row is None else _shown(row),
        action=f"{_LIST}/new" if row is None else f"{_LIST}/edit/{row['id']}",
        name=name,
        uris=uris,
        errors={"name": [], "uris": [], **(errors or {})},
        form_errors=form_errors or [],
        token=visit.session.token("client"),
    )


def _shown(row: Row) -> dict[str, Any]:
    """Return what templates show of a client."""
    return {
        "id": row["id"],
        "name": row["name"],
        "public_id": clients.public_id(row),
        "secret": row["secret"],
    }


def _flash(visit: Visit, text: str, client_id: int, name: str) -> None:
    link = f'<a href="{_LIST}/edit/{client_id}"><strong>{escape(name)}</strong></a>'
    visit.session.flashes.append((visit.site.texts(text, name=link), False))


def _not_found(visit: Visit, client_id: int) -> Response:
    name = f"<strong>{client_id}</strong>"
    visit.session.flashes.append((visit.site.texts("client_not_found", name=name), True))
    return redirect(_LIST)


def _locked(visit: Visit, row: Row) -> Response:
    """Say that somebody else edits it.

    Source: `CoreBundle/Controller/AbstractStandardFormController.php`, `flashes.ini`. Neither 5.1.0 nor 7.0.0
    can lock a client (its table has no `checked_out`), but both ask, and other entities can be.
    """
    date, _, time = stamps.now().partition("T")
    who = f"<strong>{escape(visit.site.flags.locked_by)}</strong>"
    values = {"name": escape(row["name"]), "user": who, "date": date, "time": time[:5]}
    visit.session.flashes.append((visit.site.texts("locked", **values), True))
    return redirect(_LIST)
