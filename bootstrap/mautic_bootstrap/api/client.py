"""The clients: the same methods, blocking and awaited."""

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

import anyio.to_thread
import httpx

from mautic_bootstrap.api.calls import Call, Priority
from mautic_bootstrap.api.client_options import ClientOptions, Transport, options_of, transport_of
from mautic_bootstrap.api.connection import TIMEOUT_S, open_async_client, open_client
from mautic_bootstrap.api.credentials import Credentials
from mautic_bootstrap.api.drivers import AsyncDriver, Driver, SyncDriver
from mautic_bootstrap.api.effects import Steps
from mautic_bootstrap.api.endpoints.campaigns import Campaigns
from mautic_bootstrap.api.endpoints.contacts import Contacts
from mautic_bootstrap.api.endpoints.emails import Emails
from mautic_bootstrap.api.endpoints.segments import Segments
from mautic_bootstrap.api.endpoints.users import Users
from mautic_bootstrap.api.limits import Budget
from mautic_bootstrap.api.logins import authenticator_of, reload_from
from mautic_bootstrap.api.operations import Async, Group, Mode, Sync, operation
from mautic_bootstrap.api.pipeline import Pipeline, Server
from mautic_bootstrap.api.reloading import Login, Reloading
from mautic_bootstrap.api.retries import Retries
from mautic_bootstrap.api.tokens import TokenEngine
from mautic_bootstrap.errors import SettingsError
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.urls import normalise_base_url

if TYPE_CHECKING:
    from mautic_bootstrap.settings import MauticSettings


BuildRequest = Callable[..., httpx.Request]


class _Client(Group[Mode]):
    """What both clients are.

    Args:
        base_url: Mautic's base URL; that it is https:// beyond this machine is demanded by `MauticSettings` alone.
        credentials: How to authenticate.
        options: See `ClientOptions`.

    Raises:
        SettingsError: That is no base URL.
        UnreachableError: No connection can be made of that URL, CA bundle and the proxies of the environment.
        AuthenticationError: A static token that cannot be one.
    """

    def __init__(
        self, base_url: str, credentials: Credentials, **options: Unpack[ClientOptions]
    ) -> None:
        try:
            base_url = normalise_base_url(base_url)
        except ValueError as exc:
            raise SettingsError([f"base_url {exc}"]) from None
        driver, build_request = self._connect(base_url, transport_of(options))
        pipeline = Pipeline(
            base_url,
            build_request,
            timeout_s=options.get("timeout_s", TIMEOUT_S),
            retries=options.get("retries", Retries()),
            throttle=options.get("throttle"),
            redactor=options.get("redactor") or Redactor(),
            on_call=options.get("on_call"),
        )
        pipeline.authenticator = authenticator_of(
            pipeline,
            Login(credentials, options.get("token_store")),
            options.get("reload"),
        )
        self._bind(driver, pipeline)

    def _bind(self, driver: Driver, pipeline: Pipeline) -> None:
        super().__init__(driver, pipeline)
        self.contacts: Contacts[Mode] = Contacts(driver, pipeline)
        self.segments: Segments[Mode] = Segments(driver, pipeline)
        self.campaigns: Campaigns[Mode] = Campaigns(driver, pipeline)
        self.emails: Emails[Mode] = Emails(driver, pipeline)
        self.users: Users[Mode] = Users(driver, pipeline)

    def _connect(self, base_url: str, transport: Transport) -> tuple[Driver, BuildRequest]:
        """Open the HTTP client of this kind; return what runs on it, and what builds its requests."""
        raise NotImplementedError

    @classmethod
    def from_env(
        cls,
        env_file: str | Path | None = ".env",
        *,
        max_wait_s: float = 0.0,
        **options: Unpack[ClientOptions],
    ) -> Self:
        """Return a client for what the environment says, and a `.env` file where that says nothing.

        Where Mautic refuses the credentials later on, both are read again: a rotation needs no restart.

        Args:
            env_file: The file; it need not exist. None: the environment alone.
            max_wait_s: Seconds that a call waits for the hourly budget, where it does not say so itself.
            options: What shall not be as the settings say.

        Raises:
            SettingsError: With every problem at once.
        """
        from mautic_bootstrap.settings import MauticSettings  # noqa: PLC0415  # takes 0.2 s

        settings = MauticSettings.from_env(env_file)
        options.setdefault("reload", reload_from(env_file, settings.api_url))
        return cls.from_settings(settings, max_wait_s=max_wait_s, **options)

    @classmethod
    def from_settings(
        cls,
        settings: "MauticSettings",
        *,
        max_wait_s: float = 0.0,
        **options: Unpack[ClientOptions],
    ) -> Self:
        """Return a client for settings; the arguments are those of `from_env`."""
        said = options_of(settings, max_wait_s=max_wait_s)
        said.update(options)
        return cls(settings.api_url, settings.credentials, **said)

    def with_options(
        self, *, priority: Priority | None = None, max_wait_s: float | None = None
    ) -> Self:
        """Return this client with other defaults for its calls; all but these is shared, and closed with either.

        Args:
            priority: "background" leaves the reserve of the hourly budget alone; None: as it is here.
            max_wait_s: Seconds to wait for the hourly budget at most; None: as it is here.
        """
        other = copy.copy(self)
        other._bind(self._driver, self._pipeline.with_defaults(priority, max_wait_s))  # noqa: SLF001  # its own
        return other

    @property
    def base_url(self) -> str:
        """Mautic's base URL."""
        return self._pipeline.base_url

    @property
    def server(self) -> Server:
        """What the last answers said of Mautic itself, such as its version."""
        return self._pipeline.server

    @property
    def budget(self) -> Budget | None:
        """How the hourly budget stands, None where it is off; costs no call, and a moment of disk or Redis."""
        throttle = self._pipeline.throttle
        return throttle.look() if throttle is not None else None

    @operation
    def authenticate(self) -> Steps[float]:
        """Get a token now, if one is needed; return the seconds that took, 0 where none was asked for.

        Raises:
            AuthenticationError, ApiDisabledError, UnreachableError: Mautic gave none.
        """
        authenticator = self._pipeline.authenticator
        before = authenticator.handshakes
        yield from authenticator.header()
        return authenticator.handshake_s if authenticator.handshakes > before else 0.0

    @operation
    def request_token(self) -> Steps[tuple[str, int]]:
        """Ask for a fresh token, whatever is cached; return it and the seconds it lives.

        Raises:
            TypeError: The credentials are not an OAuth2 client's.
            AuthenticationError, ApiDisabledError, UnreachableError: Mautic gave none.
        """
        authenticator = self._pipeline.authenticator
        if isinstance(authenticator, Reloading):
            authenticator = authenticator.current
        if not isinstance(authenticator, TokenEngine):
            raise TypeError("only an OAuth2 client can ask for a token")
        return (yield from authenticator.fetch())

    @operation
    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        harmless_twice: bool | None = None,
        priority: Priority | None = None,
        timeout_s: float | None = None,
        max_wait_s: float | None = None,
    ) -> Steps[httpx.Response]:
        """Call whatever has no method here; return the answer, which is a 2xx.

        Args:
            method: "GET", "POST", ...
            path: Below the base URL, with its leading slash: "/api/companies".
            params: The query; never a secret, Mautic's 404 echoes it.
            json: The body.
            harmless_twice: Whether it may be repeated after Mautic may have acted; None: if it is a GET.
            priority: "background" leaves the reserve of the hourly budget alone.
            timeout_s: Seconds for each wait.
            max_wait_s: Seconds to wait for the hourly budget at most.

        Raises:
            ApiError, UnreachableError: It failed; typed.
        """
        call = Call(
            method=method.upper(),
            path=path,
            params=params or {},
            json=json,
            harmless_twice=harmless_twice,
            priority=priority,
            timeout_s=timeout_s,
            max_wait_s=max_wait_s,
        )
        return (yield from self._pipeline.perform(call))

    def _let_go(self) -> None:
        if self._pipeline.throttle is not None:
            self._pipeline.throttle.close()


class MauticClient(_Client[Sync]):
    """Calls to one Mautic's REST API; one connection pool, which many threads may share."""

    def _connect(self, base_url: str, transport: Transport) -> tuple[Driver, BuildRequest]:
        def reopen() -> httpx.Client:
            return open_client(base_url, **transport)

        http = reopen()
        self._connections = SyncDriver(http, reopen)
        return self._connections, http.build_request

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._connections.close()
        self._let_go()


class AsyncMauticClient(_Client[Async]):
    """`MauticClient`, to be awaited; its methods are the same."""

    def _connect(self, base_url: str, transport: Transport) -> tuple[Driver, BuildRequest]:
        def reopen() -> httpx.AsyncClient:
            return open_async_client(base_url, **transport)

        http = reopen()
        self._connections = AsyncDriver(http, reopen)
        return self._connections, http.build_request

    async def __aenter__(self) -> Self:
        """Return the client itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connections.aclose()
        await anyio.to_thread.run_sync(self._let_go)
