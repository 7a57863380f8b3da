"""Pages that come instead of the one asked for: each is told apart without reading its language."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser.conftest import Bring
from browser.fake_site import LOGIN, Answer, FakeSite
from mautic_bootstrap.admin import launch, session
from mautic_bootstrap.admin.session import AdminSession
from mautic_bootstrap.errors import (
    NotInstalledError,
    UiError,
    UnexpectedPageError,
    UnreachableError,
)
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.rehearsal.server import RehearsalServer

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shared_browser")]

_SECRET = "canary-5up3r-s3cret"


@pytest.fixture
def site() -> Iterator[FakeSite]:
    with FakeSite({}) as running:
        yield running


@pytest.fixture
def tab(site: FakeSite, tmp_path: Path) -> Iterator[AdminSession]:
    """A tab of the fake site whose errors come out as the product's, without a screenshot."""
    with launch.session(
        Path("/unused"),
        [],
        site.url,
        redactor=Redactor([_SECRET]),
        evidence_dir=tmp_path,
        progress=Progress(),
    ) as running:
        running.doing = "look"
        yield running


def test_the_installer(bring: Bring) -> None:
    with RehearsalServer("7.0") as mautic, pytest.raises(NotInstalledError) as caught:
        bring(mautic.url)

    assert caught.value.seen == "its installer"
    assert "finish the installation first" in caught.value.hint


def test_the_offline_page(rehearsal_7: RehearsalServer, bring: Bring) -> None:
    rehearsal_7.site.flags.offline = True

    with pytest.raises(UiError) as caught:
        bring(rehearsal_7.url)

    assert type(caught.value) is UiError
    assert caught.value.seen.startswith("an error or maintenance page: the page ")
    assert "(HTTP 500)" in caught.value.seen
    assert "Mautic's log (var/logs)" in caught.value.hint


def test_a_page_that_is_not_there(site: FakeSite, tab: AdminSession) -> None:
    with pytest.raises(UnexpectedPageError) as caught:
        tab.open("/s/anything")

    assert str(caught.value) == (
        f'look on {site.url}: expected a page of Mautic\'s admin UI, saw the page "Not found" at /s/anything'
        " (HTTP 404). It may be a Mautic version this was not made for; look at the screenshot."
    )


def test_an_item_that_somebody_else_has_open(site: FakeSite, tab: AdminSession) -> None:
    # The markup of Mautic's own message, in no language it knows.
    flash = (
        '<div id="flashes"><div class="alert alert-growl alert-growl--error"><span>api x <a href="/s/users/'
        'contact/2?entity=user.role&subject=locked">Eve</a> yz</span></div></div>'
    )
    site.pages["GET /s/roles"] = Answer(flash)
    site.pages["GET /s/roles/edit/2"] = Answer("", 302, {"Location": "/s/roles"})

    with pytest.raises(UnexpectedPageError) as caught:
        tab.open("/s/roles/edit/2")

    assert caught.value.expected == "an item that nobody else has open"
    assert caught.value.seen == 'it checked out by another admin: "api x Eve yz"'
    assert "Cancel or Save & Close" in caught.value.hint


def test_a_redirect_to_another_host(site: FakeSite, tab: AdminSession) -> None:
    with FakeSite({"GET /sso": LOGIN}) as elsewhere:
        site.pages["GET /s/x"] = Answer("", 302, {"Location": f"{elsewhere.url}/sso"})

        with pytest.raises(UnexpectedPageError) as caught:
            tab.open("/s/x")

    assert caught.value.seen == f"a redirect to {elsewhere.url}"
    assert "No password was sent there." in caught.value.hint


def test_a_form_that_is_sent_on_to_another_host_is_told_as_such(
    site: FakeSite, tab: AdminSession
) -> None:
    with FakeSite({"POST /sso": LOGIN}) as elsewhere:
        site.pages["GET /s/login"] = LOGIN
        site.pages["POST /s/login_check"] = Answer("", 307, {"Location": f"{elsewhere.url}/sso"})
        tab.open("/s/login")

        with pytest.raises(UnexpectedPageError) as caught:
            tab.submit('form[name="login"] button')

        assert elsewhere.asked == ["POST /sso"]
    assert caught.value.seen == f"a redirect to {elsewhere.url}"
    assert "What was typed was sent on there (HTTP 307 or 308)" in caught.value.hint
    assert "No password" not in caught.value.hint


def test_a_known_secret_on_a_page_is_not_quoted(site: FakeSite, tab: AdminSession) -> None:
    page = f"<title>{_SECRET}</title><h1>a {_SECRET} b</h1><h2>{'long ' * 100}</h2>"
    site.pages["GET /s/x"] = Answer(page)
    tab.open("/s/x")

    assert _SECRET not in tab.describe()
    assert "a ******** b" in tab.describe()
    assert len(tab.describe()) < 400


def test_an_answer_that_is_no_page(site: FakeSite, tab: AdminSession) -> None:
    site.pages["GET /s/x"] = Answer("x", 200, {"Content-Disposition": "attachment; filename=x"})

    with pytest.raises(UiError, match="look on http"):
        tab.open("/s/x")


def test_a_connection_that_is_cut(site: FakeSite, tab: AdminSession) -> None:
    site.pages["GET /s/x"] = Answer(None)

    with pytest.raises(UnreachableError, match="saw ERR_EMPTY_RESPONSE"):
        tab.open("/s/x")


def test_a_page_that_does_not_come(site: FakeSite, tab: AdminSession) -> None:
    site.held.add("GET /s/x")
    tab.page.set_default_navigation_timeout(300)

    with pytest.raises(UnreachableError) as caught:
        tab.open("/s/x")

    assert caught.value.expected == "a page"
    assert caught.value.waited_s is not None
    assert caught.value.waited_s >= 0.3
    assert "hangs 10 s for each of its own outbound calls" in caught.value.hint


def test_a_slow_answer_to_a_form_is_waited_for(site: FakeSite, tab: AdminSession) -> None:
    tab.page.set_default_timeout(200)
    tab.page.set_default_navigation_timeout(session.PAGE_TIMEOUT_MS)
    site.pages |= {"GET /s/x": LOGIN, "POST /s/login_check": Answer("<title>in</title>")}
    tab.open("/s/x")
    site.held.add("POST /s/login_check")
    threading.Timer(0.5, site.release.set).start()

    tab.submit('button[type="submit"]')

    assert tab.page.title() == "in"


def test_a_button_that_is_missing(site: FakeSite, tab: AdminSession) -> None:
    site.pages["GET /s/x"] = Answer()
    tab.open("/s/x")

    with pytest.raises(UnexpectedPageError, match="expected a form with the button #nope, saw the"):
        tab.submit("#nope")


def test_a_browser_that_ends(shared_browser: Browser, site: FakeSite, tab: AdminSession) -> None:
    site.pages["GET /s/x"] = Answer()
    tab.page.close()

    with pytest.raises(UiError, match="expected the browser to stay open, saw it ended"):
        tab.open("/s/x")


def test_nothing_that_listens(bring: Bring) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(UnreachableError) as caught:
            bring(url)

    assert caught.value.seen == "ERR_CONNECTION_REFUSED"
    assert caught.value.hint == "Check that Mautic runs and that mautic_url is right."


def test_only_pages_of_this_mautic_are_loaded(site: FakeSite, tab: AdminSession) -> None:
    with FakeSite({}) as elsewhere:
        parts = "".join(
            f'<link rel="stylesheet" href="{base}/a.css"><img src="{base}/a.png"><script src="{base}/a.js">'
            f'</script><iframe src="{base}/frame"></iframe>'
            for base in (site.url, elsewhere.url)
        )
        site.pages["GET /s/x"] = Answer(f"<title>x</title>{parts}")
        tab.open("/s/x")
        tab.page.wait_for_load_state("load")

        assert site.asked == ["GET /s/x", "GET /frame"]
        assert elsewhere.asked == []


def test_page_and_element_bounds_are_sensible() -> None:
    assert session.PAGE_TIMEOUT_MS == 60_000
    assert session.ELEMENT_TIMEOUT_MS == 5_000
