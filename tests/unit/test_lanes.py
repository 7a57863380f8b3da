import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import lanes
from commands import Command, Counts, Outcome

_CLOSING = re.compile(r"\d+ passed, \d+ failed, \d+ skipped")


@pytest.fixture
def main(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs the given programs as the lanes."""

    def run(**programs: str) -> int:
        commands = [Command(name, [sys.executable, "-c", p]) for name, p in programs.items()]
        monkeypatch.setattr("lanes.lanes", lambda *, long: commands)
        return lanes.main([])

    monkeypatch.setattr("commands.LOGS", tmp_path)
    return run


def test_lanes_that_all_pass_end_with_nought(main: Callable[..., int]) -> None:
    assert main(one="print(1)", two="print(2)") == 0


def test_one_failing_lane_fails_the_whole_and_shows_its_output(
    main: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(one="", two="import sys; sys.exit('its own words')", three="") == 1
    shown = capsys.readouterr().out
    assert "its own words" in shown
    assert re.search(r"^two +FAILED", shown, re.MULTILINE)
    assert re.search(r"^three +passed", shown, re.MULTILINE)


def test_the_last_line_sums_the_tests_of_all_lanes() -> None:
    outcomes = [
        Outcome("lint", 1.0, failed=True),
        Outcome("unit", 2.0, counts=Counts(100, 0, 1)),
        Outcome("e2e", 3.0, failed=True, counts=Counts(7, 2, 0)),
        Outcome("browser", not_run="no Chromium"),
    ]
    *rows, blank, closing = lanes.summary(outcomes).splitlines()
    assert closing == "107 passed, 2 failed, 1 skipped"
    assert _CLOSING.fullmatch(closing)
    assert not blank
    assert not any(_CLOSING.fullmatch(row) for row in rows)
    assert "browser  not run: no Chromium" in rows


@pytest.mark.parametrize("long", [True, False])
def test_tests_marked_long_run_only_when_asked_for(long: bool) -> None:
    tested = [lane for lane in lanes.lanes(long=long) if "pytest" in lane.argv]
    assert [lane.name for lane in tested] == ["unit", "contract", "browser", "container", "e2e"]
    assert all(("not long" in lane.argv) != long for lane in tested)


def test_without_an_engine_the_lanes_that_need_one_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lanes._docker", lambda *arguments: False)
    obstacles = {lane.name: lane.obstacle for lane in lanes.lanes(long=False)}
    assert obstacles["container"]() == "no Docker engine answers (make setup)"
    assert obstacles["e2e"]() == "no Docker engine answers (make setup)"
    assert obstacles["unit"]() == ""


def test_an_image_that_is_not_here_is_named_with_its_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lanes._docker", lambda *arguments: "inspect" not in arguments)
    missing = lanes.no_image("mautic/mautic:5-apache")
    assert missing == "mautic/mautic:5-apache and mariadb:10.11 not on this machine"


def test_images_that_are_here_are_no_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lanes._docker", lambda *arguments: True)
    assert [lanes.no_image(image) for image in lanes.MAUTIC_IMAGES] == ["", ""]


def test_without_a_browser_its_lane_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MAUTIC_BOOTSTRAP_CHROMIUM", "PLAYWRIGHT_BROWSERS_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lanes.no_chromium().startswith("no Chromium: no chromium-headless-shell, chromium, ")
    monkeypatch.setenv("MAUTIC_BOOTSTRAP_CHROMIUM", sys.executable)
    assert lanes.no_chromium() == ""
