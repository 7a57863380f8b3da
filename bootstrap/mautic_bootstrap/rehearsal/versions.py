"""What differs between the Mautic versions the rehearsal imitates; everything else is the same in both.

Source: live 5.1.0 and 7.0.0 (`tests/contract/recordings`), each value seen there.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """One imitated Mautic."""

    key: str
    """"5.1" or "7.0": what `mautic_rehearsal_version` says."""

    number: str
    """The full version, as in the `Mautic-Version` header."""

    toggles: bool
    """Yes/no questions are toggles with hidden radios, `_1` first; else button groups, `_0` first."""

    relative_login_redirect: bool
    """Requests without a session are sent to `/s/login`; else to the absolute URL of it."""

    login_checks_token: bool
    """The login form's CSRF token is compared; 7.0.0 accepts any."""

    judges_strength_first: bool
    """A weak password is called weak even where it is also wrong; else only where it is right."""

    table_when_empty: bool
    """A credentials list without rows still is a table."""

    list_obeys_search_and_page: bool
    """False: every page of the credentials list shows every client by id, whatever is searched for."""

    delete_link_suffix: str
    """What follows the path in the list's delete links."""

    unlock_stays_on_host: bool
    """Overriding a lock leads back to absolute addresses of this host only, else to the dashboard."""

    head_of_check_all: str
    """Text in the head of the first column of the lists of roles and users."""

    edit_of_nobody_crashes: bool
    """Editing a user who is not there, and a new one whose passwords are missing or differ, is an error page."""

    choice_refusal: str
    """What is said to a choice that is not offered."""

    has_preferences: bool
    """The user form has five hidden fields of looks."""

    modified_on_create: bool
    """New entities carry a modification date and a modifier."""

    rest_v2: bool
    """API Platform answers below `/api/v2`."""

    wrong_basic_is_empty: bool
    """Wrong HTTP basic credentials get an empty body and `WWW-Authenticate`; else a JSON error."""

    basic_refuses_weak_password: bool
    """A correct but weak password is refused on HTTP basic calls too."""


VERSIONS = {
    version.key: version
    for version in (
        Version(
            key="5.1",
            number="5.1.0",
            toggles=False,
            relative_login_redirect=False,
            login_checks_token=True,
            judges_strength_first=True,
            table_when_empty=True,
            list_obeys_search_and_page=False,
            delete_link_suffix="?tmpl=list",
            unlock_stays_on_host=False,
            head_of_check_all="Delete Selected",
            edit_of_nobody_crashes=True,
            choice_refusal="This value is not valid.",
            has_preferences=False,
            modified_on_create=False,
            rest_v2=False,
            wrong_basic_is_empty=False,
            basic_refuses_weak_password=False,
        ),
        Version(
            key="7.0",
            number="7.0.0",
            toggles=True,
            relative_login_redirect=True,
            login_checks_token=False,
            judges_strength_first=False,
            table_when_empty=False,
            list_obeys_search_and_page=True,
            delete_link_suffix="",
            unlock_stays_on_host=True,
            head_of_check_all="",
            edit_of_nobody_crashes=False,
            choice_refusal="The selected choice is invalid.",
            has_preferences=True,
            modified_on_create=True,
            rest_v2=True,
            wrong_basic_is_empty=True,
            basic_refuses_weak_password=True,
        ),
    )
}
