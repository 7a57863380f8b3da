from collections.abc import Callable, Sequence

import pytest

from mautic_bootstrap.errors import InstallError
from mautic_bootstrap.install import installer
from mautic_bootstrap.install.console import Console, ConsoleAnswer
from mautic_bootstrap.install.installer import Administrator, install
from mautic_bootstrap.install.probe import Probe
from mautic_bootstrap.redaction import Redactor

_URL = "http://localhost:8080"
_ADMIN = Administrator("admin", "admin@example.com", "hidden-password")
_INSTALLED = Probe("installed", "HTTP 200 with Mautic's login form")
_INSTALLER = Probe("installer", "HTTP 302 to /index.php/installer")


class _Console(Console):
    """A console that gives one answer and notes what it was asked."""

    def __init__(self, output: str, exit_code: int = 0) -> None:
        super().__init__([], Redactor())
        self._answer = ConsoleAnswer(exit_code, output)
        self.asked: list[str] = []
        self.timeout_s = 0.0

    def run(self, arguments: Sequence[str], *, timeout_s: float) -> ConsoleAnswer:
        self.asked = list(arguments)
        self.timeout_s = timeout_s
        return self._answer


def _seeing(*probes: Probe) -> Callable[[], Probe]:
    seen = [*probes]
    return lambda: seen.pop(0) if len(seen) > 1 else seen[0]


@pytest.mark.parametrize("said", ["Install complete", "Mautic already installed"])
@pytest.mark.parametrize("exit_code", [0, 1, 255])
def test_the_text_says_that_it_is_done_and_the_exit_code_does_not(
    said: str, exit_code: int
) -> None:
    console = _Console(f"Parsing options...\n{said}\n", exit_code)
    assert install(console, _URL, _ADMIN, _seeing(_INSTALLED)) == _INSTALLED


def test_it_is_asked_for_without_a_question_and_with_existing_tables_kept() -> None:
    console = _Console("Install complete")
    install(console, _URL, _ADMIN, _seeing(_INSTALLED))
    assert console.asked == [
        "mautic:install",
        _URL,
        "--force",
        "--no-interaction",
        "--db_backup_tables=true",
        "--admin_username=admin",
        "--admin_email=admin@example.com",
        "--admin_password=hidden-password",
    ]
    assert 0 < console.timeout_s <= 600


@pytest.mark.parametrize("exit_code", [0, 254])
def test_a_run_that_does_not_say_so_is_an_error_with_mautics_own_words(exit_code: int) -> None:
    console = _Console(
        "#!/usr/bin/env php\n\nMissing requirements:\n - php-imap\n   \nInstall canceled\n",
        exit_code,
    )
    with pytest.raises(InstallError) as caught:
        install(console, _URL, _ADMIN, _seeing(_INSTALLED))
    assert str(caught.value) == (
        f'install Mautic at {_URL}: expected "Install complete", saw exit code {exit_code} without it.'
        " Mautic's own words are below."
    )
    assert caught.value.log_tail == "Missing requirements:\n - php-imap\nInstall canceled"


def test_of_a_long_output_the_last_lines_are_shown() -> None:
    console = _Console("\n".join(f"line {n}" for n in range(100)), 1)
    with pytest.raises(InstallError) as caught:
        install(console, _URL, _ADMIN, _seeing(_INSTALLED))
    assert caught.value.log_tail.splitlines() == [f"line {n}" for n in range(85, 100)]


def test_the_web_server_is_waited_for_until_it_has_noticed(clock: list[float]) -> None:
    look = _seeing(_INSTALLER, Probe("error", "HTTP 500"), _INSTALLER, _INSTALLED)
    assert install(_Console("Install complete"), _URL, _ADMIN, look) == _INSTALLED
    assert 0 < clock[0] < 5


def test_a_web_server_that_never_notices_is_given_up(clock: list[float]) -> None:
    with pytest.raises(InstallError) as caught:
        install(_Console("Install complete"), _URL, _ADMIN, _seeing(_INSTALLER))
    assert str(caught.value) == (
        f"install Mautic at {_URL}: expected the login page once the installer was done, saw HTTP 302 to"
        " /index.php/installer after 60 s. Look at the web container's log; var/cache must belong to the web"
        " user."
    )
    assert clock[0] == pytest.approx(installer._SETTLE_S, abs=1)
