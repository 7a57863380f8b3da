"""Starting Chromium quietly, and ending it without leaving anything behind."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserType, Page, Route, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from mautic_bootstrap import core_dumps, scratch
from mautic_bootstrap.admin.browser import missing_browser
from mautic_bootstrap.admin.evidence import keep_screenshot
from mautic_bootstrap.admin.session import ELEMENT_TIMEOUT_MS, PAGE_TIMEOUT_MS, AdminSession
from mautic_bootstrap.admin.trace import recorded
from mautic_bootstrap.admin.translation import first_line
from mautic_bootstrap.errors import CredentialsError, UiError
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor

# Beyond what Playwright switches off itself: background networking, component updates, sync, first run.
_QUIET = ("--disable-domain-reliability", "--disable-client-side-phishing-detection", "--no-pings")
# What would make Playwright's driver print what is typed, or wait for somebody who debugs; and the password
# that inventory/existing reads, which is none of a browser's business.
_UNWANTED = ("DEBUG", "DEBUG_FILE", "PWDEBUG", "MAUTIC_ADMIN_PASSWORD")
# Source: Chromium's `zygote_host_impl_linux.cc`, and Playwright's rewriting of its message.
_NO_SANDBOX = re.compile(r"usable sandbox|SUID sandbox|sandboxing failed|new namespace")
# What Chromium itself says before it dies, among Playwright's log lines.
_LAST_WORDS = re.compile(r"\[err\] (.*(?:FATAL|error while loading).*)|\[err\] (.+)")
_LONGEST_QUOTE = 300


@contextmanager
def session(
    executable: Path,
    arguments: list[str],
    base_url: str,
    *,
    redactor: Redactor,
    evidence_dir: Path,
    progress: Progress,
    trace: bool = False,
) -> Iterator[AdminSession]:
    """Run one Chromium around the body; for arguments and errors see `browser.open_browser`.

    JavaScript is off: Mautic's forms then are plain posts, which work alike on all versions, take a third of
    the time and leave nothing to race with. Only documents of the base URL's origin are loaded. No
    video or HAR is ever made, they would hold what is typed, and no core dump of this process, the driver or the
    browser.
    """
    core_dumps.forbid()
    loaded = {"document"}
    with ExitStack() as stack:
        with progress.step("Start Chromium"):
            browser = _start(stack, executable, arguments, progress)
            page = _open_tab(browser, base_url, loaded)
        if trace:
            kept = recorded(page.context, evidence_dir, redactor=redactor, progress=progress)
            stack.enter_context(kept)
        admin = AdminSession(page, base_url, redactor=redactor, progress=progress)
        admin.keep_evidence = lambda: keep_screenshot(page, evidence_dir, admin.doing, loaded)
        try:
            with admin.translated(for_page=False):
                yield admin
        except (UiError, CredentialsError) as exc:
            exc.evidence = exc.evidence or admin.keep_evidence()
            raise


def _start(stack: ExitStack, executable: Path, arguments: list[str], progress: Progress) -> Browser:
    """Start driver and browser; the stack ends both and removes what they leave behind."""
    folder = stack.enter_context(scratch.folder())
    try:
        with _driver_environment(folder):
            driver = stack.enter_context(sync_playwright())
        browser = _launch(driver.chromium, executable, [*_QUIET, *arguments], progress)
    except PlaywrightError as exc:
        raise missing_browser(f"{executable}, which does not start: {_last_words(exc)}") from exc
    stack.callback(_close, browser)
    return browser


def _last_words(exc: PlaywrightError) -> str:
    """Return why Chromium did not start: its own fatal line, else its first, else Playwright's."""
    lines = [(found[1], found[2]) for found in _LAST_WORDS.finditer(str(exc))]
    fatal = [line for line, _ in lines if line]
    plain = [line for _, line in lines if line]
    return [*fatal, *plain, first_line(exc)][0][:_LONGEST_QUOTE].strip()


@contextmanager
def _driver_environment(folder: str) -> Iterator[None]:
    """Let the driver inherit a silent environment and a temporary directory of its own.

    Playwright offers no argument for its driver's environment: it takes this process's when it starts.
    """
    saved = {name: os.environ.get(name) for name in (*_UNWANTED, "TMPDIR")}
    for name in _UNWANTED:
        os.environ.pop(name, None)
    os.environ["TMPDIR"] = folder
    try:
        yield
    finally:
        for name, value in saved.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _launch(
    chromium: BrowserType, executable: Path, arguments: list[str], progress: Progress
) -> Browser:
    """Start the browser: in its sandbox, unless we are root (it refuses) or the kernel forbids it."""
    sandbox = os.geteuid() != 0
    try:
        return chromium.launch(executable_path=executable, args=arguments, chromium_sandbox=sandbox)
    except PlaywrightError as exc:
        if not sandbox or not _NO_SANDBOX.search(str(exc)):
            raise
    progress.note("Chromium starts without its sandbox, which this system does not allow")
    return chromium.launch(executable_path=executable, args=arguments, chromium_sandbox=False)


def _open_tab(browser: Browser, base_url: str, loaded: set[str]) -> Page:
    """Open the one tab: no scripts, no service workers, no downloads, nothing of other hosts."""
    context = browser.new_context(
        java_script_enabled=False,
        service_workers="block",
        accept_downloads=False,
        # Wide enough for the columns that Mautic hides on small screens.
        viewport={"width": 1400, "height": 1000},
    )
    context.set_default_timeout(ELEMENT_TIMEOUT_MS)
    context.set_default_navigation_timeout(PAGE_TIMEOUT_MS)
    origin = urlsplit(base_url)[:2]

    def decide(route: Route) -> None:
        request = route.request
        if urlsplit(request.url)[:2] == origin and request.resource_type in loaded:
            route.continue_()
        else:
            route.abort()

    context.route("**/*", decide)
    return context.new_page()


def _close(browser: Browser) -> None:
    # A browser that has died cannot be closed again, and that is no news by then.
    with suppress(PlaywrightError):
        browser.close()
