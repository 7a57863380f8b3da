"""The stand-in's images as if they were the official ones: no rehearsal, a `.env`; and images that break."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from container import docker_cli
from container.docker_cli import docker
from e2e.mautic import seal
from e2e.playbook import Checkout
from e2e.targets import TARGETS, Target
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.rehearsal.image import RehearsalImages, build_images

STAND_IN_AND_REAL = (
    pytest.param(None, id="stand-in"),
    *(pytest.param(t, id=t.name, marks=pytest.mark.long) for t in TARGETS if t.image),
)
"""For a fixture's `params`: the stand-in's images, and each real one in `make test-long`."""


def images(version: str = "7.0") -> RehearsalImages:
    """Return the stand-in's images, built if they are not here yet."""
    return build_images(version, Progress())


def checkout_for(folder: Path, name: str, version: str = "7.0") -> Checkout:
    """Return a checkout whose runs make an instance of this name of the stand-in's images."""
    built = images(version)
    return Checkout.make(
        folder,
        mautic_instance=name,
        mautic_url=f"http://localhost:{docker_cli.free_port()}",
        mautic_image=built.web,
        mautic_db_image=built.db,
        mautic_block_phone_home=True,
    )


@contextmanager
def prepared(folder: Path, target: Target | None) -> Iterator[Checkout]:
    """Hand out a checkout whose runs make an instance of a real image, or of the stand-in's; remove it all."""
    if target is not None and target.obstacle:
        pytest.skip(target.obstacle)
    name = docker_cli.new_name()
    checkout = checkout_for(folder, name)
    try:
        if target is not None:
            checkout.variables |= target.variables
            seal(name)
        yield checkout
    finally:
        docker_cli.remove(name)


def broken(name: str, base: str, script: str) -> str:
    """Make an image that runs a shell script and nothing else.

    Args:
        name: The test instance it belongs to; it goes with `docker_cli.remove`.
        base: An image with a shell.
        script: What the container does.

    Returns:
        The image's name.
    """
    container = docker("create", "--label", f"{docker_cli.LABEL_TEST}={name}", base)
    image = f"{name}:broken-{container[:12]}"
    entrypoint = f"ENTRYPOINT {json.dumps(['/bin/sh', '-c', script])}"
    docker("commit", "--change", entrypoint, container, image)
    docker("rm", "--volumes", container)
    return image
