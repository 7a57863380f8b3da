"""The HTTP client that everything here talks to Mautic with."""

import re
import ssl
from collections.abc import Generator
from pathlib import Path
from typing import TypeGuard

import httpx

from mautic_bootstrap.errors import UnreachableError
from mautic_bootstrap.urls import is_loopback

TIMEOUT_S = 10.0


# RFC 6750, `b64token`: whatever else is in a header could be read back from an error of the HTTP library.
_BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


def tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    """Return a verifying TLS context: the system's authorities, and a private one beside them."""
    context = ssl.create_default_context()
    if ca_bundle is not None:
        context.load_verify_locations(cafile=ca_bundle)
    return context


def open_client(base_url: str, *, user_agent: str, ca_bundle: Path | None) -> httpx.Client:
    """Return a client that follows no redirect: where Mautic redirects to says what state it is in.

    Raises:
        UnreachableError: No client can be made of that URL, CA bundle and the proxies of the environment.
    """
    try:
        loopback = is_loopback(base_url)
        # Reading the system's authorities takes 35 ms; without them nothing over TLS would be trusted.
        plain = loopback and base_url.startswith("http://")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else tls_context(ca_bundle)
        return httpx.Client(
            base_url=base_url,
            headers={"User-Agent": user_agent, "Accept": "application/json"},
            timeout=TIMEOUT_S,
            verify=context,
            follow_redirects=False,
            # A proxy of the environment is for the outside; it could not reach this machine's loopback.
            trust_env=not loopback,
        )
    except (ValueError, ImportError, OSError, httpx.InvalidURL) as exc:
        raise UnreachableError(
            f"connect to {base_url}",
            expected="a URL, certificates and, where the environment names proxies, usable ones",
            seen=type(exc).__name__,  # its text may hold a part of a proxy's password
            hint="Check mautic_url, mautic_ca_bundle, and HTTP_PROXY, HTTPS_PROXY and ALL_PROXY.",
        ) from None


class BearerAuth(httpx.Auth):
    """Sends a bearer token; in the header alone, as Mautic's 404 echoes the query."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the header."""
        request.headers["Authorization"] = self._header
        yield request


def is_bearer_token(token: object) -> TypeGuard[str]:
    """Say whether something can be sent as a bearer token."""
    return isinstance(token, str) and _BEARER_TOKEN.fullmatch(token) is not None
