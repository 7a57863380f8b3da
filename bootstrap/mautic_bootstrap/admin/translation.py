"""Playwright's exceptions in this project's words: the one place that knows them.

Source: `playwright/_impl/_errors.py` (1.65) for the classes, Chromium's `net_error_list.h` for the codes.
"""

import re
from dataclasses import dataclass

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

from mautic_bootstrap.errors import BootstrapError, UiError, UnexpectedPageError, UnreachableError
from mautic_bootstrap.redaction import Redactor

__all__ = ["Attempt", "PlaywrightError", "cause", "first_line", "translate"]

_NET_ERROR = re.compile(r"net::(ERR_[A-Z0-9_]+)")
_TLS = re.compile(r"ERR_(CERT|SSL|BAD_SSL|TLS)_")
_UNANSWERED = re.compile(
    r"ERR_(CONNECTION|NAME|ADDRESS|INTERNET|NETWORK|TIMED_OUT|EMPTY_RESPONSE|PROXY|TUNNEL|SOCKS|SOCKET)"
)
# `tls.no_clear_text` answers with this code too, and Chromium does not say for which address.
_CLEAR_TEXT = (
    "Check the host in mautic_url. If it is right, Mautic redirects to http://, where the login would travel in"
    " clear: tell Mautic of the proxy before it (Configuration, Trusted proxies; X-Forwarded-Proto)."
)


@dataclass(frozen=True)
class Attempt:
    """What was going on when Playwright gave up."""

    what: str
    """ "save the configuration on http://localhost:8080"."""
    waited_s: float
    """Seconds since it began."""
    for_page: bool
    """A whole page was awaited, not an element on it."""


def translate(exc: PlaywrightError, attempt: Attempt, redactor: Redactor) -> BootstrapError:
    """Return the error to raise for an exception of Playwright's; secrets in its text are masked."""
    return KINDS.get(type(exc).__name__, _other)(exc, attempt, redactor)


def cause(exc: PlaywrightError, redactor: Redactor) -> PlaywrightError | None:
    """Return what to chain a translated error to: the exception, unless its text holds a secret."""
    return exc if redactor.mask(str(exc)) == str(exc) else None


def first_line(exc: PlaywrightError) -> str:
    """Return the telling line of an exception: its call log and stack stay behind."""
    return next((line.strip() for line in str(exc).splitlines() if line.strip()), "no text")


def _closed(_exc: PlaywrightError, attempt: Attempt, _redactor: Redactor) -> BootstrapError:
    return UiError(
        attempt.what,
        expected="the browser to stay open",
        seen="it ended",
        hint="Something stopped Chromium, often a lack of memory (it needs about 500 MB); run again.",
    )


def _timeout(_exc: PlaywrightError, attempt: Attempt, _redactor: Redactor) -> BootstrapError:
    if attempt.for_page:
        return UnreachableError(
            attempt.what,
            expected="a page",
            seen="no answer",
            waited_s=attempt.waited_s,
            hint="A Mautic without DNS hangs 10 s for each of its own outbound calls; look at the web"
            " server's log, and run again.",
        )
    return UnexpectedPageError(
        attempt.what,
        expected="an element that can be operated",
        seen="none",
        waited_s=attempt.waited_s,
        hint="The page differs from the Mautic versions this was made for; look at the screenshot.",
    )


def _other(exc: PlaywrightError, attempt: Attempt, redactor: Redactor) -> BootstrapError:
    found = _NET_ERROR.search(str(exc))
    code = found[1] if found else ""
    if _TLS.match(code):
        return UnreachableError(
            attempt.what,
            expected="a certificate that the browser trusts",
            seen=code,
            hint="Behind a private authority set mautic_ca_bundle. Verification is never turned off.",
        )
    if _UNANSWERED.match(code):
        return UnreachableError(
            attempt.what,
            expected="an answer",
            seen=code,
            hint=_CLEAR_TEXT
            if code == "ERR_NAME_NOT_RESOLVED" and "https://" in attempt.what
            else "Check that Mautic runs and that mautic_url is right.",
        )
    if code:
        return UnexpectedPageError(
            attempt.what,
            expected="a page of Mautic's admin UI",
            seen=f"an answer that is no page ({code})",
            hint="Look at the web server's log, and at any proxy before it.",
        )
    return UiError(
        attempt.what,
        expected="the browser to do it",
        seen=redactor.mask(first_line(exc)),
        hint="Run again; if it stays, report it with the screenshot.",
    )


KINDS = {
    "Error": _other,
    PlaywrightTimeoutError.__name__: _timeout,
    # Not exported by every Playwright this works with, hence by name.
    "TargetClosedError": _closed,
}
