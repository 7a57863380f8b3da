"""Editing what somebody else has checked out: the refusal, and the way to override it.

Source: `CoreBundle/Controller/AbstractFormController.php` (isLocked, refererPostActionVars, unlockAction),
`flashes.ini`; live 5.1.0 and 7.0.0.
"""

from datetime import datetime
from urllib.parse import quote, quote_plus, unquote_plus

from markupsafe import escape

from mautic_bootstrap.rehearsal.database import Row
from mautic_bootstrap.rehearsal.http import Response, redirect
from mautic_bootstrap.rehearsal.model import locks
from mautic_bootstrap.rehearsal.pages import lists
from mautic_bootstrap.rehearsal.pages.site import Visit


def refusal(visit: Visit, kind: str, row: Row, name: str) -> Response | None:
    """Say that another user has the row, and lead away; None where nobody has.

    Whoever comes from a page is led back to that page: a form of the very entity is led to itself, for ever.

    Args:
        visit: The request.
        kind: "role" or "user".
        row: The entity.
        name: What it is called.
    """
    if not locks.held_by_another(row, visit.author):
        return None
    back = visit.request.headers.get("referer") or lists.way_back(visit, kind)
    since = datetime.fromisoformat(row["checked_out"])
    return_url = f"returnUrl={quote(back, safe='/:?')}"
    contact = f"/s/users/contact/{row['checked_out_by']}?entity=user.{kind}&id={row['id']}"
    override = f"/s/action/unlock/user.{kind}/{row['id']}?{return_url}"
    name_twice = quote_plus(quote_plus(name))
    text = visit.site.texts(
        "checked_out",
        name=escape(name),
        user=_link(f"{contact}&subject=locked&{return_url}", row["checked_out_by_user"]),
        date=f"{since:%B} {since.day}, {since.year}",
        time=f"{since.hour % 12 or 12}:{since:%M} {'am' if since.hour < 12 else 'pm'}",
        override=_link(f"{override}&name={name_twice}", visit.site.texts("override_lock")),
    )
    visit.session.flashes.append((text, True))
    return redirect(back)


def unlock(visit: Visit, kind: str, row_id: int) -> Response:
    """Give back what another user has checked out: GET and POST alike."""
    locks.release(visit.site.database, f"{kind}s", row_id)
    asked = visit.request.query
    name = unquote_plus(asked.get("name", ""))
    visit.session.flashes.append((visit.site.texts("unlocked", name=escape(name)), False))
    back = asked.get("returnUrl", "")
    if visit.site.version.unlock_stays_on_host and not back.startswith(visit.request.base_url):
        back = ""
    return redirect(back or "/s/dashboard")


def _link(address: str, text: str) -> str:
    return f'<a href="{escape(address)}">{escape(text)}</a>'
