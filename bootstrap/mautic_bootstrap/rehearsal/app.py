"""The web application: one request in, one answer out.

Before the installation everything leads to the installer. Afterwards `/api` and `/oauth` are REST, `/s/...`
is the admin UI, and any other path is a public landing page that does not exist: asking for it leaves a
tracked, anonymous contact behind, which is why nobody should ask for `/admin`.
"""

import re
import secrets
import threading
from collections.abc import Callable

from mautic_bootstrap.rehearsal.database import DatabaseError, query
from mautic_bootstrap.rehearsal.http import (
    UNCACHED,
    Request,
    Response,
    redirect,
    web_server_redirect,
)
from mautic_bootstrap.rehearsal.model import contacts, people
from mautic_bootstrap.rehearsal.pages import configuration, credentials, login
from mautic_bootstrap.rehearsal.pages.site import Site, Visit
from mautic_bootstrap.rehearsal.rest import router
from mautic_bootstrap.rehearsal.sessions import Session, Sessions, cookie_name

_CREDENTIAL = re.compile(r"/s/credentials/(edit|delete)/(\d+)")
_CREDENTIALS_PAGE = re.compile(r"/s/credentials(?:/(\d+))?")
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
        response = router.handle(self.site, request)
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
        user = people.user(self.site.database, session.user_id) if session.user_id else None
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
        return self._page(Visit(self.site, request, session, role))

    def _to_login(self, request: Request, session: Session) -> Response:
        """Show the login form, or lead there and remember what was asked for."""
        if request.path == "/s/login":
            return login.login_page(self.site, session)
        if request.method == "GET" and request.path != "/s/login_check":
            session.target = request.base_url + request.target
        relative = self.site.version.relative_login_redirect or request.path == "/s/login_check"
        return redirect("/s/login" if relative else f"{request.base_url}/s/login")

    def _page(self, visit: Visit) -> Response:  # noqa: PLR0911  # one return per answer: that is the table of contents
        path, posted = visit.request.path, visit.request.method == "POST"
        if path == "/s/dashboard":
            return self.site.page("dashboard.html.j2", self.site.texts("dashboard"), visit.session)
        if path == "/s/config/edit":
            if not visit.role.is_admin:
                return self._forbidden()
            return configuration.save(visit) if posted else configuration.show(visit)
        if path == "/s/credentials/new":
            if not self._may(visit, "create"):
                return self._forbidden()
            return credentials.create(visit) if posted else credentials.show_new(visit)
        if found := _CREDENTIAL.fullmatch(path):
            return self._credential(visit, found[1], int(found[2]))
        if found := _CREDENTIALS_PAGE.fullmatch(path):
            allowed = self._may(visit, "view")
            return (
                credentials.show_list(visit, int(found[1] or 1)) if allowed else self._forbidden()
            )
        return self._missing()

    def _credential(self, visit: Visit, action: str, client_id: int) -> Response:
        right = "editother" if action == "edit" else "delete"
        if not self._may(visit, right):
            return self._forbidden()
        if action == "delete":
            return credentials.delete(visit, client_id)
        posted = visit.request.method == "POST"
        act = credentials.change if posted else credentials.show_edit
        return act(visit, client_id)

    def _may(self, visit: Visit, level: str) -> bool:
        """Check a right to API clients; while the API is off nobody but an admin has one."""
        on = self.site.settings.switched_on("api_enabled")
        return visit.role.is_admin or (on and visit.role.allows("api:clients", level))

    def _forbidden(self) -> Response:
        return self.site.plain_page(403, self.site.texts("forbidden"), "")

    def _missing(self) -> Response:
        return self.site.plain_page(404, self.site.texts("not_found"), "")

    def _public_page(self, request: Request) -> Response:
        """Answer 404 like the landing-page catch-all: it tracks who asks."""
        contact_id = contacts.track(self.site.database, request.client_ip)
        response = self._missing()
        device = secrets.token_hex(12)
        response.headers += [
            ("Set-Cookie", f"mautic_device_id={device}; Max-Age=31536000; {_TRACKING}"),
            ("Set-Cookie", f"mtc_id={contact_id}; {_TRACKING}"),
            ("Set-Cookie", f"mautic_referer_id=1; Max-Age=1800; {_TRACKING}"),
            self._cookie(secrets.token_hex(16)),
        ]
        return response
