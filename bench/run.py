"""Measures how fast the playbook and the API client are, as ratios to what is measured beside them in the same run.

Seconds say more about the machine than about this project; a ratio of two things done in turn, A B A B, does
not. Each is printed as the median over the pairs with its extremes, beside its goal. A goal that is missed is
no error: this ends with 1 only if something could not be run.

The playbook is measured in a copy of the checkout, with containers, volumes and ports of its own, which go
afterwards; the client (`api_client.py`) on a local server.
"""

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import api_client
from mautic_bootstrap import variables
from mautic_bootstrap.containers.engine import Engine
from mautic_bootstrap.errors import BootstrapError
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.rehearsal.image import build_images
from mautic_bootstrap.stages.observe import PHONE_HOME_HOSTS

_ROOT = Path(__file__).parents[1]
_COPIED = (
    ".gitignore",
    "ansible.cfg",
    "bootstrap.yml",
    "bootstrap",
    "inventory",
    "playbooks",
    "roles",
)
_TIMEOUT_S = 900.0
_STAGE = re.compile(r"(\w+) ([\d.]+) s")
_ONE_TASK = """\
- name: Run one task
  hosts: all
  connection: local
  gather_facts: false
  tasks:
    - name: Say one thing
      ansible.builtin.debug:
        msg: one thing
"""


class CannotRunError(Exception):
    """Something to be measured did not work; the message says what and shows its last lines."""


@dataclass(frozen=True)
class Pair:
    """Two things done in turn: seconds of ours and of what it is compared to, and where they went."""

    ours: float
    theirs: float
    our_steps: dict[str, float]
    their_steps: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return both times."""
        return f"{self.ours:.1f} s against {self.theirs:.1f} s"


@dataclass
class Lab:
    """A copy of the checkout, and two instances that nothing else uses: the playbook's and the floor's."""

    folder: Path
    image: str
    database_image: str
    is_real: bool
    """The images are Mautic's and MariaDB's, not the rehearsal's."""
    instance: str
    port: int

    def play(self, playbook: str) -> tuple[float, str]:
        """Run a playbook as a person would; return the seconds it took and its output."""
        chosen = {
            "mautic_instance": self.instance,
            "mautic_url": f"http://localhost:{self.port}",
            "mautic_image": self.image,
            "mautic_db_image": self.database_image,
            "mautic_block_phone_home": True,
        }
        tool = Path(sys.executable).with_name("ansible-playbook")
        return self._run([str(tool), playbook, "--extra-vars", json.dumps(chosen)])

    def bootstrap(self) -> tuple[float, str]:
        """Make everything from nothing but the images; return as `play` does."""
        self.forget()
        _make_network(self.instance)
        return self.play("bootstrap.yml")

    def floor(self) -> dict[str, float]:
        """Go the bare way; return step name to seconds."""
        name = f"{self.instance}-floor"
        _make_network(name)
        argv = [sys.executable, str(_ROOT / "bench" / "floor.py"), f"--name={name}"]
        argv += [f"--port={_free_port()}", f"--image={self.image}"]
        argv += [f"--database-image={self.database_image}", "--blocked", *PHONE_HOME_HOSTS]
        try:
            _seconds, output = self._run(argv)
        finally:
            _remove(name)
        steps: dict[str, float] = json.loads(output.splitlines()[-1])
        return steps

    def forget(self) -> None:
        """Remove the playbook's instance and everything it wrote."""
        _remove(self.instance)
        (self.folder / ".env").unlink(missing_ok=True)
        shutil.rmtree(self.folder / ".secrets", ignore_errors=True)

    def _run(self, argv: Sequence[str]) -> tuple[float, str]:
        started = time.monotonic()
        done = subprocess.run(
            argv,
            cwd=self.folder,
            # The copy's package too: an edit while this measures would be half of two versions.
            env=os.environ | {"ANSIBLE_NOCOLOR": "1", "PYTHONPATH": str(self.folder / "bootstrap")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        seconds = time.monotonic() - started
        if done.returncode:
            tail = "\n".join(done.stdout.splitlines()[-25:])
            raise CannotRunError(f"{' '.join(argv[:2])} ended with {done.returncode}:\n{tail}")
        return seconds, done.stdout


def cold(lab: Lab) -> None:
    """Compare a run that makes everything with the shortest way to the same."""
    pairs: list[Pair] = []
    for _ in range(3):
        seconds, output = lab.bootstrap()
        lab.forget()  # its cron and workers would slow the floor down
        steps = lab.floor()
        pairs.append(Pair(seconds, sum(steps.values()), _stages(output), steps))
        print(f"  cold: {pairs[-1]}", file=sys.stderr, flush=True)
    # The stand-in starts in no time: beside it all the work that is not Mautic's looks large.
    goal = 2.0 if lab.is_real else None
    report("cold", "the playbook, from the images alone", "the bare floor", pairs, goal)


def no_change(lab: Lab) -> None:
    """Compare a run that has nothing to do with Ansible's own start and one task."""
    (lab.folder / "one-task.yml").write_text(_ONE_TASK)
    lab.bootstrap()
    pairs: list[Pair] = []
    for _ in range(7):
        seconds, output = lab.play("bootstrap.yml")
        if not re.search(r"changed=0 .*failed=0", output):
            raise CannotRunError(f"a second run was to change nothing:\n{output}")
        pairs.append(Pair(seconds, lab.play("one-task.yml")[0], _stages(output)))
        print(f"  no-change: {pairs[-1]}", file=sys.stderr, flush=True)
    report("no-change", "a settled run", "ansible-playbook with one debug task", pairs, 2.5)


def report(name: str, what: str, beside: str, pairs: Sequence[Pair], goal: float | None) -> None:
    """Print the ratio, its goal if it has one here, and the medians of the steps."""
    ratios = [pair.ours / pair.theirs for pair in pairs]
    ratio = statistics.median(ratios)
    verdict = "no goal on the stand-in"
    if goal is not None:
        verdict = f"goal {goal:g}x or less: {'met' if ratio <= goal else 'missed'}"
    spread = f"{min(ratios):.2f} to {max(ratios):.2f} over {len(ratios)} pairs"
    print(f"{name}: {ratio:.2f}x ({spread}); {verdict}")
    ours, theirs = [p.ours for p in pairs], [p.theirs for p in pairs]
    print(f"  {what}: {statistics.median(ours):.1f} s{_medians([p.our_steps for p in pairs])}")
    print(
        f"  {beside}: {statistics.median(theirs):.1f} s{_medians([p.their_steps for p in pairs])}"
    )


def _medians(steps: Sequence[dict[str, float]]) -> str:
    spans = [f"{n} {statistics.median(s[n] for s in steps):.1f} s" for n in steps[0]]
    return f" ({', '.join(spans)})" if spans else ""


PLAYBOOK: dict[str, Callable[[Lab], None]] = {"cold": cold, "no-change": no_change}
CLIENT: dict[str, Callable[[], None]] = {
    "client": api_client.overhead,
    "node": api_client.node,
    "hour": api_client.hour,
}


def _stages(output: str) -> dict[str, float]:
    """Return stage name to seconds, from the closing table."""
    time_row = next((line for line in output.splitlines() if line.startswith("Time ")), "")
    if not time_row:
        raise CannotRunError(f"the closing table has no row of times:\n{output}")
    return {name: float(seconds) for name, seconds in _STAGE.findall(time_row)}


def _images() -> tuple[str, str, bool]:
    """Return the images to measure, and whether they are real: else they are the rehearsal's."""
    wanted = variables.load({})
    names = (wanted.mautic_image, wanted.mautic_db_image)
    if len(Engine().inspect([], names).images) == len(names):
        print(f"Measured on {names[0]} with {names[1]}.")
        return *names, True
    built = build_images(wanted.mautic_rehearsal_version, Progress(print))
    print(f"{names[0]} is not here: measured on the rehearsal's stand-in, which is no Mautic.")
    return built.web, built.db, False


@contextmanager
def _lab() -> Iterator[Lab]:
    images = _images()
    with tempfile.TemporaryDirectory(prefix="mautic-bootstrap-bench-") as folder:
        for name in _COPIED:
            source, target = _ROOT / name, Path(folder) / name
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True)
            else:
                shutil.copy(source, target)
        # As in a real checkout, git is asked whether it would carry `.env` away.
        subprocess.run(["git", "init", "--quiet", folder], check=True)
        lab = Lab(Path(folder), *images, f"bench-{os.getpid()}", _free_port())
        try:
            yield lab
        finally:
            lab.forget()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _make_network(instance: str) -> None:
    """Make an instance's network before it is measured, without a way out of this machine."""
    _docker(
        *("network", "create", f"--label=mautic-bootstrap.instance={instance}"),
        "--opt=com.docker.network.bridge.enable_ip_masquerade=false",
        instance,
        check=True,
    )


def _remove(instance: str) -> None:
    """Remove an instance by its exact names; what is not there is fine."""
    _docker("rm", "--force", *(f"{instance}-{part}" for part in ("db", "web", "cron", "worker")))
    volumes = ("db", "config", "logs", "media-files", "media-images")
    _docker("volume", "rm", "--force", *(f"{instance}-{part}" for part in volumes))
    _docker("network", "rm", instance)


def _docker(*arguments: str, check: bool = False) -> None:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise CannotRunError(f"docker {' '.join(arguments)}: {done.stderr.strip()}")


def main() -> int:
    """Run the benches named, all by default; return the exit code."""
    every = [*CLIENT, *PLAYBOOK]
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"of {', '.join(every)}; all by default"
    )
    names = parser.parse_args().names or every
    if unknown := set(names) - set(every):
        parser.error(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(every)}")
    try:
        for name in names:
            if name in CLIENT:
                CLIENT[name]()
        if any(name in PLAYBOOK for name in names):
            with _lab() as lab:
                for name in names:
                    if name in PLAYBOOK:
                        PLAYBOOK[name](lab)
    except (CannotRunError, BootstrapError, subprocess.TimeoutExpired) as exc:
        print(f"Could not be measured: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
