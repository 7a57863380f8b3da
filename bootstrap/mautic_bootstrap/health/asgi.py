"""The application: /health/live, /health/ready and /metrics."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mautic_bootstrap.api.logs import CallRecord
from mautic_bootstrap.health.access import Access
from mautic_bootstrap.health.metrics import CONTENT_TYPE, Metrics
from mautic_bootstrap.health.readiness import Readiness
from mautic_bootstrap.health.settings import HealthSettings

Endpoint = Callable[[Request], Awaitable[Response]]

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


class Health:
    """What the application answers from.

    Args:
        settings: Which Mautic, how to call it, and who may ask.

    Raises:
        UnreachableError, SettingsError: As `Readiness`.
    """

    def __init__(self, settings: HealthSettings) -> None:
        self.metrics = Metrics()
        self.readiness = Readiness(settings.mautic, on_call=self.metrics.observe)
        self.access = Access(settings.token)

    @classmethod
    def from_env(cls, env_file: Path | None = None) -> Self:
        """Return one for the environment and a `.env` file; see `HealthSettings.from_env`."""
        return cls(HealthSettings.from_env(env_file))

    def observe(self, record: CallRecord) -> None:
        """Count a call of the application's own client, and learn from it: `MauticClient(on_call=...)`."""
        self.metrics.observe(record)
        self.readiness.observe(record)

    def routes(self) -> Sequence[BaseRoute]:
        """Return what is answered, for an application that answers more."""
        return (
            Route("/health/live", _live),
            Route("/health/ready", self._guarded(self._ready)),
            Route("/metrics", self._guarded(self._metrics)),
        )

    async def _ready(self, request: Request) -> Response:  # noqa: ARG002  # Starlette's signature
        report = await self.readiness.report()
        return JSONResponse(report.as_json(), 200 if report.ready else 503)

    async def _metrics(self, request: Request) -> Response:  # noqa: ARG002  # Starlette's signature
        text = self.metrics.text(await self.readiness.report())
        return Response(text, headers={"Content-Type": CONTENT_TYPE})

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def answer(request: Request) -> Response:
            if refusal := self.access.refusal(request):
                raise HTTPException(refusal.status, refusal.message, refusal.headers)
            return await endpoint(_without_body(request))

        return answer


def create_app(health: Health | None = None, *, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """Return the application, to run or to mount; `app.state.health` is what it answers from.

    Args:
        health: By default, what the environment and `.env` say.
        routes: What it answers besides.

    Raises:
        SettingsError, EnvFileError, UnreachableError: The environment says nothing that works.
    """
    health = health or Health.from_env()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> Any:
        yield
        await health.readiness.aclose()

    app = Starlette(
        routes=[*health.routes(), *routes],
        middleware=[Middleware(_SafeHeaders)],
        exception_handlers={HTTPException: _refused, Exception: _failed},
        lifespan=lifespan,
    )
    # A path with a slash too many is an unknown one, not a redirect to whatever host was asked for.
    app.router.redirect_slashes = False
    app.state.health = health
    return app


async def _live(request: Request) -> Response:
    _without_body(request)
    return JSONResponse({"live": True})


def _without_body(request: Request) -> Request:
    """Refuse what has a body: nothing here reads one.

    Raises:
        HTTPException: It has.
    """
    headers = request.headers
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        raise HTTPException(413, "no body is expected", {"Connection": "close"})
    return request


async def _refused(request: Request, error: Exception) -> Response:  # noqa: ARG001  # Starlette's signature
    if not isinstance(error, HTTPException):
        raise TypeError from error
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _failed(request: Request, error: Exception) -> Response:  # noqa: ARG001  # Starlette's signature
    """Say nothing of what happened; the server logs it."""
    return JSONResponse({"error": "internal error"}, 500, _HEADERS)


class _SafeHeaders:
    """Adds the headers of every answer: it is for whoever asked, now, and no page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)
