"""A machine whose every secret is a marker, and all that is printed, left and told of it."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from container import docker_cli
from e2e.canary import Canary
from e2e.mautic import Mautic
from e2e.playbook import Answer, Checkout
from e2e.recorder import Recorder

LOUD = ("-vvvv", "--diff")


@dataclass
class Trial:
    """A machine whose every secret is a marker, and all that was seen of it."""

    name: str
    checkout: Checkout
    home: Path
    recorder: Recorder
    canary: Canary
    admin_password: str
    outputs: dict[str, str] = field(default_factory=dict)
    """Everything printed, by what was done; logs of containers among it."""

    def play(
        self, what: str, *arguments: str, playbook: str = "bootstrap.yml", **variables: object
    ) -> Answer:
        """Run a playbook as loudly as it goes, and keep what it says; its browsers leave traces."""
        return self.say(
            what,
            self.checkout.play(
                *LOUD,
                *arguments,
                playbook=playbook,
                timeout_s=600,
                environment=None,
                **{"mautic_browser_trace": True, **variables},
            ),
        )

    def rotate(self, what: str, *arguments: str, **variables: object) -> Answer:
        """Replace credentials, and look for the new ones from then on."""
        answer = self.play(what, *arguments, playbook="playbooks/rotate.yml", **variables)
        secrets = self.checkout.root / ".secrets" / self.name / "admin_password"
        self.canary.add(f"admin password, {what}", secrets.read_text())
        for name in ("MAUTIC_CLIENT_SECRET", "MAUTIC_TOKEN_CACHE_KEY"):
            if value := self.env().get(name):
                self.canary.add(f"{name}, {what}", value)
        return answer

    @property
    def evidence(self) -> list[Path]:
        """What browsers have left so far."""
        return sorted((self.checkout.root / ".evidence").glob("*"))

    def say(self, what: str, answer: Answer) -> Answer:
        """Keep an answer."""
        self.outputs[what] = answer.output
        return answer

    def keep_logs(self) -> None:
        """Keep what the containers logged."""
        for container in docker_cli.labelled("container", self.name):
            done = subprocess.run(["docker", "logs", container], capture_output=True, check=True)
            self.outputs[f"log of {container}"] = str(done.stdout + done.stderr)

    def env(self) -> dict[str, str]:
        """Return what `.env` holds."""
        return Mautic.read(self.checkout.env)


def without_variables(inspected: str) -> tuple[str, list[tuple[str, str]]]:
    """Return what the engine tells of containers without the variables of their environment, and those."""
    things = json.loads(inspected)
    variables: list[tuple[str, str]] = []
    for thing in things:
        for setting in (thing.get("Config") or {}).pop("Env", None) or []:
            name, _, value = setting.partition("=")
            variables.append((name, value))
    return json.dumps(things), variables
