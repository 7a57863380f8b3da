"""The container engine, asked through the `docker` command line.

The command line honours whatever the person's own `docker` does (contexts, `DOCKER_HOST`, podman's
compatible program). Making containers is left to Ansible's community.docker; this is for looking, for logs,
for `exec` and for images.
"""

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mautic_bootstrap.errors import ContainerError

_TIMEOUT_S = 60.0
_NOT_FOUND = re.compile(r"no such object: (\S+)", re.IGNORECASE)


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
    image_id: str
    labels: dict[str, str]
    volumes: tuple[str, ...]
    """Names of the volumes mounted."""
    ports: tuple[int, ...]
    """Ports published on the host."""


@dataclass(frozen=True)
class Snapshot:
    """The answer to one `docker inspect`: containers and images by the names asked for."""

    containers: dict[str, Inspected]
    images: dict[str, str]
    """Image name to image id; absent images are not in it."""


class Engine:
    """The `docker` command line."""

    def _run(
        self, argv: Sequence[str], *, stdin: bytes | None = None, timeout_s: float = _TIMEOUT_S
    ) -> subprocess.CompletedProcess[str]:
        attempted = f"run `docker {argv[0]}`"
        try:
            done = subprocess.run(
                ["docker", *argv],
                input=None if stdin is None else stdin.decode(),
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_s,
                check=False,
            )
        except FileNotFoundError:
            raise ContainerError(
                attempted,
                expected="the docker command",
                seen="none on PATH",
                hint="Install Docker Engine (Debian: `apt-get install docker.io`), run `make setup`, or"
                " use `-i inventory/existing` for a Mautic that already runs.",
            ) from None
        except subprocess.TimeoutExpired:
            raise ContainerError(
                attempted,
                expected="an answer",
                seen="none",
                hint="The engine hangs; look at its own log.",
                waited_s=timeout_s,
            ) from None
        if done.returncode and _engine_is_away(done.stderr):
            raise ContainerError(
                attempted,
                expected="a running Docker engine",
                seen=done.stderr.strip().splitlines()[-1],
                hint="Start it (`make setup` does where nothing else would), give this user access to it,"
                " or use `-i inventory/existing` for a Mautic that already runs.",
            )
        return done

    def inspect(self, containers: Sequence[str], images: Sequence[str]) -> Snapshot:
        """Look at containers and images with a single call.

        Names that do not exist are simply not in the answer. A volume or network that happens to bear a
        container's name does not count as one.

        Raises:
            ContainerError: The engine cannot be reached or answers something else.
        """
        asked = [*containers, *images]
        done = self._run(["inspect", *asked])
        absent = set(_NOT_FOUND.findall(done.stderr))
        try:
            found = json.loads(done.stdout or "[]")
            answers = dict(zip([n for n in asked if n not in absent], found, strict=True))
        except ValueError:
            raise ContainerError(
                "look at the containers",
                expected="the engine's answer for each name",
                seen=done.stderr.strip()[-300:] or "an answer that fits no name",
                hint="Run `docker inspect` by hand.",
            ) from None
        return Snapshot(
            {n: _container(n, answers[n]) for n in containers if "State" in answers.get(n, {})},
            {n: str(answers[n]["Id"]) for n in images if "RootFS" in answers.get(n, {})},
        )

    def volumes(self, names: Sequence[str]) -> list[str]:
        """Return which of the named volumes exist."""
        done = self._run(["volume", "ls", "--quiet"])
        return [name for name in names if name in done.stdout.split()]

    def labelled(self, kind: str, label: str) -> list[str]:
        """Return the names of all containers, networks or volumes that bear a label.

        Args:
            kind: `container`, `network` or `volume`.
            label: `name=value`.
        """
        scope = ["--all"] if kind == "container" else []
        name = "{{.Names}}" if kind == "container" else "{{.Name}}"
        done = self._run([kind, "ls", *scope, "--filter", f"label={label}", "--format", name])
        return done.stdout.split()

    def remove(self, kind: str, names: Sequence[str]) -> None:
        """Remove containers (running ones too), networks or volumes by name.

        Raises:
            ContainerError: The engine refuses.
        """
        force = ["--force"] if kind == "container" else []
        done = self._run([kind, "rm", *force, *names])
        if done.returncode:
            raise ContainerError(
                f"remove {kind} {', '.join(names)}",
                expected="the engine to remove it",
                seen=done.stderr.strip().splitlines()[-1],
                hint="Something else may still use it; look with `docker ps --all`.",
            )

    def environment(self, container: str) -> dict[str, str]:
        """Return a container's environment, secrets included; empty where there is no such container."""
        done = self._run(
            ["inspect", "--type", "container", "--format", "{{json .Config.Env}}", container]
        )
        pairs = json.loads(done.stdout) if done.returncode == 0 else []
        return dict(pair.split("=", 1) for pair in pairs)

    def log_tail(self, container: str, lines: int = 25) -> str:
        """Return the last lines a container logged, both streams; empty where there is none."""
        done = self._run(["logs", "--tail", str(lines), container])
        return (done.stdout + done.stderr).strip() if done.returncode == 0 else ""

    def run_in(self, container: str, argv: Sequence[str], stdin: str) -> str:
        """Run a command inside a container and return its standard output.

        Raises:
            ContainerError: It ended with another exit code than 0.
        """
        done = self._run(["exec", "--interactive", container, *argv], stdin=stdin.encode())
        if done.returncode:
            raise ContainerError(
                f"run a command in container {container}",
                expected="exit code 0",
                seen=f"{done.returncode}",
                hint="Look at the lines below.",
                log_tail=done.stderr.strip()[-1000:],
            )
        return done.stdout

    def pull(self, image: str, *, timeout_s: float = 1800.0) -> str:
        """Pull an image; return an empty text on success, else what the engine said."""
        done = self._run(["pull", "--quiet", image], timeout_s=timeout_s)
        return done.stderr.strip() or "no reason given" if done.returncode else ""

    def ask_registry(self, image: str) -> str:
        """Ask a registry for an image's manifest; return an empty text if it has it, else what was said."""
        done = self._run(["manifest", "inspect", image])
        return done.stderr.strip() or "no reason given" if done.returncode else ""

    def load(self, archive: str, *, timeout_s: float = 900.0) -> str:
        """Load a `docker save` archive; return an empty text on success, else what the engine said."""
        done = self._run(["load", "--quiet", "--input", archive], timeout_s=timeout_s)
        return done.stderr.strip() or "no reason given" if done.returncode else ""


def exec_argv(container: str) -> tuple[str, ...]:
    """Return the argv that runs PHP in the official image's project folder as its web user."""
    return (
        "docker",
        *("exec", "--interactive", "--user", "www-data", "--workdir", "/var/www/html"),
        container,
        "php",
    )


def _engine_is_away(stderr: str) -> bool:
    text = stderr.lower()
    return any(
        sign in text
        for sign in (
            "cannot connect to the docker daemon",
            "permission denied",
            "error during connect",
        )
    )


def _container(name: str, answer: dict[str, Any]) -> Inspected:
    state = answer["State"]
    return Inspected(
        name=name,
        status=str(state.get("Status", "")),
        exit_code=int(state.get("ExitCode", 0)),
        health=str((state.get("Health") or {}).get("Status", "none")),
        restarts=int(answer.get("RestartCount", 0)),
        image_id=str(answer.get("Image", "")),
        labels=dict((answer.get("Config") or {}).get("Labels") or {}),
        volumes=tuple(
            str(m["Name"]) for m in answer.get("Mounts") or [] if m.get("Type") == "volume"
        ),
        ports=tuple(
            int(binding["HostPort"])
            for bindings in ((answer.get("HostConfig") or {}).get("PortBindings") or {}).values()
            for binding in bindings or []
            if str(binding.get("HostPort", "")).isdigit()
        ),
    )
