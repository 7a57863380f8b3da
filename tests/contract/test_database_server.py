"""The rehearsal's database server and its `mariadb` command.

Source: MariaDB 10.11's client for output and error texts; its image for accounts that outlive the environment.
"""

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mautic_bootstrap.install.database import rows_of_people
from mautic_bootstrap.rehearsal import schema
from mautic_bootstrap.rehearsal.container import mariadb
from mautic_bootstrap.rehearsal.database import (
    DatabaseError,
    DatabaseUnavailableError,
    RemoteDatabase,
    insert,
    query,
)
from mautic_bootstrap.rehearsal.model import people
from mautic_bootstrap.rehearsal.sqlserver import Accounts, SqlServer

_USER, _PASSWORD = "mautic", "x9-Database_Password"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SqlServer]:
    accounts = Accounts.create(tmp_path, "mautic", {_USER: _PASSWORD})
    running = SqlServer(("127.0.0.1", 0), tmp_path, accounts)
    thread = threading.Thread(target=running.serve_forever, args=(0.05,))
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def _connect(server: SqlServer, **other: str) -> RemoteDatabase:
    login = {"user": _USER, "password": _PASSWORD, "name": "mautic", **other}
    return RemoteDatabase("127.0.0.1", server.server_address[1], **login)


def _client(server: SqlServer, *arguments: str) -> int:
    address = ["-h127.0.0.1", f"-P{server.server_address[1]}", f"-u{_USER}"]
    return mariadb.main([*address, f"-p{_PASSWORD}", *arguments])


def test_rows_come_back_as_they_were_written(server: SqlServer) -> None:
    database = _connect(server)
    schema.create(database, backup=False)
    people.load_fixtures(database)
    assert insert(database, "companies", {"companyname": "Ümläut \"&' Co"}) == 1
    assert query(database, "SELECT companyname FROM companies") == [
        {"companyname": "Ümläut \"&' Co"}
    ]


def test_wrong_password_is_refused_in_mariadbs_words(server: SqlServer) -> None:
    with pytest.raises(DatabaseError, match=r"ERROR 1045 .* \(using password: YES\)"):
        query(_connect(server, password="wrong"), "SELECT 1")


def test_other_database_is_refused_in_mariadbs_words(server: SqlServer) -> None:
    with pytest.raises(DatabaseError, match=r"ERROR 1044 .* to database 'other'"):
        query(_connect(server, name="other"), "SELECT 1")


def test_failed_statement_undoes_those_before_it(server: SqlServer) -> None:
    database = _connect(server)
    with pytest.raises(DatabaseError, match="no such table: nowhere"):
        database.run([("CREATE TABLE made (id)", ()), ("SELECT * FROM nowhere", ())])
    assert schema.table_names(database) == []


def test_server_that_is_away_is_an_error_of_its_own(server: SqlServer) -> None:
    database = RemoteDatabase("127.0.0.1", 1, user=_USER, password=_PASSWORD, name="mautic")
    with pytest.raises(
        DatabaseUnavailableError, match=r"Can't connect to server on '127\.0\.0\.1'"
    ):
        query(database, "SELECT 1")


def test_accounts_are_those_of_the_first_start(tmp_path: Path) -> None:
    Accounts.create(tmp_path, "mautic", {_USER: _PASSWORD})
    again = Accounts.load(tmp_path)
    assert again is not None
    again.check(_USER, _PASSWORD, "mautic")
    with pytest.raises(DatabaseError):
        again.check(_USER, "another password", "mautic")


def test_client_prints_rows_with_tabs_and_null(
    server: SqlServer, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "SELECT 1 AS a, NULL AS b, 'x\ty;z' AS c; SELECT 2 AS d"
    assert _client(server, "-B", "mautic", "-e", sql) == 0
    assert capsys.readouterr().out == "a\tb\tc\n1\tNULL\tx\\ty;z\nd\n2\n"


def test_client_leaves_names_out_and_reads_standard_input(
    server: SqlServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("SELECT 1\n"))
    assert _client(server, "-N", "-B", "mautic") == 0
    assert capsys.readouterr().out == "1\n"


def test_client_fails_with_the_servers_words(
    server: SqlServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _client(server, "mautic", "-e", "SELECT * FROM nowhere") == 1
    assert "no such table: nowhere" in capsys.readouterr().err
    assert _client(server, "other", "-e", "SELECT 1") == 1
    assert "ERROR 1044 (42000)" in capsys.readouterr().err


def test_guard_of_the_installation_counts_here_as_on_mariadb(server: SqlServer) -> None:
    database = _connect(server)

    def ask(sql: str) -> str:
        rows = query(database, sql)
        return "\n".join("\t".join(map(str, row.values())) for row in rows)

    assert rows_of_people(ask) == 0
    schema.create(database, backup=False)
    people.load_fixtures(database)
    admin = {"username": "admin", "password": "x", "email": "a@example.com"}
    people.save_admin(database, **admin, first="A", last="B")
    assert rows_of_people(ask) == 0
    insert(database, "leads", {"email": "someone@example.com"})
    assert rows_of_people(ask) == 1
