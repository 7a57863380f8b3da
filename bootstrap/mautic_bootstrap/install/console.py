"""Running Mautic's console without putting a secret on any command line.

Arguments in argv show up in `ps` and `docker top` for every user of the machine. So the one thing that is
started is PHP itself, by an argv prefix that may be `docker exec …`, `kubectl exec …` or `ssh …`; the
program it reads from standard input sets the console's arguments and requires `bin/console`.
"""

import base64
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from mautic_bootstrap.errors import ContainerError
from mautic_bootstrap.redaction import Redactor

# Base64 keeps every argument away from PHP's own syntax; no argument is ever part of the program text.
# The lock: where a run is killed, what it started inside a container goes on. Two installers at once were seen to
# leave a 7.0.0 that is installed and has no admin; the second one now waits, and finds it installed.
_PROGRAM = """<?php
$_SERVER["argv"] = $argv = json_decode(base64_decode("{arguments}"), true);
$_SERVER["argc"] = $argc = count($argv);
$lock = fopen("./bin/console", "r");
flock($lock, LOCK_EX);
require "./bin/console";
"""


def program(arguments: Sequence[str]) -> bytes:
    """Return the PHP program that runs `bin/console` with these arguments.

    Args:
        arguments: What follows `bin/console` on a command line, one item each.
    """
    return _PROGRAM.format(arguments=_encoded(arguments)).encode()


def _encoded(arguments: Sequence[str]) -> str:
    return base64.b64encode(json.dumps(["bin/console", *arguments]).encode()).decode()


@dataclass(frozen=True)
class ConsoleAnswer:
    """What a console command said."""

    exit_code: int
    """The process's exit code; Mautic's installer ends with 0 on failures too, so it proves nothing."""

    output: str
    """Standard output and error, redacted."""


class Console:
    """Mautic's `bin/console` behind an argv prefix.

    Args:
        argv: Runs PHP, reading its program from standard input, in Mautic's project folder as its web user.
        redactor: Masks secrets in everything that comes back.
    """

    def __init__(self, argv: Sequence[str], redactor: Redactor) -> None:
        self._argv = list(argv)
        self._redactor = redactor

    def run(self, arguments: Sequence[str], *, timeout_s: float) -> ConsoleAnswer:
        """Run one console command.

        Args:
            arguments: The command and its options; they travel on standard input alone.
            timeout_s: Seconds after which the command is given up.

        Raises:
            ContainerError: The prefix cannot be started, or the command did not end in time.
        """
        attempted = f"run Mautic's {arguments[0]} with {self._argv[0]!r}"
        # A prefix that starts a shell instead of PHP quotes the program it does not understand.
        self._redactor.add(_encoded(arguments))
        try:
            done = subprocess.run(
                self._argv,
                input=program(arguments),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as exc:
            tail = self._redactor.mask((exc.output or b"").decode(errors="replace"))
            raise ContainerError(
                attempted,
                expected="it to end",
                seen="it still running",
                hint="Look at the log lines below; a slow disk or a locked database are the usual causes.",
                waited_s=timeout_s,
                log_tail=tail[-2000:],
            ) from None
        except OSError as exc:
            raise ContainerError(
                attempted,
                expected="a program that starts",
                seen=str(exc),
                hint="Check mautic_cli_argv.",
            ) from exc
        return ConsoleAnswer(
            done.returncode, self._redactor.mask(done.stdout.decode(errors="replace"))
        )
