"""The stand-in inside this process, for tests.

with RehearsalServer("7.0") as mautic:
    mautic.install("admin", password, "admin@example.com")
    ...  # drive mautic.url
"""

import ssl
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from mautic_bootstrap.rehearsal import schema
from mautic_bootstrap.rehearsal.app import Application
from mautic_bootstrap.rehearsal.database import SqliteDatabase
from mautic_bootstrap.rehearsal.http import Request, Response
from mautic_bootstrap.rehearsal.listener import Listener
from mautic_bootstrap.rehearsal.model import people
from mautic_bootstrap.rehearsal.pages.site import Flags, Site
from mautic_bootstrap.rehearsal.settings import Settings
from mautic_bootstrap.rehearsal.versions import VERSIONS


@dataclass(frozen=True)
class Recorded:
    """One request the stand-in got."""

    method: str
    path: str
    """Path and query."""

    fields: tuple[str, ...]
    """Names of the form fields it carried, in order."""


class RehearsalServer:
    """A stand-in for Mautic on a free loopback port; use it as a context manager.

    Args:
        version: "5.1" or "7.0".
        flags: How it should misbehave; may be changed while it runs.
        ssl_context: Serve https with this certificate.

    Attributes:
        url: Base URL, no trailing slash; known from construction on.
        requests: Every request since the start.
        site: Its database, settings and flags.
    """

    def __init__(
        self,
        version: str = "7.0",
        flags: Flags | None = None,
        *,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        database = SqliteDatabase()
        self.site = Site(VERSIONS[version], database, Settings(), flags or Flags())
        self.requests: list[Recorded] = []
        self._application = Application(self.site)
        self._listener = Listener(("127.0.0.1", 0), self._answer, ssl_context)
        self.url = f"{self._listener.scheme}://127.0.0.1:{self._listener.server_port}"
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.05,), daemon=True
        )
        self._database = database

    def install(self, username: str, password: str, email: str = "admin@example.com") -> None:
        """Do what `mautic:install` does: tables, the one role, the admin, the settings."""
        schema.create(self._database, backup=False)
        people.load_fixtures(self._database)
        names = {"first": "Admin", "last": "Mautic"}
        people.save_admin(
            self._database, username=username, password=password, email=email, **names
        )
        self.site.settings.install(self.url)

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop serving."""
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()
        self._database.close()

    def _answer(self, request: Request) -> Response:
        names = tuple(name for name, _ in request.form)
        self.requests.append(Recorded(request.method, request.target, names))
        return self._application.handle(request)
