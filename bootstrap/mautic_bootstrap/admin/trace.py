"""A Playwright trace of a browser session that holds no secret: what was done when, and how it went.

A trace as Playwright writes it holds what is typed, what is read, cookies and pages. So only what is known to be
harmless is taken over, item by item; whatever else a newer Playwright records stays behind. Pages, network and
pictures are not recorded at all.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext
from playwright.sync_api import Error as PlaywrightError

from mautic_bootstrap import scratch
from mautic_bootstrap.admin import evidence
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor

# What stays of each kind of record. Source: the trace format of Playwright 1.65 (version 10), `trace.trace`.
_KEPT = {
    "context-options": (
        "version",
        "origin",
        "browserName",
        "playwrightVersion",
        "platform",
        "wallTime",
        "monotonicTime",
        "sdkLanguage",
    ),
    "before": ("callId", "parentId", "stepId", "startTime", "class", "method"),
    "after": ("callId", "endTime"),
    "input": ("callId", "point", "box"),
    "event": ("time", "class", "method"),
    "log": ("callId", "time"),
}
_PARAMETERS = ("selector", "url", "waitUntil", "state", "timeout", "strict", "pageId")
# Log lines that quote neither what is typed nor an element with its value.
_HARMLESS_LOG = re.compile(
    r"\s*(waiting for|attempting|element is|scrolling|done scrolling|performing|click action done"
    r"|navigating to|navigated to|navigations have finished|retrying|forcing)\b[^<>\n]*"
)
_RECORDS, _NETWORK = "trace.trace", "trace.network"


@contextmanager
def recorded(
    context: BrowserContext, folder: Path, *, redactor: Redactor, progress: Progress
) -> Iterator[None]:
    """Record what the body does, and keep it without secrets.

    Never raises for a browser or disk in trouble: whatever the body raises is the one to tell.

    Args:
        context: The browser context.
        folder: Where the trace goes; made with mode 0700 if need be.
        redactor: Masks what in the end is still known to be secret.
        progress: Told where the trace is.

    Side effects:
        Writes one file, mode 0600. While the body runs Playwright keeps the raw trace in its temporary folder,
        0700, which goes with the browser.
    """
    context.tracing.start(screenshots=False, snapshots=False, sources=False)
    try:
        yield
    finally:
        with suppress(PlaywrightError, OSError, zipfile.BadZipFile), scratch.folder() as place:
            raw = Path(place, "trace.zip")
            context.tracing.stop(path=raw)
            path = evidence.keep(folder, "trace", "zip", scrubbed(raw.read_bytes(), redactor))
            progress.note(f"What the browser did: playwright show-trace {path}")


def scrubbed(archive: bytes, redactor: Redactor) -> bytes:
    """Return a trace with nothing in it but what is known to be harmless.

    Args:
        archive: The zip file that Playwright wrote.
        redactor: Masks what of that is secret all the same.

    Raises:
        zipfile.BadZipFile: It is none.
    """
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as clean,
    ):
        lines = source.read(_RECORDS).decode().splitlines()
        records = [record for line in lines if (record := _harmless(json.loads(line)))]
        masked = (json.dumps(redactor.mask_all(record)) for record in records)
        clean.writestr(_RECORDS, "".join(f"{line}\n" for line in masked))
        clean.writestr(_NETWORK, "")  # the viewer wants it
    return target.getvalue()


def _harmless(record: dict[str, Any]) -> dict[str, Any] | None:
    """Return what stays of a record, None where nothing does."""
    kind = record.get("type", "")
    if kind not in _KEPT:
        return None
    kept = {name: record[name] for name in ("type", *_KEPT[kind]) if name in record}
    if kind == "context-options":
        kept["options"] = {}
    if kind in {"before", "event"}:
        given = record.get("params", {})
        kept["params"] = {name: given[name] for name in _PARAMETERS if name in given}
    if kind == "after" and "error" in record:
        # Its text may quote an element with its value; what failed is told by the error of the run.
        kept["error"] = {
            "name": record["error"].get("name", "Error"),
            "message": "see the run's own error",
        }
    if kind == "log":
        message = record.get("message", "")
        kept["message"] = message if _HARMLESS_LOG.fullmatch(message) else "..."
    return kept
