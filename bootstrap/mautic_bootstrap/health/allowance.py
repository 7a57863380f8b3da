"""How few API calls health may cost: an allowance of its own, inside everybody's budget."""

import hashlib

from mautic_bootstrap.api.calls import Call, Priority
from mautic_bootstrap.api.client_options import identity_of, store_of
from mautic_bootstrap.api.effects import Steps
from mautic_bootstrap.api.limits import Budget
from mautic_bootstrap.api.throttle import Throttle
from mautic_bootstrap.settings import MauticSettings


class Allowance(Throttle):
    """Takes every attempt at a call from the allowance first, then from the hourly budget.

    All processes that share the budget's store share the allowance.

    Args:
        settings: Where it is counted, for whom, and how much it is: > 0.
        budget: The hourly budget; None where there is no limit.

    Raises:
        SettingsError: The store is none.
    """

    def __init__(self, settings: MauticSettings, budget: Throttle | None) -> None:
        super().__init__(
            store_of(settings),
            base_url=settings.api_url,
            identity=f"health of {identity_of(settings.credentials)}",
            limit=settings.health_calls_per_hour,
            reserve=0,
            max_wait_s=0.0,
        )
        self._budget = budget

    def take(self, call: Call, priority: Priority, max_wait_s: float) -> Steps[Budget]:
        """Take one call from each; arguments as `Throttle.take`.

        Raises:
            RateLimitedError: One of them has none.
            LimitStoreError: They cannot be counted.
        """
        own = yield from super().take(call, priority, max_wait_s)
        if self._budget is None:
            return own
        return (yield from self._budget.take(call, priority, max_wait_s))

    def hold(self, seconds: float) -> Steps[None]:
        """Let nobody call for as long as Mautic asks."""
        yield from super().hold(seconds)
        if self._budget is not None:
            yield from self._budget.hold(seconds)


def key(settings: MauticSettings) -> str:
    """Return a name for what is kept of this Mautic and this caller; nothing can be read from it."""
    return hashlib.sha256(
        f"{settings.api_url}\n{identity_of(settings.credentials)}".encode()
    ).hexdigest()[:32]
