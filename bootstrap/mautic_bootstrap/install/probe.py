"""Seeing from outside what state a Mautic is in.

The login page tells it all: it needs PHP, the database and an installation. `/admin` is never asked for: on
current Mautics it is a 404 that tracks the visitor and creates a contact.

Source: `app/AppKernel.php` (`isInstalled`, the installer redirect), `UserBundle/Resources/views/Security/
login.html.twig`; live 5.1.0, 7.0.0.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from mautic_bootstrap.api.connection import open_client
from mautic_bootstrap.errors import UnreachableError

_LOGIN_FORM = 'name="login"'
_INSTALLER = "/installer"


@dataclass(frozen=True)
class Probe:
    """What `GET /s/login` answered."""

    state: Literal["installed", "installer", "error", "unreachable", "foreign"]
    seen: str
    """The observation in words, for messages."""

    @property
    def is_mautic(self) -> bool:
        """Whether a Mautic answered at all."""
        return self.state in {"installed", "installer"}


def probe(base_url: str, *, user_agent: str, ca_bundle: Path | None) -> Probe:
    """Ask a Mautic's login page once and say what state it is in; raises nothing."""
    try:
        with open_client(base_url, user_agent=user_agent, ca_bundle=ca_bundle) as client:
            answer = client.get("/s/login", headers={"Accept": "text/html"})
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        return Probe("unreachable", str(exc) or type(exc).__name__)
    except UnreachableError as exc:
        return Probe("unreachable", exc.seen)
    location = answer.headers.get("location", "")
    seen = f"HTTP {answer.status_code}" + (f" to {location}" if location else "")
    if answer.is_redirect and _INSTALLER in location:
        return Probe("installer", seen)
    if answer.status_code == 200 and _LOGIN_FORM in answer.text:
        return Probe("installed", f"{seen} with Mautic's login form")
    if answer.status_code >= 500:
        return Probe("error", seen)
    return Probe("foreign", f"{seen}, which is no Mautic login page")
