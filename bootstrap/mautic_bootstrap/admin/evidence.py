"""What is kept of a browser session: a screenshot of a failure that shows where it happened and no secret."""

import os
import re
import time
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

# The list of credentials shows every client's secret, the configuration page mail passwords: everything
# that holds a value is covered. What is left are headings, labels, menus, buttons and the login name.
# Messages stay, but for those of success, which could name what was just made.
MASKED = (
    "input:not(#username), textarea, select, td, pre, code, [contenteditable],"
    " #flashes .alert:not(.alert-growl--error, .alert-growl--warning)"
)
_STYLESHEETS = "link[rel=stylesheet]"
_STYLE_TIMEOUT_S = 5.0
_SCREENSHOT_TIMEOUT_MS = 10_000


def keep_screenshot(page: Page, folder: Path, name: str, style_types: set[str]) -> Path | None:
    """Write a masked screenshot of the page and return its path; None where none can be had.

    Never raises for a browser or disk in trouble: the error that led here is the one to tell.

    Args:
        page: The page as it is when the error came up.
        folder: Created with mode 0700 if need be.
        name: What was being done; becomes part of the file's name.
        style_types: The resource types that are let through; style sheets are added, since the pages are
            loaded without them and would be hard to recognise.

    Side effects: writes one file, mode 0600.
    """
    try:
        _load_style_sheets(page, style_types)
        image = page.screenshot(mask=[page.locator(MASKED)], timeout=_SCREENSHOT_TIMEOUT_MS)
        return keep(folder, name, "png", image)
    except (PlaywrightError, OSError):
        return None


def _load_style_sheets(page: Page, style_types: set[str]) -> None:
    style_types.add("stylesheet")
    links = page.locator(_STYLESHEETS)
    links.evaluate_all("links => links.forEach(link => link.replaceWith(link.cloneNode()))")
    # No event of the page can tell: its scripts are off. A sheet that fails to load ends in the bound.
    until = time.monotonic() + _STYLE_TIMEOUT_S
    while time.monotonic() < until:
        if links.evaluate_all("links => links.every(link => link.sheet)"):
            return
        page.wait_for_timeout(50)


def keep(folder: Path, name: str, suffix: str, data: bytes) -> Path:
    """Write a new file that only this user may read, and return its path.

    Args:
        folder: Created with mode 0700 if need be.
        name: Becomes part of the file's name, behind the time.
        suffix: What the file's name ends with, no dot.
        data: What it is to hold.

    Raises:
        OSError: The system refused.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{slug}.{suffix}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return path
