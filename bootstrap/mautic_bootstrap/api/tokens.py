"""An OAuth2 client's bearer tokens: got and renewed once, however many wait for one.

`client_credentials` has no refresh token: renewing is asking again (live 5.1.0, 7.0.0).
"""

import copy
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol, TypeGuard

import httpx
from pydantic import SecretStr

from mautic_bootstrap.api.authentication import Hidden
from mautic_bootstrap.api.calls import TOKEN_PATH, Call
from mautic_bootstrap.api.connection import is_bearer_token
from mautic_bootstrap.api.credentials import OAuth2Credentials
from mautic_bootstrap.api.effects import Block, Pause, Steps
from mautic_bootstrap.api.logs import LOGGER
from mautic_bootstrap.api.responses import json_object
from mautic_bootstrap.api.token_cache import Token
from mautic_bootstrap.errors import (
    ApiError,
    RequestTimeoutError,
    UnexpectedResponseError,
    UnreachableError,
)

if TYPE_CHECKING:
    from mautic_bootstrap.api.pipeline import Pipeline

SLOW_HANDSHAKE_S = 2.0

_Failure = ApiError | UnreachableError

# Renewed this much before its end, as a share of its life and at most in seconds, and a bit earlier still by
# chance: processes that share a token shall not all find it ended at once.
_LEAD_SHARE = 0.1
_LEAD_MOST_S = 60.0
# A token with less than this to live might end on its way.
_TOO_OLD_S = 2.0
# Whoever waits for another's token looks again after this long, and gives up after that.
_POLL_S = 0.03
# After a renewal that failed, while the old token is good.
_PUT_OFF_S = 5.0
_LONGEST_LIFE_S = 10 * 365 * 24 * 3600
_PATIENCE_S = 60.0


class Store(Protocol):
    """Where a token outlives its process, and who may ask for the next one."""

    def load(self) -> Token | None:
        """Return the token kept, if it can be trusted."""

    def store(self, token: Token) -> None:
        """Keep a token."""

    def try_lock(self) -> AbstractContextManager[object] | None:
        """Return the lock, held; None while another holds it."""


class NoStore:
    """Keeps nothing beyond its process; only its own threads take turns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = os.getpid()

    def load(self) -> None:
        """There is nothing."""

    def store(self, token: Token) -> None:
        """Keep nothing."""

    def try_lock(self) -> AbstractContextManager[object] | None:
        """Return the lock, held; None while another thread holds it."""
        if self._process != os.getpid():  # a fork may have copied it while another thread held it
            self._lock, self._process = threading.Lock(), os.getpid()
        return self._held() if self._lock.acquire(blocking=False) else None

    @contextmanager
    def _held(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._lock.release()


class TokenEngine:
    """An OAuth2 client's tokens: cached, renewed early, and asked for by one at a time.

    Args:
        pipeline: Sends the token calls.
        credentials: The client.
        store: Shared by the processes of a user, or `NoStore`.
    """

    def __init__(self, pipeline: "Pipeline", credentials: OAuth2Credentials, store: Store) -> None:
        self._pipeline = pipeline
        self._credentials = credentials
        self._store = store
        self._redactor = pipeline.redactor
        self._redactor.add(credentials.client_secret.get_secret_value())
        self._token: Token | None = None
        self._renew_at = 0.0
        self._failure: tuple[float, _Failure] | None = None
        self.handshakes = 0
        self.handshake_s = 0.0

    def header(self) -> Steps[str]:
        """Return the header of a token that is good for a while yet."""
        token = self._token
        if token is None or time.time() >= self._renew_at:
            token = yield from self._newer_than("")
        return Hidden(f"Bearer {token.value.get_secret_value()}")

    def renew(self, refused: str) -> Steps[bool]:
        """Get another token than the one that was refused, if nobody else has got it yet."""
        yield from self._newer_than(Hidden(refused.removeprefix("Bearer ")))
        return True

    def fetch(self) -> Steps[tuple[str, int]]:
        """Ask Mautic for a token; return it and the seconds it lives.

        The secret travels in the form body: client authentication by HTTP Basic is answered with 403 while
        basic auth is off (live 5.1.0, 7.0.0).

        Raises:
            ApiDisabledError: The API is switched off.
            AuthenticationError: The client is unknown or its secret wrong.
            UnreachableError, RequestTimeoutError, UnexpectedResponseError: As named.
        """
        call = Call(
            method="POST",
            path=TOKEN_PATH,
            form={
                "grant_type": "client_credentials",
                "client_id": self._credentials.client_id,
                "client_secret": self._credentials.client_secret.get_secret_value(),
            },
            authenticated=False,
            harmless_twice=True,
            attempted=f"ask {self._pipeline.base_url} for a token",
            expected="a bearer token",
        )
        started = time.monotonic()
        response = yield from self._pipeline.perform(call)
        self.handshake_s = time.monotonic() - started
        self.handshakes += 1
        if self.handshake_s > SLOW_HANDSHAKE_S:
            LOGGER.warning(
                "The token took %.1f s; more than %.0f s is slow",
                self.handshake_s,
                SLOW_HANDSHAKE_S,
            )
        granted = _granted(response)
        if granted is None:
            raise UnexpectedResponseError(
                call.attempted,
                expected="an access token and its life in seconds",
                seen=f"the keys {sorted(json_object(response))}",
                hint="Is there a proxy between here and Mautic that answers instead?",
                status=200,
            )
        self._redactor.add(granted[0])
        return granted

    def _newer_than(self, refused: str) -> Steps[Token]:
        """Return a token that is not the refused one and not about to end: another's, or one asked for now."""
        began = time.monotonic()
        while True:
            token = self._got_by_another(refused, began)
            if token is not None:
                return token
            lock = self._store.try_lock()
            if lock is not None:
                with lock:
                    # Until the lock was ours, it was somebody else's.
                    token = self._got_by_another(refused, began)
                    return token or (yield from self._take_turn(refused))
            if self._is_good(self._token, refused):
                return self._token  # being renewed by somebody else, and good until then
            if time.monotonic() - began > _PATIENCE_S:
                raise self._nobody_moves(time.monotonic() - began)
            yield Pause(random.uniform(_POLL_S / 2, _POLL_S))  # noqa: S311  # no secret

    def _got_by_another(self, refused: str, began: float) -> Token | None:
        """Return the token that another thread has got, if one has.

        Raises:
            ApiError, UnreachableError: It asked while we waited, in vain: the answer would be the same.
        """
        if self._is_good(self._token, refused) and time.time() < self._renew_at:
            return self._token
        if self._failure is not None and self._failure[0] > began:
            raise copy.copy(self._failure[1])
        return None

    def _take_turn(self, refused: str) -> Steps[Token]:
        """With the lock held: take what another process has left, else ask Mautic."""
        kept = yield Block(self._store.load)
        # Our own is due to be renewed, or it would not be our turn.
        if self._is_good(kept, refused) and kept != self._token:
            self._use(kept)
            return kept
        started = time.time()
        try:
            value, lifetime_s = yield from self.fetch()
        except (ApiError, UnreachableError) as exc:
            if self._is_good(self._token, refused):
                return self._put_off(self._token, exc)
            # A copy: it has no traceback, which would hold whatever its frames hold.
            self._failure = (time.monotonic(), copy.copy(exc))
            raise
        token = Token(SecretStr(value), started + lifetime_s)
        self._use(token)
        yield Block(lambda: self._store.store(token))
        return token

    def _put_off(self, token: Token, error: _Failure) -> Token:
        """Go on with a token that is good for a while yet, and renew it a bit later."""
        LOGGER.warning("The token is renewed later; asking for one failed: %s", error)
        self._renew_at = time.time() + _PUT_OFF_S
        return token

    def _use(self, token: Token) -> None:
        self._redactor.add(token.value.get_secret_value())
        self._renew_at = _renewal(token)
        self._token = token

    @staticmethod
    def _is_good(token: Token | None, refused: str) -> TypeGuard[Token]:
        return (
            token is not None
            and token.value.get_secret_value() != refused
            and token.expires_at - time.time() > _TOO_OLD_S
        )

    def _nobody_moves(self, waited_s: float) -> RequestTimeoutError:
        return RequestTimeoutError(
            f"wait for a token of {self._pipeline.base_url}, which another thread or process asks for",
            expected="one",
            seen="none",
            hint="Look for a process that hangs; its lock goes when it ends.",
            waited_s=waited_s,
        )


def _granted(response: httpx.Response) -> tuple[Hidden, int] | None:
    """Return the token and its life in seconds, None where the answer holds no such thing."""
    body = json_object(response)
    token, lifetime_s = body.get("access_token"), body.get("expires_in")
    if not is_bearer_token(token) or type(lifetime_s) is not int:
        return None
    return (Hidden(token), lifetime_s) if 0 < lifetime_s <= _LONGEST_LIFE_S else None


def _renewal(token: Token) -> float:
    """Return when a token is to be renewed, in seconds since the epoch."""
    lead_s = min(_LEAD_MOST_S, _LEAD_SHARE * max(token.expires_at - time.time(), 0))
    return token.expires_at - lead_s * random.uniform(1, 1.5)  # noqa: S311  # no secret
