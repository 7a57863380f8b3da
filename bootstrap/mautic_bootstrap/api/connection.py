"""The HTTP clients that everything here talks to Mautic with."""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeGuard

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


class _NoCookies(httpx.Cookies):
    """Keeps none: API v2 of 7.0.0 sets a session's even where it refuses, and no call shall carry another's state."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them; looking for some in every answer would be 6 % of a call's work."""


class _Client(httpx.Client):
    cookies = _NoCookies()  # type: ignore[override]  # nobody sets it


class _AsyncClient(httpx.AsyncClient):
    cookies = _NoCookies()  # type: ignore[override]  # nobody sets it


def open_client(
    base_url: str, *, user_agent: str, ca_bundle: Path | None, timeout_s: float = TIMEOUT_S
) -> httpx.Client:
    """Return a pooled client that follows no redirect: where Mautic redirects to says what state it is in.

    Args:
        base_url: Mautic's base URL; paths of requests are below it.
        user_agent: Sent with every request.
        ca_bundle: A private certificate authority, trusted beside the system's.
        timeout_s: Seconds for each wait: to connect, to write, to read, and for a connection of the pool.

    Raises:
        UnreachableError: No client can be made of that URL, CA bundle and the proxies of the environment.
    """
    with _explained(base_url):
        return _Client(**_options(base_url, user_agent, ca_bundle, timeout_s))


def open_async_client(
    base_url: str, *, user_agent: str, ca_bundle: Path | None, timeout_s: float = TIMEOUT_S
) -> httpx.AsyncClient:
    """Return the same as `open_client`, to be awaited.

    Raises:
        UnreachableError: As there.
    """
    with _explained(base_url):
        return _AsyncClient(**_options(base_url, user_agent, ca_bundle, timeout_s))


def _options(
    base_url: str, user_agent: str, ca_bundle: Path | None, timeout_s: float
) -> dict[str, Any]:
    loopback = is_loopback(base_url)
    # Reading the system's authorities takes 35 ms; without them nothing over TLS would be trusted.
    plain = loopback and base_url.startswith("http://")
    return {
        "base_url": base_url,
        "headers": {
            "User-Agent": user_agent,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",  # what `body` unpacks
        },
        "timeout": timeout_s,
        "verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else tls_context(ca_bundle),
        "follow_redirects": False,
        # A proxy of the environment is for the outside; it could not reach this machine's loopback.
        "trust_env": not loopback,
    }


@contextmanager
def _explained(base_url: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, ImportError, OSError, httpx.InvalidURL) as exc:
        raise UnreachableError(
            f"connect to {base_url}",
            expected="a URL, certificates and, where the environment names proxies, usable ones",
            seen=type(exc).__name__,  # its text may hold a part of a proxy's password
            hint="Check mautic_url, mautic_ca_bundle, and HTTP_PROXY, HTTPS_PROXY and ALL_PROXY.",
        ) from None


def is_bearer_token(token: object) -> TypeGuard[str]:
    """Say whether something can be sent as a bearer token."""
    return isinstance(token, str) and _BEARER_TOKEN.fullmatch(token) is not None
