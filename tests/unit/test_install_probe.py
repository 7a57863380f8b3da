from typing import Any

import httpx
import pytest
import respx

from mautic_bootstrap.install.probe import Probe, probe

_URL = "http://localhost:8080/crm"
_LOGIN = '<html><form class="form-group login-form" name="login" role="form"></form></html>'


def _probe(answer: httpx.Response | Exception) -> Probe:
    with respx.mock:
        route = respx.get(f"{_URL}/s/login").mock(side_effect=[answer])
        seen = probe(_URL, user_agent="unit/1.0", ca_bundle=None)
        request = route.calls.last.request
    assert (request.headers["user-agent"], request.headers["accept"]) == ("unit/1.0", "text/html")
    assert "authorization" not in request.headers
    return seen


@pytest.mark.parametrize(
    ("answer", "state", "seen"),
    [
        (httpx.Response(200, html=_LOGIN), "installed", "HTTP 200 with Mautic's login form"),
        (
            httpx.Response(302, headers={"Location": f"{_URL}/index.php/installer"}),
            "installer",
            f"HTTP 302 to {_URL}/index.php/installer",
        ),
        (
            httpx.Response(302, headers={"Location": "/installer/step/1"}),
            "installer",
            "HTTP 302 to /installer/step/1",
        ),
        (httpx.Response(500, html="The site is currently offline"), "error", "HTTP 500"),
        (httpx.Response(503), "error", "HTTP 503"),
        (
            httpx.Response(200, html="<h1>It works!</h1>"),
            "foreign",
            "HTTP 200, which is no Mautic login page",
        ),
        (httpx.Response(404), "foreign", "HTTP 404, which is no Mautic login page"),
        (
            httpx.Response(301, headers={"Location": "https://localhost/s/login"}),
            "foreign",
            "HTTP 301 to https://localhost/s/login, which is no Mautic login page",
        ),
        (
            httpx.Response(200, html="see /installer"),
            "foreign",
            "HTTP 200, which is no Mautic login page",
        ),
        (httpx.ConnectError("[Errno 111] refused"), "unreachable", "[Errno 111] refused"),
        (httpx.ReadTimeout(""), "unreachable", "ReadTimeout"),
        (httpx.InvalidURL("odd"), "unreachable", "odd"),
    ],
)
def test_the_login_page_tells_the_state(
    answer: httpx.Response | Exception, state: Any, seen: str
) -> None:
    assert _probe(answer) == Probe(state, seen)


@pytest.mark.parametrize(
    ("state", "is_mautic"),
    [
        ("installed", True),
        ("installer", True),
        ("error", False),
        ("unreachable", False),
        ("foreign", False),
    ],
)
def test_a_mautic_is_what_shows_its_login_page_or_its_installer(
    state: Any, is_mautic: bool
) -> None:
    assert Probe(state, "").is_mautic is is_mautic


def test_no_redirect_is_followed() -> None:
    with respx.mock:
        respx.get(f"{_URL}/s/login").respond(302, headers={"Location": "/index.php/installer"})
        assert probe(_URL, user_agent="u", ca_bundle=None).state == "installer"
        assert respx.calls.call_count == 1
