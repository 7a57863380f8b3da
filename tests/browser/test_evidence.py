"""Screenshots of failures: they show where it happened, and no value."""

import stat
from collections.abc import Iterator
from pathlib import Path
from struct import unpack
from zlib import decompress

import pytest
from playwright.sync_api import Browser, Locator, Page, Route

from mautic_bootstrap.admin.evidence import MASKED, keep_screenshot

pytestmark = pytest.mark.browser

_PINK = (255, 0, 255)
_SECRET = "S3CRET-S3CRET-S3CRET"
_PAGE = f"""<!DOCTYPE html><title>x</title><body style="background: white">
<div id="flashes"><div class="alert alert-growl" id="made"><span>made {_SECRET}</span></div>
<div class="alert alert-growl alert-growl--error" id="refused"><span>Invalid login</span></div></div>
<h1>Credentials</h1>
<form><input id="username" value="admin"><input id="password" type="password" value="{_SECRET}">
<input id="text" value="{_SECRET}"><input type="checkbox" id="box" checked>
<textarea id="area">{_SECRET}</textarea><select id="choice"><option>{_SECRET}</option></select>
<div contenteditable id="editable">{_SECRET}</div></form>
<table><thead><tr><th id="head">Secret Key</th></tr></thead><tbody>
<tr><td id="cell"><input readonly value="{_SECRET}" id="key"></td><td id="name">{_SECRET}</td></tr></tbody></table>
<pre id="trace">{_SECRET}</pre><code id="code">{_SECRET}</code>"""
_COVERED = (
    "password",
    "text",
    "box",
    "area",
    "choice",
    "editable",
    "cell",
    "key",
    "name",
    "trace",
    "code",
    "made",
)
_SHOWN = ("username", "head", "refused")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


class _Picture:
    """The pixels of a PNG as Chromium writes them: 8 bit RGB or RGBA, not interlaced."""

    def __init__(self, file: Path) -> None:
        data = file.read_bytes()
        assert data.startswith(b"\x89PNG")
        self.width, self.height, depth, colour, _, _, interlaced = unpack(">IIBBBBB", data[16:29])
        assert (depth, interlaced) == (8, 0)
        self._size = {2: 3, 6: 4}[colour]
        packed, position = b"", 8
        while position < len(data):
            (length,) = unpack(">I", data[position : position + 4])
            if data[position + 4 : position + 8] == b"IDAT":
                packed += data[position + 8 : position + 8 + length]
            position += 12 + length
        self._rows = self._unfilter(decompress(packed))

    def colours(self, box: Locator) -> set[tuple[int, ...]]:
        """Return the colours within an element's box, but for its outermost pixels."""
        area = box.bounding_box()
        assert area is not None
        left, top = int(area["x"]) + 2, int(area["y"]) + 2
        right, bottom = int(area["x"] + area["width"]) - 2, int(area["y"] + area["height"]) - 2
        assert left < right
        assert top < bottom
        return {
            tuple(self._rows[y][x * self._size : x * self._size + 3])
            for y in range(top, bottom)
            for x in range(left, right)
        }

    def _unfilter(self, raw: bytes) -> list[bytearray]:
        stride, size = self.width * self._size, self._size
        rows: list[bytearray] = []
        above = bytearray(stride)
        for y in range(self.height):
            start = y * (stride + 1)
            kind, row = raw[start], bytearray(raw[start + 1 : start + 1 + stride])
            for x in range(stride):
                a = row[x - size] if x >= size else 0
                c = above[x - size] if x >= size else 0
                row[x] = (row[x] + _predict(kind, a, above[x], c)) & 255
            rows.append(row)
            above = row
        return rows


def _predict(kind: int, left: int, above: int, corner: int) -> int:
    if kind == 4:
        estimate = left + above - corner
        return min((left, above, corner), key=lambda value: abs(estimate - value))
    return (0, left, above, (left + above) // 2)[kind]


def test_every_value_is_covered_and_what_tells_the_page_is_not(page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 500, "height": 600})
    page.set_content(_PAGE)

    file = keep_screenshot(page, tmp_path / "evidence", "Look at it!", set())

    assert file is not None
    picture = _Picture(file)
    for element in _COVERED:
        assert picture.colours(page.locator(f"#{element}")) == {_PINK}, element
    for element in _SHOWN:
        assert _PINK not in picture.colours(page.locator(f"#{element}")), element
        assert len(picture.colours(page.locator(f"#{element}"))) > 2, element


def test_the_mask_names_every_element_that_can_hold_a_value(page: Page) -> None:
    page.set_content(_PAGE)

    holders = page.locator("input, textarea, select, td, [contenteditable]").evaluate_all(
        "(all, masked) => all.filter(e => !e.matches(masked)).map(e => e.id)", MASKED
    )

    assert holders == ["username"]


def test_folder_and_file_are_for_this_user_alone(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "some" / "evidence"
    folder.mkdir(parents=True, mode=0o755)

    file = keep_screenshot(page, folder, "Log in as admin / x", set())

    assert file is not None
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.name.endswith("-log-in-as-admin-x.png")


def test_style_sheets_are_fetched_for_the_picture_alone(page: Page, tmp_path: Path) -> None:
    loaded = {"document"}
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.resource_type)
        if route.request.resource_type in loaded:
            route.fulfill(body="h1 { color: rgb(1, 2, 3) }", content_type="text/css")
        else:
            route.abort()

    page.route("**/*", answer)
    page.set_content('<link rel="stylesheet" href="http://x.test/a.css"><h1>Hello</h1>')
    colour = "e => getComputedStyle(e).color"
    assert page.locator("h1").evaluate(colour) == "rgb(0, 0, 0)"

    assert keep_screenshot(page, tmp_path, "x", loaded) is not None

    assert asked == ["stylesheet", "stylesheet"]
    assert page.locator("h1").evaluate(colour) == "rgb(1, 2, 3)"


def test_a_picture_that_cannot_be_had_is_no_second_error(page: Page, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    assert keep_screenshot(page, blocked / "evidence", "x", set()) is None

    page.context.close()
    assert keep_screenshot(page, tmp_path / "evidence", "x", set()) is None
    assert not (tmp_path / "evidence").exists()
