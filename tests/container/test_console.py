"""Mautic's console in its container, on the stand-in and on the real images that are here."""

import subprocess
import time

import pytest

from container.docker_cli import LABEL_TEST, docker
from lanes import MAUTIC_IMAGES, no_image
from mautic_bootstrap.containers.engine import exec_argv
from mautic_bootstrap.install.console import Console
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.rehearsal.image import RehearsalImages

_BUSY_S = 3
# Takes the lock that a console command takes, as one that a killed run left behind in the container would.
_HOLD = f"exec 9<bin/console; flock 9; echo locked; sleep {_BUSY_S}"


@pytest.fixture(params=["stand-in", *MAUTIC_IMAGES])
def container(request: pytest.FixtureRequest, name: str, images: RehearsalImages) -> str:
    """A container of the image in which nothing runs."""
    image = images.web if request.param == "stand-in" else request.param
    if missing := no_image(image):
        pytest.skip(missing)
    idle = ("--entrypoint", "sleep", "--network", "none")
    settings = ("--env", "MAUTIC_DB_HOST=none", "--env", "MAUTIC_DB_USER=x")
    more = ("--env", "MAUTIC_DB_PASSWORD=x", "--label", f"{LABEL_TEST}={name}")
    docker("run", "--detach", "--name", name, *idle, *settings, *more, image, "120")
    return name


def test_a_console_command_waits_for_one_that_still_runs(container: str) -> None:
    console = Console(exec_argv(container), Redactor())
    shell = ["docker", "exec", "--workdir", "/var/www/html", container, "sh", "-c", _HOLD]
    with subprocess.Popen(shell, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        started = time.monotonic()
        answer = console.run(["no:such:command"], timeout_s=60)
        assert other.wait() == 0
        waited_s = time.monotonic() - started
    assert waited_s > _BUSY_S - 0.5, answer.output
    assert "no:such" in answer.output
    assert answer.exit_code == 1
