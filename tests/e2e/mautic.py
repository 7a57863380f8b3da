"""One Mautic of a target, with the checkout that bootstraps it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from container import docker_cli
from container.docker_cli import docker
from e2e.playbook import Answer, Checkout
from e2e.recorder import Recorder
from e2e.targets import Target
from mautic_bootstrap.containers import topology

BACKGROUND = ("cron", "worker")


@dataclass
class Mautic:
    """A Mautic that the playbook makes, on a port of its own."""

    target: Target
    checkout: Checkout
    recorder: Recorder
    """Sees every `docker` and every browser that a run starts."""

    name: str
    """`mautic_instance`."""

    last: Answer | None = None
    """What the last run said."""

    @property
    def instance(self) -> str:
        """The prefix of what the playbook makes."""
        return f"{self.name}-rehearsal" if self.target.is_rehearsal else self.name

    @property
    def containers(self) -> list[str]:
        """The names of the containers in the order in which they start."""
        return [f"{self.instance}-{part}" for part in ("db", "web", *BACKGROUND)]

    @property
    def web(self) -> str:
        """The web container."""
        return f"{self.instance}-web"

    @property
    def env_path(self) -> Path:
        """The file with the credentials."""
        return self.checkout.root / (".env.rehearsal" if self.target.is_rehearsal else ".env")

    @property
    def env(self) -> dict[str, str]:
        """What the file with the credentials holds."""
        return self.read(self.env_path)

    @staticmethod
    def read(path: Path) -> dict[str, str]:
        """Read a `.env` file as an application would."""
        return {name: value or "" for name, value in dotenv_values(path, interpolate=False).items()}

    @property
    def secrets(self) -> Path:
        """Where the generated secrets lie."""
        return self.checkout.root / ".secrets" / self.instance

    @property
    def admin_password(self) -> str:
        """The generated password of the admin."""
        return (self.secrets / "admin_password").read_text()

    @property
    def url(self) -> str:
        """The base URL, as the published port tells it."""
        port = docker("port", self.web, "80/tcp").rpartition(":")[2]
        return f"http://localhost:{port}"

    def play(self, *arguments: str, playbook: str = "bootstrap.yml", **variables: object) -> Answer:
        """Run a playbook, watched by a recorder that starts empty."""
        self.recorder.clear()
        self.last = self.checkout.play(
            *arguments, playbook=playbook, timeout_s=600, environment=None, **variables
        )
        return self.last

    def seal(self) -> None:
        """Give a real Mautic a network without a way out; the playbook takes it as its own."""
        if self.target.image:
            seal(self.name)

    def made(self) -> dict[str, object]:
        """Return what the engine has of this Mautic: containers with their start, networks, volumes."""
        names = docker_cli.labelled("container", self.instance)
        inspected = json.loads(docker("container", "inspect", *names)) if names else []
        return {
            "containers": {c["Name"]: (c["Id"], c["State"]["StartedAt"]) for c in inspected},
            "networks": docker_cli.labelled("network", self.instance),
            "volumes": docker_cli.labelled("volume", self.instance),
        }

    @contextmanager
    def requests(self) -> Iterator[list[str]]:
        """Collect what the web container was asked meanwhile, as "METHOD path", in order."""
        before = len(_access_log(self.web))
        collected: list[str] = []
        yield collected
        collected += _access_log(self.web)[before:]

    def remove(self) -> None:
        """Remove everything that was made."""
        docker_cli.remove(self.name)


def seal(instance: str) -> None:
    """Make an instance's network, without a way out; it bears the instance's label, so the playbook takes it."""
    way_out = "com.docker.network.bridge.enable_ip_masquerade=false"
    label = f"{topology.LABEL_INSTANCE}={instance}"
    docker("network", "create", "--opt", way_out, "--label", label, instance)


def _access_log(container: str) -> list[str]:
    """Return the requests in a web container's log (Apache's combined format), as "METHOD path"."""
    done = subprocess.run(["docker", "logs", container], capture_output=True, text=True, check=True)
    requests = [line.split('"')[1] for line in done.stdout.splitlines() if '" ' in line]
    return [request.rpartition(" ")[0] for request in requests if " HTTP/" in request]
