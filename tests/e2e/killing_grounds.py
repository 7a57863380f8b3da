"""Where runs are killed: Mautics that are brought back in seconds to what they were before the first run."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from container import docker_cli
from container.docker_cli import docker
from e2e import curl, stand_in
from e2e.killing import Command, Workplace, workplace
from e2e.mautic import Mautic, seal
from e2e.playbook import Checkout
from e2e.targets import Target
from mautic_bootstrap.rehearsal.database import query
from mautic_bootstrap.rehearsal.server import RehearsalServer

_PASSWORD = "x1-Existing_Mautic"
_NAMES = {"clients": "oauth2_clients.name", "roles": "roles.name", "users": "users.username"}
# What a run may change, and what Mautic itself changes when somebody logs in.
_TABLES = {
    *("oauth2_clients", "oauth2_accesstokens", "oauth2_authcodes", "oauth2_refreshtokens"),
    *("oauth2_user_client_xref", "users", "roles", "permissions", "user_tokens", "audit_log"),
}
_CONFIGURATION = "/var/www/html/config/local.php"


class Ground(Protocol):
    """A Mautic, and the checkout whose runs are killed."""

    checkout: Checkout
    place: Workplace

    def fresh(self) -> None:
        """Bring everything back to what it was before the first run."""

    def command(self, **variables: object) -> Command:
        """Return a run."""

    def names(self, column: str) -> list[str]:
        """Return one column of Mautic's database, sorted."""


def census(ground: Ground) -> dict[str, object]:
    """Return what a run has brought about, as far as it is the same after each run that succeeds."""
    env = Mautic.read(ground.checkout.env)
    me = curl.get(env, "/api/users/self", curl.token(env))
    root = ground.checkout.root
    kept = {file.name for file in root.iterdir()} | {
        str(file.relative_to(root)) for file in (root / ".secrets").rglob("*")
    }
    return {
        **{what: ground.names(column) for what, column in _NAMES.items()},
        "variables": sorted(env),
        "admin": me.get("isAdmin", (me.get("role") or {}).get("isAdmin")),
        "files": sorted(kept - {".evidence"}),
        "containers": docker_cli.everything(str(ground.checkout.variables.get("mautic_instance"))),
    }


def _forget(ground: Ground) -> None:
    ground.checkout.env.unlink(missing_ok=True)
    shutil.rmtree(ground.checkout.root / ".secrets", ignore_errors=True)
    for file in ground.checkout.root.glob(".env*"):
        file.unlink()
    ground.place.clear()


def _existing(ground: Ground, url: str, password: str, **variables: object) -> Command:
    checkout = ground.checkout
    login = {"MAUTIC_URL": url, "MAUTIC_ADMIN_PASSWORD": password}
    argv = checkout.command("bootstrap.yml", "-i", "inventory/existing", **variables)
    return Command(argv, checkout.root, checkout.environ(ground.place.environment | login))


@dataclass
class InProcess:
    """The stand-in inside this process, as a Mautic that already runs."""

    version: str
    checkout: Checkout
    place: Workplace
    mautic: RehearsalServer = field(init=False)

    def __post_init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self.mautic = RehearsalServer(self.version)
        self.mautic.install("admin", _PASSWORD)
        self.mautic.__enter__()

    def close(self) -> None:
        self.mautic.__exit__(None, None, None)

    def fresh(self) -> None:
        self.close()
        self._start()
        _forget(self)

    def command(self, **variables: object) -> Command:
        return _existing(self, self.mautic.url, _PASSWORD, **variables)

    def names(self, column: str) -> list[str]:
        table, name = column.split(".")
        rows = query(self.mautic.site.database, f"SELECT {name} FROM {table}")  # noqa: S608  # our own names
        return sorted(row[name] for row in rows)


@dataclass
class Containers:
    """Nothing: the runs make the containers."""

    checkout: Checkout
    place: Workplace
    sealed: bool = False
    """Without a way out of their network."""

    @property
    def name(self) -> str:
        return str(self.checkout.variables["mautic_instance"])

    def fresh(self) -> None:
        docker_cli.remove(self.name)
        if self.sealed:
            seal(self.name)
        _forget(self)

    def command(self, **variables: object) -> Command:
        argv = self.checkout.command("bootstrap.yml", **variables)
        environment = self.checkout.environ(self.place.environment)
        return Command(argv, self.checkout.root, environment)

    def names(self, column: str) -> list[str]:
        return _select(self.name, column)


@dataclass
class Real:
    """A real Mautic in containers, as one that already runs: its tables and its configuration are put back."""

    target: Target
    checkout: Checkout
    place: Workplace
    name: str
    url: str
    password: str
    dump: Path

    def fresh(self) -> None:
        _mariadb(self.name, "mariadb", "mautic", stdin=self.dump.read_text())
        docker(
            "exec",
            f"{self.name}-web",
            "cp",
            "--preserve",
            f"{_CONFIGURATION}.before",
            _CONFIGURATION,
        )
        _forget(self)

    def command(self, **variables: object) -> Command:
        return _existing(self, self.url, self.password, **variables)

    def names(self, column: str) -> list[str]:
        return _select(self.name, column)


@contextmanager
def in_process(version: str, folder: Path) -> Iterator[InProcess]:
    """Hand out the stand-in inside this process."""
    with workplace() as place:
        ground = InProcess(version, Checkout.make(folder / "checkout"), place)
        try:
            yield ground
        finally:
            ground.close()


@contextmanager
def containers(what: str | Target, folder: Path) -> Iterator[Containers]:
    """Hand out a Mautic that the runs make: of the stand-in's images of a version, or of a real one."""
    if isinstance(what, Target) and what.obstacle:
        pytest.skip(what.obstacle)
    name = docker_cli.new_name()
    version = what if isinstance(what, str) else "7.0"
    checkout = stand_in.checkout_for(folder / "checkout", name, version)
    if isinstance(what, Target):
        checkout.variables |= what.variables | {"mautic_background_roles": []}
    try:
        with workplace() as place:
            yield Containers(checkout, place, sealed=isinstance(what, Target))
    finally:
        docker_cli.remove(name)


@contextmanager
def real(target: Target, folder: Path) -> Iterator[Real]:
    """Install a real Mautic, without a client, and hand it out."""
    if target.obstacle:
        pytest.skip(target.obstacle)
    name = docker_cli.new_name()
    maker = stand_in.checkout_for(folder / "maker", name)
    maker.variables |= target.variables | {"mautic_background_roles": []}
    try:
        seal(name)
        maker.play("--tags", "mautic_container,mautic_install").ok()
        dump = folder / "before.sql"
        dump.write_text(_mariadb(name, "mariadb-dump", "--add-drop-table", "mautic", *_there(name)))
        docker(
            "exec", f"{name}-web", "cp", "--preserve", _CONFIGURATION, f"{_CONFIGURATION}.before"
        )
        password = (maker.root / ".secrets" / name / "admin_password").read_text()
        with workplace() as place:
            checkout = Checkout.make(folder / "checkout")
            url = str(maker.variables["mautic_url"])
            yield Real(target, checkout, place, name, url, password, dump)
    finally:
        docker_cli.remove(name)


def _there(name: str) -> list[str]:
    """Return those of the tables that this version has."""
    found = _mariadb(name, "mariadb", "-N", "-B", "mautic", stdin="SHOW TABLES").split()
    return sorted(_TABLES.intersection(found))


def _select(name: str, column: str) -> list[str]:
    table, field_name = column.split(".")
    sql = f"SELECT {field_name} FROM {table}"  # noqa: S608  # our own names
    return sorted(_mariadb(name, "mariadb", "-N", "-B", "mautic", stdin=sql).splitlines())


def _mariadb(name: str, program: str, *arguments: str, stdin: str = "") -> str:
    shell = 'MYSQL_PWD="$MYSQL_PASSWORD" exec "$0" -h127.0.0.1 -umautic "$@"'
    argv = ("sh", "-c", shell, program, *arguments)
    return docker("exec", "--interactive", f"{name}-db", *argv, stdin=stdin)
