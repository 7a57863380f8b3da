import json
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautic_bootstrap.errors import ContainerError
from mautic_bootstrap.install.console import Console, program
from mautic_bootstrap.redaction import MASK, Redactor
from unit.fakes import reproducible

_PASSWORD = "hidden'\"$HOME `id` \\ <?php é"
_ARGUMENTS = ["mautic:install", "http://localhost:8080", f"--admin_password={_PASSWORD}"]

# Does what PHP does with the program, and tells what anybody on the machine could see of this process.
_PHP = """
import base64, json, pathlib, re, sys
program = sys.stdin.read()
encoded = re.search(r'base64_decode\\("([A-Za-z0-9+/=]*)"\\)', program)[1]
print(json.dumps({
    "argv": json.loads(base64.b64decode(encoded)),
    "command line": pathlib.Path("/proc/self/cmdline").read_text(),
    "environment": pathlib.Path("/proc/self/environ").read_text(),
    "program": program.replace(encoded, "ARGUMENTS"),
}))
"""


def _php(script: str = _PHP) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", script]


def _run(script: str = _PHP, *, timeout_s: float = 20, secrets: tuple[str, ...] = ()) -> str:
    return Console(_php(script), Redactor(secrets)).run(_ARGUMENTS, timeout_s=timeout_s).output


def test_the_console_gets_its_arguments_unchanged() -> None:
    assert json.loads(_run())["argv"] == ["bin/console", *_ARGUMENTS]


def test_no_argument_is_on_the_command_line_or_in_the_environment() -> None:
    seen = json.loads(_run())
    for place in ("command line", "environment"):
        assert "hidden" not in seen[place]
        assert "mautic:install" not in seen[place]


def test_the_program_sets_the_arguments_waits_for_another_one_and_requires_the_console() -> None:
    assert json.loads(_run())["program"] == (
        "<?php\n"
        '$_SERVER["argv"] = $argv = json_decode(base64_decode("ARGUMENTS"), true);\n'
        '$_SERVER["argc"] = $argc = count($argv);\n'
        '$lock = fopen("./bin/console", "r");\n'
        "flock($lock, LOCK_EX);\n"
        'require "./bin/console";\n'
    )


@reproducible
@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1))
def test_no_argument_ever_becomes_part_of_the_program(arguments: list[str]) -> None:
    lines = program(arguments).decode("ascii").splitlines()
    assert len(lines) == 6
    assert lines[0] == "<?php"
    assert lines[1].count('"') == 4


def test_both_streams_and_the_exit_code_come_back() -> None:
    answer = Console(_php("import sys; print('out', flush=True); sys.exit('err')"), Redactor()).run(
        ["list"], timeout_s=20
    )
    assert answer.exit_code == 1
    assert answer.output.split() == ["out", "err"]


def test_secrets_in_the_output_are_masked() -> None:
    assert _run("print('set to hidden-one')", secrets=("hidden-one",)) == f"set to {MASK}\n"


def test_a_prefix_that_echoes_its_input_gives_no_argument_away() -> None:
    shown = _run("import sys; print(sys.stdin.read())")
    assert MASK in shown
    assert json.loads(_run())["argv"][3] == f"--admin_password={_PASSWORD}"
    assert not any(word in shown for word in ("hidden", "bWF1dGlj"))


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_where_php_should_be_gives_no_argument_away(shell: str) -> None:
    answer = Console([shell], Redactor()).run(_ARGUMENTS, timeout_s=20)
    assert answer.exit_code != 0
    assert program(_ARGUMENTS).decode().split('"')[3] not in answer.output


def test_output_that_is_no_text_is_shown_as_far_as_it_is() -> None:
    assert (
        _run("import sys; sys.stdout.buffer.write(b'ok \\xff')") == "ok \N{REPLACEMENT CHARACTER}"
    )


def test_a_command_that_does_not_end_is_given_up_with_its_last_words() -> None:
    started = time.monotonic()
    with pytest.raises(ContainerError) as caught:
        _run(
            "import time; print('waiting for hidden-one', flush=True); time.sleep(60)",
            timeout_s=1,
            secrets=("hidden-one",),
        )
    assert time.monotonic() - started < 10
    assert str(caught.value) == (
        f"run Mautic's mautic:install with {sys.executable!r}: expected it to end, saw it still running after"
        " 1 s. Look at the log lines below; a slow disk or a locked database are the usual causes."
    )
    assert caught.value.log_tail == f"waiting for {MASK}\n"


def test_a_prefix_that_cannot_be_started_is_told() -> None:
    with pytest.raises(ContainerError) as caught:
        Console(["/no/such/program"], Redactor()).run(["list"], timeout_s=1)
    assert str(caught.value) == (
        "run Mautic's list with '/no/such/program': expected a program that starts, saw [Errno 2] No such file"
        " or directory: '/no/such/program'. Check mautic_cli_argv."
    )


def test_nothing_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    _run("pass")
    assert list(tmp_path.iterdir()) == []
