import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mautic_bootstrap import errors
from mautic_bootstrap.errors import (
    ApiError,
    BootstrapError,
    BrowserMissingError,
    ContainerError,
    SettingsError,
)

_BRANCH = re.compile(
    r"^ {4}(?P<stem>[│├└─ ]*)(?P<names>[A-Z]\w*Error(?:, \w+Error)*)(?P<code> +\d+)?"
)


def _drawn() -> Iterator[tuple[str, str | None, int | None]]:
    """Yield each class the module's docstring draws: its name, its parent's and its own code."""
    parents: dict[int, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        found = _BRANCH.match(line)
        if found is None:
            continue
        depth = len(found["stem"]) // 4
        code = int(found["code"]) if found["code"] else None
        for name in found["names"].split(", "):
            parents[depth] = name
            yield name, parents.get(depth - 1) if depth else None, code


_TREE = list(_drawn())
_CLASSES = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, BootstrapError)
}
_ORDINARY = sorted(
    set(_CLASSES) - {"BootstrapError", "SettingsError", "BrowserMissingError"},
)


def _make(name: str, **more: Any) -> BootstrapError:
    return _CLASSES[name](
        "open the door", expected="it open", seen="it shut", hint="Knock.", **more
    )


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    drawn = {name: parent for name, parent, _code in _TREE}
    assert drawn == {
        name: None if name == "BootstrapError" else error.__bases__[0].__name__
        for name, error in _CLASSES.items()
    }
    assert len(_TREE) == len(drawn)


@pytest.mark.parametrize(("name", "parent", "code"), _TREE)
def test_each_class_has_the_code_that_is_drawn_or_its_parents(
    name: str, parent: str | None, code: int | None
) -> None:
    if code is None:
        assert parent is not None
        assert _CLASSES[name].code == _CLASSES[parent].code
        assert "code" not in vars(_CLASSES[name])
    else:
        assert vars(_CLASSES[name])["code"] == code


def test_no_code_stands_for_two_classes() -> None:
    codes = [code for _name, _parent, code in _TREE if code is not None]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("name", _ORDINARY)
def test_every_error_is_one_sentence_and_a_hint(name: str) -> None:
    error = _make(name)
    assert str(error) == error.sentence()
    assert str(error) == "open the door: expected it open, saw it shut. Knock."
    assert error.diagnostics() == f"[{error.code}] {name}: {error}"
    assert error.details() == {"code": error.code, "error": name}


@pytest.mark.parametrize("name", _ORDINARY)
def test_every_error_says_in_its_docstring_when_it_happens(name: str) -> None:
    doc = inspect.getdoc(_CLASSES[name])
    assert doc
    assert doc.splitlines()[0].endswith(".")


def test_a_wait_is_part_of_the_sentence() -> None:
    error = _make("UnreachableError", waited_s=12.4)
    assert str(error) == "open the door: expected it open, saw it shut after 12 s. Knock."


def test_evidence_and_log_lines_follow_the_sentence() -> None:
    error = _make("ContainerError", evidence=Path("/x/shot.png"), log_tail="one\ntwo")
    assert error.diagnostics().splitlines() == [
        "[12] ContainerError: open the door: expected it open, saw it shut. Knock.",
        "Evidence: /x/shot.png",
        "Last log lines:",
        "  one",
        "  two",
    ]
    assert error.details() == {
        "code": 12,
        "error": "ContainerError",
        "evidence": "/x/shot.png",
        "log": ["one", "two"],
    }


def test_settings_problems_are_told_line_by_line_and_nothing_was_touched() -> None:
    error = SettingsError(["mautic_url is not a URL", "app_env_path is a directory"])
    assert error.diagnostics() == (
        "[2] SettingsError: mautic_url is not a URL\napp_env_path is a directory\nNothing was touched."
    )
    assert str(error) == error.sentence()
    assert error.seen == "2 problems"
    assert SettingsError(["one"]).seen == "one problem"


def test_a_missing_browser_comes_with_a_guide_for_doing_it_by_hand() -> None:
    error = BrowserMissingError(
        attempted="start a browser", seen="none", hint="Install one.", guide="1. Log in\n2. Save"
    )
    assert error.diagnostics() == (
        "[24] BrowserMissingError: start a browser: expected a Chromium that starts, saw none."
        " Install one.\n1. Log in\n2. Save"
    )
    assert error.details() == {
        "code": 24,
        "error": "BrowserMissingError",
        "guide": ["1. Log in", "2. Save"],
    }


def test_an_api_error_keeps_what_mautic_said() -> None:
    error = ApiError(
        "GET /api",
        expected="HTTP 200",
        seen="HTTP 403",
        hint="Ask.",
        status=403,
        mautic_type="access_denied",
        mautic_message="No.",
        waited_s=1.6,
    )
    assert (error.status, error.mautic_type, error.mautic_message) == (403, "access_denied", "No.")
    assert str(error) == "GET /api: expected HTTP 200, saw HTTP 403 after 2 s. Ask."
    silent = _make("RequestTimeoutError")
    assert isinstance(silent, ApiError)
    assert silent.status is None


def test_errors_are_told_apart_by_family() -> None:
    assert issubclass(errors.RegistryUnreachableError, ContainerError)
    assert not issubclass(errors.UnreachableError, ApiError)
