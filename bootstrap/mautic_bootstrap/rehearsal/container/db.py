"""The database container's entrypoint.

Source: `docker-entrypoint.sh` of the official MariaDB image (environment, first start, the line that says
"ready for connections").
"""

import os
import sys
from pathlib import Path

from mautic_bootstrap.rehearsal.container.process import end_on_signals, log_error
from mautic_bootstrap.rehearsal.sqlserver import Accounts, SqlServer

_DATA = Path("/var/lib/mysql")
_PORT = 3306


def main() -> None:
    """Fix the accounts at the first start, then serve."""
    end_on_signals()
    accounts = Accounts.load(_DATA) or _first_start()
    server = SqlServer(("0.0.0.0", _PORT), _DATA, accounts)  # noqa: S104  # inside a container
    log_error(f"[Note] Server socket created on IP: '0.0.0.0', port: '{_PORT}'.")
    log_error("[Note] mariadbd: ready for connections. REHEARSAL: a stand-in, not MariaDB.")
    server.serve_forever()


def _first_start() -> Accounts:
    root = _environment("ROOT_PASSWORD")
    if not root:
        log_error(
            "[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified"
        )
        sys.exit(1)
    passwords = {"root": root}
    user, password = _environment("USER"), _environment("PASSWORD")
    if user and password:
        passwords[user] = password
    log_error("[Note] [Entrypoint]: Initializing database files")
    return Accounts.create(_DATA, _environment("DATABASE"), passwords)


def _environment(name: str) -> str:
    """Return a setting under MariaDB's name for it, or MySQL's."""
    return os.environ.get(f"MARIADB_{name}") or os.environ.get(f"MYSQL_{name}") or ""


if __name__ == "__main__":
    main()
