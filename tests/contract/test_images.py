"""The rehearsal's images behave as the official ones where a playbook can tell the difference.

Source: the entrypoint of mautic/docker-mautic, MariaDB's image, fact sheet 2.
"""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from container import docker_cli
from container.docker_cli import docker
from contract.targets import ADMIN_EMAIL, ADMIN_PASSWORD
from mautic_bootstrap.containers.engine import Engine, exec_argv
from mautic_bootstrap.errors import ContainerError
from mautic_bootstrap.install.console import Console
from mautic_bootstrap.install.database import CLIENT
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.rehearsal.image import RehearsalImages, build_images

pytestmark = pytest.mark.container

_PASSWORD = "x9-Database_Password"
_LIMIT_S = 30.0


@pytest.fixture(scope="module")
def images() -> RehearsalImages:
    try:
        Engine().inspect([], ["scratch"])
    except ContainerError as exc:
        pytest.skip(exc.sentence())
    return build_images("7.0", Progress())


@pytest.fixture
def name() -> Iterator[str]:
    """The name of a test instance; what bears its label is removed afterwards."""
    given = docker_cli.new_name()
    yield given
    docker_cli.remove(given)


class Instance:
    """A database and a web container of the rehearsal, on a network of their own."""

    def __init__(self, name: str, images: RehearsalImages) -> None:
        self.web, self.database = f"{name}-web", f"{name}-db"
        self.url = f"http://127.0.0.1:{docker_cli.free_port()}"
        self._label = f"--label={docker_cli.LABEL_TEST}={name}"
        self._network = name
        self._images = images
        docker("network", "create", self._label, name)
        docker("volume", "create", self._label, self.database)
        docker("volume", "create", self._label, f"{name}-config")
        self.start_database(_PASSWORD)
        port = self.url.rpartition(":")[2]
        environment = {
            "MAUTIC_DB_HOST": self.database,
            "MAUTIC_DB_DATABASE": "mautic",
            "MAUTIC_DB_USER": "mautic",
            "MAUTIC_DB_PASSWORD": _PASSWORD,
        }
        options = [f"-p127.0.0.1:{port}:80", f"-v{name}-config:/var/www/html/config"]
        self._run(self.web, images.web, environment, *options)

    def start_database(self, password: str) -> None:
        """Start the database container on its volume, with this password in the environment."""
        environment = {
            "MYSQL_ROOT_PASSWORD": f"root-{password}",
            "MYSQL_DATABASE": "mautic",
            "MYSQL_USER": "mautic",
            "MYSQL_PASSWORD": password,
        }
        volume = f"-v{self.database}:/var/lib/mysql"
        self._run(self.database, self._images.db, environment, volume)

    def _run(self, name: str, image: str, environment: dict[str, str], *options: str) -> None:
        pairs = [f"-e{key}={value}" for key, value in environment.items()]
        start = ["run", "--detach", self._label, f"--network={self._network}", f"--name={name}"]
        docker(*start, *pairs, *options, image)

    def install(self) -> None:
        admin = [f"--admin_email={ADMIN_EMAIL}", f"--admin_password={ADMIN_PASSWORD}"]
        force = ["--force", "--no-interaction", "--db_backup_tables=true"]
        console = Console(exec_argv(self.web), Redactor())
        answer = console.run(["mautic:install", self.url, *force, *admin], timeout_s=_LIMIT_S)
        assert "Install complete" in answer.output

    def status(self) -> int:
        """Return the login page's status; 0 where nothing answers."""
        try:
            return httpx.get(f"{self.url}/s/login").status_code
        except httpx.TransportError:
            return 0

    def healthy(self) -> bool:
        """Run PHP as a health check does."""
        return docker("exec", self.web, "sh", "-c", "php -r x && echo yes || echo no") == "yes"


def _wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _LIMIT_S
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture
def instance(name: str, images: RehearsalImages) -> Instance:
    """An instance that answers with its installer."""
    started = Instance(name, images)
    _wait(lambda: started.status() == 302)
    return started


def test_installer_is_still_there_for_a_moment_after_the_installation(instance: Instance) -> None:
    assert instance.status() == 302
    instance.install()
    _wait(lambda: instance.status() == 200)


def test_installed_instance_migrates_before_it_answers_again(instance: Instance) -> None:
    instance.install()
    docker("restart", "--time=5", instance.web)
    assert instance.status() == 0
    _wait(lambda: instance.status() == 200)
    log = Engine().log_tail(instance.web)
    assert "[mautic_web]: Mautic is already installed, running migrations..." in log


def test_without_its_database_it_answers_500_and_is_unhealthy(instance: Instance) -> None:
    instance.install()
    _wait(lambda: instance.status() == 200)
    assert instance.healthy()
    docker("stop", "--time=5", instance.database)
    assert instance.status() == 500
    assert not instance.healthy()


def test_containers_end_at_once_when_told_to(instance: Instance) -> None:
    started = time.monotonic()
    docker("stop", "--time=20", instance.web, instance.database)
    assert time.monotonic() - started < 10
    codes = docker("inspect", "--format", "{{.State.ExitCode}}", instance.web, instance.database)
    assert codes.split() == ["0", "0"]


def test_database_keeps_the_password_of_its_first_start(instance: Instance) -> None:
    instance.install()
    docker("rm", "--force", instance.database)
    instance.start_database("another password")
    _wait(lambda: instance.status() == 200)
    command = f"echo 'SELECT 1' | {{ {CLIENT}; }} 2>&1"
    refused = docker("exec", instance.database, "sh", "-c", command, check=False)
    assert "ERROR 1045 (28000): Access denied for user 'mautic'" in refused


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ([], "ENV:MAUTIC_DB_PASSWORD is not set."),
        (["-eMYSQL_DATABASE=x"], "Please set the require environment variables"),
    ],
)
def test_web_container_without_its_variables_exits_with_1(
    name: str, images: RehearsalImages, environment: list[str], said: str
) -> None:
    label = f"--label={docker_cli.LABEL_TEST}={name}"
    docker("run", label, f"--name={name}", *environment, images.web, check=False)
    assert docker("inspect", "--format", "{{.State.ExitCode}}", name) == "1"
    assert said in Engine().log_tail(name)


def test_database_container_without_a_root_password_exits_with_1(
    name: str, images: RehearsalImages
) -> None:
    label = f"--label={docker_cli.LABEL_TEST}={name}"
    docker("run", label, f"--name={name}", images.db, check=False)
    assert docker("inspect", "--format", "{{.State.ExitCode}}", name) == "1"
    assert "Database is uninitialized and password option is not specified" in Engine().log_tail(
        name
    )


def test_images_that_are_there_are_not_built_again(images: RehearsalImages) -> None:
    said: list[str] = []
    assert build_images("7.0", Progress(said.append)) == images
    assert said == [f"  the rehearsal's images are there: {images.web}, {images.db}"]
