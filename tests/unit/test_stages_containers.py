import socket
from pathlib import Path
from typing import Any

import pytest

from mautic_bootstrap.errors import (
    ContainerError,
    RegistryUnreachableError,
    SecretLostError,
    SettingsError,
)
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.stages import containers, observe
from unit.fakes import FakeEngine, NewRun, container

_UNREACHABLE = "dial tcp: lookup registry-1.docker.io: no such host"
_MARIADB, _MAUTIC = "mariadb:10.11", "mautic/mautic:7-apache"


@pytest.fixture(autouse=True)
def free_port(monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a port nobody listens on; names resolve."""
    monkeypatch.setattr(observe, "_resolves", lambda _host: True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://localhost:{server.getsockname()[1]}"


def _run(run: Run) -> StageResult:
    state = State()
    observe.containers(run, state)
    return containers.run(run, state)


def _facts(result: StageResult) -> dict[str, Any]:
    facts = result.facts["containers"]
    assert isinstance(facts, dict)
    return facts


def test_a_fresh_machine_gets_images_and_passwords(
    new_run: NewRun, engine: FakeEngine, free_port: str
) -> None:
    run = new_run(mautic_url=free_port)
    result = _run(run)
    assert result.changed
    assert result.after.splitlines() == [
        f"image {_MAUTIC}: absent -> pulled",
        f"image {_MARIADB}: absent -> pulled",
        *(
            f"container mautic-{part}: absent -> running"
            for part in ("db", "web", "cron", "worker")
        ),
    ]
    assert engine.calls == [f"pull {_MAUTIC}", f"pull {_MARIADB}"]
    kept = {name: run.secrets.read(name) for name in ("db_password", "db_root_password")}
    assert all(len(password or "") == 32 for password in kept.values())
    assert len(set(kept.values())) == 2
    assert (
        run.redactor.mask(" ".join(str(password) for password in kept.values()))
        == "******** ********"
    )


def test_images_that_are_here_are_not_got_and_containers_report_their_own_changes(
    new_run: NewRun, engine: FakeEngine, free_port: str
) -> None:
    engine.images = {_MAUTIC: "sha256:7", _MARIADB: "sha256:db"}
    result = _run(new_run(mautic_url=free_port))
    assert not result.changed
    assert result.message.startswith("container mautic-db: absent -> running; ")
    assert engine.calls == []


def test_no_secret_is_told_only_where_they_lie(new_run: NewRun, free_port: str) -> None:
    run = new_run(mautic_url=free_port)
    result = _run(run)
    assert _facts(result)["secrets_path"] == str(run.secrets.path)
    for name in ("db_password", "db_root_password"):
        assert str(run.secrets.read(name)) not in repr(result)


@pytest.mark.parametrize(
    ("address", "publish"),
    [("127.0.0.1", "127.0.0.1:{}:80"), ("::1", "[::1]:{}:80")],
)
def test_the_port_of_the_url_is_published_on_the_bind_address(
    new_run: NewRun, free_port: str, address: str, publish: str
) -> None:
    facts = _facts(_run(new_run(mautic_url=free_port, mautic_bind_address=address)))
    assert facts["publish"] == publish.format(free_port.rpartition(":")[2])
    assert facts["engine"] == "unix:///fake.sock"
    assert facts["etc_hosts"] == {}
    assert facts["background"] == ["cron", "worker"]
    assert facts["unwanted"] == []


def test_phone_home_hosts_lead_nowhere_where_they_are_blocked(
    new_run: NewRun, free_port: str
) -> None:
    facts = _facts(_run(new_run(mautic_url=free_port, mautic_block_phone_home=True)))
    assert facts["etc_hosts"] == dict.fromkeys(observe.PHONE_HOME_HOSTS, "127.0.0.1")


def test_the_health_checks_need_no_secret_and_count_a_500_as_ill(
    new_run: NewRun, free_port: str
) -> None:
    facts = _facts(_run(new_run(mautic_url=free_port)))
    assert "$MYSQL_PASSWORD" in facts["database_check"]
    assert '< "5"' in facts["web_check"]
    assert '"timeout" => 20' in facts["web_check"]


def test_check_mode_asks_a_registry_and_plans(
    new_run: NewRun, engine: FakeEngine, free_port: str, tmp_path: Path
) -> None:
    result = _run(new_run(check=True, mautic_url=free_port))
    assert result.changed
    assert result.after.splitlines()[:2] == [
        f"image {_MAUTIC}: absent -> pulled",
        f"image {_MARIADB}: absent -> pulled",
    ]
    assert engine.calls == [f"ask for {_MAUTIC}", f"ask for {_MARIADB}"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("check", [True, False])
def test_without_a_registry_and_a_fallback_it_is_an_error(
    new_run: NewRun, engine: FakeEngine, free_port: str, check: bool
) -> None:
    engine.refusal = _UNREACHABLE
    with pytest.raises(RegistryUnreachableError, match="mautic_fallback=rehearsal"):
        _run(new_run(check=check, mautic_url=free_port))


def test_a_registry_that_refuses_is_an_error_even_with_the_fallback(
    new_run: NewRun, engine: FakeEngine, free_port: str
) -> None:
    engine.refusal = "toomanyrequests: You have reached your pull rate limit."
    with pytest.raises(ContainerError, match="toomanyrequests") as caught:
        _run(new_run(mautic_url=free_port, mautic_fallback="rehearsal"))
    assert not isinstance(caught.value, RegistryUnreachableError)


def test_what_shows_only_once_the_images_are_there_does_not_claim_that_nothing_was_touched(
    new_run: NewRun, engine: FakeEngine, free_port: str, tmp_path: Path
) -> None:
    run = new_run(mautic_url=free_port)
    state = State()
    observe.containers(run, state)
    (tmp_path / ".env").mkdir()
    with pytest.raises(SettingsError) as caught:
        containers.run(run, state)
    assert str(caught.value).endswith("\nNothing but the images was touched.")
    assert run.secrets.read("db_password") is None


def test_passwords_are_kept_once_they_are_there(new_run: NewRun, free_port: str) -> None:
    run = new_run(mautic_url=free_port)
    run.secrets.write("db_password", "kept-one")
    run.secrets.write("db_root_password", "kept-two")
    _run(run)
    assert run.secrets.read("db_password") == "kept-one"
    assert run.secrets.read("db_root_password") == "kept-two"


def test_lost_passwords_are_read_back_from_the_database_s_container(
    new_run: NewRun, engine: FakeEngine, free_port: str
) -> None:
    engine.containers["mautic-db"] = container("mautic-db")
    engine.existing_volumes = ["mautic-db"]
    engine.environments["mautic-db"] = {
        "MYSQL_PASSWORD": "read-back",
        "MYSQL_ROOT_PASSWORD": "root-back",
    }
    run = new_run(mautic_url=free_port)
    _run(run)
    assert run.secrets.read("db_password") == "read-back"
    assert run.secrets.read("db_root_password") == "root-back"
    assert run.redactor.mask("read-back") == "********"


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("with_container", [True, False])
def test_lost_passwords_of_data_that_lives_are_an_error_and_nothing_is_generated(
    new_run: NewRun, engine: FakeEngine, free_port: str, check: bool, with_container: bool
) -> None:
    engine.existing_volumes = ["mautic-db"]
    if with_container:
        engine.containers["mautic-db"] = container("mautic-db")
    run = new_run(check=check, mautic_url=free_port)
    with pytest.raises(SecretLostError) as caught:
        _run(run)
    assert str(caught.value) == (
        f"find the database passwords of mautic: expected them in {run.secrets.path} or in the container"
        " mautic-db, saw neither, while the volume with the data is still there. Restore"
        f" {run.secrets.path} from a backup, or give the data up with playbooks/teardown.yml -e"
        " mautic_remove_volumes=true."
    )
    assert run.secrets.read("db_password") is None


def test_containers_as_wanted_need_no_password(
    new_run: NewRun, engine: FakeEngine, free_port: str
) -> None:
    run = new_run(mautic_url=free_port)
    state = State()
    observe.containers(run, state)
    engine.images = {_MAUTIC: f"sha256:{_MAUTIC}", _MARIADB: f"sha256:{_MARIADB}"}
    engine.existing_volumes = ["mautic-db"]
    observe.containers(run, state)
    for name in run.topology.containers:
        key = "database" if name.endswith("-db") else "mautic"
        label = {"mautic-bootstrap.fingerprint": state.fingerprints[key]}
        engine.containers[name] = container(name, labels=label, ports=(run.variables.port,))
    result = _run(run)
    assert result.message == "the containers run as wanted"
    assert (result.before, result.after, result.changed) == ("", "", False)
    assert not run.secrets.exists()
