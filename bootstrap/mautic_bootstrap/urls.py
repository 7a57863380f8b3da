"""The base URL of a Mautic: one form, whatever a person typed."""

import ipaddress
import re
from urllib.parse import urlsplit, urlunsplit

import httpx

# `/admin` is a 404 on current Mautics that even creates a tracked contact; people type it all the same.
_TYPED_SUFFIXES = ("/api", "/s", "/admin", "/index.php")

# A name (also one of an international domain) or an address, then a port; nothing else stands there.
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w-]+(\.[\w-]+)*\.?)(:[0-9]*)?")


def normalise_base_url(url: str) -> str:
    """Return the base URL: scheme, host, port and path prefix, without a slash at the end.

    Args:
        url: What a person typed; a trailing `/`, `/api`, `/s` or `/admin` is dropped.

    Raises:
        ValueError: It is no http(s) URL with a host, or holds credentials, a query or a fragment. The
            message never repeats what was typed.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("is not a URL") from None
    if "@" in parts.netloc:
        raise ValueError("holds credentials; name them in mautic_admin_username and _password")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not an http:// or https:// URL with a host")
    if any(c.isspace() for c in url) or parts.query or parts.fragment:
        raise ValueError("holds white space, a query or a fragment; a base URL has none")
    if not url.isprintable() or port == 0 or not _HOST_AND_PORT.fullmatch(parts.netloc):
        raise ValueError(
            "holds a host or port that cannot be one, or characters that cannot be seen"
        )
    path = parts.path.rstrip("/")
    while path.endswith(_TYPED_SUFFIXES):
        path = path.rsplit("/", 1)[0].rstrip("/")
    host = bracketed(parts.hostname)
    netloc = host if port is None else f"{host}:{port}"
    base_url = urlunsplit((parts.scheme, netloc, path, "", ""))
    if not _can_be_called(base_url):
        raise ValueError("is not a URL")
    return base_url


def _can_be_called(url: str) -> bool:
    try:
        return bool(httpx.URL(url).host)
    except (ValueError, httpx.InvalidURL):  # an international name that is none
        return False


def host_of(url: str) -> str:
    """Return the host name or address of a URL."""
    return urlsplit(url).hostname or ""


def bracketed(address: str) -> str:
    """Return an IP address as it stands before a port."""
    return f"[{address}]" if ":" in address else address


def port_of(url: str) -> int:
    """Return the port of a URL, the scheme's own where none is named."""
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def is_loopback(url: str) -> bool:
    """Say whether a URL's host is this machine's loopback: `localhost`, `*.localhost`, 127/8, ::1."""
    host = host_of(url)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
