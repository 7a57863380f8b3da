"""Small stand-ins for what the stages reach out to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from pydantic import SecretStr

from mautic_bootstrap.admin.model import OAuth2Client, Outcome, Wish
from mautic_bootstrap.containers.engine import Engine
from mautic_bootstrap.containers.snapshot import Inspected, Snapshot
from mautic_bootstrap.containers.topology import LABEL_FINGERPRINT, LABEL_INSTANCE
from mautic_bootstrap.rights import words
from mautic_bootstrap.run import Run
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS

NewRun = Callable[..., Run]
AdminUi = Callable[[Outcome], list[tuple[Wish, bool]]]

RIGHTS = words(DEFAULT_PERMISSIONS)
"""What a kept client was asked to be able to do where the variables say nothing else."""

# The same examples every time, however slow the machine, and nothing left on the disk.
reproducible = settings(derandomize=True, deadline=None, database=None)


def container(name: str, **changes: Any) -> Inspected:
    """Return a container of the instance `mautic` that runs, changed as given."""
    labels = {LABEL_INSTANCE: "mautic", LABEL_FINGERPRINT: ""} | changes.pop("labels", {})
    made: dict[str, Any] = {
        "name": name,
        "status": "running",
        "exit_code": 0,
        "health": "healthy",
        "restarts": 0,
        "image": "",
        "image_id": "",
        "labels": labels,
        "ports": (),
    }
    return Inspected(**made | changes)


@dataclass
class FakeEngine(Engine):
    """An engine in memory; `calls` notes what it was asked to change, `looks` how often it was looked at."""

    containers: dict[str, Inspected] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    networks: dict[str, dict[str, str]] = field(default_factory=dict)
    existing_volumes: list[str] = field(default_factory=list)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)
    labels: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """What bears a label: kind and label to names."""
    log: str = ""
    archive: dict[str, str] = field(default_factory=dict)
    """The images that loading an archive brings."""
    refusal: str = ""
    """What a registry says instead of handing an image over."""
    load_refusal: str = ""
    rows: str = "0"
    """What the database answers."""
    calls: list[str] = field(default_factory=list)
    looks: int = 0

    def inspect(
        self, containers: Sequence[str], images: Sequence[str], networks: Sequence[str] = ()
    ) -> Snapshot:
        self.looks += 1
        return Snapshot(
            {name: self.containers[name] for name in containers if name in self.containers},
            {name: self.images[name] for name in images if name in self.images},
            {name: self.networks[name] for name in networks if name in self.networks},
        )

    def address(self) -> str:
        return "unix:///fake.sock"

    def volumes(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if name in self.existing_volumes]

    def labelled(self, kind: str, label: str) -> list[str]:
        return self.labels.get((kind, label), [])

    def remove(self, kind: str, names: Sequence[str]) -> None:
        self.calls.append(f"remove {kind} {' '.join(names)}")

    def start(self, containers: Sequence[str]) -> None:
        self.calls.append(f"start {' '.join(containers)}")

    def environment(self, container: str) -> dict[str, str]:
        return self.environments.get(container, {})

    def log_tail(self, container: str, lines: int = 25) -> str:
        return "\n".join(f"{container}: {line}" for line in self.log.splitlines()[-lines:])

    def run_in(self, container: str, argv: Sequence[str], stdin: str) -> str:
        self.calls.append(f"run in {container}: {argv[0]}: {stdin}")
        return self.rows if "COUNT" in stdin else "leads\nusers\n"

    def pull(self, image: str, *, timeout_s: float = 1800.0) -> str:
        assert timeout_s > 0
        self.calls.append(f"pull {image}")
        if not self.refusal:
            self.images[image] = f"sha256:{image}"
        return self.refusal

    def ask_registry(self, image: str) -> str:
        self.calls.append(f"ask for {image}")
        return self.refusal

    def load(self, archive: str, *, timeout_s: float = 900.0) -> str:
        assert timeout_s > 0
        self.calls.append(f"load {archive}")
        self.images |= self.archive
        return self.load_refusal


def outcome(**changes: Any) -> Outcome:
    """Return what the admin UI comes to where everything is as wanted, changed as given."""
    made: dict[str, Any] = {
        "mautic_version": "7.0.0",
        "changes": (),
        "adopted": True,
        "client": OAuth2Client(1, "app", "1_id", SecretStr("secret-1")),
        "also_changed": (),
    }
    return Outcome(**made | changes)
