"""Making what two instances answered comparable: times, tokens, addresses and ids of a moment go."""

import re
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\+00:00)?")
_SESSION = re.compile(r"[0-9a-f]{32}")
_COOKIE_TIME = re.compile(r"expires=[^;]*; |Max-Age=\d+; ")
_MOMENT = re.compile(
    r"(Today|Yesterday), \d+:\d\d [ap]m|[A-Z][a-z]+ \d+, \d{4}( at \d+:\d\d [ap]m)?"
)
_SECRET_KEYS = {"access_token"}
# Of an answer's headers, those that Mautic decides; the rest is its web server's.
HEADERS = ("cache-control", "content-type", "location", "mautic-version", "pragma", "vary")
_ALSO = ("www-authenticate",)
_GROUPS = ("core", "social", "personal", "professional")


def headers(given: dict[str, str], base_url: str) -> dict[str, str]:
    """Return the headers that count, addresses made relative to `<base>`."""
    kept = {name: given[name] for name in (*HEADERS, *_ALSO) if name in given}
    kept["content-type"] = kept.get("content-type", "").lower()
    if "location" in kept:
        kept["location"] = address(kept["location"], base_url)
    return kept


def address(url: str, base_url: str) -> str:
    """Replace the instance's own address."""
    if url.startswith(base_url):
        return "<base>" + url.removeprefix(base_url)
    return re.sub(r"^http://127\.0\.0\.1:\d+", "<base>", url)


def moments(text: str) -> str:
    """Replace dates and times as people read them."""
    return _MOMENT.sub("<moment>", text)


def local(text: str) -> str:
    """Replace the instance's own address wherever it stands."""
    return re.sub(r"http://127\.0\.0\.1:\d+", "<base>", text)


def cookies(given: list[str]) -> list[str]:
    """Return cookies without value and expiry date, session names made equal, sorted."""
    plain = []
    for cookie in given:
        name, _, rest = cookie.partition("=")
        value, _, attributes = rest.partition("; ")
        name = "<session>" if _SESSION.fullmatch(name) else name
        kept = "deleted" if value == "deleted" else "<value>"
        plain.append(f"{name}={kept}; {_COOKIE_TIME.sub('', attributes)}")
    return sorted(plain)


def body(value: Any, *, whole: bool = False) -> Any:
    """Return a JSON body with times and tokens replaced.

    Args:
        value: The parsed body.
        whole: Keep all fields of contacts. The recordings keep the first four of the core group and six of
            all, so the same is kept here where it is False.
    """
    if isinstance(value, dict):
        if "core" in value and "all" in value and not whole:
            value = _short_fields(value)
        return {
            key: "<redacted>" if key in _SECRET_KEYS else body(item, whole=whole)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [body(item, whole=whole) for item in value]
    if isinstance(value, str) and _TIME.fullmatch(value):
        return "<time>"
    if value == " ":
        return None  # live 5.1.0 shows nobody's name as null or as a blank, from run to run
    return value


def _short_fields(fields: dict[str, Any]) -> dict[str, Any]:
    if "_other_groups" in fields:
        return fields
    return {
        "core": dict(list(fields["core"].items())[:4]),
        "all": dict(list(fields["all"].items())[:6]),
        "_other_groups": [name for name in _GROUPS[1:] if name in fields],
    }
