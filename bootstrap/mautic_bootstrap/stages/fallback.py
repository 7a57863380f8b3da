"""Turning a run into a rehearsal: the whole path against the embedded stand-in, loudly and beside `.env`."""

import socket

from mautic_bootstrap.rehearsal.image import build_images, image_names
from mautic_bootstrap.run import Run, State
from mautic_bootstrap.variables import Variables

_BANNER = (
    "REHEARSAL: no image of Mautic is here and no registry answers, so the whole path runs against the",
    "REHEARSAL: embedded stand-in. It proves this machine and this playbook, not a Mautic.",
)

_OF_ANOTHER_MAUTIC = (
    "mautic_image_archive",
    "mautic_cli_argv",
    "mautic_client_id",
    "mautic_client_secret",
)


def switch(run: Run, state: State) -> list[str]:
    """Make `run` and `state` those of a rehearsal; return what had to be made, one line each.

    Side effects:
        Builds two images from Debian packages if they are not there yet; not in check mode.

    Raises:
        ContainerError: The images cannot be built here.
    """
    for line in _BANNER:
        run.progress.note(line)
    version = run.variables.mautic_rehearsal_version
    images = image_names(version)
    present = run.engine.inspect([], [images.web, images.db]).images
    made = [f"image {n}: absent -> built" for n in (images.web, images.db) if n not in present]
    if made and not run.check:
        build_images(version, run.progress)
    instance = f"{run.variables.mautic_instance}-rehearsal"
    secrets = run.variables.app_secret_path
    state.rehearsal = True
    state.overrides = {
        "mautic_instance": instance,
        "mautic_image": images.web,
        "mautic_db_image": images.db,
        "mautic_bind_address": "127.0.0.1",
        "mautic_url": f"http://localhost:{_port(run, instance)}",
        # What belongs to the Mautic that could not be had is of no use here, or would reach into another one.
        **dict.fromkeys(_OF_ANOTHER_MAUTIC),
        "app_env_path": str(run.env_path) + ".rehearsal",
        "app_secret_path": secrets and f"{secrets}.rehearsal",
    }
    run.variables = Variables.model_validate(run.variables.model_dump() | state.overrides)
    return made


def _port(run: Run, instance: str) -> int:
    """Return the port an earlier rehearsal was published on, else a free one."""
    name = f"{instance}-web"
    web = run.engine.inspect([name], []).containers.get(name)
    if web is not None and web.ports:
        return web.ports[0]
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
