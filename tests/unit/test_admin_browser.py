"""Finding Chromium without starting it."""

import subprocess
import sys
from pathlib import Path

import pytest

from mautic_bootstrap.admin.browser import find_chromium
from mautic_bootstrap.errors import BrowserMissingError


def _executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def _environment(home: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(home), "PATH": str(home / "bin"), **more}


def test_the_variable_comes_first(tmp_path: Path) -> None:
    named = _executable(tmp_path / "named")
    _executable(tmp_path / "bin" / "chromium")
    _executable(tmp_path / ".cache/ms-playwright/chromium-1/chrome-linux64/chrome")

    found = find_chromium(_environment(tmp_path, MAUTIC_BOOTSTRAP_CHROMIUM=str(named)))

    assert found == named


@pytest.mark.parametrize("kind", ["absent", "folder", "not executable"])
def test_a_variable_that_names_no_executable_is_an_error_even_if_there_is_another(
    tmp_path: Path, kind: str
) -> None:
    _executable(tmp_path / "bin" / "chromium")
    named = tmp_path / "named"
    if kind == "folder":
        named.mkdir()
    elif kind == "not executable":
        named.touch(0o644)

    with pytest.raises(BrowserMissingError) as caught:
        find_chromium(_environment(tmp_path, MAUTIC_BOOTSTRAP_CHROMIUM=str(named)))

    assert caught.value.seen == f"MAUTIC_BOOTSTRAP_CHROMIUM={named}, which is no executable file"


@pytest.mark.parametrize(
    "file",
    [
        "chromium_headless_shell-1200/chrome-linux/headless_shell",
        "chromium_headless_shell-1255/chrome-headless-shell-linux64/chrome-headless-shell",
        "chromium-1255/chrome-linux64/chrome",
        "chromium-1255/chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome",
    ],
)
def test_playwrights_own_comes_before_the_path(tmp_path: Path, file: str) -> None:
    _executable(tmp_path / "bin" / "chromium")
    own = _executable(tmp_path / "browsers" / file)

    found = find_chromium(
        _environment(tmp_path, PLAYWRIGHT_BROWSERS_PATH=str(tmp_path / "browsers"))
    )

    assert found == own


def test_the_newest_of_playwrights_own_is_taken(tmp_path: Path) -> None:
    own = tmp_path / ".cache/ms-playwright"
    for revision in (999, 1255, 1000):
        _executable(own / f"chromium-{revision}/chrome-linux64/chrome")

    found = find_chromium(_environment(tmp_path))

    assert found == own / "chromium-1255/chrome-linux64/chrome"


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_names_on_the_path_come_last(tmp_path: Path, name: str) -> None:
    installed = _executable(tmp_path / "bin" / name)

    assert find_chromium(_environment(tmp_path)) == installed


def test_no_browser_at_all_is_an_error_with_a_guide(tmp_path: Path) -> None:
    with pytest.raises(BrowserMissingError) as caught:
        find_chromium(_environment(tmp_path))

    error = caught.value
    assert error.code == 24
    assert "no chromium-headless-shell, chromium, chromium-browser, google-chrome" in str(error)
    assert "apt-get install chromium" in str(error)
    assert "MAUTIC_BOOTSTRAP_CHROMIUM" in str(error)
    assert "1. Open " in error.guide
    assert error.guide in error.diagnostics()


def test_looking_for_a_browser_does_not_import_playwright() -> None:
    program = (
        "import sys, mautic_bootstrap.admin.browser, mautic_bootstrap.admin.reconcile;"
        "sys.exit('playwright' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
