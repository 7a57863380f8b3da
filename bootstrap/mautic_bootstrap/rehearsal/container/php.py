"""PHP's command line, as far as this project uses it.

- `php` with a program on standard input that sets `$argv` and requires `bin/console`
  (`mautic_bootstrap/install/console.py` writes it): runs the console command.
- `php bin/console …`: the same, as the official image's README does it.
- `php -r …`: a container's health check; asks the web server for its login page.
"""

import base64
import fcntl
import http.client
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from mautic_bootstrap.rehearsal.container.process import log, log_error

_ARGUMENTS = re.compile(r'base64_decode\("([A-Za-z0-9+/=]+)"\)')
_CONSOLE = "bin/console"
_HEALTH_TIMEOUT_S = 20
_PHP_ERROR = 255


def main(argv: Sequence[str]) -> int:
    """Run what the command line says; return the exit code."""
    if argv[:1] == ["-r"]:
        return _health()
    if argv and argv[0].removeprefix("./").endswith(_CONSOLE):
        return _console(argv[1:])
    if argv:
        log_error(f"Could not open input file: {argv[0]}")
        return 1
    program = sys.stdin.read()
    arguments = _ARGUMENTS.search(program)
    if arguments is None:
        log_error("PHP Parse error: the rehearsal runs nothing but Mautic's console")
        return _PHP_ERROR
    if not Path(_CONSOLE).exists():
        log_error(f"PHP Fatal error:  Uncaught Error: Failed opening required './{_CONSOLE}'")
        return _PHP_ERROR
    with Path(_CONSOLE).open() as lock:
        if "flock(" in program:
            fcntl.flock(lock, fcntl.LOCK_EX)
        return _console(json.loads(base64.b64decode(arguments[1]))[1:])


def _health() -> int:
    """Exit with 0 where the web server answers with anything below 500."""
    connection = http.client.HTTPConnection("127.0.0.1", timeout=_HEALTH_TIMEOUT_S)
    try:
        connection.request("GET", "/s/login")
        return 0 if connection.getresponse().status < 500 else 1
    except (OSError, http.client.HTTPException):
        return 1
    finally:
        connection.close()


def _console(arguments: Sequence[str]) -> int:
    from mautic_bootstrap.rehearsal.console import Console  # noqa: PLC0415  # the health check above does not wait
    from mautic_bootstrap.rehearsal.container.site import site  # noqa: PLC0415  # nor for this one

    return Console(site(), log, log_error, ask=sys.stdin.readline).run(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
