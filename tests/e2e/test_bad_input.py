"""Bad input is refused before anything is touched, by name, with a way out; all of it in one run of many hosts."""

import json
import socket
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from container import docker_cli
from e2e import bad_input
from e2e.files import snapshot
from e2e.playbook import Answer, Checkout
from mautic_bootstrap.rehearsal.server import RehearsalServer


@dataclass
class Refused:
    """What one run said to all the bad inputs."""

    answer: Answer
    cases: dict[str, bad_input.Case]
    touched: list[str]
    """Files that the run changed, and what it made in the engine."""


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Refused:
    checkout = Checkout.make(tmp_path_factory.mktemp("bad") / "checkout")
    names: list[str] = []

    def new_name() -> str:
        names.append(docker_cli.new_name())
        return names[-1]

    with socket.create_server(("127.0.0.1", 0)) as stranger, RehearsalServer() as mautic:
        mautic.install("admin", bad_input.SECRET)
        with RehearsalServer() as empty:
            cases = bad_input.VARIABLES | bad_input.env_files(checkout.root)
            cases |= bad_input.servers(stranger, mautic, empty)
            inventory = checkout.root.with_name("hosts.json")
            inventory.write_text(json.dumps(bad_input.inventory(cases, new_name)))
            before = snapshot(checkout.root)
            answer = checkout.play("-i", str(inventory), "-vvvv", "--diff")
    after = snapshot(checkout.root)
    touched = [path for path in before | after if before.get(path) != after.get(path)]
    touched += [name for name in names if any(docker_cli.everything(name))]
    return Refused(answer, cases, touched)


_NAMES = [
    *bad_input.VARIABLES,
    "env_is_a_folder",
    "env_is_read_only",
    "env_is_not_utf8",
    "env_says_a_thing_twice",
    "env_is_tracked",
    "env_is_not_ignored",
    "env_has_no_folder",
    "env_is_somebody_elses",
    "port_of_a_stranger",
    "port_of_a_mautic",
    "not_installed",
    "nothing_there",
    "no_mautic",
]


@pytest.mark.parametrize("name", _NAMES)
def test_bad_input_is_refused_with_a_way_out(refused: Refused, name: str) -> None:
    if name not in refused.cases:
        pytest.skip("only root can make a file that belongs to somebody else")
    failure = refused.answer.failures.get(name)
    assert failure is not None, refused.answer.output
    case = refused.cases[name]
    assert case.says in failure["msg"]
    assert failure["code"] == case.code


def test_bad_input_touches_nothing(refused: Refused) -> None:
    assert refused.touched == []
    assert refused.answer.changed == 0, refused.answer.output


def test_bad_input_gives_no_secret_away(refused: Refused) -> None:
    refused.answer.lacks(bad_input.SECRET, "mautic123")


def test_every_problem_is_said_at_once_from_whatever_folder_the_playbook_is_started(
    tmp_path: Path,
) -> None:
    checkout = replace(Checkout.make(tmp_path / "checkout"), folder=tmp_path)
    checkout.env.mkdir()
    answer = checkout.play(
        playbook=str(checkout.root / "bootstrap.yml"),
        mautic_url="http://localhost:1",
        mautic_manage_containers=False,
        environment={"MAUTIC_BOOTSTRAP_CHROMIUM": "/none"},
    )
    message = answer.refused().failures["localhost"]["msg"]
    for text in ("app_env_path is", "mautic_admin_password is required", "no executable file"):
        assert text in message
    assert "\n1. " in message
    assert message.endswith("Nothing was touched.")


def test_an_engine_that_does_not_run_is_said_with_the_ways_out(tmp_path: Path) -> None:
    checkout = Checkout.make(tmp_path / "checkout")
    answer = checkout.play(environment={"DOCKER_HOST": f"unix://{tmp_path}/none.sock"})
    answer.refused("a running Docker engine", "make setup", "-i inventory/existing")
