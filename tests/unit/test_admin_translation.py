"""Playwright's exceptions in this project's words."""

import inspect

import playwright.sync_api
import pytest
from playwright._impl import _errors

from mautic_bootstrap.admin import translation
from mautic_bootstrap.errors import UiError, UnexpectedPageError, UnreachableError
from mautic_bootstrap.redaction import Redactor

_PAGE = translation.Attempt("look on http://m", 61.2, for_page=True)
_ELEMENT = translation.Attempt("look on http://m", 5.0, for_page=False)


def _exception_classes() -> set[type[BaseException]]:
    return {
        value
        for module in (playwright.sync_api, _errors)
        for _, value in inspect.getmembers(module, inspect.isclass)
        if issubclass(value, BaseException)
    }


def test_every_exception_of_playwright_has_its_translation() -> None:
    classes = _exception_classes()

    assert {c.__name__ for c in classes} >= {"Error", "TimeoutError", "TargetClosedError"}
    assert {c.__name__ for c in classes} == set(translation.KINDS)
    assert all(issubclass(c, playwright.sync_api.Error) for c in classes)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("ERR_CONNECTION_REFUSED", UnreachableError, "Check that Mautic runs"),
        ("ERR_NAME_NOT_RESOLVED", UnreachableError, "mautic_url is right"),
        ("ERR_CONNECTION_TIMED_OUT", UnreachableError, "mautic_url is right"),
        ("ERR_EMPTY_RESPONSE", UnreachableError, "mautic_url is right"),
        ("ERR_PROXY_CONNECTION_FAILED", UnreachableError, "mautic_url is right"),
        ("ERR_CERT_AUTHORITY_INVALID", UnreachableError, "set mautic_ca_bundle"),
        ("ERR_CERT_COMMON_NAME_INVALID", UnreachableError, "Verification is never turned off"),
        ("ERR_SSL_PROTOCOL_ERROR", UnreachableError, "set mautic_ca_bundle"),
        ("ERR_TOO_MANY_REDIRECTS", UnexpectedPageError, "no page (ERR_TOO_MANY_REDIRECTS)"),
        ("ERR_ABORTED", UnexpectedPageError, "no page (ERR_ABORTED)"),
    ],
)
def test_network_errors_are_told_apart(code: str, kind: type[Exception], words: str) -> None:
    exc = playwright.sync_api.Error(f"Page.goto: net::{code} at http://m/s/login\nCall log: x")

    error = translation.translate(exc, _PAGE, Redactor())

    assert type(error) is kind
    assert words in str(error)
    assert code in str(error)
    assert "\n" not in str(error)


def test_a_page_that_does_not_come_is_unreachable() -> None:
    exc = playwright.sync_api.TimeoutError("Page.goto: Timeout 60000ms exceeded.")

    error = translation.translate(exc, _PAGE, Redactor())

    assert type(error) is UnreachableError
    assert "expected a page, saw no answer after 61 s." in str(error)


def test_an_element_that_does_not_come_is_an_unexpected_page() -> None:
    exc = playwright.sync_api.TimeoutError("Locator.click: Timeout 5000ms exceeded.")

    error = translation.translate(exc, _ELEMENT, Redactor())

    assert type(error) is UnexpectedPageError
    assert "after 5 s" in str(error)


def test_a_browser_that_ended_is_said_to_have() -> None:
    error = translation.translate(_errors.TargetClosedError(), _PAGE, Redactor())

    assert type(error) is UiError
    assert "expected the browser to stay open, saw it ended" in str(error)


def test_any_other_error_is_quoted_masked_and_on_one_line() -> None:
    exc = playwright.sync_api.Error("\n  Locator.fill: cannot s3cret-value here\nCall log:\n - x")

    error = translation.translate(exc, _ELEMENT, Redactor(["s3cret-value"]))

    assert type(error) is UiError
    assert error.seen == "Locator.fill: cannot ******** here"


def test_an_exception_that_holds_a_secret_is_not_chained() -> None:
    redactor = Redactor(["s3cret-value"])
    telling = playwright.sync_api.Error("typed s3cret-value")
    harmless = playwright.sync_api.Error("typed something")

    assert translation.cause(telling, redactor) is None
    assert translation.cause(harmless, redactor) is harmless
