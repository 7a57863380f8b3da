"""What every page of the stand-in shares: its context, rendering and standard answers."""

from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mautic_bootstrap.rehearsal.database import Database, Row
from mautic_bootstrap.rehearsal.http import Request, Response, html
from mautic_bootstrap.rehearsal.model.people import Role
from mautic_bootstrap.rehearsal.model.stamps import Author
from mautic_bootstrap.rehearsal.sessions import Session
from mautic_bootstrap.rehearsal.settings import Settings
from mautic_bootstrap.rehearsal.texts import Texts
from mautic_bootstrap.rehearsal.versions import Version

_TEMPLATES = Environment(
    loader=PackageLoader("mautic_bootstrap.rehearsal"), autoescape=True, undefined=StrictUndefined
)


@dataclass
class Flags:
    """Ways to make the stand-in misbehave, for tests of what this project says then."""

    german: bool = False
    """Serve the admin UI in German; ids and names stay."""

    throttling: bool = False
    """Count failed logins as Mautic 7.1 and later do: three in 30 minutes."""

    names_disabled_accounts: bool = False
    """Say that an account is disabled. Mautic has a text for it, but 5.1.0 and 7.0.0 call it invalid."""

    offline: bool = False
    """Answer every request with Mautic's offline page (HTTP 500)."""

    locked_by: str = ""
    """Credentials are checked out by this user: editing one leads back to the list."""

    failed_logins: dict[str, int] = field(default_factory=dict)
    """Failures per lower-case user name, while `throttling` is on."""


@dataclass
class Site:
    """One stand-in: what its pages read and write."""

    version: Version
    database: Database
    settings: Settings
    flags: Flags

    @property
    def texts(self) -> Texts:
        """The UI's texts in the language of the moment."""
        return Texts(self.version, german=self.flags.german)

    def page(
        self, template: str, title: str, session: Session, status: int = 200, **values: Any
    ) -> Response:
        """Render a page of the admin UI, showing and forgetting the waiting messages."""
        context = {"title": title, "flashes": session.take_flashes(), **values}
        return html(self._render(template, **context), status)

    def plain_page(self, status: int, title: str, message: str) -> Response:
        """Render a page outside the admin UI: an error, or the installer."""
        context = {"title": title, "message": message, "status": status, "flashes": []}
        return html(self._render("plain.html.j2", **context), status)

    def offline_page(self) -> Response:
        """Render what Mautic answers, to every request, while it cannot work."""
        return self.plain_page(500, self.texts("offline_title"), self.texts("offline"))

    def crashed(self) -> Response:
        """Render the page of an uncaught error."""
        return self.plain_page(500, self.texts("server_error"), self.texts("offline"))

    def forbidden(self) -> Response:
        """Render the page that is shown instead of one the user may not see."""
        return self.plain_page(403, self.texts("forbidden"), "")

    def missing(self) -> Response:
        """Render the page of an address that leads nowhere."""
        return self.plain_page(404, self.texts("not_found"), "")

    def _render(self, template: str, **values: Any) -> str:
        return _TEMPLATES.get_template(template).render(
            t=self.texts,
            version=self.version,
            language="de" if self.flags.german else "en_US",
            **values,
        )


@dataclass(frozen=True)
class Visit:
    """One request by a logged-in user."""

    site: Site
    request: Request
    session: Session
    user: Row
    role: Role

    @property
    def author(self) -> Author:
        """Who is credited for what this request changes."""
        return Author(f"{self.user['first_name']} {self.user['last_name']}", self.user["id"])

    @property
    def posted(self) -> bool:
        """Whether a form came."""
        return self.request.method == "POST"

    @property
    def api_on(self) -> bool:
        """Whether the API is switched on; without it nobody but an admin has a right to it."""
        return self.site.settings.switched_on("api_enabled")

    def may(self, permission: str, level: str) -> bool:
        """Say whether the user may do something."""
        if not self.role.is_admin and permission.startswith("api:") and not self.api_on:
            return False
        return self.role.allows(permission, level)

    def flash(self, text: str, *, error: bool = False, **values: object) -> None:
        """Leave a message for the next page."""
        self.session.flashes.append((self.site.texts(text, **values), error))

    def named(self, address: str, name: str) -> Markup:
        """Return a name as messages show it: a link to what it names."""
        return Markup('<a href="{}"><strong>{}</strong></a>').format(address, name)
