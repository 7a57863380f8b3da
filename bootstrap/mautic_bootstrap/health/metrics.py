"""What Prometheus is told: of the calls, and of how it stands.

Labels hold neither an id nor an e-mail address, so that they stay few and name nobody.
"""

import re
from collections.abc import Iterator

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric

from mautic_bootstrap.api.logs import CallRecord
from mautic_bootstrap.health.report import Report

CONTENT_TYPE = CONTENT_TYPE_LATEST

_TOKEN_PATH = "/oauth/v2/token"  # noqa: S105  # no secret, where to get one
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_RESOURCE = re.compile(r"[a-z]{1,30}|v[0-9]")
# What stands behind an API's resource and is no id. Source: the routes of each bundle's `Config/config.php`.
_WORDS = frozenset(
    {"activity", "add", "batch", "campaign", "campaigns", "categories", "companies", "company"}
    | {"contact", "contacts", "delete", "devices", "dnc", "edit", "email", "events", "fields"}
    | {"list", "lists", "minus", "new", "notes", "owners", "permissioncheck", "plus", "points"}
    | {"remove", "segment", "segments", "self", "send", "stages", "tags", "utm"}
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_MOST_SEGMENTS = 8


class Metrics:
    """The metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls = Counter(
            "mautic_api_calls",
            "Requests to Mautic, by what came of them: a status, or an error's name.",
            ("method", "path", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "mautic_api_call_duration_seconds",
            "How long Mautic took.",
            ("method", "path"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._retries = Counter(
            "mautic_api_retries",
            "Requests that repeated one that had failed.",
            ("method", "path"),
            registry=self.registry,
        )
        self._renewals = Counter(
            "mautic_token_renewals", "Tokens that Mautic gave.", registry=self.registry
        )
        self._standing = _Standing()
        self.registry.register(self._standing)

    def observe(self, record: CallRecord) -> None:
        """Count a call; may be called by any thread."""
        method = record.method if record.method in _METHODS else "other"
        path = path_template(record.path)
        self._calls.labels(method, path, str(record.status or record.error)).inc()
        self._seconds.labels(method, path).observe(record.milliseconds / 1000)
        if record.attempt > 1:
            self._retries.labels(method, path).inc()
        if record.path == _TOKEN_PATH and record.status == 200:
            self._renewals.inc()

    def text(self, report: Report) -> bytes:
        """Return all metrics in Prometheus's text format."""
        self._standing.report = report
        return generate_latest(self.registry)


class _Standing:
    """How it stands, as the last report says; what nobody knows is left out."""

    report: Report | None = None

    def collect(self) -> Iterator[Metric]:
        report = self.report
        if report is None:
            return
        yield GaugeMetricFamily(
            "mautic_ready", "Whether Mautic can be used.", value=float(report.ready)
        )
        checks = GaugeMetricFamily(
            "mautic_check_ok", "Whether a check of /health/ready is fine.", labels=["check"]
        )
        for name, check in report.checks.items():
            if check.ok is not None:
                checks.add_metric([name], float(check.ok))
        yield checks
        budget = report.checks["budget"].facts
        for name, text, value in (
            ("mautic_budget_left", "API calls left in this hour.", budget.get("left")),
            ("mautic_budget_per_hour", "API calls in any hour.", budget.get("per_hour")),
            ("mautic_health_calls_left", "API calls for health.", report.health_calls_left),
        ):
            if value is not None:
                yield GaugeMetricFamily(name, text, value=value)
        if version := report.checks["mautic_version"].facts.get("version"):
            info = GaugeMetricFamily("mautic_info", "Mautic's version.", labels=["version"])
            info.add_metric([version], 1.0)
            yield info


def path_template(path: str) -> str:
    """Return a path with `{id}` for whatever is not known to be a word of Mautic's API."""
    if path == _TOKEN_PATH:
        return path
    segments = path.partition("?")[0].strip("/").split("/")
    if segments[0] != "api" or len(segments) > _MOST_SEGMENTS:
        return "other"
    places = 2 if len(segments) > 1 and segments[1] == "v2" else 1
    words = (
        segment if segment in _WORDS or (n <= places and _RESOURCE.fullmatch(segment)) else "{id}"
        for n, segment in enumerate(segments)
    )
    return "/" + "/".join(words)
