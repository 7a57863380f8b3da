"""Refused logins: each has its own text, and none is tried twice."""

import pytest
from pydantic import SecretStr

from browser.conftest import Bring
from browser.fake_site import LOGIN, Answer, FakeSite
from mautic_bootstrap.errors import LoginRejectedError, UnexpectedPageError
from mautic_bootstrap.rehearsal.database import insert, update
from mautic_bootstrap.rehearsal.model import people
from mautic_bootstrap.rehearsal.server import RehearsalServer

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shared_browser")]

_WRONG = SecretStr("Wrong-but_strong.91")
_WEAK = "mautic123"


def _refused(
    mautic: RehearsalServer, bring: Bring, password: SecretStr | None = None
) -> LoginRejectedError:
    """Provoke a refusal, check what all of them share, and return it."""
    changed = {} if password is None else {"password": password}
    with pytest.raises(LoginRejectedError) as caught:
        bring(mautic.url, **changed)
    assert [r.path for r in mautic.requests if r.method == "POST"] == ["/s/login_check"]
    error = caught.value
    assert str(error).startswith(f"log in as admin on {mautic.url}: expected the admin UI, saw ")
    assert error.evidence is not None
    assert error.evidence.is_file()
    if password is not None:
        assert password.get_secret_value() not in error.diagnostics()
    return error


def test_a_wrong_password(rehearsal: RehearsalServer, bring: Bring) -> None:
    error = _refused(rehearsal, bring, _WRONG)

    assert error.seen == 'Mautic\'s refusal: "Invalid login. Please verify credentials"'
    assert error.hint.startswith("Check mautic_admin_username and mautic_admin_password, and that")
    assert "It was tried once and is not repeated" in error.hint


def test_a_wrong_password_in_another_language(rehearsal_7: RehearsalServer, bring: Bring) -> None:
    rehearsal_7.site.flags.german = True

    error = _refused(rehearsal_7, bring, _WRONG)

    assert error.seen.startswith("Mautic's refusal: \"Ung")
    assert "It was tried once" in error.hint


def test_a_weak_password(rehearsal: RehearsalServer, bring: Bring) -> None:
    weak = {"password": people.hash_password(_WEAK)}
    update(rehearsal.site.database, "users", 1, weak)

    error = _refused(rehearsal, bring, SecretStr(_WEAK))

    assert error.seen == "Mautic's demand for a stronger password"
    assert error.hint.startswith("This password is too weak for Mautic 5.1 and later")


def test_a_disabled_user_that_mautic_calls_disabled(
    rehearsal_7: RehearsalServer, bring: Bring
) -> None:
    rehearsal_7.site.flags.names_disabled_accounts = True
    update(rehearsal_7.site.database, "users", 1, {"is_published": 0})

    error = _refused(rehearsal_7, bring)

    assert error.seen.startswith("Mautic's refusal: \"Your account has been disabled")
    assert error.hint == (
        "Publish the user admin again, as an admin under Users, or name another one."
    )


def test_a_disabled_user_that_mautic_calls_invalid(
    rehearsal_7: RehearsalServer, bring: Bring
) -> None:
    update(rehearsal_7.site.database, "users", 1, {"is_published": 0})

    assert "that this user is published" in _refused(rehearsal_7, bring).hint


def test_a_locked_user_name(rehearsal_7: RehearsalServer, bring: Bring) -> None:
    rehearsal_7.site.flags.throttling = True
    rehearsal_7.site.flags.failed_logins["admin"] = 3

    error = _refused(rehearsal_7, bring)

    assert "Too many failed login attempts, please try again in 30 minutes" in error.seen
    assert error.hint == (
        "Mautic has locked this user name or address for up to 30 minutes; wait, then run again."
    )


def test_a_session_that_is_not_kept(bring: Bring) -> None:
    pages = {"GET /s/credentials": LOGIN, "POST /s/login_check": LOGIN}
    with FakeSite(pages) as site, pytest.raises(LoginRejectedError) as caught:
        bring(site.url)

    assert caught.value.seen == "the login form again, without a message"
    assert "it is for https only" in caught.value.hint


@pytest.mark.parametrize("client_name", ["app", None])
def test_a_user_who_is_no_admin(
    rehearsal: RehearsalServer, bring: Bring, client_name: str | None
) -> None:
    database = rehearsal.site.database
    role = insert(database, "roles", {"name": "Clerk", "description": "", "is_admin": 0})
    update(database, "users", 1, {"role_id": role})

    with pytest.raises(UnexpectedPageError) as caught:
        bring(rehearsal.url, client_name=client_name)

    assert caught.value.expected == "a page for administrators"
    assert caught.value.seen == "Mautic's answer that this user may not see it (HTTP 403)"
    assert "whose role has full system access" in caught.value.hint


def test_without_a_login_form_nothing_is_typed(bring: Bring) -> None:
    pages = {"GET /s/credentials": Answer(), "GET /s/login": Answer()}
    with FakeSite(pages) as site, pytest.raises(UnexpectedPageError) as caught:
        bring(site.url)

    assert caught.value.expected == "Mautic's login form"
    assert caught.value.seen == 'the page "Some page" at /s/login (HTTP 200), which says Hello'
    assert not [request for request in site.asked if request.startswith("POST")]
