"""The checks, and when each of them is made again."""

import asyncio
import logging
import threading
import time
from collections.abc import Mapping

import anyio.to_thread

from mautic_bootstrap.api.client import AsyncMauticClient
from mautic_bootstrap.api.client_options import options_of, transport_of
from mautic_bootstrap.api.credentials import OAuth2Credentials
from mautic_bootstrap.api.limits import Budget, LimitStoreError
from mautic_bootstrap.api.logs import CallRecord, OnCall
from mautic_bootstrap.api.retries import Retries
from mautic_bootstrap.errors import (
    ApiError,
    AuthenticationError,
    RateLimitedError,
    UnreachableError,
)
from mautic_bootstrap.health.allowance import Allowance, key
from mautic_bootstrap.health.last_call import Kept, LastCall
from mautic_bootstrap.health.reach import LoginPage
from mautic_bootstrap.health.report import REACHABLE, Check, Report
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.settings import MauticSettings

BOUND_S = 5.0
"""Seconds after which a report is given, whether the checks have ended or not."""
FRESH_S = 10.0
"""Seconds for which nothing is looked at again: what costs no API call costs Mautic a page all the same."""

_log = logging.getLogger("mautic_bootstrap.health")

_CALL = "/api/users/self"  # the least that proves token, rights and version in one call
_NOT_YET = Check(None, "not looked at yet")


class Readiness:
    """Says whether Mautic can be used, at most `health_calls_per_hour` API calls an hour.

    However many ask, they are answered by one round of checks; asyncio only. A round goes on where whoever asked
    for it is gone, so what it costs is never lost.

    Args:
        settings: Which Mautic, and how to call it.
        on_call: Told of every call made here.

    Raises:
        UnreachableError: No connection can be made of the settings.
        SettingsError: The store of the hourly budget is none.
    """

    def __init__(self, settings: MauticSettings, *, on_call: OnCall | None = None) -> None:
        options = options_of(settings, max_wait_s=0.0)
        self._budget = options.get("throttle")
        self._allowance = (
            Allowance(settings, self._budget) if settings.health_calls_per_hour else None
        )
        options["throttle"] = self._allowance
        options["retries"] = Retries(attempts=1)  # a second attempt would be another API call
        options["redactor"] = redactor = Redactor()
        if on_call is not None:
            options["on_call"] = on_call
        self._client = AsyncMauticClient(settings.api_url, settings.credentials, **options)
        self._in_background = self._client.with_options(priority="background")
        self._login_page = LoginPage(settings.api_url, transport_of(options), redactor)
        self._kept = Kept(key(settings))
        self._renews_tokens = isinstance(settings.credentials, OAuth2Credentials)
        self._counting = threading.Lock()
        self._per_hour = settings.health_calls_per_hour
        self._reserve = settings.rate_limit_reserve

        self._round: asyncio.Task[None] | None = None
        self._step = self._defect = ""
        self._ended_at = 0.0
        self._reach = self._token = self._count = _NOT_YET
        self._allowance_left: int | None = None
        self._call: LastCall | None = None
        self._not_called = ""

    async def report(self, *, bound_s: float = BOUND_S) -> Report:
        """Return how it stands, after a round of checks if the last one is old.

        Args:
            bound_s: Seconds to wait for that round.
        """
        late = ""
        if not 0 <= time.time() - self._ended_at < FRESH_S:
            if self._round is None or self._round.done():
                self._round = asyncio.create_task(self._look())
            await asyncio.wait({self._round}, timeout=bound_s)
            if not self._round.done():
                late = f"no result within {bound_s:g} s, {self._step}"
            elif self._round.cancelled():
                late = f"given up, {self._step}: this is being closed"
        return Report(
            self._checks(),
            now=time.time(),
            unanswered=self._login_page.unanswered,
            late=late,
            health_calls=self._per_hour,
            health_calls_left=self._allowance_left,
            defect=self._defect,
        )

    def observe(self, record: CallRecord) -> None:
        """Learn from a call that the application made itself: one that succeeded proves it for nothing.

        May be called by any thread; an `on_call` of a client with the same settings.
        """
        if record.path.startswith("/api/") and record.status and 200 <= record.status < 300:
            reason = f"a call of the application was answered with {record.status}"
            version = record.mautic_version
            self._call = LastCall(ok=True, at=time.time(), reason=reason, mautic_version=version)

    async def aclose(self) -> None:
        """Give up a round that is under way, and close everything."""
        if self._round is not None:
            self._round.cancel()
            await asyncio.wait({self._round})
        await self._login_page.aclose()
        await anyio.to_thread.run_sync(self._close_stores)
        await self._client.aclose()

    def _close_stores(self) -> None:
        with self._counting:  # given up, it goes on in its thread, and would open them again
            for counted in (self._allowance, self._budget):
                if counted is not None:
                    counted.close()

    async def _look(self) -> None:
        """Make a round of checks; one that breaks has ended as well, and is not made again for every probe."""
        defect = ""
        try:
            await self._check_all()
        except Exception as exc:  # noqa: BLE001  # whatever it is, who asks is told that it is not ready
            # Neither text nor traceback: what nobody expected may hold anything.
            defect = f"a defect: {type(exc).__name__}, {self._step}"
            if defect != self._defect:
                _log.error("The checks of Mautic break off: %s", defect)
        self._defect = defect
        self._ended_at = time.time()

    async def _check_all(self) -> None:
        self._step = "asking for the login page"
        self._reach = await self._login_page.ask()
        if self._reach.ok:
            self._step = "asking for a token"
            self._token = await self._authenticate()
        self._step = "counting the hourly budget"
        obstacle = await anyio.to_thread.run_sync(self._count_calls)
        self._not_called = ""
        if self._reach.ok and self._token.ok is not False:
            self._step = f"calling {_CALL}"
            self._not_called = await self._call_if_due(obstacle)
            await anyio.to_thread.run_sync(self._count_calls)

    async def _authenticate(self) -> Check:
        try:
            took_s = await self._client.authenticate()
        except (ApiError, UnreachableError) as exc:
            return Check(False, exc.sentence(), time.time())
        if not self._renews_tokens:
            return Check(None, "never renewed here: only an API call proves it", time.time())
        took = f"; it took {took_s:.2f} s to get" if took_s else ""
        return Check(True, f"valid{took}", time.time())

    def _count_calls(self) -> str:
        """Look at allowance and budget; return what speaks against a call, empty if nothing does."""
        try:
            with self._counting:
                budget = None if self._budget is None else self._budget.look()
                allowance = None if self._allowance is None else self._allowance.look()
        except LimitStoreError as exc:
            self._count = Check(False, exc.sentence(), time.time())
            self._allowance_left = None
            return "it could not be counted"
        self._count = _budget_check(budget)
        self._allowance_left = allowance.left if allowance is not None else 0
        if allowance is None:
            return "MAUTIC_HEALTH_CALLS_PER_HOUR is 0"
        if not allowance.left:
            wait_s = f"{allowance.reset_s:.0f} s"
            return f"this hour's {allowance.limit} health calls are spent, the next is free in {wait_s}"
        if budget is not None and budget.left <= self._reserve:
            return "what is left of the budget is kept for the application"
        return ""

    async def _call_if_due(self, obstacle: str) -> str:
        """Make an API call if the last one is old; return why there was none, empty if none was due."""
        if not await self._is_due():
            return ""
        if obstacle:
            return obstacle
        lock = await anyio.to_thread.run_sync(self._kept.try_lock)
        if lock is None:
            return "another process is calling right now"
        with lock:
            if not await self._is_due():
                return ""
            try:
                self._call = await self._make_call()
            except (RateLimitedError, LimitStoreError) as exc:
                return exc.seen
            await anyio.to_thread.run_sync(self._kept.save, self._call)
        return ""

    async def _is_due(self) -> bool:
        if self._call is not None and not self._call.is_due_again(self._per_hour):
            return False
        kept = await anyio.to_thread.run_sync(self._kept.load)
        if kept is not None and (self._call is None or kept.at > self._call.at):
            self._call = kept
        return self._call is None or self._call.is_due_again(self._per_hour)

    async def _make_call(self) -> LastCall:
        """Make an API call, and return what it showed.

        Raises:
            RateLimitedError, LimitStoreError: It was not made.
        """
        try:
            await self._in_background.users.self()
        except (ApiError, UnreachableError) as exc:
            if isinstance(exc, LimitStoreError) or (
                isinstance(exc, RateLimitedError) and exc.status is None
            ):
                raise
            return self._failed(exc.sentence(), refused=isinstance(exc, AuthenticationError))
        return LastCall(
            ok=True,
            at=time.time(),
            reason=f"GET {_CALL} works",
            mautic_version=self._client.server.mautic_version,
        )

    def _failed(self, reason: str, *, refused: bool = False) -> LastCall:
        return LastCall(
            ok=False,
            at=time.time(),
            reason=reason,
            mautic_version=self._call.mautic_version if self._call else "",
            credentials_refused=refused,
            failures=self._call.failures + 1 if self._call else 1,
        )

    def _checks(self) -> Mapping[str, Check]:
        token, call, version = self._token, _NOT_YET, _NOT_YET
        not_called = f"not asked again: {self._not_called}" if self._not_called else ""
        if self._call is not None:
            reason = "; ".join(filter(None, (self._call.reason, not_called)))
            call = Check(self._call.ok, reason, self._call.at)
            named = self._call.mautic_version
            version = Check(
                True if named else None,
                "named by that call" if named else "no answer has named it",
                self._call.at,
                {"version": named or None},
            )
            if self._call.credentials_refused or (self._call.ok and not self._renews_tokens):
                token = Check(self._call.ok, self._call.reason, self._call.at)
        elif not_called:
            call = Check(None, not_called.replace("not asked again", "not asked"))
        return {
            REACHABLE: self._reach,
            "token": token,
            "api_call": call,
            "mautic_version": version,
            "budget": self._count,
        }


def _budget_check(budget: Budget | None) -> Check:
    if budget is None:
        return Check(True, "there is no limit", time.time())
    reason = f"{budget.left} of {budget.limit} calls are left"
    if not budget.left:
        reason = f"none of {budget.limit} calls is left, the next is free in {budget.reset_s:.0f} s"
    facts = {"left": budget.left, "per_hour": budget.limit, "reset_seconds": round(budget.reset_s)}
    return Check(budget.left > 0, reason, time.time(), facts)
