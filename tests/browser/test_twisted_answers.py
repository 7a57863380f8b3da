"""What reconcile says when Mautic does not do as its pages promise: the stand-in, with single answers twisted."""

import re
from collections.abc import Callable, Iterator

import pytest

from browser.conftest import Bring
from contract.targets import ADMIN_PASSWORD, ADMIN_USERNAME
from mautic_bootstrap.errors import (
    SaveNotConfirmedError,
    SecretUnreadableError,
    SessionEndedError,
    UiError,
    UnexpectedPageError,
)
from mautic_bootstrap.rehearsal.http import Request, Response, html, redirect
from mautic_bootstrap.rehearsal.model import clients, people
from mautic_bootstrap.rehearsal.server import RehearsalServer

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shared_browser")]

_CONFIG = "/s/config/edit"
_API = "config[apiconfig][api_enabled]"


class _Twisted(RehearsalServer):
    """A stand-in whose answers a test may replace."""

    twist: Callable[[Request, Response], Response] = staticmethod(lambda _, response: response)

    def _answer(self, request: Request) -> Response:
        return self.twist(request, super()._answer(request))

    def posts(self) -> list[str]:
        return [r.path for r in self.requests if r.method == "POST"]


@pytest.fixture
def mautic() -> Iterator[_Twisted]:
    with _Twisted("7.0") as server:
        server.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        yield server


@pytest.fixture
def with_api(mautic: _Twisted) -> _Twisted:
    """The same with its API on, so that nothing has to be saved."""
    mautic.site.settings.write({**mautic.site.settings.read(), "form": {_API: "1"}})
    return mautic


def test_a_configuration_file_that_is_not_writable(mautic: _Twisted, bring: Bring) -> None:
    notice = '<div><div class="alert alert-danger">xyz</div><ul class="list-group list-group-tabs"></ul></div>'

    def twist(request: Request, response: Response) -> Response:
        if request.path == _CONFIG:
            response.body = response.body.replace(b"<form", notice.encode() + b"<form", 1)
        return response

    mautic.twist = twist
    with pytest.raises(SaveNotConfirmedError) as caught:
        bring(mautic.url, check=True)

    assert caught.value.seen == "Mautic's notice that it cannot; nothing was sent"
    assert caught.value.hint.startswith("Make config/local.php and its folder writable")
    assert mautic.posts() == ["/s/login_check"]


def test_a_configuration_that_mautic_does_not_take(mautic: _Twisted, bring: Bring) -> None:
    lifetime = "config[apiconfig][api_oauth2_access_token_lifetime]"
    settings = mautic.site.settings
    settings.write({**settings.read(), "form": {lifetime: ""}})

    with pytest.raises(SaveNotConfirmedError) as caught:
        bring(mautic.url)

    assert caught.value.seen == f'the form again: "{lifetime}: A value is required"'
    assert "save it once by hand" in caught.value.hint
    assert "/s/credentials/new" not in mautic.posts()


def test_a_switch_that_does_not_read_back(mautic: _Twisted, bring: Bring) -> None:
    def twist(request: Request, response: Response) -> Response:
        if request.path == _CONFIG and request.method == "POST":
            settings = mautic.site.settings
            settings.write({**settings.read(), "form": {**settings.read()["form"], _API: "0"}})
        return response

    mautic.twist = twist
    with pytest.raises(SaveNotConfirmedError) as caught:
        bring(mautic.url)

    assert caught.value.expected == "the switches to read back as API on, basic auth off"
    assert caught.value.seen == "API off, basic auth off"
    assert "MAUTIC_ and API_ENABLED" in caught.value.hint
    assert clients.everyone(mautic.site.database) == []


def test_an_api_that_stays_off_although_the_switch_is_on(mautic: _Twisted, bring: Bring) -> None:
    def twist(request: Request, response: Response) -> Response:
        return html("{}", 403) if request.path.startswith("/api/") else response

    mautic.twist = twist
    with pytest.raises(SaveNotConfirmedError) as caught:
        bring(mautic.url)

    assert caught.value.seen.endswith("still answering that it is off (HTTP 403)")
    assert "overrides what the page saves" in caught.value.hint


def test_a_session_that_ends_on_the_way(mautic: _Twisted, bring: Bring) -> None:
    def twist(request: Request, response: Response) -> Response:
        return redirect("/s/logout") if request.path == _CONFIG else response

    mautic.twist = twist
    with pytest.raises(SessionEndedError) as caught:
        bring(mautic.url)

    assert caught.value.attempted == f"read the API settings on {mautic.url}"
    assert caught.value.seen == "Mautic's login form again"
    assert caught.value.evidence is not None
    assert mautic.posts() == ["/s/login_check"]


def test_a_session_that_ends_while_somebody_else_makes_the_client(
    with_api: _Twisted, bring: Bring
) -> None:
    def twist(request: Request, response: Response) -> Response:
        posted = request.path == "/s/credentials/new" and request.method == "POST"
        return redirect("/s/logout") if posted else response

    with_api.twist = twist
    with pytest.raises(SessionEndedError, match="create the OAuth2 client app as that user"):
        bring(with_api.url)


def test_a_page_that_is_not_the_list_does_not_pass_for_an_empty_one(
    mautic: _Twisted, bring: Bring
) -> None:
    def twist(request: Request, response: Response) -> Response:
        please_wait = html("<title>Please wait</title>")
        return please_wait if request.path == "/s/credentials" and request.cookies else response

    mautic.twist = twist
    with pytest.raises(UnexpectedPageError) as caught:
        bring(mautic.url)

    assert "Mautic's login form" in caught.value.expected or "API cred" in caught.value.expected
    assert "/s/credentials/new" not in mautic.posts()


def test_rows_that_look_different(mautic: _Twisted, bring: Bring) -> None:
    clients.make(mautic.site.database, "app", [], people.role(mautic.site.database, 1))

    def twist(request: Request, response: Response) -> Response:
        if request.path == "/s/credentials":
            response.body = response.body.replace(b" readonly ", b" disabled ")
        return response

    mautic.twist = twist
    with pytest.raises(UnexpectedPageError, match="expected rows of name, id, secret and number"):
        bring(mautic.url)


def test_a_client_that_is_made_and_not_listed(with_api: _Twisted, bring: Bring) -> None:
    def twist(request: Request, response: Response) -> Response:
        if request.path == "/s/credentials":
            row = rb"<tr\b(?:(?!</tr>).)*<td>app</td>.*?</tr>"
            response.body = re.sub(row, b"", response.body, flags=re.DOTALL)
        return response

    with_api.twist = twist
    with pytest.raises(SecretUnreadableError, match="saw a list without it"):
        bring(with_api.url)


def test_a_mautic_that_fails_on_the_way(with_api: _Twisted, bring: Bring) -> None:
    def twist(request: Request, response: Response) -> Response:
        posted = request.path == "/s/credentials/new" and request.method == "POST"
        return html("<title>Site is offline</title>", 500) if posted else response

    with_api.twist = twist
    with pytest.raises(UiError) as caught:
        bring(with_api.url)

    assert str(caught.value).startswith(
        f"create the OAuth2 client app as that user on {with_api.url}: expected a"
    )
    assert 'the page "Site is offline" at /s/credentials/new (HTTP 500)' in caught.value.seen
