"""The command line: exit codes, one message for each error, nothing secret in it."""

import argparse
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mautic_bootstrap import __version__, cli, errors
from mautic_bootstrap.cli.exit_codes import ExitCode, exit_code_of
from mautic_bootstrap.redaction import Redactor

CANARY = "canary-0123456789"
SENTENCE: dict[str, Any] = {"expected": "x", "seen": "y", "hint": "Do it."}


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], ExitCode]], None]:
    """Let the command `sample` do something."""

    def install(do: Callable[[], ExitCode]) -> None:
        def run(_arguments: argparse.Namespace, _redactor: Redactor) -> ExitCode:
            return do()

        module = SimpleNamespace(configure=lambda parser: parser.set_defaults(run=run))
        monkeypatch.setattr(cli, "COMMANDS", (cli.Command("sample", "do a sample"),))
        monkeypatch.setattr(cli, "import_module", {"mautic_bootstrap.cli.sample": module}.get)

    return install


def failing(error: BaseException) -> Callable[[], ExitCode]:
    def fail() -> ExitCode:
        raise error

    return fail


@pytest.mark.parametrize("command_", cli.COMMANDS, ids=lambda command: command.name)
def test_every_command_is_a_module_that_declares_itself_and_helps(
    command_: cli.Command, capsys: pytest.CaptureFixture[str]
) -> None:
    module = import_module(f"mautic_bootstrap.cli.{command_.name}")
    assert callable(module.configure)
    assert str(module.__doc__).startswith(f"`mautic-bootstrap {command_.name}`")
    assert cli.main([command_.name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: mautic-bootstrap {command_.name} ")


def test_it_names_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"mautic-bootstrap {__version__}\n"


def test_its_help_lists_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"    {name} " in out and summary in out for name, summary in cli.COMMANDS)
    assert "Exit codes: 0 fine, 1 not fine, 2 bad input, 3 Mautic did not answer." in out


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "error: the following arguments are required: COMMAND"),
        (["nonsense"], "error: argument COMMAND: invalid choice: 'nonsense'"),
        (["--nonsense", "env"], "error: the following arguments are required: COMMAND"),
        (["env"], "error: the following arguments are required: COMMAND"),
        (["env", "example", "x"], "error: unrecognized arguments: x"),
    ],
)
def test_wrong_usage_is_bad_input(
    argv: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(argv) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("code", [ExitCode.FINE, ExitCode.NOT_FINE])
def test_a_command_s_own_verdict_is_the_exit_code(
    command: Callable[[Callable[[], ExitCode]], None], code: ExitCode
) -> None:
    command(lambda: code)
    assert cli.main(["sample"]) == code


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            errors.SettingsError(["A is wrong", "B is wrong"]),
            2,
            "[2] SettingsError: A is wrong\nB is wrong\nNothing was touched.",
        ),
        (
            errors.EnvFileError("read .env", **SENTENCE),
            2,
            "[40] EnvFileError: read .env: expected x",
        ),
        (
            errors.InsecurePathError("do it", **SENTENCE),
            2,
            "[42] InsecurePathError: do it: expected x",
        ),
        (
            errors.UnreachableError("do it", **SENTENCE),
            3,
            "[10] UnreachableError: do it: expected x",
        ),
        (
            errors.RequestTimeoutError("do it", **SENTENCE),
            3,
            "[50] RequestTimeoutError: do it: expected x, saw y. Do it.",
        ),
        (
            errors.AuthenticationError("do it", **SENTENCE),
            1,
            "[51] AuthenticationError: do it: expected x, saw y. Do it.",
        ),
    ],
)
def test_an_error_is_one_message_on_stderr_with_its_exit_code(
    command: Callable[[Callable[[], ExitCode]], None],
    error: errors.BootstrapError,
    code: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command(failing(error))
    assert cli.main(["sample"]) == code
    seen = capsys.readouterr()
    assert seen.out == ""
    assert seen.err.startswith(f"mautic-bootstrap: {message}")
    assert "Traceback" not in seen.err


def test_every_error_has_an_exit_code_that_commands_may_have() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.BootstrapError)
    ]
    assert len(kinds) > 20
    codes = {exit_code_of(kind.__new__(kind)) for kind in kinds}
    assert codes == {ExitCode.NOT_FINE, ExitCode.BAD_INPUT, ExitCode.UNREACHABLE}


@pytest.mark.parametrize(
    "name",
    [
        "MAUTIC_CLIENT_SECRET",
        "MAUTIC_API_TOKEN",
        "MAUTIC_PASSWORD",
        "MAUTIC_TOKEN_CACHE_KEY",
        "MAUTIC_DB_PASSWORD",
    ],
)
def test_a_secret_of_the_environment_is_masked_even_where_an_error_holds_it(
    name: str,
    command: Callable[[Callable[[], ExitCode]], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, CANARY)
    command(failing(errors.ServerError(f"send {CANARY}", **SENTENCE)))
    assert cli.main(["sample"]) == 1
    assert capsys.readouterr().err == (
        "mautic-bootstrap: [50] ServerError: send ********: expected x, saw y. Do it.\n"
    )


def test_ctrl_c_is_130_without_a_word(
    command: Callable[[Callable[[], ExitCode]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    command(failing(KeyboardInterrupt()))
    assert cli.main(["sample"]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_bug_is_no_exit_code_but_a_traceback(
    command: Callable[[Callable[[], ExitCode]], None],
) -> None:
    command(failing(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        cli.main(["sample"])


def test_only_the_called_command_is_imported() -> None:
    code = (
        "import sys; from mautic_bootstrap.cli import main; main(['--version']);"
        " sys.exit(bool({'pydantic', 'httpx', 'mautic_bootstrap.cli.env'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_installed_program_is_this_one() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    point = EntryPoint(
        "mautic-bootstrap", project["scripts"]["mautic-bootstrap"], "console_scripts"
    )
    assert point.load() is cli.main


def test_who_stops_reading_gets_no_complaint() -> None:
    code = "import sys; from mautic_bootstrap.cli import main; sys.exit(main(['env', 'example']))"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", code],
        # Without a buffer there would be nothing left to flush at the end.
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_ctrl_c_in_a_terminal_leaves_no_traceback() -> None:
    code = (
        "import sys, time; from mautic_bootstrap import cli; from types import SimpleNamespace as N;"
        " cli.COMMANDS = (cli.Command('sample', 'x'),);"
        " run = lambda *_: print('ready', flush=True) or time.sleep(60);"
        " cli.import_module = lambda _: N(configure=lambda parser: parser.set_defaults(run=run));"
        " sys.exit(cli.main(['sample']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (130, "")
