"""The `docker` command line as the tests use it, and the removal of whatever they made.

Every test instance is named `mbt-<machine>-<pytest's pid>-<n>`: what a killed run left behind is known by it.
"""

import hashlib
import itertools
import os
import re
import socket
import subprocess
from pathlib import Path

from mautic_bootstrap.containers.topology import LABEL_INSTANCE

LABEL_TEST = "mautic-bootstrap-test"
"""On what the tests make themselves, beside what the playbook makes; its value is the test instance."""

_MACHINE = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:4]
_NAME = re.compile(rf"mbt-{_MACHINE}-(?P<pid>\d+)-\d+(-rehearsal)?")
_numbers = itertools.count(1)


def docker(*arguments: str, stdin: str = "", check: bool = True) -> str:
    """Run a docker command and return its standard output, stripped."""
    done = subprocess.run(
        ["docker", *arguments], input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 or not check, f"docker {' '.join(arguments)}:\n{done.stderr}"
    return done.stdout.strip()


def new_name() -> str:
    """Return an instance name that no other test, process or machine uses."""
    return f"mbt-{_MACHINE}-{os.getpid()}-{next(_numbers)}"


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def labelled(kind: str, name: str, *, label: str = LABEL_INSTANCE) -> list[str]:
    """Return the names of an instance's containers, networks or volumes, sorted.

    Args:
        kind: `container`, `network` or `volume`.
        name: The value of the label.
        label: The label.
    """
    every = ["--all"] if kind == "container" else []
    column = "{{.Names}}" if kind == "container" else "{{.Name}}"
    wanted = f"label={label}={name}"
    return sorted(docker(kind, "ls", *every, "--filter", wanted, "--format", column).split())


def everything(name: str) -> list[str]:
    """Return the names of all that an instance and its rehearsal are made of."""
    return [
        found
        for kind in ("container", "network", "volume")
        for instance in (name, f"{name}-rehearsal")
        for found in labelled(kind, instance)
    ]


def remove(name: str) -> None:
    """Remove everything of a test instance and of its rehearsal, whoever made it; of images their names `<name>:…`."""
    for label in (
        f"{LABEL_INSTANCE}={name}",
        f"{LABEL_INSTANCE}={name}-rehearsal",
        f"{LABEL_TEST}={name}",
    ):
        wanted = ["--quiet", "--filter", f"label={label}"]
        for ls, rm in (
            (["container", "ls", "--all"], ["container", "rm", "--force", "--volumes"]),
            (["network", "ls"], ["network", "rm"]),
            (["volume", "ls"], ["volume", "rm", "--force"]),
        ):
            found = docker(*ls, *wanted).split()
            if found:
                docker(*rm, *found)
    images = _images(name)
    if images:
        docker("image", "rm", *images)


def sweep() -> None:
    """Remove what test runs left that were killed before they could clean up."""
    names = {image.partition(":")[0] for image in _images("mbt-*")}
    for kind in ("container", "network", "volume"):
        every = ["--all"] if kind == "container" else []
        for label in (LABEL_INSTANCE, LABEL_TEST):
            ids = docker(kind, "ls", "--quiet", *every, "--filter", f"label={label}").split()
            path = ".Config.Labels" if kind == "container" else ".Labels"
            template = f'{{{{index {path} "{label}"}}}}'
            if ids:
                # What another run removes meanwhile is no error.
                found = docker(kind, "inspect", "--format", template, *ids, check=False)
                names |= set(found.split())
    for name in names:
        owner = _NAME.fullmatch(name)
        if owner and not _is_running(int(owner["pid"])):
            remove(name.removesuffix("-rehearsal"))


def _images(repository: str) -> list[str]:
    named = ("--format", "{{.Repository}}:{{.Tag}}")
    return docker("image", "ls", "--filter", f"reference={repository}", *named).split()


def _is_running(pid: int) -> bool:
    try:
        return b"pytest" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
