"""The `mariadb` command: runs SQL from `-e` or standard input and prints tab-separated rows."""

import argparse
import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence

from mautic_bootstrap.rehearsal.container.process import log, log_error
from mautic_bootstrap.rehearsal.database import (
    DatabaseError,
    DatabaseUnavailableError,
    RemoteDatabase,
    Row,
    query,
)

_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\0": "\\0"})


def main(argv: Sequence[str]) -> int:
    """Run the statements; return the exit code."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("-h", "--host", default="127.0.0.1")
    parser.add_argument("-P", "--port", type=int, default=3306)
    parser.add_argument("-u", "--user", default="root")
    parser.add_argument("-p", "--password", default=os.environ.get("MYSQL_PWD", ""))
    parser.add_argument("-N", "--skip-column-names", action="store_true")
    parser.add_argument("-B", "--batch", action="store_true")
    parser.add_argument("-e", "--execute")
    parser.add_argument("database", nargs="?", default="")
    given = parser.parse_args(argv)
    database = RemoteDatabase(
        given.host, given.port, user=given.user, password=given.password, name=given.database
    )
    sql = sys.stdin.read() if given.execute is None else given.execute
    try:
        for statement in _statements(sql):
            _show(query(database, statement), names=not given.skip_column_names)
    except DatabaseUnavailableError as exc:
        log_error(f"ERROR 2002 (HY000): {exc}")
        return 1
    except DatabaseError as exc:
        text = str(exc)
        log_error(text if text.startswith("ERROR") else f"ERROR 1064 (42000) at line 1: {text}")
        return 1
    return 0


def _statements(sql: str) -> Iterator[str]:
    """Cut a text into statements; the last one needs no semicolon."""
    pending = ""
    for part in sql.split(";"):
        pending += part
        if sqlite3.complete_statement(pending + ";"):
            if pending.strip():
                yield pending
            pending = ""
        else:
            pending += ";"  # it stood inside a quoted text


def _show(rows: list[Row], *, names: bool) -> None:
    if rows and names:
        log("\t".join(rows[0]))
    for row in rows:
        log("\t".join("NULL" if v is None else str(v).translate(_ESCAPED) for v in row.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
