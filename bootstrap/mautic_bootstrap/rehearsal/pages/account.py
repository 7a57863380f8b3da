"""One's own account: name, address, password.

Source: `UserBundle/Controller/ProfileController.php`; live 5.1.0 and 7.0.0: a changed password leads back here
with a message, and the session goes on.
"""

from mautic_bootstrap.rehearsal.http import Response, redirect
from mautic_bootstrap.rehearsal.model import stamps
from mautic_bootstrap.rehearsal.pages import user_form, users
from mautic_bootstrap.rehearsal.pages.site import Visit

_ADDRESS = "/s/account"


def show(visit: Visit) -> Response:
    """Show the form."""
    return _render(visit)


def save(visit: Visit) -> Response:
    """Save the form, or show it again with what is wrong."""
    entry = user_form.read(visit, visit.user, own=True)
    if entry.post.button == "cancel":
        return redirect("/s/dashboard")
    if entry.refused:
        users.lose_identity(visit, visit.user, entry)
        return _render(visit, entry)
    users.save(visit, visit.user, {**entry.columns, **stamps.changed(visit.author)})
    visit.flash("account_updated")
    return redirect(_ADDRESS)


def _render(visit: Visit, entry: user_form.Entry | None = None) -> Response:
    signature = visit.user["signature"] or visit.site.texts("default_signature")
    values = {**visit.user, "signature": signature, **(entry.values if entry else {})}
    title = visit.site.texts("account")
    return user_form.render(
        visit, visit.user, values, title=title, action=_ADDRESS, entry=entry, own=True
    )
