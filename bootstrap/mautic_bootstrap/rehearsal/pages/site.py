"""What every page of the stand-in shares: its context, rendering and standard answers."""

from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from mautic_bootstrap.rehearsal.database import Database
from mautic_bootstrap.rehearsal.http import Request, Response, html
from mautic_bootstrap.rehearsal.model.people import Role
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
    role: Role
