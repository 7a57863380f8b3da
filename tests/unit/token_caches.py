"""Token caches for tests: one client, secrets that are easily found where they should not be."""

import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from mautic_bootstrap.api.token_cache import Lock, Token, TokenCache

CANARY = "canary-token-0123456789"
SECRET = "canary-client-secret"
TOKEN = Token(SecretStr(CANARY), 1_800_000_000.5)


def cache(folder: Path, **other: Any) -> TokenCache:
    """Return the cache of the one client, or of another."""
    said: dict[str, Any] = {
        "base_url": "https://mautic.example.com",
        "client_id": "1_public",
        "client_secret": SecretStr(SECRET),
    }
    return TokenCache(folder, **said | other)


def keys(*names: str) -> list[SecretStr]:
    return [SecretStr(name) for name in names]


def held(lock: Lock | None) -> Lock:
    """Return a lock that was to be had."""
    assert lock is not None
    return lock


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged, all of it warnings of ours without secrets."""
    assert {(record.name, record.levelno) for record in caplog.records} <= {
        ("mautic_bootstrap.api", logging.WARNING)
    }
    assert CANARY not in caplog.text
    assert SECRET not in caplog.text
    return [record.getMessage() for record in caplog.records]
