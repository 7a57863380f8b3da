"""Traces: of what Playwright records only what is known to be harmless stays."""

import io
import json
import zipfile
from typing import Any

import pytest

from mautic_bootstrap.admin.trace import scrubbed
from mautic_bootstrap.redaction import Redactor

_CALL = {"callId": "a@1"}


def _archive(*records: dict[str, Any], **more: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("trace.trace", "".join(f"{json.dumps(record)}\n" for record in records))
        for name, text in more.items():
            archive.writestr(name, text)
    return target.getvalue()


def _kept(*records: dict[str, Any], redactor: Redactor | None = None) -> list[dict[str, Any]]:
    clean = zipfile.ZipFile(io.BytesIO(scrubbed(_archive(*records), redactor or Redactor())))
    assert clean.namelist() == ["trace.trace", "trace.network"]
    return [json.loads(line) for line in clean.read("trace.trace").splitlines()]


def test_what_was_done_when_and_how_it_went_stays() -> None:
    records: list[dict[str, Any]] = [
        {"type": "context-options", "version": 10, "wallTime": 1, "options": {}},
        {
            "type": "before",
            **_CALL,
            "startTime": 1.5,
            "class": "Frame",
            "method": "click",
            "params": {"selector": "#a", "timeout": 5},
        },
        {"type": "log", **_CALL, "time": 2, "message": '  waiting for locator("#a")'},
        {"type": "input", **_CALL, "point": {"x": 1, "y": 2}},
        {"type": "after", **_CALL, "endTime": 3},
    ]
    assert _kept(*records) == records


@pytest.mark.parametrize(
    "record",
    [
        {"type": "before", "params": {"selector": "#p", "value": "canary"}, "title": "canary"},
        {"type": "before", "params": {"expression": "canary", "arg": {"value": {"s": "canary"}}}},
        {"type": "before", "params": {"headers": [{"name": "Cookie", "value": "canary"}]}},
        {"type": "after", "result": {"value": "canary"}},
        {
            "type": "after",
            "error": {"name": "Error", "message": "<input value=canary>", "stack": "canary"},
        },
        {"type": "after", "log": ["canary"], "attachments": ["canary"]},
        {"type": "log", "message": '  locator resolved to <input value="canary"/>'},
        {"type": "log", "message": '  fill("canary")'},
        {"type": "log", "message": 'waiting for <input value="canary"> to go away'},
        {"type": "log", "message": "waiting for it\ncanary"},
        {
            "type": "event",
            "class": "BrowserContext",
            "method": "console",
            "params": {"text": "canary"},
        },
        {"type": "console", "text": "canary"},
        {"type": "frame-snapshot", "snapshot": {"html": ["canary"]}},
        {"type": "resource-snapshot", "snapshot": {"request": {"postData": "canary"}}},
        {"type": "screencast-frame", "sha1": "canary"},
        {"type": "stdout", "text": "canary"},
        {"type": "of a newer Playwright", "canary": "canary"},
        {"type": "context-options", "options": {"extraHTTPHeaders": "canary"}, "title": "canary"},
    ],
)
def test_what_may_be_a_secret_goes(record: dict[str, Any]) -> None:
    assert "canary" not in json.dumps(_kept(record))


def test_other_files_of_the_archive_go() -> None:
    raw = _archive(
        **{"trace.network": "canary", "resources/1.html": "canary", "1.stacks": "canary"}
    )
    assert b"canary" not in scrubbed(raw, Redactor())
    clean = zipfile.ZipFile(io.BytesIO(scrubbed(raw, Redactor())))
    assert clean.read("trace.network") == b""


def test_a_secret_that_is_known_is_masked_wherever_it_stands() -> None:
    record = {
        "type": "before",
        "params": {"url": "http://x/?key=canary-1", "selector": "text=canary-1"},
    }
    (kept,) = _kept(record, redactor=Redactor(["canary-1"]))
    assert kept["params"] == {"url": "http://x/?key=********", "selector": "text=********"}


def test_what_is_no_archive_is_told() -> None:
    with pytest.raises(zipfile.BadZipFile):
        scrubbed(b"canary", Redactor())
