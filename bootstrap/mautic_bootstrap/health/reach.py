"""Whether Mautic answers: its login page tells, which is no API call."""

import time

import httpx

from mautic_bootstrap.api.client_options import Transport
from mautic_bootstrap.api.connection import open_async_client
from mautic_bootstrap.api.drivers import AsyncDriver
from mautic_bootstrap.api.effects import Send, Steps
from mautic_bootstrap.api.transport_errors import to_error
from mautic_bootstrap.health.report import Check
from mautic_bootstrap.redaction import Redactor

_PAGE = "/s/login"


class LoginPage:
    """Asks for the login page, which needs PHP, the database and an installation.

    Args:
        base_url: Mautic's base URL.
        transport: How to connect.
        redactor: Masks secrets in what went wrong.

    Raises:
        UnreachableError: No connection can be made of that.
    """

    def __init__(self, base_url: str, transport: Transport, redactor: Redactor) -> None:
        self._http = open_async_client(base_url, **transport)
        self._driver = AsyncDriver(self._http)
        self._timeout_s = transport["timeout_s"]
        self._attempted = f"ask {base_url}{_PAGE}"
        self._redactor = redactor
        self.unanswered = False
        """Whether nothing came back the last time."""

    async def ask(self) -> Check:
        """Ask once; raises nothing."""
        request = self._http.build_request("GET", _PAGE, headers={"Accept": "text/html"})
        began = time.monotonic()
        try:
            answer = await self._driver.run(_exchange(Send(request, self._timeout_s)))
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            waited_s = time.monotonic() - began
            self.unanswered = True
            error = to_error(exc, self._attempted, waited_s, self._redactor)
            return Check(False, error.sentence(), time.time())
        self.unanswered = False
        return Check(*_judged(answer), time.time())

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _exchange(send: Send) -> Steps[httpx.Response]:
    response: httpx.Response = yield send
    return response


def _judged(answer: httpx.Response) -> tuple[bool, str]:
    """Say whether this is a Mautic that works, and why.

    Source: `app/AppKernel.php` (`isInstalled`, the installer's redirect), `UserBundle/Resources/views/Security/
    login.html.twig`; live 5.1.0, 7.0.0.
    """
    status = answer.status_code
    if answer.has_redirect_location and "/installer" in answer.headers["location"]:
        return False, "Mautic is not installed: it leads to its installer"
    if status == 200 and 'name="login"' in answer.text:
        return True, "the login page is there"
    if status >= 500:
        return False, f"the login page is a {status}: look at Mautic's log, its database, its cache"
    return False, f"HTTP {status} without Mautic's login form: is this a Mautic?"
