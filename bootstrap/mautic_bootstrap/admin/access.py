"""A browser, and logging in, once: what Mautic answers to the login form, and what it means."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from mautic_bootstrap.admin import manual_guide
from mautic_bootstrap.admin.browser import open_browser
from mautic_bootstrap.admin.model import Wish
from mautic_bootstrap.admin.pages.login import LoginPage
from mautic_bootstrap.admin.session import AdminSession
from mautic_bootstrap.errors import BrowserMissingError, LoginRejectedError
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor

# Texts only choose between hints; a translated Mautic gets the general one.
# Source: `UserBundle/Translations/en_US/flashes.ini` (mautic.user.auth.error.disabledaccount), Symfony's
# `security.en.xlf` ("Too many failed login attempts, ..."); 5.1.0, 7.0.0; throttling: 7.1.2, 7.2.0-rc.
_THROTTLED = re.compile(r"too many failed login attempts", re.IGNORECASE)
_DISABLED = re.compile(r"account has been disabled", re.IGNORECASE)


@contextmanager
def opened(wish: Wish, *, redactor: Redactor, progress: Progress) -> Iterator[AdminSession]:
    """Start a browser for a wish, with a tab that is not logged in yet, and end it all again.

    Raises:
        BootstrapError: As `browser.open_browser`; where there is no browser, its guide is for this wish.
    """
    redactor.add(wish.password.get_secret_value())
    try:
        with open_browser(
            wish.base_url,
            ca_bundle=wish.ca_bundle,
            redactor=redactor,
            evidence_dir=wish.evidence_dir,
            progress=progress,
            trace=wish.trace,
        ) as session:
            yield session
    except BrowserMissingError as exc:
        exc.guide = manual_guide.render(
            base_url=wish.base_url,
            client_name=wish.client_name if wish.login == "client" else None,
            redirect_uri=wish.redirect_uri,
            basic_auth=wish.basic_auth,
        )
        raise


def log_in(session: AdminSession, username: str, password: SecretStr, path: str) -> None:
    """Ask for a page without being logged in, log in there, and so land on it.

    Mautic remembers the page asked for; the expensive dashboard is never rendered.

    Raises:
        LoginRejectedError: Mautic refused. The login is never tried twice: from 7.1 on three failures lock
            the user name for half an hour.
        UnexpectedPageError: There is no login form.
    """
    login = LoginPage(session)
    session.open(path)
    if not login.is_shown:
        # Where SAML is configured, pages send to its discovery; Mautic's own form stays at this address.
        session.open(LoginPage.PATH)
    if not login.is_shown:
        raise session.unexpected("Mautic's login form")
    login.log_in(username, password.get_secret_value())
    _refuse_rejection(session, login, username)
    session.is_logged_in = True


def _refuse_rejection(session: AdminSession, login: LoginPage, username: str) -> None:
    if login.asks_for_reset:
        raise _rejected(
            session,
            "Mautic's demand for a stronger password",
            "This password is too weak for Mautic 5.1 and later, even if it is right: set a stronger one, as"
            " another admin under Users or with the reset link, and name it in mautic_admin_password.",
        )
    if not login.is_shown:
        return
    messages = session.messages()
    if not messages:
        raise _rejected(
            session,
            "the login form again, without a message",
            "Mautic's session cookie was not kept: with an https:// site URL it is for https only, so"
            " name the https:// address in mautic_url.",
        )
    text = " ".join(messages)
    if _THROTTLED.search(text):
        hint = "Mautic has locked this user name or address for up to 30 minutes; wait, then run again."
    elif _DISABLED.search(text):
        hint = f"Publish the user {username} again, as an admin under Users, or name another one."
    else:
        # 5.1.0 and 7.0.0 answer to a disabled user as to a wrong password (live).
        hint = (
            "Check mautic_admin_username and mautic_admin_password, and that this user is published. It"
            " was tried once and is not repeated: Mautic 7.1 and later lock a name after three failures."
        )
    raise _rejected(session, f"Mautic's refusal: {session.quoted_messages()}", hint)


def _rejected(session: AdminSession, seen: str, hint: str) -> LoginRejectedError:
    return LoginRejectedError(session.attempted, expected="the admin UI", seen=seen, hint=hint)
