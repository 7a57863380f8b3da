"""A trace of a real session: it can be opened, and no canary is in it; and no process with secrets dumps core."""

import json
import re
import resource
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from browser.fake_site import Answer, FakeSite
from mautic_bootstrap.admin.browser import open_browser
from mautic_bootstrap.errors import UiError
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor

pytestmark = pytest.mark.browser

_CANARY = re.compile(r"canary-\w+")
_PAGE = Answer(
    '<!DOCTYPE html><title>x</title><form method="post" action="/y"><input type="password" id="p" value="canary-shown">'
    '<input id="o" value="canary-other"><button>Save</button></form><p>canary-text</p>',
    headers={"Set-Cookie": "session=canary-cookie"},
)


def _visit(tmp_path: Path, *, trace: bool, fail: bool = False) -> list[str]:
    lines: list[str] = []
    with (
        FakeSite({"GET /x": _PAGE, "POST /y": _PAGE}) as site,
        open_browser(
            site.url,
            ca_bundle=None,
            redactor=Redactor(["canary-typed"]),
            evidence_dir=tmp_path / "evidence",
            progress=Progress(lines.append),
            trace=trace,
        ) as session,
    ):
        session.open("/x")
        page = session.page
        page.fill("#p", "canary-typed")
        page.locator("#o").input_value()
        page.locator("#o").evaluate_all("all => all.map(one => one.value)")
        page.locator("form").inner_html()
        page.locator("button").click()
        if fail:
            page.locator("#o").click(timeout=1)
    return lines


@pytest.mark.parametrize("fail", [False, True])
def test_a_trace_tells_what_was_done_and_no_secret(tmp_path: Path, *, fail: bool) -> None:
    lines: list[str] = []
    with suppress(UiError):
        lines = _visit(tmp_path, trace=True, fail=fail)
    (trace,) = (tmp_path / "evidence").glob("*-trace.zip")
    assert trace.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(trace) as archive:
        content = b"\n".join(archive.read(name) for name in archive.namelist()).decode()
    assert not _CANARY.search(content)
    calls = [json.loads(line) for line in content.splitlines() if '"before"' in line]
    assert {"goto", "fill", "inputValue", "click"} <= {call["method"] for call in calls}
    assert fail or f"  What the browser did: playwright show-trace {trace}" in lines


def test_without_the_wish_there_is_no_trace(tmp_path: Path) -> None:
    _visit(tmp_path, trace=False)
    assert not (tmp_path / "evidence").exists()


def test_neither_this_process_nor_driver_nor_browser_may_dump_core(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        with (
            FakeSite({"GET /x": _PAGE}) as site,
            open_browser(
                site.url,
                ca_bundle=None,
                redactor=Redactor(),
                evidence_dir=tmp_path,
                progress=Progress(),
            ) as session,
        ):
            session.open("/x")
            limits = dict(_core_limits())
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    assert any("node" in name for name in limits)
    assert any("chrom" in name or "headless" in name for name in limits)
    assert set(limits.values()) == {"0"}


def _core_limits() -> Iterator[tuple[str, str]]:
    """Yield name and soft limit of every process that this one started, and of itself."""
    mine = {str(Path("/proc/self").resolve().name)}
    for folder in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        with suppress(OSError):
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            if folder.name in mine or parent in mine:
                mine.add(folder.name)
                (line,) = re.findall(
                    r"^Max core file size +(\S+)", (folder / "limits").read_text(), re.MULTILINE
                )
                yield f"{(folder / 'comm').read_text().strip()} {folder.name}", line
