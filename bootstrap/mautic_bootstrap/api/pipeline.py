"""The way of every call: budget, token, request, answer, and again where that can help."""

import copy
import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import httpx

from mautic_bootstrap.api import logs
from mautic_bootstrap.api.authentication import Authenticator
from mautic_bootstrap.api.body import REQUEST_ID
from mautic_bootstrap.api.calls import Call, Priority
from mautic_bootstrap.api.effects import Pause, Send, Steps
from mautic_bootstrap.api.limits import Budget
from mautic_bootstrap.api.responses import requested_pause_s, to_error
from mautic_bootstrap.api.retries import Backoff, Retries, is_worth_repeating
from mautic_bootstrap.api.throttle import Throttle
from mautic_bootstrap.api.transport_errors import bare
from mautic_bootstrap.api.transport_errors import to_error as transport_error
from mautic_bootstrap.errors import ApiError, UnreachableError
from mautic_bootstrap.redaction import Redactor


@dataclass
class Server:
    """What Mautic's answers say of itself."""

    mautic_version: str = ""
    """As its last answer of API v1 named it; empty before the first."""
    software: str = ""
    """Its `Server` header; the rehearsal's is "Rehearsal"."""


class Pipeline:
    """Sends calls to one Mautic with one set of credentials.

    Args:
        base_url: Mautic's base URL, without `/api`.
        build_request: `httpx.Client.build_request`, or the asynchronous client's.
        timeout_s: Seconds for each wait, where a call does not say otherwise.
        retries: The bounds of repeating.
        throttle: The hourly budget; None where there is none.
        redactor: Masks secrets in errors.
        on_call: Told of every attempt.
    """

    authenticator: Authenticator
    """Set by the client, since tokens are asked for through the pipeline itself."""

    def __init__(
        self,
        base_url: str,
        build_request: Callable[..., httpx.Request],
        *,
        timeout_s: float,
        retries: Retries,
        throttle: Throttle | None,
        redactor: Redactor,
        on_call: logs.OnCall | None,
    ) -> None:
        self.base_url = base_url
        self.redactor = redactor
        self.throttle = throttle
        self.server = Server()
        self._build_request = build_request
        self.timeout_s = timeout_s
        self._priority: Priority = "interactive"
        self._max_wait_s: float | None = None
        self._retries = retries
        self._on_call = on_call

    def with_defaults(self, priority: Priority | None, max_wait_s: float | None) -> Self:
        """Return the same pipeline for calls that say nothing of these themselves; None leaves one as it is."""
        other = copy.copy(self)
        if priority is not None:
            other._priority = priority  # noqa: SLF001  # its own
        if max_wait_s is not None:
            other._max_wait_s = max_wait_s  # noqa: SLF001  # its own
        return other

    def perform(self, call: Call) -> Steps[httpx.Response]:
        """Make a call, again where that is harmless and can help; return the answer, which is a 2xx.

        Raises:
            ApiError, UnreachableError: The last attempt's error, typed.
        """
        request_id = secrets.token_hex(6)
        attempted = call.attempted or f"{call.method} {call.path} on {self.base_url}"
        backoff: Backoff | None = None
        began = waited_s = 0.0
        has_renewed = False
        error: ApiError | UnreachableError | None = None
        for attempt in itertools.count(1):
            waits = time.monotonic()
            try:
                # Nothing of this is repeated: a token's call has its own attempts, a budget was waited for.
                budget, header = yield from self._admission(call, waited_s)
            except ApiError as exc:
                _sign(exc, request_id, attempt)
                if error is not None:
                    raise error from exc  # what was asked already may have been done
                raise
            waited_s += time.monotonic() - waits
            began = began or time.monotonic()
            asked_s = 0.0
            try:
                response = yield from self._send(
                    call, header, attempted, request_id, attempt=attempt, budget=budget
                )
            except (ApiError, UnreachableError) as exc:
                error = exc
            else:
                asked_s = yield from self._heed(call, response)
                if response.is_success:
                    return response
                if header and not has_renewed and _may_be_about_the_token(call, response):
                    has_renewed = yield from self.authenticator.renew(header)
                    if has_renewed:
                        continue
                error = to_error(
                    response, attempted=attempted, expected=call.expected, redactor=self.redactor
                )
            _sign(error, request_id, attempt)
            if not is_worth_repeating(call, error):
                raise error
            backoff = backoff or Backoff(self._retries, began)
            yield Pause(backoff.pause_after(error, asked_s))
        raise AssertionError  # counting does not end

    def _admission(self, call: Call, waited_s: float) -> Steps[tuple[Budget | None, str]]:
        """Get what a request needs: a place in the budget, and a header.

        Args:
            call: What for.
            waited_s: Seconds that its earlier attempts have waited here.
        """
        if not call.authenticated:
            return (yield from self._take(call, waited_s)), ""
        # Before the budget: what cannot authenticate takes nothing from it.
        yield from self.authenticator.header()
        budget = yield from self._take(call, waited_s)
        # After the budget: a token may end while its call waits.
        return budget, (yield from self.authenticator.header())

    def _heed(self, call: Call, response: httpx.Response) -> Steps[float]:
        """Let nobody call for the seconds that an answer asks for; return them."""
        asked_s = requested_pause_s(response)
        if asked_s and self.throttle is not None and call.counts:
            yield from self.throttle.hold(asked_s)
        return asked_s

    def _take(self, call: Call, waited_s: float) -> Steps[Budget | None]:
        if self.throttle is None or not call.counts:
            return None
        priority = call.priority or self._priority
        bound_s = self._max_wait_s if call.max_wait_s is None else call.max_wait_s
        bound_s = self.throttle.max_wait_s if bound_s is None else bound_s
        return (yield from self.throttle.take(call, priority, max(0.0, bound_s - waited_s)))

    def _request(self, call: Call, header: str, request_id: str) -> httpx.Request:
        headers = {REQUEST_ID: request_id}
        if header:
            headers["Authorization"] = header
        return self._build_request(
            call.method,
            f"{self.base_url}{call.path}",
            params=call.params or None,
            json=call.json,
            data=call.form,
            headers=headers,
            # What takes Mautic long is the answer: nobody waits as long for a connection.
            timeout=self.timeout_s
            if call.timeout_s is None
            else httpx.Timeout(min(call.timeout_s, self.timeout_s), read=call.timeout_s),
        )

    def _timeout_of(self, call: Call) -> float:
        return self.timeout_s if call.timeout_s is None else call.timeout_s

    def _send(
        self,
        call: Call,
        header: str,
        attempted: str,
        request_id: str,
        *,
        attempt: int,
        budget: Budget | None,
    ) -> Steps[httpx.Response]:
        """Send one request, and tell of it whatever comes."""
        started = time.monotonic()
        status, error = None, ""
        failure: ApiError | UnreachableError | None = None
        try:
            request = self._request(call, header, request_id)
            response: httpx.Response = yield Send(request, self._timeout_of(call))
            status = response.status_code
            self._note_server(response)
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            error = type(exc).__name__
            failure = transport_error(exc, attempted, time.monotonic() - started, self.redactor)
            failure.__cause__ = bare(exc, self.redactor)
        except BaseException as exc:  # such as a cancellation
            error = type(exc).__name__
            raise
        finally:
            record = logs.CallRecord(
                request_id=request_id,
                method=call.method,
                path=call.path,
                attempt=attempt,
                milliseconds=(time.monotonic() - started) * 1000,
                status=status,
                error=error,
                budget_left=budget.left if budget else None,
                mautic_version=self.server.mautic_version,
                params=call.params,
            )
            self._tell(record)
        if failure is not None:
            raise failure  # here, where the library's exception is out of reach
        return response

    def _tell(self, record: logs.CallRecord) -> None:
        logs.tell(record)
        if self._on_call is None:
            return
        try:
            self._on_call(record)
        except Exception:  # noqa: BLE001  # whatever it raises
            # The call has been made, and whoever made it wants its answer.
            logs.LOGGER.exception("on_call failed for request %s", record.request_id)

    def _note_server(self, response: httpx.Response) -> None:
        headers = response.headers
        self.server.mautic_version = headers.get("mautic-version", self.server.mautic_version)
        self.server.software = headers.get("server", self.server.software)


def _may_be_about_the_token(call: Call, response: httpx.Response) -> bool:
    """Say whether another token can help; API v2 refuses every one of a client's (401, live 7.0.0, 7.1.2)."""
    return response.status_code == 401 and not call.path.startswith("/api/v2")


def _sign(error: ApiError | UnreachableError, request_id: str, attempts: int) -> None:
    """Note which call failed; an error of the token's call has its own id."""
    if isinstance(error, ApiError) and not error.request_id:
        error.request_id, error.attempts = request_id, attempts
