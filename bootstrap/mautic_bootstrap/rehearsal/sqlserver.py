"""The database server: SQLite behind a socket, with MariaDB's accounts and habits.

The accounts are fixed when the data folder is first used, as in the official images: a changed password in
the environment changes nothing afterwards. One request is one line of JSON (`RemoteDatabase` writes it), one
answer another; every request carries the login.
"""

import hmac
import json
import socketserver
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mautic_bootstrap.rehearsal.database import DatabaseError, SqliteDatabase
from mautic_bootstrap.rehearsal.model import people

_ACCOUNTS = "accounts.json"


@dataclass(frozen=True)
class Accounts:
    """Who may log in, and to which database."""

    database: str
    hashes: dict[str, str]

    @classmethod
    def load(cls, folder: Path) -> "Accounts | None":
        """Return the accounts of a data folder; None for an unused one."""
        path = folder / _ACCOUNTS
        if not path.exists():
            return None
        saved = json.loads(path.read_text(encoding="utf-8"))
        return cls(saved["database"], saved["hashes"])

    @classmethod
    def create(cls, folder: Path, database: str, passwords: dict[str, str]) -> "Accounts":
        """Fix the accounts of a data folder."""
        hashes = {user: people.hash_password(password) for user, password in passwords.items()}
        saved = {"database": database, "hashes": hashes}
        (folder / _ACCOUNTS).write_text(json.dumps(saved), encoding="utf-8")
        return cls(database, hashes)

    def check(self, user: str, password: str, database: str) -> None:
        """Check a login.

        Raises:
            DatabaseError: With what MariaDB's client prints.
        """
        stored = self.hashes.get(user)
        if stored is None or not people.matches(password, stored):
            using = "YES" if password else "NO"
            text = f"Access denied for user '{user}'@'%' (using password: {using})"
            raise DatabaseError(f"ERROR 1045 (28000): {text}")
        if not hmac.compare_digest(database, self.database):
            text = f"Access denied for user '{user}'@'%' to database '{database}'"
            raise DatabaseError(f"ERROR 1044 (42000): {text}")


class SqlServer(socketserver.ThreadingTCPServer):
    """Serves one data folder.

    Args:
        address: Host and port; port 0 takes a free one.
        folder: The data folder.
        accounts: Who may log in.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], folder: Path, accounts: Accounts) -> None:
        self.accounts = accounts
        self.database = SqliteDatabase(folder / f"{accounts.database}.sqlite", accounts.database)
        super().__init__(address, _Handler)


class _Handler(socketserver.StreamRequestHandler):
    server: SqlServer

    def handle(self) -> None:
        """Answer one line."""
        line = self.rfile.readline()
        if line:
            self.wfile.write(json.dumps(self._answer(json.loads(line))).encode() + b"\n")

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            self.server.accounts.check(question["user"], question["password"], question["database"])
            statements = [(sql, values) for sql, values in question["statements"]]
            return {"results": self.server.database.run(statements)}
        except DatabaseError as exc:
            return {"error": str(exc)}
