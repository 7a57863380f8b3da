"""The base URL of a Mautic: one form, whatever a person typed."""

import ipaddress
from urllib.parse import urlsplit, urlunsplit

# `/admin` is a 404 on current Mautics that even creates a tracked contact; people type it all the same.
_TYPED_SUFFIXES = ("/api", "/s", "/admin", "/index.php")


def normalise_base_url(url: str) -> str:
    """Return the base URL: scheme, host, port and path prefix, without a slash at the end.

    Args:
        url: What a person typed; a trailing `/`, `/api`, `/s` or `/admin` is dropped.

    Raises:
        ValueError: It is no http(s) URL with a host, or holds credentials, a query or a fragment. The
            message never repeats credentials.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as exc:
        raise ValueError("is not a URL") from exc
    if "@" in parts.netloc:
        raise ValueError("holds credentials; name them in mautic_admin_username and _password")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("is not an http:// or https:// URL with a host")
    if any(c.isspace() for c in url.strip()) or parts.query or parts.fragment:
        raise ValueError("holds white space, a query or a fragment; a base URL has none")
    path = parts.path.rstrip("/")
    while path.endswith(_TYPED_SUFFIXES):
        path = path.rsplit("/", 1)[0].rstrip("/")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    netloc = host if port is None else f"{host}:{port}"
    return urlunsplit((parts.scheme, netloc, path, "", ""))


def host_of(url: str) -> str:
    """Return the host name or address of a URL."""
    return urlsplit(url).hostname or ""


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
