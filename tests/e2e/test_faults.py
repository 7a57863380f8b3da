"""What breaks is said at once and in its own words, and never costs data. The stand-in plays the official image."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from container import docker_cli
from container.docker_cli import docker
from e2e import curl, stand_in
from e2e.playbook import Checkout
from e2e.targets import Target

# Far below every bound of the product's own waits; a cold run takes half of it on a slow machine.
_AT_ONCE_S = 100
_EXIT_CODE = 3


@pytest.fixture
def name() -> Iterator[str]:
    name = docker_cli.new_name()
    yield name
    docker_cli.remove(name)


@pytest.fixture
def checkout(tmp_path: Path, name: str) -> Checkout:
    return stand_in.checkout_for(tmp_path / "checkout", name)


def test_containers_that_exit_are_reported_at_once_with_their_last_words(
    tmp_path: Path, name: str
) -> None:
    built, other = stand_in.images(), docker_cli.new_name()
    checkout = stand_in.checkout_for(tmp_path / "checkout", name)
    script = f"echo LAST-WORDS-OF-%s; exit {_EXIT_CODE}"
    database = stand_in.broken(name, built.db, script % "THE-DATABASE")
    web = stand_in.broken(name, built.web, script % "MAUTIC")
    variables = {"mautic_image", "mautic_db_image", "mautic_instance", "mautic_url"}
    common = {n: checkout.variables.pop(n) for n in variables}
    url = f"http://localhost:{docker_cli.free_port()}"
    hosts = {
        "database": common | {"mautic_db_image": database, "app_env_path": ".env.database"},
        "web": common
        | {"mautic_image": web, "mautic_instance": other, "mautic_url": url}
        | {"app_env_path": ".env.web"},
    }
    inventory = tmp_path / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
    started = time.monotonic()
    try:
        answer = checkout.play("-i", str(inventory)).refused()
    finally:
        docker_cli.remove(other)
    assert time.monotonic() - started < _AT_ONCE_S, answer.output
    expected = {
        "database": (f"{name}-db", "LAST-WORDS-OF-THE-DATABASE"),
        "web": (f"{other}-web", "LAST-WORDS-OF-MAUTIC"),
    }
    for host, (container, words) in expected.items():
        failure = answer.failures[host]
        assert failure["code"] == 12
        assert f"start the container {container}" in failure["msg"]
        assert f"exit code {_EXIT_CODE}" in failure["msg"]
        assert words in failure["log"]
        assert not (checkout.root / f".env.{host}").exists()


@pytest.mark.parametrize("target", stand_in.STAND_IN_AND_REAL)
def test_a_lost_configuration_never_costs_the_data_in_the_database(
    target: Target | None, tmp_path: Path
) -> None:
    with stand_in.prepared(tmp_path / "checkout", target) as checkout:
        _lose_the_configuration(checkout)


def _lose_the_configuration(checkout: Checkout) -> None:
    name = str(checkout.variables["mautic_instance"])
    checkout.play().ok()
    env = _env(checkout)
    curl.new_contact(env, "kept@example.com")
    docker("rm", "--force", f"{name}-web", f"{name}-cron", f"{name}-worker")
    docker("volume", "rm", f"{name}-config")
    rows = _contacts(name)
    failure = checkout.play().refused().failures["localhost"]
    assert failure["code"] == 13
    assert "expected an empty database" in failure["msg"]
    assert "the configuration is gone" in failure["msg"]
    assert f"Bring the volume {name}-config back from a backup" in failure["msg"]
    assert _contacts(name) == rows == "1"
    assert _env(checkout) == env


def test_images_come_from_an_archive_and_lost_secrets_are_said_where_only_the_data_is_left(
    checkout: Checkout, name: str, tmp_path: Path
) -> None:
    built = stand_in.images()
    tags = {"mautic_image": f"{name}:web", "mautic_db_image": f"{name}:db"}
    docker("tag", built.web, tags["mautic_image"])
    docker("tag", built.db, tags["mautic_db_image"])
    archive = tmp_path / "images.tar"
    docker("save", "--output", str(archive), *tags.values())
    docker("image", "rm", *tags.values())
    checkout.variables |= tags | {"mautic_image_archive": str(archive)}
    answer = checkout.play("--tags", "mautic_container", "--diff").ok()
    answer.says(*(f"image {image}: absent -> loaded" for image in tags.values()))
    assert docker("inspect", "--format", "{{.Config.Image}}", f"{name}-web") == f"{name}:web"

    docker("rm", "--force", *docker_cli.labelled("container", name))
    for file in (secrets := checkout.root / ".secrets" / name).iterdir():
        file.unlink()
    failure = checkout.play().refused().failures["localhost"]
    assert failure["code"] == 33
    assert f"find the database passwords of {name}" in failure["msg"]
    assert f"Restore {secrets} from a backup" in failure["msg"]
    assert docker_cli.labelled("container", name) == []


def _contacts(name: str) -> str:
    client = 'MYSQL_PWD="$MYSQL_PASSWORD" mariadb -h127.0.0.1 -umautic -N -B mautic'
    sql = "SELECT COUNT(*) FROM leads"
    return docker("exec", "--interactive", f"{name}-db", "sh", "-c", client, stdin=sql)


def _env(checkout: Checkout) -> dict[str, str]:
    lines = checkout.env.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)
