"""Every step of making a client fails once, on an error page: nothing of it is left, and the picture is of that page."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from browser.conftest import Bring
from browser.mautics import EMPTY, USUAL, Mautic
from contract.targets import ADMIN_PASSWORD, ADMIN_USERNAME
from mautic_bootstrap.admin import evidence, launch
from mautic_bootstrap.errors import ApiError, UiError
from mautic_bootstrap.rehearsal.http import Request

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shared_browser")]

_LONG = pytest.mark.long
_Fails = tuple[str, int, str]
"""What fails, by method and address; at which such request, counted from 1; and the step it is in."""

_CLIENT = ("POST /s/credentials/new", 1, "create-the-oauth2-client-app")
_AS_USER = ("POST /s/login_check", 2, "create-the-oauth2-client-app")
_FIRST: list[Any] = [
    pytest.param(("POST /s/roles/new", 1, "create-the-role"), marks=_LONG, id="role"),
    pytest.param(("POST /s/users/new", 1, "have-the-user"), marks=_LONG, id="user"),
    pytest.param(_AS_USER, marks=_LONG, id="login"),
    pytest.param(_CLIENT, marks=_LONG, id="client"),
    pytest.param(("POST /s/roles/edit/2", 1, "reduce-the-role"), id="demotion"),
    pytest.param(("GET /s/roles/edit/2", 2, "reduce-the-role"), marks=_LONG, id="read back"),
    pytest.param(("POST /s/users/edit/2", 1, "keep-the-user"), marks=_LONG, id="shut out"),
]
_ROTATION: list[Any] = [
    pytest.param(("POST /s/roles/edit/2", 1, "mark-the-role"), marks=_LONG, id="mark"),
    pytest.param(("POST /s/roles/new", 1, "create-the-role"), marks=_LONG, id="role"),
    pytest.param(("POST /s/users/edit/2", 1, "have-the-user"), marks=_LONG, id="user"),
    pytest.param(_AS_USER, marks=_LONG, id="login"),
    pytest.param(_CLIENT, id="client"),
    pytest.param(("POST /s/roles/edit/3", 1, "reduce-the-role"), marks=_LONG, id="demotion"),
    pytest.param(("GET /s/roles/edit/3", 2, "reduce-the-role"), marks=_LONG, id="read back"),
    pytest.param(("POST /s/users/edit/2", 2, "keep-the-user"), marks=_LONG, id="shut out"),
]


@pytest.fixture(params=["7.0", pytest.param("5.1", marks=_LONG)])
def mautic(request: pytest.FixtureRequest) -> Iterator[Mautic]:
    with Mautic(request.param) as server:
        server.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        server.switch_api_on()
        yield server


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of the pages that screenshots were taken of."""
    titles: list[str] = []
    take = evidence.keep_screenshot

    def noted(page: Page, folder: Path, name: str, types: set[str]) -> Path | None:
        titles.append(page.title())
        return take(page, folder, name, types)

    monkeypatch.setattr(launch, "keep_screenshot", noted)
    return titles


def _once(what: str, nth: int) -> Callable[[Request], bool]:
    """Return what says yes to just one request: the nth to a method and an address that begins so."""
    left = nth

    def fails(request: Request) -> bool:
        nonlocal left
        left -= f"{request.method} {request.target}".startswith(what)
        if left == 0:
            left = -1
            return True
        return False

    return fails


def _fail(mautic: Mautic, fails: _Fails, bring: Callable[[], object]) -> None:
    """Run into the failure, and check what all of them share."""
    what, nth, step = fails
    mautic.fails = _once(what, nth)
    with pytest.raises(UiError) as caught:
        bring()
    error = caught.value
    assert 'the page "Out of order"' in error.seen
    assert error.evidence is not None
    assert step in error.evidence.name
    assert error.evidence.is_file()


@pytest.mark.parametrize("fails", _FIRST)
def test_a_first_client_that_fails_leaves_neither_client_nor_user_nor_role(
    mautic: Mautic, bring: Bring, pictures: list[str], fails: _Fails
) -> None:
    _fail(mautic, fails, lambda: bring(mautic.url))

    assert mautic.holdings() == EMPTY
    assert pictures == ["Out of order"], "not what undoing it came to"


@pytest.mark.parametrize("fails", _ROTATION)
def test_a_rotation_that_fails_leaves_client_role_and_user_as_they_were(
    mautic: Mautic, bring: Bring, pictures: list[str], fails: _Fails
) -> None:
    in_use = mautic.add_usual()

    _fail(mautic, fails, lambda: bring(mautic.url, in_use=in_use, rotate=True))

    assert mautic.holdings() == USUAL
    assert mautic.were_admins <= {"Administrator", *_next_roles(mautic)}
    assert mautic.checked_out() == []
    assert pictures == ["Out of order"], "not what undoing it came to"


def _next_roles(mautic: Mautic) -> set[str]:
    return {name for name in mautic.were_admins if name.startswith("mautic-bootstrap: app (next ")}


def test_a_client_whose_rights_cannot_be_proven_is_taken_away_again(
    mautic: Mautic, bring: Bring
) -> None:
    in_use = mautic.add_usual()
    mautic.fails = _once("GET /api/campaigns", 1)

    with pytest.raises(ApiError):
        bring(mautic.url, in_use=in_use, rotate=True)

    assert mautic.holdings() == USUAL
