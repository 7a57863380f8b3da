"""`mautic-bootstrap env`: the application's settings, checked, or as an example."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from mautic_bootstrap.api.credentials import BasicCredentials, Credentials, OAuth2Credentials
from mautic_bootstrap.cli.exit_codes import ExitCode
from mautic_bootstrap.errors import EnvFileError, SettingsError
from mautic_bootstrap.redaction import MASK, Redactor
from mautic_bootstrap.settings import MauticSettings
from mautic_bootstrap.settings_example import example
from mautic_bootstrap.settings_problems import variable
from mautic_bootstrap.settings_sources import read

_DEFAULT_PATH = Path(".env")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare `check` and `example`."""
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    check = commands.add_parser(
        "check",
        help="say what the application will see, or what is wrong",
        description="Read the environment and a .env file as the application does. Exits with 0 if it can"
        " work with that, 1 if it cannot, 2 if there is no such file or it cannot be read.",
    )
    check.add_argument(
        "path", nargs="?", type=Path, metavar="PATH", help="by default .env, where there is one"
    )
    check.set_defaults(run=_check)
    example_parser = commands.add_parser(
        "example",
        help="print a commented .env.example",
        description="Print a .env.example: every variable, its default, its meaning.",
    )
    example_parser.set_defaults(run=_example)


def _check(arguments: argparse.Namespace, redactor: Redactor) -> ExitCode:
    path: Path = arguments.path or _DEFAULT_PATH
    if arguments.path is not None and not os.path.lexists(path):
        raise EnvFileError(
            f"read {path}",
            expected="a file",
            seen="nothing",
            hint="Name the .env file of the application.",
        )
    try:
        settings = MauticSettings.from_env(path)
    except SettingsError as exc:
        sys.stderr.write(redactor.mask("\n".join(exc.problems)) + "\n")
        return ExitCode.NOT_FINE
    given = read(MauticSettings.model_fields, path, os.environ)
    sources = given.sources | {
        name: f"{given.sources[name]}, {file}" for name, file in given.files.items()
    }
    sys.stdout.write(f"{_table(_rows(settings, sources))}\n\nFine: {_way(settings.credentials)}.\n")
    return ExitCode.FINE


def _example(arguments: argparse.Namespace, redactor: Redactor) -> ExitCode:
    del arguments, redactor
    sys.stdout.write(example())
    return ExitCode.FINE


def _rows(settings: MauticSettings, sources: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return variable, value and source of every setting that has a value; secrets are masked."""
    return [
        (variable(field), _shown(value), sources.get(field, "default"))
        for field, value in settings
        if value not in (None, ()) or field in sources
    ]


def _shown(value: object) -> str:
    if value is None:
        return "off"  # the token cache, the only setting whose value this can be
    if isinstance(value, tuple):
        return ", ".join(MASK for _ in value)
    if not isinstance(value, SecretStr):
        return f"{value:g}" if isinstance(value, float) else str(value)
    scheme, found, _ = value.get_secret_value().partition("://")
    # Of the secrets, only the address of a Redis is a URL; its user, password and query are nobody's business.
    return f"{scheme}://{MASK}" if found and scheme in {"redis", "rediss", "unix"} else MASK


def _table(rows: list[tuple[str, str, str]]) -> str:
    names, values = (max(len(row[column]) for row in rows) for column in (0, 1))
    return "\n".join(f"{name:{names}}  {value:{values}}  {source}" for name, value, source in rows)


def _way(credentials: Credentials) -> str:
    if isinstance(credentials, OAuth2Credentials):
        return "the application asks for OAuth2 tokens with its client"
    if isinstance(credentials, BasicCredentials):
        return "the application sends a user's name and password (HTTP basic auth)"
    return "the application sends a fixed token, which stops working when its life ends"
