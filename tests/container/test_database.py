"""The look into the database, on the server that the rehearsal has and on the real one."""

import time
from collections.abc import Callable

import pytest

from container.docker_cli import LABEL_TEST, docker
from lanes import DATABASE_IMAGE, no_image
from mautic_bootstrap.containers.engine import Engine
from mautic_bootstrap.errors import ContainerError
from mautic_bootstrap.install import database
from mautic_bootstrap.rehearsal.image import RehearsalImages

_PATIENCE_S = 60
_PASSWORD = "x-Y_7"


@pytest.fixture(params=["stand-in", DATABASE_IMAGE])
def query(
    request: pytest.FixtureRequest, name: str, images: RehearsalImages
) -> Callable[[str], str]:
    """Run SQL as the product does, in a database container made as the product makes it."""
    image = images.db if request.param == "stand-in" else request.param
    if missing := no_image(image):
        pytest.skip(missing)
    environment = {
        "MYSQL_DATABASE": "mautic",
        "MYSQL_USER": "mautic",
        "MYSQL_PASSWORD": _PASSWORD,
        "MYSQL_ROOT_PASSWORD": "root-" + _PASSWORD,
    }
    options = [word for pair in environment.items() for word in ("--env", "=".join(pair))]
    docker("run", "--detach", "--name", name, "--label", f"{LABEL_TEST}={name}", *options, image)

    def run(sql: str) -> str:
        return Engine().run_in(name, ["sh", "-c", database.CLIENT], sql)

    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            run("SELECT 1")
        except ContainerError:
            assert time.monotonic() < deadline, Engine().log_tail(name)
            time.sleep(0.2)
        else:
            return run


def test_only_what_people_made_is_counted(query: Callable[[str], str]) -> None:
    assert database.rows_of_people(query) == 0
    query("CREATE TABLE users (id INTEGER); INSERT INTO users VALUES (1)")
    query("CREATE TABLE leads (id INTEGER)")
    query("CREATE TABLE oauth2_clients (id INTEGER)")
    assert database.rows_of_people(query) == 0
    query("INSERT INTO leads VALUES (1), (2)")
    query("INSERT INTO users VALUES (2)")
    query("INSERT INTO oauth2_clients VALUES (1)")
    assert database.rows_of_people(query) == 4
