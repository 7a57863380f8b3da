"""The stand-in's images under any name, as if they were the official ones; and images that break."""

import json

from container import docker_cli
from container.docker_cli import docker
from e2e.playbook import Checkout
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.rehearsal.image import RehearsalImages, build_images


def images(version: str = "7.0") -> RehearsalImages:
    """Return the stand-in's images, built if they are not here yet."""
    return build_images(version, Progress())


def broken(name: str, base: str, script: str) -> str:
    """Make an image that runs a shell script and nothing else.

    Args:
        name: The test instance it belongs to; it goes with `docker_cli.remove`.
        base: An image with a shell.
        script: What the container does.

    Returns:
        The image's name.
    """
    image = f"{name}-{abs(hash((base, script)))}:broken"
    container = docker("create", base)
    entrypoint = f"ENTRYPOINT {json.dumps(['/bin/sh', '-c', script])}"
    label = f"LABEL {docker_cli.LABEL_TEST}={name}"
    docker("commit", "--change", entrypoint, "--change", label, container, image)
    docker("rm", "--volumes", container)
    return image


def checkout_for(folder_checkout: Checkout, name: str, **variables: object) -> Checkout:
    """Let a checkout run the stand-in as a Mautic of its own, and not as a rehearsal."""
    built = images()
    folder_checkout.variables |= {
        "mautic_instance": name,
        "mautic_url": f"http://localhost:{docker_cli.free_port()}",
        "mautic_image": built.web,
        "mautic_db_image": built.db,
        "mautic_block_phone_home": True,
        **variables,
    }
    return folder_checkout
