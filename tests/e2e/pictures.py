"""What a screenshot of a failure shows, held against the page it was taken of."""

import os
from base64 import b64encode
from pathlib import Path
from struct import unpack

from playwright.sync_api import Browser, Page, sync_playwright

from mautic_bootstrap.admin.browser import find_chromium

# Whatever on Mautic's pages can hold a value: `admin/evidence.py` has to cover it.
_VALUES = "td, input:not(#username), textarea, select"
_PINK = [255, 0, 255, 255]
# Looks at a picture's pixels within boxes; their outermost pixels are left out, since places are fractions.
_COLOURS = """async ({picture, boxes}) => {
    const image = new Image();
    image.src = picture;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return boxes.map(({x, y, width, height}) => {
        const pixels = context.getImageData(x + 2, y + 2, width - 4, height - 4).data;
        const found = new Set();
        for (let i = 0; i < pixels.length; i += 4) found.add(pixels.slice(i, i + 4).join());
        return [...found].slice(0, 5).map(colour => colour.split(",").map(Number));
    });
}"""


def uncovered(screenshot: Path, url: str, page: str, username: str, password: str) -> list[str]:
    """Return the places that a screenshot of a page of the admin UI ought to cover and does not.

    Args:
        screenshot: The picture.
        url: The Mautic's base URL.
        page: Path of the page; it is opened again, as whoever logs in here sees it.
        username: An admin's.
        password: His.
    """
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=find_chromium(os.environ), chromium_sandbox=os.geteuid() != 0
        )
        width, height = unpack(">II", screenshot.read_bytes()[16:24])  # of a PNG's first part
        tab = browser.new_page(
            java_script_enabled=False, viewport={"width": width, "height": height}
        )
        tab.goto(f"{url}{page}")
        tab.locator("#username").fill(username)
        tab.locator("#password").fill(password)
        tab.locator("button[type=submit]").click()
        tab.goto(f"{url}{page}")
        return _not_pink(browser, tab, screenshot)


def _not_pink(browser: Browser, tab: Page, screenshot: Path) -> list[str]:
    size = tab.viewport_size
    assert size is not None
    boxes = []
    for place in tab.locator(_VALUES).all():
        box = place.bounding_box()
        if (
            box
            and box["y"] + box["height"] < size["height"]
            and min(box["width"], box["height"]) > 5
        ):
            boxes.append({**box, "what": place.evaluate("node => node.outerHTML")})
    assert boxes, "nothing on this page holds a value"
    picture = "data:image/png;base64," + b64encode(screenshot.read_bytes()).decode()
    wanted = [{name: int(box[name]) for name in ("x", "y", "width", "height")} for box in boxes]
    reader = browser.new_page()
    colours = reader.evaluate(_COLOURS, {"picture": picture, "boxes": wanted})
    return [
        f"{box['what'][:80]}: {seen}"
        for box, seen in zip(boxes, colours, strict=True)
        if seen != [_PINK]
    ]
