"""Check mode from the first stage to the last: every way to write is barred, whatever the situation."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mautic_bootstrap import atomic_file
from mautic_bootstrap.admin import password as account
from mautic_bootstrap.admin import retire as admin_retire
from mautic_bootstrap.admin.model import Change
from mautic_bootstrap.containers.engine import Engine
from mautic_bootstrap.containers.topology import LABEL_FINGERPRINT, LABEL_INSTANCE, Fingerprints
from mautic_bootstrap.env import file as env_file
from mautic_bootstrap.env import guards
from mautic_bootstrap.errors import BootstrapError
from mautic_bootstrap.install.console import Console
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap.secrets_store import SecretsStore
from mautic_bootstrap.stages import (
    admin_password,
    api_access,
    app_env,
    containers,
    fallback,
    install,
    observe,
    preflight,
    retire,
    teardown,
    verify,
)
from unit.fake_mautic import ADMINISTRATOR, INSTALLER, NOBODY, FakeMautic
from unit.fakes import RIGHTS, AdminUi, FakeEngine, NewRun, container, outcome

_IMAGES = {"mautic/mautic:7-apache": "sha256:7", "mariadb:10.11": "sha256:db"}
_UNMANAGED = {"mautic_manage_containers": False, "mautic_admin_password": "admin-password"}
_ENV = (
    "MAUTIC_API_URL=http://localhost:8080\nMAUTIC_CLIENT_ID=1_id\nMAUTIC_CLIENT_SECRET=secret-1\n"
)


@pytest.fixture(autouse=True)
def barred(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail wherever something would be written, removed, built, started or got."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("check mode reached a function that writes")

    for owner, names in (
        (account, ("change", "works")),
        (admin_retire, ("retire",)),
        (SecretsStore, ("write", "remove", "destroy", "tighten")),
        (FakeEngine, ("remove", "pull", "load")),
        (Engine, ("remove", "pull", "load")),
        (Console, ("run",)),
        (fallback, ("build_images",)),
        (atomic_file, ("replace",)),
        (env_file, ("write",)),
        (subprocess, ("run", "Popen")),
    ):
        for name in names:
            monkeypatch.setattr(owner, name, refuse)
    monkeypatch.setattr(preflight, "find_chromium", lambda _environ: Path("/usr/bin/chromium"))
    monkeypatch.setattr(preflight, "_is_free", lambda _address, _port: True)
    monkeypatch.setattr(guards, "exposure", lambda _path: None)  # asks git
    monkeypatch.setattr(SecretsStore, "problems", lambda _root: [])
    monkeypatch.setattr(observe, "_resolves", lambda _host: True)


def _tree(root: Path) -> dict[str, tuple[int, bytes]]:
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {str(path): (path.stat().st_mode, path.read_bytes()) for path in files}


def _whole_run(run: Run) -> list[StageResult]:
    """Run the stages as the playbook does, each on what the one before it said."""
    results = [preflight.run(run)]
    stages: list[tuple[Callable[[Run, State], StageResult], Callable[[State], bool]]] = [
        (containers.run, lambda s: run.variables.mautic_manage_containers and not s.settled),
        (install.run, lambda s: not s.settled),
        (api_access.run, lambda s: not s.settled),
        (app_env.run, lambda _s: True),
        (verify.run, lambda _s: True),
        (lambda run, s: retire.run(run, s, at_once=False), lambda s: s.unfinished),
        (admin_password.run, lambda s: "admin" in s.rotate),
    ]
    for stage, applies in stages:
        state = State.model_validate_json(results[-1].state.model_dump_json())
        if applies(state):
            results.append(stage(run, state))
    return results


def _running(engine: FakeEngine, run: Run, **changes: Any) -> None:
    engine.images = dict(_IMAGES)
    wanted = Fingerprints.of(run.variables, _IMAGES, phone_home_blocked=False)
    for name in run.topology.containers:
        value = wanted.database if name.endswith("-db") else wanted.mautic
        engine.containers[name] = container(name, labels={LABEL_FINGERPRINT: value}, **changes)


def _fresh(engine: FakeEngine, mautic: FakeMautic, run: Run) -> None:
    mautic.page = NOBODY


def _no_registry(engine: FakeEngine, mautic: FakeMautic, run: Run) -> None:
    mautic.page = NOBODY
    engine.refusal = "lookup registry-1.docker.io: no such host"


def _not_installed(engine: FakeEngine, mautic: FakeMautic, run: Run) -> None:
    mautic.page = INSTALLER
    _running(engine, run)


def _without_env(engine: FakeEngine, mautic: FakeMautic, run: Run) -> None:
    _running(engine, run)


def _wrong_secret(engine: FakeEngine, mautic: FakeMautic, run: Run) -> None:
    _running(engine, run)
    (run.root / ".env").write_text(_ENV.replace("secret-1", "wrong"))
    (run.root / ".env").chmod(0o600)


def _stopped(engine: FakeEngine, mautic: FakeMautic, run: Run) -> None:
    mautic.page = NOBODY
    _running(engine, run, status="exited")
    engine.existing_volumes = ["mautic-db", "mautic-config"]
    engine.environments["mautic-db"] = {"MYSQL_PASSWORD": "p", "MYSQL_ROOT_PASSWORD": "r"}


def _written(engine: FakeEngine, mautic: FakeMautic, run: Run) -> None:
    (run.root / ".env").write_text(_ENV)
    (run.root / ".env").chmod(0o600)


def _settled(engine: FakeEngine, mautic: FakeMautic, run: Run) -> None:
    _running(engine, run)
    _written(engine, mautic, run)


def _settled_as_a_user(engine: FakeEngine, mautic: FakeMautic, run: Run) -> None:
    _running(engine, run)
    mautic.basic = True
    (run.root / ".env").write_text(
        "MAUTIC_API_URL=http://localhost:8080\nMAUTIC_USERNAME=mautic-bootstrap-app\n"
        "MAUTIC_PASSWORD=user-password\n"
    )
    (run.root / ".env").chmod(0o600)


def _settled_as_an_admin(engine: FakeEngine, mautic: FakeMautic, run: Run) -> None:
    mautic.roles["app"] = ADMINISTRATOR
    _settled(engine, mautic, run)


def _as_it_is(engine: FakeEngine, mautic: FakeMautic, run: Run) -> None:
    """Leave a Mautic that runs and a folder without `.env`."""


_PASSWORD = {"mautic_admin_password": "gorse-lantern-42-quietly"}
_SITUATIONS: dict[
    str, tuple[dict[str, Any], Callable[[FakeEngine, FakeMautic, Run], None], bool]
] = {
    "fresh machine": ({}, _fresh, True),
    "rehearsal": ({"mautic_fallback": "rehearsal"}, _no_registry, True),
    "not installed": ({}, _not_installed, True),
    "without .env": (_PASSWORD, _without_env, True),
    "a wrong secret in .env": (_PASSWORD, _wrong_secret, True),
    "for basic auth": (_PASSWORD | {"app_env_auth": "basic"}, _without_env, True),
    "for a token": (_PASSWORD | {"app_env_auth": "token"}, _without_env, True),
    "a client made by hand": (
        _PASSWORD | {"mautic_client_id": "1_id", "mautic_client_secret": "secret-1"},
        _without_env,
        True,
    ),
    "stopped containers": (_PASSWORD, _stopped, True),
    "settled": (_PASSWORD, _settled, False),
    "settled, for basic auth": (_PASSWORD | {"app_env_auth": "basic"}, _settled_as_a_user, False),
    "settled, with an admin's rights": (
        _PASSWORD | {"mautic_api_privileges": "admin"},
        _settled_as_an_admin,
        False,
    ),
    "a Mautic that already runs": (_UNMANAGED, _as_it_is, True),
    "settled, a Mautic that already runs": (
        _UNMANAGED,
        _written,
        False,
    ),
}


@pytest.mark.parametrize("situation", _SITUATIONS)
def test_nothing_is_written_and_the_plan_is_told(
    *,
    situation: str,
    new_run: NewRun,
    engine: FakeEngine,
    mautic: FakeMautic,
    admin_ui: AdminUi,
    tmp_path: Path,
) -> None:
    values, arrange, changes = _SITUATIONS[situation]
    wishes = admin_ui(outcome())
    run = new_run(check=True, **values)
    arrange(engine, mautic, run)
    before = _tree(tmp_path)
    results = _whole_run(run)
    assert any(result.changed for result in results) is changes
    assert _tree(tmp_path) == before
    assert all(only_look for _wish, only_look in wishes)
    assert {call.split()[0] for call in engine.calls} <= {"ask", "run"}
    assert {call for call in mautic.calls if not call.startswith("GET ")} <= {
        "POST /oauth/v2/token"
    }
    told = "".join(f"{r.message}{r.before}{r.after}{r.warnings}{r.facts}" for r in results)
    assert not any(secret in told for secret in ("secret-1", "gorse-", "admin-password", "token-1"))


def test_a_rotation_is_planned_without_a_look_at_what_it_would_leave(
    new_run: NewRun,
    engine: FakeEngine,
    mautic: FakeMautic,
    admin_ui: AdminUi,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replaced = Change("OAuth2 client app", "in use", "replaced by a new one")
    wishes = admin_ui(outcome(changes=(replaced,), client=None, unfinished=True))
    monkeypatch.setattr(Run, "admin_password", lambda _run: "generated-one")
    run = new_run(check=True, mautic_rotate=["client", "admin"])
    _settled(engine, mautic, run)
    before = _tree(run.root)
    results = _whole_run(run)
    assert [(wish.rotate, wish.in_use, check) for wish, check in wishes] == [(True, "1_id", True)]
    assert [result.message for result in results[-5:]] == [
        "OAuth2 client app: in use -> replaced by a new one",
        f"{run.env_path} would be written",
        "nothing to prove before a real run",
        "the client that is replaced would be revoked once its grace is over",
        "admin would get a new password",
    ]
    assert _tree(run.root) == before


def test_a_database_that_is_looked_into_is_only_read(
    new_run: NewRun, engine: FakeEngine, mautic: FakeMautic, admin_ui: AdminUi
) -> None:
    admin_ui(outcome())
    run = new_run(check=True)
    _not_installed(engine, mautic, run)
    _whole_run(run)
    asked = [call for call in engine.calls if call.startswith("run in mautic-db: ")]
    assert len(asked) == 2
    assert all(call.split(": ", 2)[2].startswith("SELECT ") for call in asked)


def test_what_would_fail_fails_in_check_mode_too(
    new_run: NewRun, engine: FakeEngine, mautic: FakeMautic, admin_ui: AdminUi
) -> None:
    admin_ui(outcome())
    for arrange in (_stopped, _not_installed, _without_env):
        run = new_run(check=True)
        arrange(engine, mautic, run)
        engine.environments.clear()
        engine.rows = "3"
        with pytest.raises(BootstrapError):
            _whole_run(run)


def test_a_teardown_only_lists(new_run: NewRun, engine: FakeEngine) -> None:
    engine.labels = {("volume", f"{LABEL_INSTANCE}=mautic"): ["mautic-db"]}
    run = new_run(check=True, mautic_remove_volumes=True)
    (run.secrets.path).mkdir(parents=True)
    result = teardown.run(run)
    assert result.before.splitlines() == ["volume mautic-db", f"secrets {run.secrets.path}"]


def test_a_kept_client_is_tried_but_not_changed(
    new_run: NewRun,
    engine: FakeEngine,
    mautic: FakeMautic,
    admin_ui: AdminUi,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wishes = admin_ui(outcome())
    monkeypatch.setattr(
        KeptClient,
        "load",
        lambda _secrets: KeptClient("http://localhost:8080", "app", "1_id", "secret-1", RIGHTS),
    )
    run = new_run(check=True, app_env_auth="token", **_PASSWORD)
    _without_env(engine, mautic, run)
    assert _whole_run(run)[-2].changed
    assert wishes == []
