"""Looking whether a database holds data that an installation would destroy.

`mautic:install` drops existing tables unless told to back them up, and an older backup is dropped even then
(facts: `InstallBundle/Command/InstallCommand.php`, `Install/SchemaHelper.php`, 4.4 to 7.2). A Mautic that
answers with its installer although its database is populated has lost its configuration volume.
"""

from collections.abc import Callable

# A fresh or half-finished installation has none of these rows; anything people or applications made has.
_TABLES_OF_PEOPLE = ("leads", "campaigns", "emails", "forms", "pages", "assets", "oauth2_clients")

_LIST = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"

# Runs inside the database container, whose own environment holds the password: none is in any argv.
CLIENT = (
    'MYSQL_PWD="$MYSQL_PASSWORD" exec "$(command -v mariadb || command -v mysql)"'
    ' -h127.0.0.1 -u"$MYSQL_USER" -N -B "$MYSQL_DATABASE"'
)


def rows_of_people(query: Callable[[str], str]) -> int:
    """Count rows that somebody made in a Mautic database; reads only.

    Args:
        query: Runs one SQL statement and returns the rows as lines of tab-separated columns.

    Returns:
        Rows in tables that a fresh installation leaves empty, plus users beyond the installing admin; 0 for
        a database without tables.
    """
    tables = set(query(_LIST).split())
    counted = [f"(SELECT COUNT(*) FROM {name})" for name in _TABLES_OF_PEOPLE if name in tables]  # noqa: S608  # names from above
    if "users" in tables:
        counted.append("(SELECT GREATEST(COUNT(*), 1) - 1 FROM users)")
    if not counted:
        return 0
    return int(query("SELECT " + " + ".join(counted)))
