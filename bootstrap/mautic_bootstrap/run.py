"""What every stage of a run is given, and what it hands on."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from mautic_bootstrap.api.client import MauticClient
from mautic_bootstrap.api.credentials import Credentials
from mautic_bootstrap.api.retries import Retries
from mautic_bootstrap.containers.engine import Engine, exec_argv
from mautic_bootstrap.containers.topology import Topology
from mautic_bootstrap.install.probe import Probe, probe
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.secrets_store import SecretsStore
from mautic_bootstrap.sinks.record import PlaceRecord
from mautic_bootstrap.sinks.sink import Sink
from mautic_bootstrap.sinks.store import Place
from mautic_bootstrap.sinks.vault import Cipher
from mautic_bootstrap.variables import Variables

# A look that fails is answered by doing something about it.
ONCE = Retries(attempts=1)
SECRET_NAMES = ("admin_password", "admin_password.next", "db_password", "db_root_password")


class State(BaseModel):
    """What one stage tells the next; JSON through and through, and never a secret."""

    model_config = ConfigDict(extra="forbid")

    overrides: dict[str, Any] = {}
    """Variables that the rehearsal replaces: instance, URL, images, the path of `.env`."""
    rehearsal: bool = False
    settled: bool = False
    """Containers run as wanted and `.env` holds credentials that Mautic just accepted."""
    differences: list[str] = []
    """How the containers differ from what is wanted, one line each."""
    missing_images: list[str] = []
    fingerprints: dict[str, str] = {}
    """Of the database container and of Mautic's."""
    phone_home_blocked: bool = False
    installed: bool | None = None
    """None: not looked yet, or not to be seen before the containers run."""
    fresh: bool = False
    """This run installed it, so nobody has settings of their own there."""
    rotate: list[str] = []
    """What this run replaces by something new."""
    replaces: int | None = None
    """Number of the client that this run replaces, known to be the application's."""
    unfinished: bool = False
    """A rotation has left something to rename or to revoke."""
    client_in_env: bool = False
    """`.env` holds the very client that stage 4 found."""
    user_in_env: bool = False
    """`.env` holds a user who can log in and needs no new password."""
    timeline: list[tuple[str, float]] = []
    """Stage name and the seconds since the epoch at which it ended; the first is the start."""
    facts: dict[str, str] = {}
    """For the closing table: Mautic's version, the client's name and id."""

    @property
    def containers_current(self) -> bool:
        """The containers need nothing, or are none of our business."""
        return not self.differences and not self.missing_images

    def finished(self, stage: str) -> None:
        """Note that a stage has just ended; several tasks of one stage count as one."""
        if self.timeline and self.timeline[-1][0] == stage:
            self.timeline.pop()
        self.timeline.append((stage, time.time()))


@dataclass
class Run:
    """One host's run: its variables, where it keeps things, and whether it may change anything."""

    variables: Variables
    root: Path
    """The repository; relative paths of variables start here."""
    check: bool = False
    engine: Engine = field(default_factory=Engine)
    progress: Progress = field(default_factory=Progress)
    redactor: Redactor = field(default_factory=Redactor)
    cipher: Cipher | None = None
    """Ansible's vault; only what knows Ansible can hand it over."""

    def __post_init__(self) -> None:
        """Teach the redactor every secret that is known by now."""
        self.redactor.add(self.variables.admin_password())
        if self.variables.mautic_client_secret is not None:
            self.redactor.add(self.variables.mautic_client_secret.get_secret_value())
        for name in SECRET_NAMES:
            self.redactor.add(self.secrets.read(name))

    @property
    def secrets(self) -> SecretsStore:
        """The generated secrets of this instance."""
        return SecretsStore(self.root, self.variables.mautic_instance)

    @property
    def topology(self) -> Topology:
        """The names of this instance's containers and volumes."""
        return Topology.of(self.variables)

    @property
    def env_path(self) -> Path:
        """Where the application's `.env` is, absolute."""
        return self.root / self.variables.app_env_path.expanduser()

    @property
    def sink(self) -> Sink:
        """Where the application's credentials are read and written."""
        variables = self.variables
        place = None
        if variables.app_secret_sink != "env" and variables.app_secret_path is not None:  # noqa: S105  # no password
            path = self.root / variables.app_secret_path.expanduser()
            place = Place(variables.app_secret_sink, path)
        return Sink(self.env_path, PlaceRecord(self.secrets), self.cipher, place)

    @property
    def evidence_dir(self) -> Path:
        """Where screenshots of failures go."""
        return self.root / ".evidence"

    @property
    def console_argv(self) -> tuple[str, ...]:
        """The argv prefix that runs PHP in Mautic's project folder as its web user."""
        return self.variables.mautic_cli_argv or exec_argv(self.topology.web)

    def api_client(
        self, credentials: Credentials, *, url: str = "", retries: Retries = ONCE
    ) -> MauticClient:
        """Return a client of this run's Mautic, or of another; it shares no token and no budget with anybody."""
        return MauticClient(
            url or self.variables.mautic_url,
            credentials,
            user_agent=self.variables.app_user_agent,
            ca_bundle=self.variables.mautic_ca_bundle,
            redactor=self.redactor,
            retries=retries,
        )

    def probe(self) -> Probe:
        """Ask this run's Mautic once what state it is in."""
        return probe(
            self.variables.mautic_url,
            user_agent=self.variables.app_user_agent,
            ca_bundle=self.variables.mautic_ca_bundle,
        )

    def admin_password(self) -> str | None:
        """Return the admin's password: the variable's, else the one generated for this instance.

        A generated one is never sent to a Mautic that is not ours.
        """
        given = self.variables.admin_password()
        if given is not None or not self.variables.mautic_manage_containers:
            return given
        return self.secrets.read("admin_password")


@dataclass
class StageResult:
    """What a stage did, or in check mode would do."""

    state: State
    changed: bool = False
    before: str = ""
    after: str = ""
    """For `--diff`: texts with every secret masked."""
    message: str = ""
    warnings: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    """More for the playbook alone, such as names for the container tasks."""
