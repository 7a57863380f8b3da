"""What the contract tests run against: the stand-in, or a live Mautic of the same version.

A live one is named by the environment; it must be fresh, because the walk makes users, clients and contacts:

    CONTRACT_URL         its base URL
    CONTRACT_VERSION     "5.1" or "7.0": which recordings it is held to
    CONTRACT_ADMIN_FILE  JSON file: {"username": ..., "password": ...}; not needed with the next one
    CONTRACT_CLI         argv that runs PHP in its project folder (`docker exec -i … php`): then it must
                         not be installed yet, and the console is held to its contract, too
"""

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mautic_bootstrap.install.console import program
from mautic_bootstrap.rehearsal.console import Console
from mautic_bootstrap.rehearsal.server import RehearsalServer
from mautic_bootstrap.rehearsal.versions import VERSIONS

ADMIN_USERNAME = "admin"
ADMIN_PASSWORD = "x1-Contract_Rehearsal"
ADMIN_EMAIL = "admin@mautic.local"


@dataclass(frozen=True)
class ConsoleResult:
    """What a console command said."""

    exit_code: int
    out: str
    err: str


RunConsole = Callable[[Sequence[str]], ConsoleResult]


@dataclass(frozen=True)
class Target:
    """One instance to walk through."""

    name: str
    url: str
    username: str
    password: str
    console: RunConsole | None
    """Runs a console command; then the instance is not installed yet. None: it is."""


def stand_in(server: RehearsalServer) -> Target:
    """Return a running stand-in that nothing is installed on."""

    def run(arguments: Sequence[str]) -> ConsoleResult:
        out: list[str] = []
        err: list[str] = []
        code = Console(server.site, out.append, err.append).run(arguments)
        return ConsoleResult(code, "\n".join(out), "\n".join(err))

    return Target("stand-in", server.url, ADMIN_USERNAME, ADMIN_PASSWORD, run)


def from_environment() -> Target | None:
    """Return the live instance the environment names."""
    url = os.environ.get("CONTRACT_URL", "").rstrip("/")
    if not url:
        return None
    cli = shlex.split(os.environ.get("CONTRACT_CLI", ""))
    if cli:
        return Target("live", url, ADMIN_USERNAME, ADMIN_PASSWORD, _remote_console(cli))
    admin = json.loads(Path(os.environ["CONTRACT_ADMIN_FILE"]).read_text(encoding="utf-8"))
    return Target("live", url, admin["username"], admin["password"], None)


def _remote_console(argv: list[str]) -> RunConsole:
    def run(arguments: Sequence[str]) -> ConsoleResult:
        done = subprocess.run(
            argv, input=program(arguments), capture_output=True, timeout=300, check=False
        )
        return ConsoleResult(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


def all_targets() -> list[tuple[str, str]]:
    """Return name and version of every target: the stand-in's versions, and the live instance if one is named."""
    targets = [("stand-in", version) for version in VERSIONS]
    if os.environ.get("CONTRACT_URL"):
        targets.append(("live", os.environ["CONTRACT_VERSION"]))
    return targets
