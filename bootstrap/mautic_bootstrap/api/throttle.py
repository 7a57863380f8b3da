"""The hourly budget, as the calls of one client see it."""

import hashlib
import math
import random
import time

from mautic_bootstrap.api.calls import Call, Priority
from mautic_bootstrap.api.effects import Block, Pause, Steps
from mautic_bootstrap.api.limits import Budget, Grant, LimitStore
from mautic_bootstrap.errors import RateLimitedError

# Who waits for the same slot wakes up spread over this long.
_SPREAD_S = 0.05


class Throttle:
    """Takes every call out of a budget that all processes share.

    Args:
        store: Where it is counted.
        base_url: Mautic's base URL.
        identity: Who calls: a client id or a user name. Tokens come and go, and do not count.
        limit: Calls in any sliding hour.
        reserve: Calls of these that background work leaves to interactive calls.
        max_wait_s: Seconds that a call waits for its turn, where it does not say so itself.
    """

    def __init__(
        self,
        store: LimitStore,
        *,
        base_url: str,
        identity: str,
        limit: int,
        reserve: int,
        max_wait_s: float,
    ) -> None:
        self._store = store
        self._key = hashlib.sha256(f"{base_url}\n{identity}".encode()).hexdigest()[:32]
        self._limit = limit
        self._reserve = reserve
        self.max_wait_s = max_wait_s

    def take(self, call: Call, priority: Priority, max_wait_s: float) -> Steps[Budget]:
        """Take one call, or wait for it.

        Args:
            call: For errors.
            priority: "background" leaves the reserve alone.
            max_wait_s: Seconds to wait at most.

        Raises:
            RateLimitedError: It would have to wait longer; `retry_after_s` says how long.
        """
        reserve = self._reserve if priority == "background" else 0
        deadline = time.monotonic() + max_wait_s
        while True:
            grant = yield Block(
                lambda: self._store.take(self._key, limit=self._limit, reserve=reserve)
            )
            if grant.granted:
                budget: Budget = grant.budget
                return budget
            if time.monotonic() + grant.retry_after_s > deadline:
                raise self._used_up(call, grant, reserve)
            yield Pause(grant.retry_after_s + random.uniform(0, _SPREAD_S))  # noqa: S311  # no secret

    def hold(self, seconds: float) -> Steps[None]:
        """Let nobody call for as long as the server asks, beyond what was counted here."""
        until = time.time() + seconds
        yield Block(lambda: self._store.hold(self._key, until=until))

    def look(self) -> Budget:
        """Return how the budget stands; takes nothing."""
        return self._store.look(self._key, limit=self._limit)

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def _used_up(self, call: Call, grant: Grant, reserve: int) -> RateLimitedError:
        budget, retry_after_s = grant.budget, grant.retry_after_s
        kept = f", and {reserve} of them are kept for interactive calls" if reserve else ""
        error = RateLimitedError(
            f"{call.method} {call.path}",
            expected="a call left in this hour's budget",
            seen=f"{budget.used} of {budget.limit} used{kept}",
            hint=_used_up_hint(retry_after_s),
        )
        error.retry_after_s = retry_after_s
        return error


def _used_up_hint(retry_after_s: float) -> str:
    if math.isinf(retry_after_s):
        return "The reserve (MAUTIC_RATE_LIMIT_RESERVE) is the whole limit: background work has no call."
    return (
        f"The next is free in {retry_after_s:.0f} s; wait for it (max_wait_s), send many contacts in one call"
        " (upsert_many), or raise MAUTIC_RATE_LIMIT_PER_HOUR."
    )
