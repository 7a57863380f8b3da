"""`bin/console`: `mautic:install` with its odd exit codes, and the little else this project runs.

Source: `InstallBundle/Command/InstallCommand.php`; every text and exit code printed by live 5.1.0 and 7.0.0.
Worth knowing: the schema is made before the admin's data are judged, so a refused password has already cost
the tables; a declined question and "already installed" both end with 0.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mautic_bootstrap.rehearsal import schema
from mautic_bootstrap.rehearsal.database import DatabaseError
from mautic_bootstrap.rehearsal.model import people
from mautic_bootstrap.rehearsal.pages.site import Site

_OPTIONS = (
    *("db_driver", "db_host", "db_port", "db_name", "db_user", "db_password", "db_table_prefix"),
    *("db_backup_tables", "db_backup_prefix", "admin_firstname", "admin_lastname"),
    *("admin_username", "admin_email", "admin_password"),
)
_FLAGS = ("force", "no-interaction", "version", "no-debug", "quiet")
_SHORT = {"f": "force", "n": "no-interaction", "V": "version", "q": "quiet"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SHORTEST_PASSWORD = 6
_NO_TLS = (
    "  - [0] It is recommended to secure your installation with an SSL certificate (https). Starting "
    "February 2020 Google Chrome will stop sending third-party cookies in cross-site requests unless "
    "the cookies are secure. Tracking will stop working for Mautic instances running on HTTP. Use HTTPS."
)
_BAD_ADMIN, _BAD_DATABASE = 254, 255


@dataclass(frozen=True)
class _Arguments:
    """A command line, taken apart."""

    words: list[str]
    options: dict[str, str]
    unknown: str
    """The first option that does not exist; empty where all do."""


class Console:
    """Runs console commands of one stand-in.

    Args:
        site: What the commands work on.
        out: Receives each line of standard output.
        err: Receives each line of standard error.
        ask: Answers a question on the terminal; an empty text takes the default.
    """

    def __init__(
        self,
        site: Site,
        out: Callable[[str], None],
        err: Callable[[str], None],
        ask: Callable[[], str] = lambda: "",
    ) -> None:
        self._site = site
        self._write = out
        self._err = err
        self._ask = ask
        self._dated = False

    def run(self, argv: Sequence[str]) -> int:
        """Run one command.

        Args:
            argv: What follows `bin/console`.

        Returns:
            The exit code.
        """
        arguments = _parse(argv)
        command = arguments.words[0] if arguments.words else ""
        if not command:
            number = self._site.version.number
            self._write(f"Mautic {number} - app/prod (env: prod, debug: false)")
            return 0
        if command == "mautic:install":
            self._dated = "no-interaction" in arguments.options
            return self._install(arguments)
        if command == "cache:clear":
            self._write(
                ' [OK] Cache for the "prod" environment (debug=false) was successfully cleared.'
            )
            return 0
        return self._complain(f'Command "{command}" is not defined.')

    def _complain(self, text: str) -> int:
        blank = " " * (len(text) + 4)
        for line in ("", blank, f"  {text}  ", blank, ""):
            self._err(line)
        return 1

    def _say(self, text: str) -> None:
        """Print a line; without a person at the terminal Mautic puts the time before it."""
        stamp = datetime.now(UTC).strftime("[%Y-%m-%d %H:%M:%S] ")
        self._write(stamp + text if self._dated and text else text)

    def _install(self, arguments: _Arguments) -> int:
        if arguments.unknown:
            return self._complain(f'The "--{arguments.unknown}" option does not exist.')
        if len(arguments.words) < 2:
            return self._complain('Not enough arguments (missing: "site_url").')
        return self._install_at(arguments.words[1], arguments.options)

    def _install_at(self, site_url: str, options: dict[str, str]) -> int:
        if self._site.settings.read().get("site_url"):
            self._say("Mautic already installed")
            return 0
        for line in ("Mautic Install", "==============", "", "Parsing options and arguments..."):
            self._say(line)
        if not self._requirements_met(site_url, options):
            return 0
        self._say("Ready to Install!")
        if not self._make_schema(options):
            return _BAD_DATABASE
        if not self._make_admin(options):
            return _BAD_ADMIN
        self._say("3 - Final steps...")
        self._site.settings.install(site_url)
        for line in ("", "================", "Install complete", "================"):
            self._say(line)
        return 0

    def _requirements_met(self, site_url: str, options: dict[str, str]) -> bool:
        """Check the environment; a question that nobody answers with yes ends the installation."""
        self._say("0 - Checking installation requirements...")
        if site_url.startswith("https:"):
            return True
        self._say("Missing optional settings:")
        self._say(_NO_TLS)
        if "force" in options:
            return True
        if "no-interaction" in options:
            return False
        self._err("Continue with install anyway? [yes/no]")
        return self._ask().strip().lower() in {"y", "yes"}

    def _make_schema(self, options: dict[str, str]) -> bool:
        self._say("1 - Creating database...")
        self._say("1.1 - Creating schema...")
        # Left out, the option counts as "no": whatever is there is dropped.
        backup = options.get("db_backup_tables", "") not in {"", "0", "false"}
        try:
            schema.create(self._site.database, backup=backup)
            self._say("1.2 - Loading fixtures...")
            people.load_fixtures(self._site.database)
        except DatabaseError as exc:
            self._say("Errors in database configuration/installation:")
            self._say(f"  - [error] {exc}")
            self._say("Install canceled")
            return False
        return True

    def _make_admin(self, options: dict[str, str]) -> bool:
        self._say("2 - Creating admin user...")
        email, password = options.get("admin_email", ""), options.get("admin_password", "")
        errors = [
            f"[{name}] A value is required."
            for name, value in (("email", email), ("password", password))
            if not value
        ]
        if not errors and not _EMAIL.fullmatch(email):
            errors.append("[0] A valid email is required.")
        elif not errors and len(password) < _SHORTEST_PASSWORD:
            errors.append(f"[0] Password must be at least {_SHORTEST_PASSWORD} characters.")
        if errors:
            self._say("Errors in admin user configuration/installation:")
            for error in errors:
                self._say(f"  - {error}")
            self._say("Install canceled")
            return False
        people.save_admin(
            self._site.database,
            username=options.get("admin_username", "admin"),
            password=password,
            email=email,
            first=options.get("admin_firstname", "Admin"),
            last=options.get("admin_lastname", "Mautic"),
        )
        return True


def _parse(argv: Sequence[str]) -> _Arguments:
    """Take a command line apart: words, options with values, flags."""
    words: list[str] = []
    options: dict[str, str] = {}
    unknown = ""
    rest = list(argv)
    while rest:
        item = rest.pop(0)
        if item.startswith("--"):
            name, equals, value = item[2:].partition("=")
            if name in _OPTIONS and not equals and rest:
                value = rest.pop(0)
            if name not in (*_OPTIONS, *_FLAGS):
                unknown = unknown or name
            options[name] = value
        elif item.startswith("-"):
            options.update({_SHORT.get(letter, letter): "" for letter in item[1:]})
        else:
            words.append(item)
    return _Arguments(words, options, unknown)
