import time

import pytest

from mautic_bootstrap.progress import Progress


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    ticks = iter((100.0, 102.34))
    monkeypatch.setattr(time, "monotonic", lambda: next(ticks))
    return []


def test_a_step_is_told_with_its_time_once_it_is_over(lines: list[str]) -> None:
    with Progress(lines.append).step("log in"):
        assert lines == []
    assert lines == ["  log in: 2.3 s"]


def test_a_failed_step_is_told_as_failed_and_its_error_goes_on(lines: list[str]) -> None:
    with pytest.raises(KeyboardInterrupt), Progress(lines.append).step("log in"):
        raise KeyboardInterrupt
    assert lines == ["  log in: failed after 2.3 s"]


def test_a_note_takes_no_time(lines: list[str]) -> None:
    Progress(lines.append).note("REHEARSAL")
    assert lines == ["  REHEARSAL"]


def test_nothing_is_said_where_nobody_listens(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress().step("log in"):
        pass
    assert capsys.readouterr() == ("", "")
