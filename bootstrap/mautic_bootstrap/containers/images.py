"""Getting images: already there, from an archive, from a registry; and saying why not."""

from pathlib import Path
from typing import Literal

from mautic_bootstrap.containers.engine import Engine
from mautic_bootstrap.errors import ContainerError, RegistryUnreachableError

# What the engine says when no registry answers at all (Docker Engine 20.10 to 28; containerd, Go's net).
_UNREACHABLE = (
    "no such host",
    "temporary failure in name resolution",
    "server misbehaving",
    "network is unreachable",
    "no route to host",
    "connection refused",
    "i/o timeout",
    "tls handshake timeout",
    "request canceled while waiting for connection",
    "context deadline exceeded",
    "proxyconnect tcp",
)
# These answers came from a registry, whatever else the text says.
_ANSWERED = (
    "denied",
    "unauthorized",
    "toomanyrequests",
    "rate limit",
    "manifest unknown",
    "not found",
)


def get(engine: Engine, image: str, archive: Path | None) -> Literal["loaded", "pulled"]:
    """Get an image that the engine does not have.

    Args:
        engine: The container engine.
        image: The image's name.
        archive: A `docker save` file to look in first.

    Raises:
        RegistryUnreachableError: No registry answers at all.
        ContainerError: A registry answered, but not with the image; or the disk is full, or the archive bad.
    """
    if archive is not None:
        if engine.inspect([], [image]).images:
            return "loaded"  # just now, together with the other image
        refusal = engine.load(str(archive))
        if refusal:
            raise ContainerError(
                f"load {archive}",
                expected="an archive made by `docker save`",
                seen=_last_line(refusal),
                hint="Check mautic_image_archive and the free disk space.",
            )
        if engine.inspect([], [image]).images:
            return "loaded"
    refusal = engine.pull(image)
    if refusal:
        raise _refused(image, refusal)
    return "pulled"


def planned(engine: Engine, image: str, archive: Path | None) -> Literal["loaded", "pulled"]:
    """Say how `get` would get an image, without getting it: a registry is only asked for its manifest.

    Raises:
        RegistryUnreachableError: No registry answers at all.
        ContainerError: A registry answered, but not with the image.
    """
    if archive is not None:
        return "loaded"  # whether the image is in it shows when it is loaded
    refusal = engine.ask_registry(image)
    if refusal:
        raise _refused(image, refusal)
    return "pulled"


def _refused(image: str, refusal: str) -> ContainerError:
    attempted = f"get the image {image}"
    if is_unreachable(refusal):
        return RegistryUnreachableError(
            attempted,
            expected="it on this machine, in mautic_image_archive, or from a registry",
            seen=f"no registry that answers ({_last_line(refusal)})",
            hint="Three ways out: `docker load` the image here; name a `docker save` file in"
            " mautic_image_archive; or try the whole path against a stand-in with"
            " `-e mautic_fallback=rehearsal`.",
        )
    return ContainerError(
        attempted,
        expected="the registry to hand it over",
        seen=_last_line(refusal),
        hint="Check mautic_image and mautic_db_image, `docker login`, and the free disk space.",
    )


def is_unreachable(refusal: str) -> bool:
    """Say whether the engine's refusal means that no registry answered at all."""
    text = refusal.lower()
    return any(sign in text for sign in _UNREACHABLE) and not any(
        sign in text for sign in _ANSWERED
    )


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1][:300] if text.strip() else "no reason given"
