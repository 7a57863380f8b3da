"""Running `mautic:install` once, safely, and believing only what can be seen afterwards.

Source: `InstallBundle/Command/InstallCommand.php`, `Install/InstallService.php` (4.4.13 to 7.2, live 5.1.0,
7.0.0): the exit code is 0 on success, on "already installed" and on a cancelled run alike.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from mautic_bootstrap.errors import InstallError
from mautic_bootstrap.install.console import Console
from mautic_bootstrap.install.probe import Probe

_DONE = ("Install complete", "Mautic already installed")
_INSTALL_TIMEOUT_S = 600.0
# Up to ~2 s the web server still redirects to the installer (opcache revalidation); more on a slow disk.
_SETTLE_S = 60.0
_POLL_S = 0.2
_NOISE = re.compile(r"^(#!.*|\s*)$")


@dataclass(frozen=True)
class Administrator:
    """The admin that the installation makes."""

    username: str
    email: str
    password: str


def install(
    console: Console, base_url: str, admin: Administrator, look: Callable[[], Probe]
) -> Probe:
    """Install Mautic and wait until its web server has noticed.

    Args:
        console: Mautic's console.
        base_url: Becomes Mautic's `site_url`.
        admin: The first user.
        look: Asks the web server what state it is in.

    Returns:
        The last observation: installed.

    Raises:
        InstallError: The console did not say that it is done, or the web server never noticed.
    """
    attempted = f"install Mautic at {base_url}"
    answer = console.run(
        [
            "mautic:install",
            base_url,
            # Without --force an http:// URL asks a question, answers it with no, and exits 0.
            *("--force", "--no-interaction"),
            # Left out, it drops every table it finds; set, it renames them.
            "--db_backup_tables=true",
            f"--admin_username={admin.username}",
            f"--admin_email={admin.email}",
            f"--admin_password={admin.password}",
        ],
        timeout_s=_INSTALL_TIMEOUT_S,
    )
    if not any(text in answer.output for text in _DONE):
        lines = [line for line in answer.output.splitlines() if not _NOISE.match(line)]
        raise InstallError(
            attempted,
            expected=f'"{_DONE[0]}"',
            seen=f"exit code {answer.exit_code} without it",
            hint="Mautic's own words are below.",
            log_tail="\n".join(lines[-15:]),
        )
    return _wait_until_noticed(attempted, look)


def _wait_until_noticed(attempted: str, look: Callable[[], Probe]) -> Probe:
    started = time.monotonic()
    while (seen := look()).state != "installed":
        waited_s = time.monotonic() - started
        if waited_s > _SETTLE_S:
            raise InstallError(
                attempted,
                expected="the login page once the installer was done",
                seen=seen.seen,
                hint="Look at the web container's log; var/cache must belong to the web user.",
                waited_s=waited_s,
            )
        time.sleep(_POLL_S)
    return seen
