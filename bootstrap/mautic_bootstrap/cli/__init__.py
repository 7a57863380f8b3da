"""The command line, `mautic-bootstrap <command>`: each command is a module of its name in this package.

Such a module has a function `configure(parser)`, which declares the command's arguments and sets the default
`run`: a function that takes the parsed arguments and the redactor of what goes to stderr, and returns an
`ExitCode`. It may raise any `BootstrapError`. Only the module of the command that is called gets imported, so
that none slows the others down or needs their extras.
"""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import NamedTuple

from mautic_bootstrap import __version__, core_dumps
from mautic_bootstrap.cli.exit_codes import ExitCode, exit_code_of
from mautic_bootstrap.errors import BootstrapError
from mautic_bootstrap.redaction import Redactor

Run = Callable[[argparse.Namespace, Redactor], ExitCode]

_PROGRAM = "mautic-bootstrap"
_SECRET = ("SECRET", "TOKEN", "PASSWORD", "KEY")
_MERE_PATH = "MAUTIC_TOKEN_CACHE"
"""No secret, in spite of its name."""
_NAMES_A_FILE = "_FILE"


class Command(NamedTuple):
    """A command: the name of its module, and what `--help` says of it."""

    name: str
    summary: str


COMMANDS = (
    Command("env", "check the application's settings, or print an example of them"),
    Command("health", "check whether Mautic can be used"),
    Command("serve", "serve the health endpoint"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit code.

    Args:
        argv: The arguments behind the program's name; by default those of the process.

    Side effects:
        An error becomes a message on stderr.
    """
    core_dumps.forbid()
    redactor = Redactor(_secrets(os.environ))
    try:
        arguments = _parser(sys.argv[1:] if argv is None else argv).parse_args(argv)
        run: Run = arguments.run
        code = run(arguments, redactor)
        sys.stdout.flush()
    except SystemExit as exc:  # from argparse, which has said what there is to say
        return exc.code if isinstance(exc.code, int) else ExitCode.FINE
    except BootstrapError as exc:
        sys.stderr.write(f"{_PROGRAM}: {redactor.mask(exc.diagnostics())}\n")
        return exit_code_of(exc)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever reads our output has seen enough. At its end Python would flush, and complain, once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.NOT_FINE
    return code


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Mautic API credentials, and the client that uses them.",
        epilog="Exit codes: 0 fine, 1 not fine, 2 bad input, 3 Mautic did not answer.",
    )
    parser.add_argument("--version", action="version", version=f"{_PROGRAM} {__version__}")
    # In front of the command only options without a value can stand.
    called = next((argument for argument in argv if not argument.startswith("-")), None)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        subparser = commands.add_parser(
            command.name, help=command.summary, description=f"{command.summary.capitalize()}."
        )
        if command.name == called:
            import_module(f"{__name__}.{command.name}").configure(subparser)
    return parser


def _secrets(environ: Mapping[str, str]) -> list[str]:
    """Return what a message would better not show, should it hold it against all rules."""
    return [
        value
        for name, value in environ.items()
        if name.startswith("MAUTIC_")
        and name != _MERE_PATH
        and not name.endswith(_NAMES_A_FILE)
        and any(word in name for word in _SECRET)
    ]
