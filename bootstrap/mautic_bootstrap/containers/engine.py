"""The container engine, asked through the `docker` command line.

The command line honours whatever the person's own `docker` does (contexts, `DOCKER_HOST`, podman's
compatible program). Making containers is left to Ansible's community.docker; this is for looking, for logs,
for `exec` and for images.
"""

import json
import subprocess
from collections.abc import Sequence

from mautic_bootstrap.containers.snapshot import Snapshot, snapshot_of
from mautic_bootstrap.errors import ContainerError

_TIMEOUT_S = 60.0
# What the command line says instead of running a command (Docker 20.10, 28 and 29, in this order).
_ENGINE_AWAY = (
    "cannot connect to the docker daemon",
    "permission denied while trying to connect to the docker",
    "error during connect",
    "failed to connect to the docker api",
)


class Engine:
    """The `docker` command line."""

    def _run(
        self, argv: Sequence[str], *, stdin: str | None = None, timeout_s: float = _TIMEOUT_S
    ) -> subprocess.CompletedProcess[str]:
        attempted = f"run `docker {argv[0]}`"
        try:
            done = subprocess.run(
                ["docker", *argv],
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_s,
                check=False,
            )
        except OSError as exc:
            raise ContainerError(
                attempted,
                expected="the docker command",
                seen="none on PATH" if isinstance(exc, FileNotFoundError) else str(exc),
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
                seen=_last_line(done.stderr),
                hint="Start it (`make setup` does where nothing else would), give this user access to it,"
                " or use `-i inventory/existing` for a Mautic that already runs.",
            )
        return done

    def _answer(self, argv: Sequence[str], hint: str = "Run it by hand.") -> str:
        done = self._run(argv)
        if done.returncode:
            raise ContainerError(
                f"run `docker {' '.join(argv)}`",
                expected="the engine to do it",
                seen=_last_line(done.stderr),
                hint=hint,
            )
        return done.stdout

    def inspect(
        self, containers: Sequence[str], images: Sequence[str], networks: Sequence[str] = ()
    ) -> Snapshot:
        """Look at containers, images and networks with a single call.

        What does not exist is simply not in the answer.

        Raises:
            ContainerError: The engine cannot be reached or answers something else.
        """
        done = self._run(["inspect", *containers, *images, *networks])
        return snapshot_of(done.stdout, done.stderr, containers, images, networks)

    def address(self) -> str:
        """Return where the command line's engine is, be it by `DOCKER_HOST` or by a context; empty where it is silent."""
        done = self._run(["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"])
        return "" if done.returncode else done.stdout.strip()

    def volumes(self, names: Sequence[str]) -> list[str]:
        """Return which of the named volumes exist.

        Raises:
            ContainerError: The engine does not say.
        """
        found = self._answer(["volume", "ls", "--quiet"]).split()
        return [name for name in names if name in found]

    def labelled(self, kind: str, label: str) -> list[str]:
        """Return the names of all containers, networks or volumes that bear a label.

        Args:
            kind: `container`, `network` or `volume`.
            label: `name=value`.

        Raises:
            ContainerError: The engine does not say.
        """
        scope = ["--all"] if kind == "container" else []
        name = "{{.Names}}" if kind == "container" else "{{.Name}}"
        return self._answer(
            [kind, "ls", *scope, "--filter", f"label={label}", "--format", name]
        ).split()

    def remove(self, kind: str, names: Sequence[str]) -> None:
        """Remove containers (running ones too), networks or volumes by name.

        Raises:
            ContainerError: The engine refuses.
        """
        force = ["--force"] if kind == "container" else []
        self._answer(
            [kind, "rm", *force, *names],
            hint="Something else may still use it; look with `docker ps --all`.",
        )

    def start(self, containers: Sequence[str]) -> None:
        """Start containers that exist; fine for those that run.

        Raises:
            ContainerError: The engine refuses.
        """
        self._answer(
            ["container", "start", *containers],
            hint="Look at `docker ps --all` and `docker logs`.",
        )

    def environment(self, container: str) -> dict[str, str]:
        """Return a container's environment, secrets included; empty where there is no such container."""
        done = self._run(
            ["inspect", "--type", "container", "--format", "{{json .Config.Env}}", container]
        )
        pairs = (json.loads(done.stdout) if done.returncode == 0 else None) or []
        return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}

    def log_tail(self, container: str, lines: int = 25) -> str:
        """Return the last lines a container logged, both streams; empty where there is none."""
        done = self._run(["logs", "--tail", str(lines), container])
        return (done.stdout + done.stderr).strip() if done.returncode == 0 else ""

    def run_in(self, container: str, argv: Sequence[str], stdin: str) -> str:
        """Run a command inside a container and return its standard output.

        Raises:
            ContainerError: It ended with another exit code than 0.
        """
        done = self._run(["exec", "--interactive", container, *argv], stdin=stdin)
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
    return any(sign in stderr.lower() for sign in _ENGINE_AWAY)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]
