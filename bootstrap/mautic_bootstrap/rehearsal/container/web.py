"""The web container's entrypoint: the checks of the official image, then the role it is given.

Source: `common/docker-entrypoint.sh`, `common/startup/*.sh`, `common/entrypoint_mautic_*.sh` of
mautic/docker-mautic (2026-04-23): order, exit codes and every log line.
"""

import os
import pwd
import shutil
import signal
import sys
import time

from mautic_bootstrap.rehearsal.app import Application
from mautic_bootstrap.rehearsal.container import site as this
from mautic_bootstrap.rehearsal.container.process import end_on_signals, log, log_error, poll
from mautic_bootstrap.rehearsal.database import DatabaseError, query
from mautic_bootstrap.rehearsal.http import Request, Response
from mautic_bootstrap.rehearsal.listener import Listener
from mautic_bootstrap.rehearsal.settings import FILE_NAME, Settings

_ROLES = ("mautic_web", "mautic_cron", "mautic_worker")
_REQUIRED = ("MAUTIC_DB_HOST", "MAUTIC_DB_USER", "MAUTIC_DB_PASSWORD", "DOCKER_MAUTIC_ROLE")
_FOLDERS = (
    "config",
    "var",
    "var/logs",
    "docroot/media",
    "docroot/media/files",
    "docroot/media/images",
)
_USER = "www-data"
_DATABASE_ATTEMPTS = 31
_INSTALL_POLL_S = 5
_SAY_EVERY = 6
# As long as a rehearsal should show that an installed instance is busy before it listens.
_MIGRATION_S = 2.0


def main() -> None:
    """Check, wait, and become the role."""
    end_on_signals()
    role = os.environ.get("DOCKER_MAUTIC_ROLE", "")
    _check_folders()
    _check_environment()
    _wait_for_database()
    settings = Settings(this.CONFIG)
    _ensure_settings_file()
    if role not in _ROLES:
        _fail(
            f'DOCKER_MAUTIC_ROLE was found to be "{role}" which is not one of the valid values '
            "(mautic_web, mautic_cron, mautic_worker), exiting"
        )
    if role == "mautic_web":
        _migrate(settings)
        _serve()
    else:
        poll(lambda attempt: _is_installed(settings, role, attempt), every_s=_INSTALL_POLL_S)
        while True:
            signal.pause()


def _fail(*lines: str) -> None:
    for line in ("----- Startup Checks Error Found -----", *lines):
        log_error(line)
    sys.exit(1)


def _check_folders() -> None:
    """Give the volumes to the web user."""
    for name in _FOLDERS:
        folder = this.PROJECT / name
        if not folder.is_dir():
            log_error(f"Error: {folder} does not exist or is not a directory.")
            _fail("Please ensure the volume(s) is mounted correctly and is accessible.")
        shutil.chown(folder, _USER, _USER)


def _check_environment() -> None:
    missing = [name for name in _REQUIRED if not os.environ.get(name)]
    for name in missing:
        log_error(f"ENV:{name} is not set.")
    if missing:
        names = " ".join(_REQUIRED)
        _fail(
            f"Please set the require environment variables ({names} ) exist (usually found in "
            ".mautic_env) before starting the container."
        )


def _wait_for_database() -> None:
    database = this.database()
    problem = ""
    for _ in range(_DATABASE_ATTEMPTS):
        if problem:
            log_error(f"MySQL response contained error: {problem}")
            log("We will continue to retry the connection.")
        else:
            log("MySQL is not ready yet, waiting...")
        time.sleep(1)
        try:
            query(database, "SELECT 1")
        except DatabaseError as exc:
            host = os.environ["MAUTIC_DB_HOST"]
            problem = f"mysqladmin: connect to server at '{host}' failed\nerror: '{exc}'"
        else:
            log("MySQL is alive and well.")
            return
    _fail(
        f"MySQL is not responding after {_DATABASE_ATTEMPTS} attempts. Exiting.",
        "Please ensure the MySQL server is running and accessible from this container.",
    )


def _ensure_settings_file() -> None:
    path = this.CONFIG / FILE_NAME
    if not path.exists():
        log(f"{path} was not found, creating a fresh one.")
        path.write_text("{}", encoding="utf-8")
        shutil.chown(path, _USER, _USER)


def _migrate(settings: Settings) -> None:
    """Log like the migrations that an installed instance runs before it listens."""
    if not settings.read().get("site_url"):
        log("[mautic_web]: Mautic is not installed, skipping migrations.")
        return
    log("[mautic_web]: Mautic is already installed, running migrations...")
    steps = 4
    for number in range(steps):
        log(f"[notice] Migrating: step {number + 1} of {steps}")
        time.sleep(float(os.environ.get("REHEARSAL_MIGRATION_SECONDS") or _MIGRATION_S) / steps)


def _is_installed(settings: Settings, role: str, attempt: int) -> bool:
    if settings.read().get("site_url"):
        return True
    if attempt % _SAY_EVERY == 0:
        log(f"[{role}]: Waiting for Mautic to be installed, current attempt: {attempt}.")
    return False


def _serve() -> None:
    """Serve on port 80 as the web user, so that what it writes belongs to that user."""
    application = Application(this.site())

    def answer(request: Request) -> Response:
        response = application.handle(request)
        # Apache's form, as the official image logs it, but without the query: it may hold a token.
        now = time.strftime("%d/%b/%Y:%H:%M:%S %z")
        line = f"{request.method} {request.path} HTTP/1.1"
        log(f'{request.client_ip} - - [{now}] "{line}" {response.status} {len(response.body)}')
        return response

    listener = Listener(("0.0.0.0", 80), answer)  # noqa: S104  # inside a container
    account = pwd.getpwnam(_USER)
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    version = application.site.version.number
    log(f"REHEARSAL: a stand-in for Mautic {version} is listening, resuming normal operations")
    listener.serve_forever()


if __name__ == "__main__":
    main()
