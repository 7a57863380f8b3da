"""What the engine has, at one moment: the answer to one `docker inspect`."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from mautic_bootstrap.errors import ContainerError

# Docker Engine 20.10 to 29; podman puts the name in quotes.
_NOT_FOUND = re.compile(r'no such object: "?([^\s"]+)', re.IGNORECASE)


@dataclass(frozen=True)
class Inspected:
    """What the engine says of one container; never its environment, which holds passwords."""

    name: str
    status: str
    """`running`, `exited`, `restarting`, `created`, `paused` or `dead`."""
    exit_code: int
    health: str
    """`starting`, `healthy`, `unhealthy`, or `none` where no health check is set."""
    restarts: int
    image: str
    """The image's name at the time the container was made."""
    image_id: str
    labels: dict[str, str]
    ports: tuple[int, ...]
    """Ports published on the host."""


@dataclass(frozen=True)
class Snapshot:
    """The answer to one `docker inspect`, by the names asked for; what is absent is not in it."""

    containers: dict[str, Inspected]
    images: dict[str, str]
    """Image name to image id."""
    networks: dict[str, dict[str, str]] = field(default_factory=dict)
    """Network name to its labels."""


def snapshot_of(
    stdout: str,
    stderr: str,
    containers: Sequence[str],
    images: Sequence[str],
    networks: Sequence[str],
) -> Snapshot:
    """Read what `docker inspect` said when it was asked for these names, in this order.

    It answers with whatever bears a name; a volume of a container's name counts as no container.

    Raises:
        ContainerError: The answer does not fit the names.
    """
    absent = set(_NOT_FOUND.findall(stderr))
    asked = [name for name in (*containers, *images, *networks) if name not in absent]
    try:
        answers = dict(zip(asked, json.loads(stdout or "[]"), strict=True))
    except ValueError:
        raise ContainerError(
            "look at the containers",
            expected="the engine's answer for each name",
            seen=stderr.strip()[-300:] or "an answer that fits no name",
            hint="Run `docker inspect` by hand.",
        ) from None
    return Snapshot(
        {n: _container(n, answers[n]) for n in containers if "State" in answers.get(n, {})},
        {n: str(answers[n]["Id"]) for n in images if "RootFS" in answers.get(n, {})},
        {n: dict(answers[n]["Labels"] or {}) for n in networks if "IPAM" in answers.get(n, {})},
    )


def _container(name: str, answer: dict[str, Any]) -> Inspected:
    state, config = answer["State"], answer.get("Config") or {}
    return Inspected(
        name=name,
        status=str(state.get("Status", "")),
        exit_code=int(state.get("ExitCode", 0)),
        health=str((state.get("Health") or {}).get("Status", "none")),
        restarts=int(answer.get("RestartCount", 0)),
        image=str(config.get("Image", "")),
        image_id=str(answer.get("Image", "")),
        labels=dict(config.get("Labels") or {}),
        ports=tuple(
            int(binding["HostPort"])
            for bindings in ((answer.get("HostConfig") or {}).get("PortBindings") or {}).values()
            for binding in bindings or []
            if str(binding.get("HostPort", "")).isdigit()
        ),
    )
