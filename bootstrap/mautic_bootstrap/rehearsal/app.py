"""The web application: one request in, one answer out.

Before the installation everything leads to the installer. Afterwards `/api` and `/oauth` are REST, `/s/...`
is the admin UI, and any other path is a public landing page that does not exist: asking for it leaves a
tracked, anonymous contact behind, which is why nobody should ask for `/admin`.
"""

import secrets
import threading
from collections.abc import Callable

from mautic_bootstrap.rehearsal.database import DatabaseError, Row, query
from mautic_bootstrap.rehearsal.http import (
    UNCACHED,
    Request,
    Response,
    redirect,
    web_server_redirect,
)
from mautic_bootstrap.rehearsal.model import contacts, people
from mautic_bootstrap.rehearsal.pages import login, router
from mautic_bootstrap.rehearsal.pages.site import Site, Visit
from mautic_bootstrap.rehearsal.rest import router as rest_router
from mautic_bootstrap.rehearsal.sessions import Session, Sessions, cookie_name

_TRACKING = "path=/; secure; samesite=none"


class Application:
    """One stand-in's web side. Requests are answered one at a time."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._sessions = Sessions()
        self._lock = threading.Lock()

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        with self._lock:
            try:
                return self._answer(request)
            except DatabaseError:
                return self.site.offline_page()

    def _answer(self, request: Request) -> Response:
        if self.site.flags.offline:
            return self.site.offline_page()
        if request.path.startswith("/index.php/installer"):
            return web_server_redirect(f"{request.base_url}/installer")
        if not self.site.settings.installed():
            return self._not_installed(request)
        query(
            self.site.database, "SELECT 1"
        )  # no page works without the database, not even the login
        if request.path.startswith(("/api", "/oauth")):
            return self._rest(request)
        return self._page_of_site(request)

    def _not_installed(self, request: Request) -> Response:
        """Lead everything to the installer, which the rehearsal does not play."""
        if not request.path.startswith("/installer"):
            return redirect(f"{request.base_url}/index.php/installer", caching=UNCACHED)
        response = self.site.plain_page(200, "Install | Mautic", "")
        response.headers.append(self._cookie(secrets.token_hex(16)))
        return response

    def _page_of_site(self, request: Request) -> Response:
        """Answer for anything but REST."""
        match request.path:
            case "/installer":
                return redirect("/s/dashboard", caching=UNCACHED)
            case "/":
                return redirect("/s/dashboard")
            case "/s":
                return redirect("/s/dashboard", 301)
            case "/passwordreset":
                return self._with_session(
                    request, lambda _, session: login.reset_page(self.site, session)
                )
            case path if path.startswith("/s/"):
                return self._with_session(request, self._admin_ui)
        return self._public_page(request)

    def _rest(self, request: Request) -> Response:
        response = rest_router.handle(self.site, request)
        # API Platform alone keeps sessions: for whoever it does not know, and for users.
        scheme = request.headers.get("authorization", "").partition(" ")[0].lower()
        keeps = scheme == ("" if response.status == 401 else "basic")
        if self.site.version.rest_v2 and request.path.startswith("/api/v2/") and keeps:
            response.headers.append(self._cookie(secrets.token_hex(16)))
        return response

    def _with_session(
        self, request: Request, answer: Callable[[Request, Session], Response]
    ) -> Response:
        """Answer within a session, and hand its id out whenever it is a new one."""
        session_id = request.cookies.get(self._cookie_name())
        session = self._sessions.find(session_id)
        if session is None:
            if request.method == "POST" and request.path != "/s/login_check":
                return self._to_login(request, Session())  # no session is begun for it
            session_id, session = self._sessions.start()
        response = answer(request, session)
        current = self._sessions.id_of(session)
        if current is not None and current != request.cookies.get(self._cookie_name()):
            response.headers.append(self._cookie(current))
        return response

    def _cookie_name(self) -> str:
        return cookie_name(self.site.settings.read().get("secret_key", ""))

    def _cookie(self, value: str) -> tuple[str, str]:
        cookie = f"{self._cookie_name()}={value}; path=/; httponly; samesite=lax"
        return ("Set-Cookie", cookie)

    def _admin_ui(self, request: Request, session: Session) -> Response:
        user = self._user(session)
        path, posted = request.path, request.method == "POST"
        if path == "/s/login_check" and posted:
            return login.check_login(self.site, request, session, self._sessions)
        if path == "/s/logout":
            return login.log_out(request, session, self._sessions)
        if user is None:
            return self._to_login(request, session)
        if path == "/s/login":
            return redirect("/s/dashboard")
        if path == "/s/":
            return redirect(f"{request.base_url}/s", 301)
        role = people.role(self.site.database, user["role_id"])
        return router.answer(Visit(self.site, request, session, user, role))

    def _user(self, session: Session) -> Row | None:
        """Return who is logged in; a user who was disabled, renamed or given another password is not."""
        user = people.user(self.site.database, session.user_id) if session.user_id else None
        if user and user["is_published"] and people.identity(user) == session.identity:
            return user
        session.user_id = None
        return None

    def _to_login(self, request: Request, session: Session) -> Response:
        """Show the login form, or lead there and remember what was asked for."""
        if request.path == "/s/login":
            return login.login_page(self.site, session)
        if request.method == "GET" and request.path != "/s/login_check":
            session.target = request.base_url + request.target
        relative = self.site.version.relative_login_redirect or request.path == "/s/login_check"
        return redirect("/s/login" if relative else f"{request.base_url}/s/login")

    def _public_page(self, request: Request) -> Response:
        """Answer 404 like the landing-page catch-all: it tracks who asks."""
        contact_id = contacts.track(self.site.database, request.client_ip)
        response = self.site.missing()
        device = secrets.token_hex(12)
        response.headers += [
            ("Set-Cookie", f"mautic_device_id={device}; Max-Age=31536000; {_TRACKING}"),
            ("Set-Cookie", f"mtc_id={contact_id}; {_TRACKING}"),
            ("Set-Cookie", f"mautic_referer_id=1; Max-Age=1800; {_TRACKING}"),
            self._cookie(secrets.token_hex(16)),
        ]
        return response
