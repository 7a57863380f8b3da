"""The shapes of REST answers and errors.

Mautic has two kinds of errors: those of its own controllers carry `details`, those raised before or around
them carry `type`. The header `Mautic-Version` comes from the controllers only.
"""

from typing import Any

from mautic_bootstrap.rehearsal.http import UNCACHED, Response, json_answer
from mautic_bootstrap.rehearsal.versions import Version


def answer(
    version: Version, value: Any, status: int = 200, *, location: str | None = None
) -> Response:
    """Return what a controller answered."""
    headers = [UNCACHED, ("Mautic-Version", version.number)]
    if location is not None:
        headers.append(("Location", location))
    return json_answer(value, status, headers)


def refusal(
    version: Version, status: int, message: str, details: dict[str, list[str]] | None = None
) -> Response:
    """Return a controller's error."""
    error = {"code": status, "message": message, "details": details or []}
    return answer(version, {"errors": [error]}, status)


def forbidden(version: Version) -> Response:
    """Return the answer to a call without the right for it."""
    return refusal(version, 403, "You do not have access to the requested area/action.")


def not_found(version: Version) -> Response:
    """Return the answer to an id nobody has."""
    return refusal(version, 404, "Item was not found.")


def early_error(status: int, message: str, kind: str | None) -> Response:
    """Return an error from before any controller ran."""
    error = {"message": message, "code": status, "type": kind}
    return json_answer({"errors": [error]}, status)


def unknown_url(target: str) -> Response:
    """Return the answer to a path that leads nowhere; it echoes the whole query string."""
    return early_error(404, f"Requested URL not found: {target}", None)


def crash(status: int) -> Response:
    """Return the answer to what Mautic trips over."""
    text = (
        f"Looks like I encountered an error (error #{status}). If I do it again, please report me to the "
        "system administrator!"
    )
    return early_error(status, text, None)
