"""What the checks found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REACHABLE = "reachable"


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found."""

    ok: bool | None
    """None where nobody knows; that alone does not make Mautic unusable."""
    reason: str
    """Why it is so, as a sentence or less; no secret is in it."""
    at: float | None = None
    """When that was seen, in seconds since the epoch; None: not yet."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else there is to say, by name."""

    def as_json(self, now: float) -> dict[str, Any]:
        """Return it as it goes out, its age in seconds instead of its time."""
        age = None if self.at is None else round(max(0.0, now - self.at), 1)
        return {"ok": self.ok, "age_seconds": age, "reason": self.reason, **self.facts}


@dataclass(frozen=True, slots=True)
class Report:
    """All checks together.

    Args:
        checks: Name to what it found; `reachable` is among them.
        now: When this was put together, in seconds since the epoch.
        unanswered: Whether nothing at all came back from Mautic.
        late: Why the checks have not ended; empty where they have.
        health_calls: API calls that checks may spend in any hour.
        health_calls_left: How many of them are left; None where nobody knows.
        defect: What broke the checks off, which nobody expected; empty where nothing did.
    """

    checks: Mapping[str, Check]
    now: float
    unanswered: bool
    late: str
    health_calls: int
    health_calls_left: int | None
    defect: str = ""

    @property
    def ready(self) -> bool:
        """Whether the application can use Mautic."""
        known = not (self.late or self.defect) and self.checks[REACHABLE].ok is True
        return known and all(check.ok is not False for check in self.checks.values())

    @property
    def reason(self) -> str:
        """Why it is not ready; empty if it is."""
        failed = [name for name, check in self.checks.items() if check.ok is False]
        reasons = [f"{name}: {self.checks[name].reason}" for name in failed]
        return self.late or self.defect or "; ".join(reasons)

    def as_json(self) -> dict[str, Any]:
        """Return it as it goes out."""
        return {
            "ready": self.ready,
            "reason": self.reason,
            "checks": {name: check.as_json(self.now) for name, check in self.checks.items()},
            "health_calls": {"per_hour": self.health_calls, "left": self.health_calls_left},
        }
