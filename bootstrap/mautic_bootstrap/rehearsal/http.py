"""HTTP requests and answers, as the rehearsal's parts see them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """One request."""

    method: str
    target: str
    """Path and query as they came."""

    headers: Mapping[str, str]
    """Names in lower case."""

    body: bytes = b""
    scheme: str = "http"
    client_ip: str = "127.0.0.1"

    @property
    def path(self) -> str:
        """The path alone."""
        return urlsplit(self.target).path

    @property
    def base_url(self) -> str:
        """Scheme and host as the client addressed them, no trailing slash."""
        return f"{self.scheme}://{self.headers.get('host', 'localhost')}"

    @cached_property
    def query(self) -> dict[str, str]:
        """Query parameters; of a repeated one the last."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @cached_property
    def form(self) -> list[tuple[str, str]]:
        """Form fields in order, from an urlencoded or a multipart body; empty for any other."""
        kind = self.headers.get("content-type", "")
        if kind.startswith("application/x-www-form-urlencoded"):
            return parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True)
        if kind.startswith("multipart/form-data"):
            return _multipart(kind, self.body)
        return []

    @cached_property
    def cookies(self) -> dict[str, str]:
        """Cookies by name; none where the header cannot be read."""
        try:
            jar = SimpleCookie(self.headers.get("cookie", ""))
        except CookieError:
            return {}
        return {name: morsel.value for name, morsel in jar.items()}

    def json(self) -> Any:
        """Return the parsed JSON body.

        Raises:
            ValueError: The body is not JSON.
        """
        return json.loads(self.body)

    @property
    def is_json(self) -> bool:
        """Whether the body claims to be JSON."""
        return self.headers.get("content-type", "").startswith("application/json")


def _multipart(content_type: str, body: bytes) -> list[tuple[str, str]]:
    """Read the text fields of a multipart form; files come with their (empty) name as value."""
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields: list[tuple[str, str]] = []
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes) and part.get_filename() is None:
            fields.append((name, content.decode(errors="replace")))
    return fields


@dataclass
class Response:
    """One answer."""

    status: int = 200
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)


# What Symfony adds where a session was used, and where none was (every recorded exchange).
PRIVATE_PAGE = ("Cache-Control", "max-age=0, must-revalidate, private")
UNCACHED = ("Cache-Control", "no-cache, private")


def html(text: str, status: int = 200, headers: Sequence[tuple[str, str]] = ()) -> Response:
    """Return a page."""
    kind = ("Content-Type", "text/html; charset=UTF-8")
    return Response(status, text.encode(), [kind, PRIVATE_PAGE, *headers])


def json_answer(
    value: Any, status: int = 200, headers: Sequence[tuple[str, str]] = (UNCACHED,)
) -> Response:
    """Return a JSON document."""
    kind = ("Content-Type", "application/json")
    return Response(status, json.dumps(value).encode(), [kind, *headers])


def redirect(location: str, status: int = 302, caching: tuple[str, str] = PRIVATE_PAGE) -> Response:
    """Send the client elsewhere."""
    page = f"<!DOCTYPE html><title>Redirecting to {location}</title>".replace("&", "&amp;")
    kind = ("Content-Type", "text/html; charset=UTF-8")
    return Response(status, page.encode(), [kind, caching, ("Location", location)])


def web_server_redirect(location: str) -> Response:
    """Send the client elsewhere as Apache does, before any PHP runs."""
    kind = ("Content-Type", "text/html; charset=iso-8859-1")
    page = b"<!DOCTYPE html><title>301 Moved Permanently</title>"
    return Response(301, page, [kind, ("Location", location)])
