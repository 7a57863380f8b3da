"""What the tests of the health endpoint share: settings, an hour that passes at will, ways to ask."""

import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from mautic_bootstrap.health.asgi import Health, create_app
from mautic_bootstrap.health.settings import HealthSettings
from mautic_bootstrap.settings import MauticSettings

URL = "http://localhost:8080"
CALL = "GET /api/users/self"
LOGIN = "GET /s/login"
TOKEN = "health-token-0123456789"


def settings(folder: Path, **changes: Any) -> MauticSettings:
    """Return settings for the Mautic in memory, whatever they keep below `folder`."""
    given: dict[str, Any] = {
        "api_url": URL,
        "client_id": "1_id",
        "client_secret": "secret-1",
        "rate_limit_store": folder / "limits.db",
        "token_cache": folder / "tokens",
    }
    return MauticSettings(**given | changes)


def health(folder: Path, *, token: str | None = None, **changes: Any) -> Health:
    """Return what the application answers from."""
    return Health(HealthSettings(settings(folder, **changes), SecretStr(token) if token else None))


def asking(asked: Health | Starlette, *, peer: str | None = "127.0.0.1") -> httpx.AsyncClient:
    """Return a client of the application, as a peer sees it."""
    transport = httpx.ASGITransport(
        asked if isinstance(asked, Starlette) else create_app(asked),
        raise_app_exceptions=False,
        client=(peer, 40000) if peer else None,  # type: ignore[arg-type]  # Unix sockets have none
    )
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8085")


class Clock:
    """The time of day, which passes only when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.time()
        monkeypatch.setattr(time, "time", lambda: self.now)
        monkeypatch.setattr(time, "time_ns", lambda: round(self.now * 1e9))

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
