"""The switches of the API tab: saved, read back, and believed only when the API itself agrees."""

from mautic_bootstrap.admin.differences import differences
from mautic_bootstrap.admin.model import Change, Switches
from mautic_bootstrap.admin.pages.configuration import ASKED_FIELDS, ConfigurationPage
from mautic_bootstrap.admin.session import AdminSession
from mautic_bootstrap.errors import SaveNotConfirmedError

# Any v1 path will do: 401 without credentials, but 403 (`api_disabled`) while the API is off.
# Source: `ApiBundle/EventListener/ApiSubscriber.php`; recordings, exchanges; 5.1.0 to 7.2.0-rc.
_ANY_API_PATH = "/api/contacts"
_API_IS_OFF = 403
UNKNOWN = Switches(api=False, basic_auth=False)
"""Before they have been looked at."""
_OVERRIDE = (
    "An environment variable of the web server (MAUTIC_ and API_ENABLED or API_ENABLE_BASIC_AUTH), or a file"
    " config/parameters_local.php, overrides what the page saves; remove it and run again."
)


def refuse_unwritable(session: AdminSession, page: ConfigurationPage) -> None:
    """Return if Mautic can write its configuration; the page is open.

    Raises:
        SaveNotConfirmedError: It says that it cannot.
    """
    if page.is_writable:
        return
    raise SaveNotConfirmedError(
        session.attempted,
        expected="a configuration file that Mautic can write",
        seen="Mautic's notice that it cannot; nothing was sent",
        hint="Make config/local.php and its folder writable for the web server's user (www-data in the"
        " official image), then run again.",
    )


def save(session: AdminSession, page: ConfigurationPage, wanted: Switches) -> tuple[Change, ...]:
    """Save the switches, read them back, and return what else the save changed; the page is open.

    Raises:
        SaveNotConfirmedError: Mautic did not take the form, or the switches do not read back, or the
            API does not do as they say.
    """
    before = page.values()
    page.save(wanted)
    if not session.was_redirected:
        raise SaveNotConfirmedError(
            session.attempted,
            expected="Mautic to save its configuration",
            seen=f"the form again: {session.quoted_messages()}",
            hint="Open the configuration page, correct what it names, save it once by hand, and run again.",
        )
    page.open()
    now = page.switches()
    if now != wanted:
        raise SaveNotConfirmedError(
            session.attempted,
            expected=f"the switches to read back as {_words(wanted)}",
            seen=_words(now),
            hint=_OVERRIDE,
        )
    also_changed = differences(before, page.values(), asked=ASKED_FIELDS, redactor=session.redactor)
    if wanted.api and session.status_of(_ANY_API_PATH) == _API_IS_OFF:
        raise SaveNotConfirmedError(
            session.attempted,
            expected="the API to be on",
            seen="the switch saved as on, and the API still answering that it is off (HTTP 403)",
            hint=_OVERRIDE,
        )
    return also_changed


def _words(switches: Switches) -> str:
    states = ["on" if value else "off" for value in (switches.api, switches.basic_auth)]
    return f"API {states[0]}, basic auth {states[1]}"
