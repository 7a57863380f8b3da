import sys
from pathlib import Path

import pytest

from commands import Command, Counts, Outcome, count_tests, run, run_all

_FOUR_CASES = """<testsuites><testsuite tests="3" failures="1" errors="1" skipped="1">
<testcase name="passes"/>
<testcase name="fails"><failure message="no"/></testcase>
<testcase name="fails"><error message="and its teardown"/></testcase>
<testcase name="skips"><skipped message="why"/></testcase>
</testsuite></testsuites>"""

_MODULE = """
import pytest

def test_passes(): pass
def test_fails(): assert False
@pytest.mark.skip(reason="shown")
def test_skips(): pass
@pytest.fixture
def broken(): raise RuntimeError
def test_errs(broken): pass
"""


def python(name: str, program: str, track: str = "", limit_s: float = 20) -> Command:
    return Command(name, [sys.executable, "-c", program], track=track, limit_s=limit_s)


def test_every_test_case_is_counted_once(tmp_path: Path) -> None:
    (tmp_path / "four.xml").write_text(_FOUR_CASES)
    assert count_tests(tmp_path / "four.xml") == Counts(passed=1, failed=2, skipped=1)


def test_a_run_that_left_no_xml_counts_no_tests(tmp_path: Path) -> None:
    assert count_tests(tmp_path / "absent.xml") == Counts()


def test_what_pytest_writes_is_counted_right(tmp_path: Path) -> None:
    (tmp_path / "test_sample.py").write_text(_MODULE)
    junit = tmp_path / "sample.xml"
    argv = [sys.executable, "-m", "pytest", "-q", "-rs", "-c", "/dev/null", f"--rootdir={tmp_path}"]
    argv += ["-p", "no:cacheprovider", f"--junitxml={junit}", str(tmp_path / "test_sample.py")]
    outcome = run(Command("sample", argv, junit=junit), logs=tmp_path)
    assert outcome.failed
    assert outcome.counts == Counts(passed=1, failed=2, skipped=1)
    assert "shown" in outcome.output


def test_counts_close_a_run_in_the_plain_form() -> None:
    assert str(Counts(1, 2, 3) + Counts(10, 20, 30)) == "11 passed, 22 failed, 33 skipped"


def test_a_command_that_ends_with_nought_has_passed(tmp_path: Path) -> None:
    outcome = run(python("fine", "print('said')"), logs=tmp_path)
    assert not outcome.failed
    assert outcome.verdict == "passed"
    assert outcome.output == "said\n"


def test_a_command_that_ends_with_another_code_has_failed(tmp_path: Path) -> None:
    outcome = run(python("sad one", "import sys; sys.exit('because')"), logs=tmp_path)
    assert outcome.failed
    assert outcome.verdict == "FAILED"
    assert (tmp_path / "sad-one.log").read_text() == "because\n"


def test_a_command_out_of_time_is_stopped_and_has_failed(tmp_path: Path) -> None:
    outcome = run(python("slow", "import time; time.sleep(60)", limit_s=0.5), logs=tmp_path)
    assert outcome.failed
    assert outcome.seconds < 30
    assert "Stopped: it was still running after 0 s." in outcome.output


def test_an_obstacle_keeps_a_command_from_running(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    argv = [sys.executable, "-c", f"open({str(touched)!r}, 'w')"]
    outcome = run(Command("blocked", argv, obstacle=lambda: "no engine"), logs=tmp_path)
    assert outcome == Outcome("blocked", not_run="no engine")
    assert outcome.verdict == "not run: no engine"
    assert not touched.exists()


def test_an_older_runs_xml_is_never_counted_again(tmp_path: Path) -> None:
    junit = tmp_path / "old.xml"
    junit.write_text(_FOUR_CASES)
    outcome = run(Command("crash", [sys.executable, "-c", "1/0"], junit=junit), logs=tmp_path)
    assert outcome.failed
    assert outcome.counts == Counts()


def test_a_command_gets_no_input_and_no_options_of_an_outer_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEFLAGS", "ARGS=--long")
    program = "import os, sys; print(repr(sys.stdin.read()), 'MAKEFLAGS' in os.environ)"
    assert run(python("plain", program), logs=tmp_path).output == "'' False\n"


def test_one_track_keeps_its_order_and_outcomes_keep_the_commands_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.LOGS", tmp_path)
    commands = [
        python("a1", "import time; time.sleep(0.4)", "a"),
        python("b", "", "b"),
        python("a2", "", "a"),
    ]
    ended: list[str] = []
    outcomes = run_all(commands, lambda outcome: ended.append(outcome.name))
    assert [outcome.name for outcome in outcomes] == ["a1", "b", "a2"]
    assert ended == ["b", "a1", "a2"]


def test_after_an_interrupt_nothing_more_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.LOGS", tmp_path)
    touched = tmp_path / "touched"
    commands = [
        python("b1", "import time; time.sleep(1)", "b"),
        python("b2", f"open({str(touched)!r}, 'w')", "b"),
        python("a", "", "a"),
    ]

    def ended(outcome: Outcome) -> None:
        if outcome.name == "a":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_all([commands[2], *commands[:2]], ended)
    assert not touched.exists()
