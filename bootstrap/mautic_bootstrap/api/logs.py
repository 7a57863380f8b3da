"""What is told of every call: to the log `mautic_bootstrap.api`, and to whoever asks for the records."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

LOGGER = logging.getLogger("mautic_bootstrap.api")


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One attempt at a call; no header, no body and no secret is in it."""

    request_id: str
    """The same for every attempt at one call; sent as `X-Request-Id`."""
    method: str
    path: str
    attempt: int
    """From 1."""
    milliseconds: float
    status: int | None
    """None where no answer came."""
    error: str
    """The class of what went wrong on the way; empty where an answer came."""
    budget_left: int | None
    """Calls left in the hour after this one; None where the budget is off or the call does not count."""
    mautic_version: str
    """As the last answer named it; empty before that."""
    params: Mapping[str, str | int] = field(default_factory=dict)
    """The query, which may hold an e-mail address: in the log at DEBUG only."""


OnCall = Callable[[CallRecord], None]


def tell(record: CallRecord) -> None:
    """Log one attempt: a line at INFO, at DEBUG with the query."""
    if not LOGGER.isEnabledFor(logging.INFO):
        return
    query = dict(record.params) if LOGGER.isEnabledFor(logging.DEBUG) else {}
    if record.params and not query:
        record = replace(record, params={})
    LOGGER.info(
        "%s %s%s -> %s in %.0f ms (attempt %d, budget left %s, Mautic %s, request %s)",
        record.method,
        record.path,
        f" {query}" if query else "",
        record.status or record.error,
        record.milliseconds,
        record.attempt,
        "-" if record.budget_left is None else record.budget_left,
        record.mautic_version or "-",
        record.request_id,
        extra={"mautic_call": record},
    )


_sending = ContextVar("mautic_bootstrap_sending", default=False)


class _NotOurs(logging.Filter):
    """Drops httpx's own line for our requests: it has the whole URL, e-mail addresses in it, at INFO."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002  # logging's signature
        return not _sending.get()


logging.getLogger("httpx").addFilter(_NotOurs())


@contextmanager
def httpx_is_silent() -> Iterator[None]:
    """Keep httpx from logging what is sent inside; other users of httpx are not affected."""
    token = _sending.set(True)
    try:
        yield
    finally:
        _sending.reset(token)
