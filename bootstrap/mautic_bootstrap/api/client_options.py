"""What a client may be told, and what settings make of it."""

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from pydantic import SecretStr

from mautic_bootstrap import __version__
from mautic_bootstrap.api.connection import TIMEOUT_S
from mautic_bootstrap.api.credentials import BasicCredentials, Credentials, OAuth2Credentials
from mautic_bootstrap.api.limits import LimitStore, open_store
from mautic_bootstrap.api.logins import login_of
from mautic_bootstrap.api.logs import OnCall
from mautic_bootstrap.api.reloading import Reload
from mautic_bootstrap.api.retries import Retries
from mautic_bootstrap.api.throttle import Throttle
from mautic_bootstrap.api.tokens import Store
from mautic_bootstrap.redaction import Redactor

if TYPE_CHECKING:
    from mautic_bootstrap.settings import MauticSettings

DEFAULT_USER_AGENT = f"mautic-bootstrap/{__version__}"


class ClientOptions(TypedDict, total=False):
    """What a client may be told beside its Mautic and its credentials."""

    user_agent: str
    """Sent with every request; `mautic-bootstrap/<version>`."""
    ca_bundle: Path | None
    """A private certificate authority, trusted beside the system's."""
    timeout_s: float
    """Seconds for each wait: to connect, to write, to read, and for a connection of the pool; 10."""
    retries: Retries
    """The bounds of repeating."""
    throttle: Throttle | None
    """The hourly budget; None where there is none."""
    token_store: Store | None
    """Where tokens outlive the process; None: nowhere."""
    reload: Reload
    """Reads the credentials again where Mautic refuses them; absent: they are what they are."""
    redactor: Redactor
    """Learns the secrets, and masks them in every error."""
    on_call: OnCall | None
    """Told of every attempt, as the log is."""


def options_of(settings: "MauticSettings", *, max_wait_s: float) -> ClientOptions:
    """Return the options that settings stand for, the shared budget and the token cache included."""
    said: ClientOptions = {
        "user_agent": settings.user_agent,
        "ca_bundle": settings.ca_bundle,
        "timeout_s": settings.timeout_seconds,
    }
    credentials, said["token_store"] = login_of(settings)
    if settings.rate_limit_per_hour:
        said["throttle"] = Throttle(
            store_of(settings),
            base_url=settings.api_url,
            identity=identity_of(credentials),
            limit=settings.rate_limit_per_hour,
            reserve=settings.rate_limit_reserve,
            max_wait_s=max_wait_s,
        )
    return said


def identity_of(credentials: Credentials) -> str:
    """Return who calls, as the hourly budget sees it: tokens come and go, and do not count."""
    if isinstance(credentials, OAuth2Credentials):
        return f"client {credentials.client_id}"
    if isinstance(credentials, BasicCredentials):
        return f"user {credentials.username}"
    return "token"


def store_of(settings: "MauticSettings") -> LimitStore:
    """Open the store of the hourly budget.

    Raises:
        SettingsError: It is none.
    """
    where = settings.rate_limit_store
    return open_store(where.get_secret_value() if isinstance(where, SecretStr) else where)


class Transport(TypedDict):
    """The options that are the HTTP client's."""

    user_agent: str
    ca_bundle: Path | None
    timeout_s: float


def transport_of(options: ClientOptions) -> Transport:
    """Return the options that are the HTTP client's, with their defaults."""
    return {
        "user_agent": options.get("user_agent", DEFAULT_USER_AGENT),
        "ca_bundle": options.get("ca_bundle"),
        "timeout_s": options.get("timeout_s", TIMEOUT_S),
    }
