"""Whether Mautic can be used: for orchestrators, for Prometheus, and for scripts.

    uvicorn mautic_bootstrap.health:app             # or: mautic-bootstrap serve
    application.mount("/mautic", create_app())      # in an application of one's own

settings     the token that opens it to other machines
reach        whether Mautic answers at all; costs no API call
allowance    how few API calls may be spent, counted for all processes
last_call    what the last API call showed, kept for all processes
readiness    the checks, and when each is made again
report       what they found
access       who may ask
metrics      what Prometheus is told
asgi         the application; needs the extra [server]
connections  how long a server waits for whoever only connects; likewise
"""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from mautic_bootstrap.health.asgi import Health, create_app
    from mautic_bootstrap.health.readiness import Readiness

    app: Starlette
    """The application for what the environment and `.env` say; made when it is first asked for."""

__all__ = ["Health", "Readiness", "app", "create_app"]

_PLACES = {
    "Health": "mautic_bootstrap.health.asgi",
    "Readiness": "mautic_bootstrap.health.readiness",
    "create_app": "mautic_bootstrap.health.asgi",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is: scripts that only look need no web server."""
    if name == "app":
        return _app()
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


@cache
def _app() -> "Starlette":
    from mautic_bootstrap.health.asgi import create_app  # noqa: PLC0415  # see above

    return create_app()
