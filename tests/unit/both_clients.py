"""Both clients, called alike: the asynchronous one runs in an event loop of its own."""

import importlib.util
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Any, Self, Unpack, cast

from anyio.from_thread import BlockingPortal, start_blocking_portal

from mautic_bootstrap.api.client import AsyncMauticClient, MauticClient
from mautic_bootstrap.api.client_options import ClientOptions
from mautic_bootstrap.api.credentials import Credentials
from mautic_bootstrap.api.operations import Group
from mautic_bootstrap.api.throttle import Throttle
from unit.fake_api import CLIENT, URL

NewThrottle = Callable[..., Throttle]

LOOPS = ["asyncio", *(["trio"] if importlib.util.find_spec("trio") else [])]
KINDS = ["blocking", *LOOPS]


class _Awaited:
    """An asynchronous client whose methods block; many threads may call them, each is a task."""

    def __init__(self, portal: BlockingPortal, client: AsyncMauticClient | Group[Any]) -> None:
        self._portal = portal
        self._client = client

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if isinstance(found, Group):
            return _Awaited(self._portal, found)
        if not callable(found):
            return found
        return lambda *args, **named: self._outcome(partial(found, *args, **named))

    def _outcome(self, call: Callable[[], Any]) -> Any:
        outcome = self._portal.call(call)
        is_client = isinstance(outcome, AsyncMauticClient)
        return _Awaited(self._portal, outcome) if is_client else outcome

    def close(self) -> None:
        self.aclose()


class Connect:
    """Opens clients of one kind, all alike to their caller, and closes them in the end."""

    def __init__(self, kind: str) -> None:
        self.is_async = kind != "blocking"
        self._kind = kind
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, traceback)

    def __call__(
        self,
        url: str = URL,
        credentials: Credentials = CLIENT,
        **options: Unpack[ClientOptions],
    ) -> MauticClient:
        client = self._open(url, credentials, options)
        self._stack.callback(client.close)
        return client

    def _open(self, url: str, credentials: Credentials, options: ClientOptions) -> MauticClient:
        if not self.is_async:
            return MauticClient(url, credentials, **options)
        if self._portal is None:
            self._portal = self._stack.enter_context(start_blocking_portal(self._kind))
        client = AsyncMauticClient(url, credentials, **options)
        return cast("MauticClient", _Awaited(self._portal, client))
