import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mautic_bootstrap.containers.snapshot import Snapshot
from mautic_bootstrap.containers.topology import LABEL_INSTANCE
from mautic_bootstrap.errors import BrowserMissingError, ContainerError, SettingsError
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.run import State
from mautic_bootstrap.stages import observe, preflight
from unit.fake_mautic import ADMINISTRATOR, NOBODY, FakeMautic, our_role
from unit.fakes import RIGHTS, FakeEngine, NewRun, container

_UNMANAGED = {"mautic_manage_containers": False}
_NO_PASSWORD = (
    "mautic_admin_password is required when mautic_manage_containers is false (or"
    " mautic_admin_password_file, or mautic_client_id with mautic_client_secret)"
)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser is there and names resolve."""
    monkeypatch.setattr(preflight, "find_chromium", lambda _environ: Path("/usr/bin/chromium"))
    monkeypatch.setattr(observe, "_resolves", lambda _host: True)


def _no_browser(_environ: object) -> Path:
    raise BrowserMissingError(
        attempted="start a browser", seen="none", hint="Install one.", guide="1. Log in"
    )


@pytest.fixture
def taken() -> Iterator[int]:
    """A port of this machine that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free(taken: int) -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _problems(new_run: NewRun, **values: Any) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        preflight.run(new_run(**values))
    return caught.value.problems


def test_a_fresh_machine_has_something_to_do(
    new_run: NewRun, engine: FakeEngine, free: int
) -> None:
    url = f"http://localhost:{free}"
    result = preflight.run(new_run(mautic_url=url))
    assert result.message == f"{url}: there is something to do"
    assert not result.changed
    assert not result.state.settled
    assert len(result.state.differences) == 4
    assert [stage for stage, _ in result.state.timeline] == ["start"]
    assert engine.looks == 1


def test_credentials_that_hold_are_settled_and_need_no_browser(
    new_run: NewRun, mautic: FakeMautic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "find_chromium", _no_browser)
    (tmp_path / ".env").write_text(
        "MAUTIC_API_URL=http://localhost:8080\nMAUTIC_CLIENT_ID=1_id\nMAUTIC_CLIENT_SECRET=secret-1\n"
    )
    run = new_run(mautic_admin_password="admin-password", **_UNMANAGED)
    result = preflight.run(run)
    assert result.state.settled
    assert result.message == "http://localhost:8080: settled"


_SETTLED = (
    "MAUTIC_API_URL=http://localhost:8080\nMAUTIC_CLIENT_ID=1_id\nMAUTIC_CLIENT_SECRET=secret-1\n"
)


@pytest.mark.parametrize(
    ("rotate", "settled"),
    [(["client"], False), (True, False), (["client", "cache_key"], False), (["cache_key"], True)],
)
def test_a_client_to_rotate_is_something_to_do_although_credentials_hold(
    *, new_run: NewRun, mautic: FakeMautic, tmp_path: Path, rotate: Any, settled: bool
) -> None:
    (tmp_path / ".env").write_text(_SETTLED)
    run = new_run(mautic_admin_password="admin-password", mautic_rotate=rotate, **_UNMANAGED)
    state = preflight.run(run).state
    assert state.settled is settled
    assert state.rotate == (["client"] if rotate is True else rotate)


@pytest.mark.parametrize(
    "role", [ADMINISTRATOR, our_role({}), our_role(isAdmin=True), our_role({}, name="other")]
)
def test_credentials_with_other_rights_than_asked_for_are_not_settled(
    new_run: NewRun, mautic: FakeMautic, tmp_path: Path, role: dict[str, Any]
) -> None:
    mautic.roles["app"] = role
    (tmp_path / ".env").write_text(_SETTLED)
    run = new_run(mautic_admin_password="admin-password", **_UNMANAGED)
    assert not preflight.run(run).state.settled


def test_an_admin_password_that_a_run_died_over_is_something_to_do(
    new_run: NewRun, mautic: FakeMautic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "check", lambda _run, _state: [])
    (tmp_path / ".env").write_text(_SETTLED)
    run = new_run()
    assert preflight.run(run).state.settled
    run.secrets.write("admin_password.next", "new-password")
    assert not preflight.run(run).state.settled


def test_no_engine_is_asked_where_the_containers_are_none_of_our_business(
    new_run: NewRun, engine: FakeEngine, mautic: FakeMautic
) -> None:
    preflight.run(new_run(mautic_admin_password="admin-password", **_UNMANAGED))
    assert engine.looks == 0


def test_a_password_is_needed_where_mautic_already_runs(new_run: NewRun) -> None:
    assert _problems(new_run, **_UNMANAGED) == [_NO_PASSWORD]


def test_a_password_generated_for_a_mautic_of_ours_is_none_for_one_that_already_runs(
    new_run: NewRun,
) -> None:
    new_run().secrets.write("admin_password", "generated-one")
    assert _problems(new_run, **_UNMANAGED) == [_NO_PASSWORD]


def test_a_client_made_by_hand_needs_neither_password_nor_browser(
    new_run: NewRun, mautic: FakeMautic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "find_chromium", _no_browser)
    run = new_run(mautic_client_id="1_id", mautic_client_secret="secret-1", **_UNMANAGED)
    assert preflight.run(run).message.endswith("there is something to do")


def test_a_kept_client_that_renews_a_token_needs_no_browser_but_only_for_what_it_was_made_for(
    new_run: NewRun, mautic: FakeMautic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "find_chromium", _no_browser)
    values = _UNMANAGED | {"app_env_auth": "token", "mautic_admin_password": "admin-password"}
    run = new_run(**values)
    KeptClient("http://localhost:8080", "app", "1_id", "secret-1", RIGHTS).save(run.secrets)
    assert not preflight.run(run).state.settled
    assert len(_problems(new_run, **values | {"mautic_client_name": "other"})) == 1
    assert len(_problems(new_run, **values | {"mautic_api_privileges": "admin"})) == 1
    assert len(_problems(new_run, **values | {"app_env_auth": "oauth2"})) == 1


def test_a_browser_that_is_missing_is_told_with_the_guide_for_doing_it_by_hand(
    new_run: NewRun, free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "find_chromium", _no_browser)
    (problem,) = _problems(new_run, mautic_url=f"http://localhost:{free}")
    assert problem.startswith("[24] BrowserMissingError: start a browser: ")
    assert problem.endswith("\n1. Log in")


def test_an_engine_that_is_away_is_one_problem_among_others(
    new_run: NewRun, engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> Snapshot:
        raise ContainerError("run `docker inspect`", expected="x", seen="none", hint="Start it.")

    monkeypatch.setattr(engine, "inspect", away)
    monkeypatch.setattr(preflight, "find_chromium", _no_browser)
    (tmp_path / ".env").mkdir()
    env, docker, browser = _problems(new_run)
    assert env.startswith(
        f"app_env_path is {tmp_path / '.env'}: expected a file, or none yet, saw a dir"
    )
    assert docker == "run `docker inspect`: expected x, saw none. Start it."
    assert browser.startswith("[24] ")


def test_strangers_are_not_taken_over(new_run: NewRun, engine: FakeEngine, free: int) -> None:
    engine.containers["mautic-web"] = container("mautic-web", labels={LABEL_INSTANCE: "other"})
    engine.containers["mautic-db"] = container("mautic-db")
    engine.networks["mautic"] = {}
    assert _problems(new_run, mautic_url=f"http://localhost:{free}") == [
        (
            "mautic_instance is mautic, but the container mautic-web was not made by this project; choose another"
            " mautic_instance"
        ),
        (
            "mautic_instance is mautic, but the network mautic was not made by this project; choose another"
            " mautic_instance"
        ),
    ]


def test_a_port_taken_by_a_mautic_names_the_inventory_for_it(new_run: NewRun, taken: int) -> None:
    with FakeMautic(url=f"http://localhost:{taken}"):
        problems = _problems(new_run, mautic_url=f"http://localhost:{taken}")
    assert problems == [
        (
            f"mautic_url names port {taken}, but 127.0.0.1:{taken} is taken by a Mautic that already runs; use it"
            " with `-i inventory/existing`, or name a free port in mautic_url"
        )
    ]


def test_a_port_taken_by_something_else_is_told(new_run: NewRun, taken: int) -> None:
    with FakeMautic(url=f"http://localhost:{taken}", page=NOBODY):
        problems = _problems(new_run, mautic_url=f"http://localhost:{taken}")
    assert problems == [
        (
            f"mautic_url names port {taken}, but 127.0.0.1:{taken} is taken by another program; name a free port in"
            " mautic_url"
        )
    ]


def test_a_port_taken_where_the_name_leads_as_well_is_told(
    new_run: NewRun, engine: FakeEngine, free: int
) -> None:
    engine.containers["mautic-web"] = container("mautic-web", ports=(free,))
    with socket.create_server(("::1", free), family=socket.AF_INET6):
        problems = _problems(new_run, mautic_url=f"http://localhost:{free}")
        by_address = preflight.check(new_run(mautic_url=f"http://127.0.0.1:{free}"), State())
    assert problems == [
        (
            f"mautic_url names port {free}, but [::1]:{free} is taken by another program, and the name leads there as"
            " well as to 127.0.0.1; name a free port in mautic_url"
        )
    ]
    assert by_address == []


def test_a_rehearsal_s_name_is_no_real_instance_s(new_run: NewRun, mautic: FakeMautic) -> None:
    values = {"mautic_instance": "mautic-rehearsal", "mautic_admin_password": "x"} | _UNMANAGED
    (problem,) = _problems(new_run, **values)
    assert problem == (
        "mautic_instance is mautic-rehearsal; such a name is kept for a rehearsal, which the teardown of the"
        " instance before it removes too; choose another one"
    )
    assert preflight.check(new_run(**values), State(rehearsal=True)) == []


@pytest.mark.parametrize(
    ("changes", "is_ours"),
    [({}, True), ({"status": "exited"}, False), ({"ports": (1,)}, False)],
)
def test_a_port_is_ours_where_our_web_container_runs_on_it(
    new_run: NewRun, engine: FakeEngine, taken: int, changes: dict[str, Any], is_ours: bool
) -> None:
    engine.containers["mautic-web"] = container("mautic-web", **{"ports": (taken,)} | changes)
    with FakeMautic(url=f"http://localhost:{taken}", page=NOBODY):
        problems = preflight.check(new_run(mautic_url=f"http://localhost:{taken}"), State())
    assert (problems == []) is is_ours


def test_a_rehearsal_has_a_port_of_its_own(new_run: NewRun, taken: int) -> None:
    run = new_run(mautic_url=f"http://localhost:{taken}", mautic_fallback="rehearsal")
    assert preflight.check(run, State()) == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_free_port_is_free_and_a_taken_one_is_not(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as server:
        port = server.getsockname()[1]
        assert not preflight._is_free(address, port)
    assert preflight._is_free(address, port)


def test_a_port_that_only_the_engine_may_bind_is_no_stranger_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", denied)
    assert preflight._is_free("127.0.0.1", 80)
