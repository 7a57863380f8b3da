"""The database behind the stand-in: SQLite in this process, or the same behind a socket.

A real set-up keeps Mautic's state in another container than Mautic; so does the rehearsal, which makes
"configuration lost, database populated" and "the database is down" things that can be tried.
"""

import json
import socket
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

Row = dict[str, Any]
Statement = tuple[str, Sequence[Any]]

# Long enough for a busy machine, short enough that a dead database shows as an error page.
_TIMEOUT_S = 10


class DatabaseError(Exception):
    """The database refused a login or a statement; the text is what the client prints."""


class DatabaseUnavailableError(DatabaseError):
    """Nothing answers where the database should be."""


class Database(Protocol):
    """Runs SQL."""

    def run(self, statements: Iterable[Statement]) -> list[list[Row]]:
        """Run statements in one transaction; return the rows of each, one dict per row.

        Raises:
            DatabaseError: A statement failed; none of them took effect.
        """


def query(database: Database, sql: str, *parameters: Any) -> list[Row]:
    """Run one statement and return its rows."""
    return database.run([(sql, parameters)])[0]


def insert(database: Database, table: str, values: Row) -> int:
    """Insert one row and return its id."""
    columns = ", ".join(values)
    marks = ", ".join("?" for _ in values)
    sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608  # names come from this package, values travel as parameters
    results = database.run([(sql, list(values.values())), ("SELECT last_insert_rowid() AS id", ())])
    return int(results[1][0]["id"])


def update(database: Database, table: str, row_id: int, values: Row) -> None:
    """Change columns of one row."""
    columns = ", ".join(f"{name} = ?" for name in values)
    sql = f"UPDATE {table} SET {columns} WHERE id = ?"  # noqa: S608  # names come from this package, values travel as parameters  # names come from this package
    database.run([(sql, [*values.values(), row_id])])


class SqliteDatabase:
    """SQLite, answering the few MariaDB functions the project's statements use.

    Args:
        path: The file, or None for a database in memory.
        name: What `DATABASE()` answers.
    """

    def __init__(self, path: Path | None = None, name: str = "mautic") -> None:
        self._lock = threading.Lock()
        target = ":memory:" if path is None else str(path)
        self._connection = sqlite3.connect(target, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.create_function("DATABASE", 0, lambda: name)
        self._connection.create_function("GREATEST", -1, lambda *values: max(values))
        self._connection.execute("ATTACH ':memory:' AS information_schema")
        self._connection.execute(
            "CREATE TABLE information_schema.tables (table_schema TEXT, table_name TEXT)"
        )
        self._name = name

    def run(self, statements: Iterable[Statement]) -> list[list[Row]]:
        """Run statements in one transaction; return the rows of each."""
        with self._lock:
            try:
                self._connection.execute("BEGIN")
                results = [self._rows(sql, parameters) for sql, parameters in statements]
                self._connection.execute("COMMIT")
            except sqlite3.Error as exc:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise DatabaseError(str(exc)) from exc
            return results

    def _rows(self, sql: str, parameters: Sequence[Any]) -> list[Row]:
        if "information_schema" in sql.lower():
            self._connection.execute("DELETE FROM information_schema.tables")
            self._connection.execute(
                "INSERT INTO information_schema.tables SELECT ?, name FROM main.sqlite_master "
                "WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                (self._name,),
            )
        return [dict(row) for row in self._connection.execute(sql, tuple(parameters))]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class RemoteDatabase:
    """A `SqliteDatabase` behind `sqlserver.py`: one line of JSON out, one line of JSON back.

    Args:
        host: Where the server is.
        port: Its port.
        user: Account name.
        password: Account password.
        name: Database name.
    """

    def __init__(self, host: str, port: int, *, user: str, password: str, name: str) -> None:
        self._address = (host, port)
        self._login = {"user": user, "password": password, "database": name}

    def run(self, statements: Iterable[Statement]) -> list[list[Row]]:
        """Run statements in one transaction; return the rows of each.

        Raises:
            DatabaseUnavailableError: Nothing answers at the address.
            DatabaseError: The login or a statement was refused.
        """
        question = {**self._login, "statements": [[sql, list(p)] for sql, p in statements]}
        try:
            with socket.create_connection(self._address, timeout=_TIMEOUT_S) as connection:
                connection.sendall(json.dumps(question).encode() + b"\n")
                with connection.makefile("rb") as stream:
                    line = stream.readline()
        except OSError as exc:
            host, port = self._address
            text = f"Can't connect to server on '{host}' ({exc.errno or port})"
            raise DatabaseUnavailableError(text) from exc
        answer: dict[str, Any] = (
            json.loads(line) if line else {"error": "Lost connection to server"}
        )
        if "error" in answer:
            raise DatabaseError(answer["error"])
        results: list[list[Row]] = answer["results"]
        return results
