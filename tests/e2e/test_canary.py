"""No secret leaves: markers run through everything, well and badly, and are nowhere but in `.env` and `.secrets`."""

import json
import subprocess
import sys
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from container import docker_cli
from e2e import pictures, stand_in
from e2e.admin_pages import AdminPages
from e2e.canary import Canary, CommandLines, forms, marker, plain_marker, until_seen
from e2e.faulty_proxy import Asked, Fault, FaultyProxy
from e2e.mautic import Mautic
from e2e.recorder import Recorder
from e2e.trial import LOUD, Trial, without_variables

_HOUR_S = 3600
# Where a rotation meets something: before its role is there, while that is an admin's, and at the very end.
_FAULTS = [
    (Asked("POST", "/s/credentials/new", 1), Fault.LOGGED_OUT),
    pytest.param(Asked("GET", "/s/roles/new", 2), Fault.MAINTENANCE, marks=pytest.mark.long),
    pytest.param(Asked("GET", "/api/users/self", 4), Fault.ERROR, marks=pytest.mark.long),
]
# `docs/security.md`: Mautic's image takes them from its environment, the database's image its own.
_IN_THE_ENVIRONMENT = {"MAUTIC_DB_PASSWORD", "MYSQL_PASSWORD", "MYSQL_ROOT_PASSWORD"}


@pytest.fixture(scope="module", params=stand_in.STAND_IN_AND_REAL)
def trial(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trial]:
    folder, canary = tmp_path_factory.mktemp("canary"), Canary()
    recorder, home = Recorder(folder / "recorder"), folder / "home"
    home.mkdir()
    with stand_in.prepared(folder / "checkout", request.param) as checkout:
        checkout.environment |= recorder.environment | {"HOME": str(home), "TMPDIR": str(home)}
        name = str(checkout.variables["mautic_instance"])
        password = canary.add("admin password", marker())
        yield Trial(name, checkout, home, recorder, canary, password)


@pytest.fixture(scope="module")
def command_lines() -> Iterator[CommandLines]:
    with CommandLines() as lines:
        yield lines


def test_the_scan_finds_a_secret_in_any_form() -> None:
    canary, secret = Canary(), marker()
    canary.add("it", secret)
    for form in forms(secret):
        assert canary.found_in(f"log: {form} end") == ["it"]
    for before in ("", "u:", "us:"):
        assert canary.found_in(b64encode(f"{before}{secret}#".encode())) == ["it"]
    assert canary.found_in("nothing of it") == []


def test_the_scan_sees_command_lines(command_lines: CommandLines) -> None:
    secret = plain_marker()
    sleep = [sys.executable, "-c", "input()", secret]
    with subprocess.Popen(sleep, stdin=subprocess.PIPE):
        assert until_seen(command_lines, secret)


def test_runs_that_go_well(trial: Trial, command_lines: CommandLines) -> None:
    secrets = trial.checkout.root / ".secrets" / trial.name
    secrets.mkdir(parents=True, mode=0o700)
    secrets.parent.chmod(0o700)
    for name in ("db_password", "db_root_password"):
        (secrets / name).touch(mode=0o600)
        (secrets / name).write_text(trial.canary.add(name, plain_marker()))
    trial.checkout.variables["mautic_admin_password"] = trial.admin_password
    trial.play("plan", "--check").ok()
    trial.play("first run").ok()
    trial.canary.add("client secret", trial.env()["MAUTIC_CLIENT_SECRET"])
    trial.checkout.env.unlink()
    trial.play("plan of a repair", "--check").ok()
    trial.play("token", app_env_auth="token").ok()
    trial.canary.add("token", trial.env()["MAUTIC_API_TOKEN"])
    trial.play("basic", app_env_auth="basic").ok()
    trial.canary.add("limited user's password", trial.env()["MAUTIC_PASSWORD"])
    assert trial.env()["MAUTIC_PASSWORD"] != trial.admin_password
    trial.play("back to oauth2").ok()


def test_rotations_that_go_well(trial: Trial, command_lines: CommandLines) -> None:
    # Only a password that a run has generated, or found where it keeps those, is replaced.
    kept = trial.checkout.root / ".secrets" / trial.name / "admin_password"
    kept.touch(mode=0o600)
    kept.write_text(str(trial.checkout.variables.pop("mautic_admin_password")))
    trial.rotate("rotation", mautic_rotate=["client", "admin", "cache_key"]).ok()
    assert kept.read_text() != trial.admin_password
    trial.admin_password = kept.read_text()
    trial.play("nothing to do").ok(changed=0)


@pytest.mark.long
def test_a_rotation_in_parts(trial: Trial, command_lines: CommandLines) -> None:
    trial.rotate("plan of a rotation", "--check").ok()
    trial.rotate("rotation with a grace", mautic_rotation_grace_seconds=_HOUR_S).ok()
    trial.rotate("end of the grace", "--tags", "revoke").ok()
    trial.play("nothing to do any more").ok(changed=0)


@pytest.mark.parametrize(("asked", "fault"), _FAULTS)
def test_a_rotation_that_goes_badly(
    trial: Trial, command_lines: CommandLines, asked: Asked, fault: Fault
) -> None:
    text = trial.checkout.env.read_text()
    name = f"other-{fault.name.lower()}"
    env = trial.checkout.root / f".env.{name}"
    variables: dict[str, Any] = {
        "mautic_manage_containers": False,
        "mautic_admin_password": trial.admin_password,
        "mautic_client_name": name,
        "app_env_path": env.name,
    }
    with FaultyProxy(str(trial.checkout.variables["mautic_url"])) as proxy:
        variables["mautic_url"] = proxy.url
        trial.play(f"before {fault}", **variables).ok()
        trial.canary.add(f"secret before {fault}", Mautic.read(env)["MAUTIC_CLIENT_SECRET"])
        proxy.break_at(asked, fault)
        trial.play(f"{fault} at {asked}", mautic_rotate="client", **variables).refused()
        assert asked in proxy.asked
        proxy.heal()
        trial.play(f"after {fault}", **variables).ok()
        trial.canary.add(f"secret after {fault}", Mautic.read(env)["MAUTIC_CLIENT_SECRET"])
    assert trial.checkout.env.read_text() == text


def test_a_screenshot_of_the_list_of_secrets_covers_them(
    trial: Trial, command_lines: CommandLines
) -> None:
    url = str(trial.checkout.variables["mautic_url"])
    with AdminPages(url, "admin", trial.admin_password) as pages:
        pages.new_client("twin")
        pages.new_client("twin")
    before = set(trial.evidence)
    twin: dict[str, Any] = {"mautic_client_name": "twin", "app_env_path": ".env.twin"}
    trial.play("two of one name", **twin).refused("code: 31")
    (picture,) = (file for file in set(trial.evidence) - before if file.suffix == ".png")
    shown = (url, "/s/credentials?search=", "admin", trial.admin_password)
    assert pictures.uncovered(picture, *shown) == []


def test_the_engine_tells_no_more_than_what_the_images_take_from_their_environment(
    trial: Trial,
) -> None:
    told: dict[str, list[str]] = {}
    for kind in ("container", "network", "volume"):
        names = docker_cli.labelled(kind, trial.name)
        assert names
        (trial.outputs[f"inspected {kind}"], variables) = without_variables(
            docker_cli.docker(kind, "inspect", *names)
        )
        for name, value in variables:
            told.setdefault(name, []).extend(trial.canary.found_in(value))
    with_secrets = {name: set(found) for name, found in told.items() if found}
    assert set(with_secrets) <= _IN_THE_ENVIRONMENT
    assert set.union(*with_secrets.values()) == {"db_password", "db_root_password"}


def test_runs_that_go_badly(trial: Trial, command_lines: CommandLines) -> None:
    root, text = trial.checkout.root, trial.checkout.env.read_text()
    foreign = trial.canary.add("somebody else's secret", plain_marker())
    twice = text + "MAUTIC_CLIENT_SECRET=" + trial.env()["MAUTIC_CLIENT_SECRET"] + "\n"
    (root / ".env.twice").write_text(twice)
    (root / ".env.latin1").write_bytes(f"{text}OTHER={foreign}".encode() + b"\xff\n")
    common = {
        "mautic_manage_containers": False,
        "mautic_url": trial.checkout.variables["mautic_url"],
        "mautic_admin_password": trial.admin_password,
    }
    wrong = {"mautic_admin_password": trial.canary.add("wrong password", marker())}
    hosts = {
        host: {
            **common,
            "mautic_instance": host,
            "mautic_client_name": host,
            "app_env_path": f".env.{host}",
            **variables,
        }
        for host, variables in {
            "wrong": wrong,
            "unreachable": {"mautic_url": "http://localhost:9"},
            "twice": {},
            "latin1": {},
        }.items()
    }
    inventory = root.with_name("hosts.json")
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
    several = replace(trial.checkout, variables={})
    answer = trial.say("bad runs", several.play(*LOUD, "-i", str(inventory))).refused()
    codes = {host: failure["code"] for host, failure in answer.failures.items()}
    assert codes == {"wrong": 21, "unreachable": 10, "twice": 2, "latin1": 2}, answer.output
    trial.checkout.env.write_text(f'OTHER="{foreign}\n{text}')
    trial.play("env unclosed", app_user_agent="other/1")
    trial.checkout.env.write_text(text)


def test_a_container_that_dies_with_its_environment_on_its_lips(
    trial: Trial, command_lines: CommandLines
) -> None:
    trial.keep_logs()
    gossip = stand_in.broken(trial.name, stand_in.images().web, "env; exit 3")
    answer = trial.play("failing container", mautic_image=gossip).refused("code: 12", "exit code 3")
    answer.says("MAUTIC_DB_PASSWORD=********")
    trial.say(
        "teardown",
        trial.checkout.play(*LOUD, playbook="playbooks/teardown.yml", mautic_remove_volumes=True),
    ).ok()


def test_no_output_holds_a_secret(trial: Trial) -> None:
    assert len(trial.outputs) > 9
    leaks = {
        what: found
        for what, text in trial.outputs.items()
        if (found := trial.canary.found_in(text))
    }
    assert not leaks


def test_no_file_holds_a_secret_but_env_and_secrets(trial: Trial) -> None:
    root = trial.checkout.root
    allowed = [*root.glob(".env*"), root / ".secrets"]
    traces = [file for file in trial.evidence if file.suffix == ".zip"]
    assert len(traces) > 5
    assert len([file for file in trial.evidence if file.suffix == ".png"]) > 1
    assert trial.canary.found_below(root, allowed=allowed) == []
    for trace in traces:
        with zipfile.ZipFile(trace) as archive:
            for name in archive.namelist():
                assert trial.canary.found_in(archive.read(name)) == [], f"{trace}: {name}"
    assert trial.canary.found_below(trial.home) == []
    assert trial.checkout.untracked() == []


def test_no_command_line_holds_a_secret(trial: Trial, command_lines: CommandLines) -> None:
    lines = [*command_lines, *trial.recorder.calls]
    assert any("docker exec" in line for line in lines)
    assert any("--headless" in line for line in lines)
    assert {line: found for line in lines if (found := trial.canary.found_in(line))} == {}
