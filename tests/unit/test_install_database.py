import pytest

from mautic_bootstrap.install.database import CLIENT, rows_of_people

_FRESH = {"leads", "users", "oauth2_clients", "campaigns", "roles", "plugins"}


class _Database:
    """Answers as the command-line client does: the rows of one statement, no heading."""

    def __init__(self, tables: set[str], count: str = "0") -> None:
        self._tables, self._count = tables, count
        self.asked: list[str] = []

    def __call__(self, sql: str) -> str:
        self.asked.append(sql)
        return (
            "\n".join(sorted(self._tables)) + "\n" if "information_schema" in sql else self._count
        )


def test_a_database_without_tables_holds_nothing_and_is_asked_once() -> None:
    database = _Database(set())
    assert rows_of_people(database) == 0
    assert len(database.asked) == 1


def test_a_database_with_none_of_the_tables_of_people_is_not_counted() -> None:
    assert rows_of_people(_Database({"migrations", "cache"}, "no number")) == 0


@pytest.mark.parametrize("count", ["0", "17\n"])
def test_what_the_database_counts_is_returned(count: str) -> None:
    assert rows_of_people(_Database(_FRESH, count)) == int(count)


def test_only_tables_that_exist_are_counted() -> None:
    database = _Database({"leads", "users"})
    rows_of_people(database)
    assert database.asked[1] == (
        "SELECT (SELECT COUNT(*) FROM leads) + (SELECT GREATEST(COUNT(*), 1) - 1 FROM users)"
    )


def test_everything_that_people_make_is_counted() -> None:
    people = {"leads", "campaigns", "emails", "forms", "pages", "assets", "oauth2_clients"}
    database = _Database(people | {"users"})
    rows_of_people(database)
    assert all(f"FROM {table})" in database.asked[1] for table in people | {"users"})


def test_it_only_reads() -> None:
    database = _Database(_FRESH)
    rows_of_people(database)
    assert all(sql.startswith("SELECT ") and ";" not in sql for sql in database.asked)


def test_the_client_takes_the_password_from_the_container_s_environment_alone() -> None:
    assert 'MYSQL_PWD="$MYSQL_PASSWORD"' in CLIENT
    assert "--password" not in CLIENT
    assert " -p" not in CLIENT
