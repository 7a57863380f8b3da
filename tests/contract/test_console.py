"""The stand-in's console, beyond what the walk does with a live one's.

Source: fact sheet 1.1; `InstallBundle/Command/InstallCommand.php`, and a live 7.0.0 for the tables.
"""

import pytest

from contract.targets import ADMIN_EMAIL, ADMIN_PASSWORD
from mautic_bootstrap.rehearsal import schema
from mautic_bootstrap.rehearsal.console import Console
from mautic_bootstrap.rehearsal.database import SqliteDatabase, query
from mautic_bootstrap.rehearsal.pages.site import Flags, Site
from mautic_bootstrap.rehearsal.settings import Settings
from mautic_bootstrap.rehearsal.versions import VERSIONS

_ADMIN = [f"--admin_email={ADMIN_EMAIL}", f"--admin_password={ADMIN_PASSWORD}"]
_QUIETLY = ["--force", "--no-interaction"]


class _Terminal:
    """A console, and what it printed."""

    def __init__(self, answer: str = "") -> None:
        self.site = Site(VERSIONS["7.0"], SqliteDatabase(), Settings(), Flags())
        self.lines: list[str] = []
        self._console = Console(self.site, self.lines.append, self.lines.append, lambda: answer)

    def run(self, *arguments: str) -> int:
        self.lines.clear()
        return self._console.run(arguments)

    def install(self, *more: str) -> int:
        return self.run("mautic:install", "http://localhost", *_QUIETLY, *_ADMIN, *more)

    def lose_settings(self) -> None:
        """Do what an emptied configuration volume does."""
        self.site.settings.write({})

    def tables(self) -> set[str]:
        return set(schema.table_names(self.site.database))

    def contacts(self, table: str) -> int:
        return len(query(self.site.database, f"SELECT id FROM {table}"))  # noqa: S608  # the tests name the table


@pytest.fixture
def populated() -> _Terminal:
    """An instance with a contact whose configuration volume is lost."""
    terminal = _Terminal()
    assert terminal.install() == 0
    query(terminal.site.database, "INSERT INTO leads (email) VALUES ('kept@example.com')")
    terminal.lose_settings()
    return terminal


def test_installing_over_a_populated_database_drops_its_tables(populated: _Terminal) -> None:
    assert populated.install() == 0
    assert populated.contacts("leads") == 0
    assert not any(name.startswith("bak_") for name in populated.tables())


def test_installing_with_a_backup_renames_the_tables(populated: _Terminal) -> None:
    assert populated.install("--db_backup_tables=true") == 0
    assert populated.contacts("leads") == 0
    assert populated.contacts("bak_leads") == 1


def test_a_second_backup_drops_the_first(populated: _Terminal) -> None:
    assert populated.install("--db_backup_tables=true") == 0
    populated.lose_settings()
    assert populated.install("--db_backup_tables=true") == 0
    assert populated.contacts("bak_leads") == 0


def test_a_refused_password_has_already_cost_the_tables(populated: _Terminal) -> None:
    short = ["--admin_email=a@example.com", "--admin_password=short"]
    assert populated.run("mautic:install", "http://localhost", *_QUIETLY, *short) == 254
    assert populated.contacts("leads") == 0
    assert not populated.site.settings.installed()


def test_a_weak_password_installs() -> None:
    terminal = _Terminal()
    weak = ["--admin_email=a@example.com", "--admin_password=password"]
    assert terminal.run("mautic:install", "http://localhost", *_QUIETLY, *weak) == 0
    assert "Install complete" in terminal.lines[-2]


@pytest.mark.parametrize(("answer", "installed"), [("yes\n", True), ("no\n", False), ("", False)])
def test_question_about_http_decides_and_exits_with_0_either_way(
    answer: str, *, installed: bool
) -> None:
    terminal = _Terminal(answer)
    assert terminal.run("mautic:install", "http://localhost", *_ADMIN) == 0
    assert "Continue with install anyway? [yes/no]" in terminal.lines
    assert terminal.site.settings.installed() is installed


def test_https_is_not_asked_about() -> None:
    terminal = _Terminal()
    assert terminal.run("mautic:install", "https://mautic.example.com", *_ADMIN) == 0
    assert "Install complete" in terminal.lines
    assert "Missing optional settings:" not in terminal.lines


def test_option_values_may_follow_as_words_of_their_own() -> None:
    terminal = _Terminal()
    apart = ["--admin_email", ADMIN_EMAIL, "--admin_password", ADMIN_PASSWORD]
    assert terminal.run("mautic:install", "http://localhost", "-f", "-n", *apart) == 0
    assert terminal.site.settings.installed()


def test_cache_can_be_cleared() -> None:
    terminal = _Terminal()
    assert terminal.run("cache:clear") == 0
    assert "successfully cleared" in terminal.lines[0]
