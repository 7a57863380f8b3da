"""Who may ask: this machine itself, or whoever sends the token.

Behind a reverse proxy on this machine every peer is this machine. So a peer on loopback counts only where the
request also names this machine as its host, and bears no mark of having been passed on. nginx sets none unless it
is told to: let it pass `X-Forwarded-For` or the original `Host` on, or keep these paths to itself.
"""

import hmac
import ipaddress
from dataclasses import dataclass

from pydantic import SecretStr
from starlette.requests import Request

from mautic_bootstrap.urls import is_loopback

# RFC 7239 and what was there before it; by prefix, as every proxy invents another one.
_PASSED_ON = ("forwarded", "x-forwarded-", "x-real-ip", "x-client-ip", "via", "cf-", "true-client-")


@dataclass(frozen=True)
class Refusal:
    """Why somebody may not ask."""

    status: int
    message: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Access:
    """Lets in who may ask."""

    token: SecretStr | None
    """What other machines have to send as their bearer token; None: nothing lets them in."""

    def refusal(self, request: Request) -> Refusal | None:
        """Return why this request may not be answered; None if it may."""
        if _is_direct(request) or self._has_token(request):
            return None
        if self.token is None:
            return Refusal(
                403, "answered on this machine itself only; MAUTIC_HEALTH_TOKEN is not set", {}
            )
        return Refusal(401, "a bearer token is needed", {"WWW-Authenticate": "Bearer"})

    def _has_token(self, request: Request) -> bool:
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        if self.token is None or scheme.lower() != "bearer":
            return False
        # Headers are Latin-1; comparing takes as long however much of it is right.
        return hmac.compare_digest(
            sent.strip().encode("latin-1"), self.token.get_secret_value().encode()
        )


def _is_direct(request: Request) -> bool:
    """Say whether a process of this machine asks, and asks this machine: no proxy, no page in a browser."""
    return (
        request.client is not None
        and _is_loopback_address(request.client.host)
        # A web page of a domain that suddenly points to this machine still names that domain.
        and _names_this_machine(request.headers.get("host", "localhost"))
        and not any(name.startswith(_PASSED_ON) for name in request.headers)
    )


def _is_loopback_address(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _names_this_machine(host: str) -> bool:
    try:
        return is_loopback(f"//{host}")
    except ValueError:
        return False
