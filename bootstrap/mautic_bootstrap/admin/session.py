"""One logged-out, then logged-in, tab in the admin UI: going to pages, and telling what came instead."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mautic_bootstrap.admin.recognition import refuse_trouble
from mautic_bootstrap.errors import UnexpectedPageError
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response

PAGE_TIMEOUT_MS = 60_000
"""A cold Mautic on a slow machine; without DNS one page was seen to take 25 s."""
ELEMENT_TIMEOUT_MS = 5_000
"""Without JavaScript an element is there with the page or never comes."""

# Mautic's own messages. Source: `CoreBundle/Resources/views/Notification/flash_messages.html.twig` (the text is
# in a span, beside a button that closes it), `FormTheme/mautic_form_layout.html.twig` (an element .has-error
# without text is always there); recordings "login refused", "credential new, empty submitted"; 5.1.0, 7.0.0.
_FLASHES = "#flashes .alert > span"
_FORM_ERRORS = ".has-error:has(.help-block)"
_READ_FORM_ERRORS = """elements => elements.map(element => {
    const text = element.querySelector(".help-block").textContent.trim()
    const field = element.querySelector("[name]")?.name
    return text && field ? `${field}: ${text}` : text
})"""
_HEADINGS = "h1, h2, h3, h4"
# Source: `CoreBundle/Resources/views/Default/base.html.twig`; recordings, key "footer" ("... v7.0.0").
_FOOTER = "#app-footer"

_POST = """url => {
    const form = document.createElement("form")
    form.method = "post"
    form.action = url
    document.body.append(form)
    form.submit()
}"""

_LONGEST_QUOTE = 200


class AdminSession:
    """A tab in the admin UI of one Mautic.

    Args:
        page: Playwright's page, with JavaScript switched off.
        base_url: Mautic's base URL, no slash at the end.
        redactor: Masks whatever of a page is quoted.
        progress: Told of every step.
    """

    def __init__(
        self, page: "Page", base_url: str, *, redactor: Redactor, progress: Progress
    ) -> None:
        self.page = page
        self.base_url = base_url
        self.redactor = redactor
        self.doing = "open the admin UI"
        self.is_logged_in = False
        """Mautic let us in; its login form would be news from then on."""
        self.keep_evidence: Callable[[], Path | None] = lambda: None
        """Writes a masked screenshot of the page as it is, and returns its path."""
        self._progress = progress
        self._response: Response | None = None
        self._sent = False

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Name what is being done, for the person watching and for errors: "Log in as admin"."""
        self.doing = text[0].lower() + text[1:]
        with self._progress.step(text), self.translated(for_page=False):
            yield

    @property
    def attempted(self) -> str:
        """What is being done, on what; begins every error's text."""
        return f"{self.doing} on {self.base_url}"

    def open(self, path: str) -> None:
        """Go to a page, `/s/...`, and wait until it is parsed.

        Raises:
            BootstrapError: Another kind of page came, or none; see `recognition`.
        """
        with self.translated(for_page=True):
            self._response = self.page.goto(self.base_url + path, wait_until="domcontentloaded")
        self._sent = False
        refuse_trouble(self)

    def submit(self, button: str) -> None:
        """Click a submit button and wait until the answer, after any redirects, is parsed.

        Args:
            button: CSS selector of exactly one button.

        Raises:
            BootstrapError: Another kind of page came, or none; see `recognition`.
            UnexpectedPageError: The page has no such button.
        """
        if not self.has(button):
            raise self.unexpected(f"a form with the button {button}")
        with self.translated(for_page=True):
            with self.page.expect_navigation(wait_until="domcontentloaded") as answer:
                # Playwright lets a click wait for the navigation it begins: hence a page's time.
                self.page.locator(button).click(timeout=PAGE_TIMEOUT_MS)
            self._response = answer.value
        self._sent = True
        refuse_trouble(self)

    def post(self, path: str) -> None:
        """Send an empty form to an address, as Mautic's own buttons for deleting do, and wait for the answer.

        Raises:
            BootstrapError: Another kind of page came, or none; see `recognition`.
        """
        with self.translated(for_page=True):
            with self.page.expect_navigation(wait_until="domcontentloaded") as answer:
                self.page.evaluate(_POST, self.base_url + path)
            self._response = answer.value
        self._sent = True
        refuse_trouble(self)

    @contextmanager
    def as_somebody_else(self) -> Iterator[None]:
        """Be nobody for a while, so that another user can log in; then be the one from before again."""
        context = self.page.context
        with self.translated(for_page=False):
            cookies = context.cookies()
            context.clear_cookies()
        was_logged_in, self.is_logged_in = self.is_logged_in, False
        from mautic_bootstrap.admin import translation  # noqa: PLC0415  # imports Playwright

        try:
            yield
        finally:
            self.is_logged_in = was_logged_in
            # A browser that has died takes no cookies, and that is no news by then.
            with suppress(translation.PlaywrightError):
                context.clear_cookies()
                context.add_cookies(cookies)  # type: ignore[arg-type]  # what it gave itself

    def status_of(self, path: str) -> int:
        """Ask for something that need not be a page, and return its HTTP status."""
        with self.translated(for_page=True):
            self._response = self.page.goto(self.base_url + path, wait_until="commit")
        return self.status

    @contextmanager
    def translated(self, *, for_page: bool) -> Iterator[None]:
        """Turn Playwright's exceptions into this project's.

        Args:
            for_page: The body waits for a whole page, not for elements on it.
        """
        # Who has a page has imported Playwright by now; others need not wait 0.4 s for it.
        from mautic_bootstrap.admin import translation  # noqa: PLC0415  # imports Playwright

        started = time.monotonic()
        try:
            yield
        except translation.PlaywrightError as exc:
            attempt = translation.Attempt(self.attempted, time.monotonic() - started, for_page)
            error = translation.translate(exc, attempt, self.redactor)
            raise error from translation.cause(exc, self.redactor)

    @property
    def status(self) -> int:
        """HTTP status of the page; 0 where the browser knows none."""
        return self._response.status if self._response is not None else 0

    @property
    def was_redirected(self) -> bool:
        """Whether the page was asked for by GET; after a `submit` that means the form was taken."""
        return self._response is not None and self._response.request.method == "GET"

    def was_sent_to(self, path: str) -> bool:
        """Say whether Mautic answered the last form with that page; queries do not count."""
        return self._sent and self.was_redirected and self.path == path

    @property
    def path(self) -> str:
        """Path of the page below the base URL, without its query."""
        prefix = urlsplit(self.base_url).path
        return urlsplit(self.page.url).path.removeprefix(prefix).removeprefix("/index.php")

    @property
    def mautic_version(self) -> str:
        """The version in the footer of admin pages, `unknown` where there is none."""
        footer = self.page.locator(_FOOTER)
        words = (footer.first.text_content() or "").split() if footer.count() else []
        numbers = [word[1:] for word in words if word[:1] == "v" and word[1:2].isdigit()]
        return numbers[-1] if numbers else "unknown"

    def has(self, selector: str) -> bool:
        """Say whether the page holds an element."""
        return self.page.locator(selector).count() > 0

    def messages(self) -> list[str]:
        """Return what Mautic says on the page: flashes and form errors, masked and shortened."""
        flashes = self.page.locator(_FLASHES).all_text_contents()
        errors = self.page.locator(_FORM_ERRORS).evaluate_all(_READ_FORM_ERRORS)
        return self._quote_all([*flashes, *errors])

    def quoted_messages(self) -> str:
        """Return what Mautic says on the page as one quotation, or "no message"."""
        return "; ".join(f'"{text.rstrip(".")}"' for text in self.messages()) or "no message"

    def describe(self) -> str:
        """Return what page this is: title, path, first headings and messages; masked."""
        title = self._quote(self.page.title()) or "without a title"
        headings = self._quote_all(self.page.locator(_HEADINGS).all_text_contents())
        texts = [*headings[:3], *self.messages()]
        says = f", which says {'; '.join(texts)}" if texts else ""
        return f'the page "{title}" at {self._quote(self.path)} (HTTP {self.status}){says}'

    def unexpected(
        self, expected: str, *, seen: str | None = None, hint: str | None = None
    ) -> UnexpectedPageError:
        """Return the error for a page that is not the one expected."""
        return UnexpectedPageError(
            self.attempted,
            expected=expected,
            seen=seen or self.describe(),
            hint=hint
            or "It may be a Mautic version this was not made for; look at the screenshot.",
        )

    def _quote_all(self, texts: list[str]) -> list[str]:
        quoted = (self._quote(text) for text in texts)
        return list(dict.fromkeys(text for text in quoted if text))

    def _quote(self, text: str) -> str:
        line = " ".join(self.redactor.mask(text).split())
        return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}..."
