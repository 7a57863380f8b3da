"""Mautic API credentials from nothing, and the client that uses them.

    from mautic_bootstrap import MauticClient

    with MauticClient.from_env() as mautic:
        contact, created = mautic.contacts.upsert(email="ada@example.com", firstname="Ada")

Nothing is imported before it is asked for.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mautic_bootstrap.api.client import AsyncMauticClient, MauticClient
    from mautic_bootstrap.settings import MauticSettings

__all__ = ["AsyncMauticClient", "MauticClient", "MauticSettings", "__version__"]

__version__ = "0.1.0"

_PLACES = {
    "AsyncMauticClient": "mautic_bootstrap.api.client",
    "MauticClient": "mautic_bootstrap.api.client",
    "MauticSettings": "mautic_bootstrap.settings",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is: the playbook's tasks need none of it, and each starts anew."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  # see above

    return getattr(import_module(_PLACES[name]), name)
