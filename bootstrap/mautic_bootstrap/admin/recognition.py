"""The pages that may come instead of the one asked for, each told by address, status or markup."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mautic_bootstrap.errors import (
    NotInstalledError,
    SessionEndedError,
    UiError,
    UnexpectedPageError,
)

if TYPE_CHECKING:
    from mautic_bootstrap.admin.session import AdminSession

# Source: `UserBundle/Resources/views/Security/login.html.twig`; recording "login"; 4.4 to 7.2.0-rc.
LOGIN_FORM = 'form[name="login"]'
# Source: `app/AppKernel.php` (302 to `/index.php/installer`); live 5.1.0, 7.0.0.
_INSTALLER = "/installer"
# The message about an item that another user has open links to that user and to "unlock".
# Source: `CoreBundle/Controller/AbstractFormController.php` (`isLocked`: `subject=locked`, `/action/unlock/`),
# `CoreBundle/Translations/en_US/flashes.ini` (mautic.core.error.locked); read in 5.1.0 and 7.0.0.
_LOCKED = '#flashes a[href*="subject=locked"], #flashes a[href*="/action/unlock/"]'


def refuse_trouble(session: "AdminSession") -> None:
    """Return if the page is one of this Mautic's and no error page; else say what it is.

    Raises:
        UnexpectedPageError: Another host, HTTP 4xx, or an item that somebody else has open.
        SessionEndedError: The login form, although we were logged in.
        NotInstalledError: The installer.
        UiError: HTTP 5xx, which is also how Mautic says that it is offline.
    """
    _refuse_other_origin(session)
    if session.path.startswith(_INSTALLER):
        raise NotInstalledError(
            session.attempted,
            expected="an installed Mautic",
            seen="its installer",
            hint="Run the playbook with mautic_manage_containers=true, or finish the installation first.",
        )
    if session.has(_LOCKED):
        raise session.unexpected(
            "an item that nobody else has open",
            seen=f"it checked out by another admin: {session.quoted_messages()}",
            hint="Let them close it with Cancel or Save & Close, or unlock it there; then run again.",
        )
    if session.is_logged_in and session.has(LOGIN_FORM):
        raise SessionEndedError(
            session.attempted,
            expected="to be logged in still",
            seen="Mautic's login form again",
            hint="Somebody changed this admin's password or unpublished the user, or Mautic lost its sessions"
            " (a restart without kept sessions, a full disk). Run again: it goes on from there.",
        )
    _refuse_status(session)


def _refuse_other_origin(session: "AdminSession") -> None:
    here, base = urlsplit(session.page.url), urlsplit(session.base_url)
    if (here.scheme, here.netloc) == (base.scheme, base.netloc):
        return
    # With 307 and 308 a server has the browser send a form's content on.
    sent = (
        "No password was sent there."
        if session.was_redirected
        else "What was typed was sent on there (HTTP 307 or 308): if that is no server of yours, change it."
    )
    raise UnexpectedPageError(
        session.attempted,
        expected=f"a page of {session.base_url}",
        seen=f"a redirect to {here.scheme}://{here.netloc}",
        hint="If that is this Mautic's address, name it in mautic_url; if it is a single sign-on, this"
        f" needs an admin who logs in with Mautic's own form. {sent}",
    )


def _refuse_status(session: "AdminSession") -> None:
    status = session.status
    if status < 400:
        return
    if status == 403:
        # Source: `CoreBundle/Controller/CommonController.php` (`accessDenied`); recording "credential new as
        # demoted user" (title "Forbidden"); 5.1.0, 7.0.0.
        raise session.unexpected(
            "a page for administrators",
            seen="Mautic's answer that this user may not see it (HTTP 403)",
            hint="mautic_admin_username has to name a user whose role has full system access.",
        )
    if status >= 500:
        # Source: `CoreBundle/ErrorHandler/ErrorHandler.php`, `Resources/views/Offline/offline.html.twig`.
        raise UiError(
            session.attempted,
            expected="a working Mautic",
            seen=f"an error or maintenance page: {session.describe()}",
            hint="Look at Mautic's log (var/logs) and at its database, then run again.",
        )
    raise session.unexpected("a page of Mautic's admin UI")
