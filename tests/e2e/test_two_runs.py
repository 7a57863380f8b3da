"""Two runs at once against one Mautic: on one machine one waits, from two machines one takes what the other has made."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e import curl
from e2e.killing_grounds import Ground, in_process, real
from e2e.mautic import Mautic
from e2e.playbook import Answer, Checkout
from e2e.targets import TARGETS, Target

_GROUNDS = (
    pytest.param("7.0", id="stand-in-7.0"),
    pytest.param("5.1", id="stand-in-5.1", marks=pytest.mark.long),
    *(pytest.param(t, id=t.name, marks=pytest.mark.long) for t in TARGETS if t.image),
)
_PATIENCE_S = 600


@dataclass(frozen=True)
class Machine:
    """A checkout and a state folder; by itself a host name, too."""

    checkout: Checkout
    state: Path
    hostname: str = ""
    """That of this machine if it is empty."""

    @contextmanager
    def running(self, ground: Ground) -> Iterator["subprocess.Popen[str]"]:
        """Start a run against the Mautic of a ground; it is killed if it has not ended by then."""
        command = ground.command()
        argv = self.checkout.command("bootstrap.yml", "-i", "inventory/existing")
        if self.hostname:
            rename = ["sh", "-c", 'hostname "$0" && exec "$@"', self.hostname]
            argv = ["unshare", "--uts", *rename, *argv]
        run = subprocess.Popen(
            argv,
            cwd=self.checkout.root,
            env={**command.environment, "XDG_STATE_HOME": str(self.state)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            with run:
                yield run
        finally:
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)

    @property
    def env(self) -> dict[str, str]:
        """What its `.env` holds."""
        return Mautic.read(self.checkout.env)


@pytest.fixture(params=_GROUNDS)
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    """A Mautic that already runs, without a client."""
    what: str | Target = request.param
    with in_process(what, tmp_path) if isinstance(what, str) else real(what, tmp_path) as ground:
        ground.fresh()
        yield ground


def _machine(ground: Ground, folder: Path, name: str, *, elsewhere: bool) -> Machine:
    checkout = Checkout.make(folder / name)
    if elsewhere:
        return Machine(checkout, folder / f"{name}.state", name)
    return Machine(checkout, folder / "state")


@pytest.mark.parametrize(
    "lead_s", [3.0, *(pytest.param(lead, marks=pytest.mark.long) for lead in (0.0, 1.5, 4.5, 6.0))]
)
def test_two_machines_at_once_end_with_one_client(
    ground: Ground, tmp_path: Path, lead_s: float
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may give a process another host name")
    first, second = (_machine(ground, tmp_path, name, elsewhere=True) for name in ("one", "two"))
    with first.running(ground) as run:
        time.sleep(lead_s)
        with second.running(ground) as other:
            answers = [_answer(run), _answer(other)]
    for answer in answers:
        answer.ok()
    assert first.env["MAUTIC_CLIENT_ID"] == second.env["MAUTIC_CLIENT_ID"]
    assert first.env == second.env
    _one_of_everything(ground, first.env)
    for machine in (first, second):
        with machine.running(ground) as run:
            _answer(run).ok(changed=0)


def test_two_runs_on_one_machine_follow_each_other_and_say_so(
    ground: Ground, tmp_path: Path
) -> None:
    first, second = (_machine(ground, tmp_path, name, elsewhere=False) for name in ("one", "two"))
    with first.running(ground) as run, second.running(ground) as other:
        answers = {run.pid: _answer(run).ok(), other.pid: _answer(other).ok()}
    said = {
        pid: rival
        for pid, answer in answers.items()
        for rival in answers
        if "Waiting for another run to be done with" in answer.text
        and f"the run of process {rival}, there since" in answer.text
    }
    assert said in ({run.pid: other.pid}, {other.pid: run.pid}), answers
    assert first.env == second.env
    _one_of_everything(ground, first.env)


def _answer(run: "subprocess.Popen[str]") -> Answer:
    output, _ = run.communicate(timeout=_PATIENCE_S)
    return Answer(run.returncode, output)


def _one_of_everything(ground: Ground, env: dict[str, str]) -> None:
    assert ground.names("oauth2_clients.name") == ["app"]
    assert ground.names("roles.name") == ["Administrator", "mautic-bootstrap: app"]
    assert ground.names("users.username") == ["admin", "mautic-bootstrap-app"]
    me = curl.get(env, "/api/users/self", curl.token(env))
    assert me["role"]["isAdmin"] is False
    assert me["role"]["name"] == "mautic-bootstrap: app"
