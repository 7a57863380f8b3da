"""What a managed Mautic consists of, and whether what runs is that."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from mautic_bootstrap.containers.snapshot import Snapshot
from mautic_bootstrap.variables import Variables

BACKGROUND_ROLES = ("cron", "worker")
LABEL_INSTANCE = "mautic-bootstrap.instance"
LABEL_FINGERPRINT = "mautic-bootstrap.fingerprint"
LABEL_PHONE_HOME = "mautic-bootstrap.phone-home"

# Raise it whenever the role's container definitions change, so that existing containers are made anew.
_DEFINITION = 1


@dataclass(frozen=True)
class Topology:
    """The names of everything an instance is made of."""

    instance: str
    background: tuple[str, ...]

    @classmethod
    def of(cls, variables: Variables) -> "Topology":
        """Return the topology the variables ask for."""
        return cls(variables.mautic_instance, variables.mautic_background_roles)

    @property
    def database(self) -> str:
        """The database container, and the volume of its data."""
        return f"{self.instance}-db"

    @property
    def web(self) -> str:
        """The web container."""
        return f"{self.instance}-web"

    @property
    def network(self) -> str:
        """The network they share."""
        return self.instance

    @property
    def containers(self) -> tuple[str, ...]:
        """Every container, in the order in which they start."""
        return (self.database, self.web, *(f"{self.instance}-{role}" for role in self.background))

    @property
    def unwanted(self) -> tuple[str, ...]:
        """Background containers that an earlier run may have made and this one does not want."""
        return tuple(
            f"{self.instance}-{role}" for role in BACKGROUND_ROLES if role not in self.background
        )

    @property
    def volumes(self) -> tuple[str, ...]:
        """Every named volume; all but the last hold what cannot be made again."""
        parts = ("db", "config", "media-files", "media-images", "logs")
        return tuple(f"{self.instance}-{part}" for part in parts)


@dataclass(frozen=True)
class Fingerprints:
    """Short hashes of everything that shapes the containers but secrets; each bears its own as a label."""

    database: str
    mautic: str
    """That of web, cron and worker; what changes them leaves the database running."""

    @classmethod
    def of(
        cls, variables: Variables, images: dict[str, str], *, phone_home_blocked: bool
    ) -> "Fingerprints":
        """Return the fingerprints that containers of today's variables bear.

        Args:
            variables: The public variables.
            images: Image name to id, as the engine has them.
            phone_home_blocked: Whether Mautic's own outbound names lead nowhere.
        """
        published = [variables.mautic_bind_address, variables.port]
        return cls(
            database=_short_hash([images.get(variables.mautic_db_image)]),
            mautic=_short_hash([images.get(variables.mautic_image), published, phone_home_blocked]),
        )


def _short_hash(shape: list[object]) -> str:
    return hashlib.sha256(json.dumps([_DEFINITION, *shape]).encode()).hexdigest()[:16]


def is_ours(labels: Mapping[str, str], instance: str) -> bool:
    """Say whether what bears these labels was made by this project for this instance."""
    return labels.get(LABEL_INSTANCE) == instance


def strangers(topology: Topology, snapshot: Snapshot) -> list[str]:
    """Return everything that bears a name of the instance but was not made by this project for it."""
    labels = {f"container {name}": found.labels for name, found in snapshot.containers.items()}
    labels |= {f"network {name}": found for name, found in snapshot.networks.items()}
    return [thing for thing, found in labels.items() if not is_ours(found, topology.instance)]


def differences(topology: Topology, snapshot: Snapshot, wanted: Fingerprints) -> list[str]:
    """Say how the containers differ from what is wanted, one line each; empty when they do not.

    Args:
        topology: The names wanted.
        snapshot: What the engine has.
        wanted: The fingerprints of today's variables.
    """
    lines = []
    for name in topology.containers:
        container = snapshot.containers.get(name)
        if container is None:
            lines.append(f"container {name}: absent -> running")
        elif container.labels.get(LABEL_FINGERPRINT) != (
            wanted.database if name == topology.database else wanted.mautic
        ):
            lines.append(
                f"container {name}: made from other settings or another image -> made anew"
            )
        elif container.status != "running":
            lines.append(f"container {name}: {container.status} -> running")
        elif container.health == "unhealthy":
            lines.append(f"container {name}: unhealthy -> healthy")
    for name in topology.unwanted:
        container = snapshot.containers.get(name)
        if container is not None and is_ours(container.labels, topology.instance):
            lines.append(f"container {name}: {container.status} -> absent")
    return lines
