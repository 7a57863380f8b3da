"""Names for what a test makes in the engine, removed when it is over, and the stand-in's images."""

from collections.abc import Iterator

import pytest

from container import docker_cli
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.rehearsal.image import RehearsalImages, build_images


@pytest.fixture(scope="session", autouse=True)
def _leftovers() -> None:
    docker_cli.sweep()


@pytest.fixture(scope="session")
def images() -> RehearsalImages:
    """The stand-in's images, built if they are not here yet."""
    return build_images("7.0", Progress())


@pytest.fixture
def name() -> Iterator[str]:
    """A name of this test's own; what bears it as a label goes with it."""
    name = docker_cli.new_name()
    yield name
    docker_cli.remove(name)
