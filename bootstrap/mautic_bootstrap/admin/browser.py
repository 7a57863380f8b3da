"""Finding Chromium, and a browser session in one `with`.

Playwright takes 0.4 s to import, and most runs only want to know whether there is a browser: it is imported
where one is started.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mautic_bootstrap.admin import manual_guide, tls
from mautic_bootstrap.errors import BrowserMissingError
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor

if TYPE_CHECKING:
    from mautic_bootstrap.admin.session import AdminSession

CHROMIUM_VARIABLE = "MAUTIC_BOOTSTRAP_CHROMIUM"
# First the one without windows: it starts in half the time and takes a quarter of the work.
_ON_PATH = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
)
# Where `playwright install` puts its browsers; any revision will do.
# Source: Playwright 1.65, `server/registry` (EXECUTABLE_PATHS); the first name is that of older releases.
_PLAYWRIGHT_FILES = (
    "chromium_headless_shell-*/chrome-*/headless_shell",
    "chromium_headless_shell-*/chrome-*/chrome-headless-shell",
    "chromium-*/chrome-*/chrome",
    "chromium-*/chrome-*/*.app/Contents/MacOS/*",
)
_REVISION = re.compile(r"/chromium(?:_headless_shell)?-(\d+)/")


def find_chromium(environ: Mapping[str, str]) -> Path:
    """Return the Chromium to start: the one named, Playwright's own, or the first on PATH.

    Args:
        environ: `MAUTIC_BOOTSTRAP_CHROMIUM`, `PLAYWRIGHT_BROWSERS_PATH`, `HOME` and `PATH` are read.

    Raises:
        BrowserMissingError: There is none, or the one named is no executable file.
    """
    named = environ.get(CHROMIUM_VARIABLE)
    if named:
        if Path(named).is_file() and os.access(named, os.X_OK):
            return Path(named)
        raise missing_browser(f"{CHROMIUM_VARIABLE}={named}, which is no executable file")
    folder = _playwright_folder(environ)
    downloaded = [file for pattern in _PLAYWRIGHT_FILES for file in folder.glob(pattern)]
    if downloaded:
        return max(downloaded, key=_revision)
    for name in _ON_PATH:
        found = shutil.which(name, path=environ.get("PATH", ""))
        if found:
            return Path(found)
    raise missing_browser(f"no {', '.join(_ON_PATH)} on PATH, and none of Playwright's own")


def _playwright_folder(environ: Mapping[str, str]) -> Path:
    named = environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if named:
        return Path(named)
    caches = "Library/Caches" if sys.platform == "darwin" else ".cache"
    return Path(environ.get("HOME", "/"), caches, "ms-playwright")


def _revision(file: Path) -> int:
    found = _REVISION.search(file.as_posix())
    return int(found[1]) if found else 0


def missing_browser(seen: str) -> BrowserMissingError:
    """Return the error for a machine on which no Chromium can be had."""
    return BrowserMissingError(
        attempted="find a browser for Mautic's admin UI",
        seen=seen,
        hint="Run `apt-get install chromium` or `playwright install --with-deps chromium`, or name an"
        f" executable in {CHROMIUM_VARIABLE}; or do it by hand, as the guide says.",
        guide=manual_guide.render(),
    )


@contextmanager
def open_browser(
    base_url: str,
    *,
    ca_bundle: Path | None,
    redactor: Redactor,
    evidence_dir: Path,
    progress: Progress,
    trace: bool = False,
) -> Iterator["AdminSession"]:
    """Start Chromium, hand out one tab that is not logged in, and end it all again.

    Args:
        base_url: Mautic's base URL, no slash at the end.
        ca_bundle: A private certificate authority for an https:// base URL; see `tls`.
        redactor: Masks what errors quote.
        evidence_dir: Where a masked screenshot goes if the body fails on a page.
        progress: Told of every step.
        trace: Keep a trace of what was done there, too, without secrets; see `trace`.

    Raises:
        BrowserMissingError: No Chromium, or one that does not start.
        UnreachableError: The server does not prove to be the host of the base URL.
        BootstrapError: What the body raised; Playwright's exceptions come in this project's words.
    """
    executable = find_chromium(os.environ)
    with ExitStack() as stack:
        arguments: list[str] = []
        if base_url.startswith("https://"):
            arguments = (
                stack.enter_context(tls.verified_way(base_url, ca_bundle))
                if ca_bundle is not None
                else [tls.no_clear_text(base_url)]
            )
        try:
            from mautic_bootstrap.admin import launch  # noqa: PLC0415  # see the module's text
        except ImportError as exc:
            raise missing_browser("no Python package playwright") from exc
        yield stack.enter_context(
            launch.session(
                executable,
                arguments,
                base_url,
                redactor=redactor,
                evidence_dir=evidence_dir,
                progress=progress,
                trace=trace,
            )
        )
