"""Stage 4 and least privilege: rights, rotation, and the user of HTTP basic auth."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from mautic_bootstrap.admin import password as account
from mautic_bootstrap.admin.model import ApiUser, Change
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.kept_user import KeptUser
from mautic_bootstrap.run import State
from mautic_bootstrap.stages import api_access
from unit.admin_values import STAMP, client
from unit.fake_mautic import ADMINISTRATOR, FakeMautic, our_role
from unit.fakes import RIGHTS, AdminUi, NewRun, outcome

_URL = "http://localhost:8080"
_PASSWORD = {"mautic_admin_password": "gorse-lantern-42-quietly"}
_ENV = f"MAUTIC_API_URL={_URL}\nMAUTIC_CLIENT_ID=1_id\nMAUTIC_CLIENT_SECRET=secret-1\n"
_BASIC = {"app_env_auth": "basic"} | _PASSWORD


def _installed() -> State:
    return State(installed=True)


def test_drift_is_shown_as_a_difference_and_warnings_are_handed_on(
    new_run: NewRun, admin_ui: AdminUi
) -> None:
    removed = Change("role r: lead:leads deleteown", "allowed", "not asked for, removed")
    also = (Change("unsubscribe_text", "a", "b"),)
    admin_ui(outcome(changes=(removed,), warnings=("Beware.",), also_changed=also))
    result = api_access.run(new_run(**_PASSWORD), _installed())
    assert result.changed
    assert result.before == "role r: lead:leads deleteown: allowed"
    assert result.after == "role r: lead:leads deleteown: not asked for, removed"
    assert result.warnings[0] == "Beware."
    assert len(result.warnings) == 2


@pytest.mark.parametrize("unfinished", [True, False])
def test_what_a_rotation_left_is_handed_to_the_stage_that_ends_it(
    new_run: NewRun, admin_ui: AdminUi, unfinished: bool
) -> None:
    admin_ui(outcome(unfinished=unfinished))
    assert api_access.run(new_run(**_PASSWORD), _installed()).state.unfinished is unfinished


@pytest.mark.parametrize("replaces", [None, 1])
def test_the_client_that_a_rotation_replaces_is_handed_to_the_stage_that_ends_it(
    new_run: NewRun, admin_ui: AdminUi, replaces: int | None
) -> None:
    admin_ui(outcome(replaces=replaces))
    assert api_access.run(new_run(**_PASSWORD), _installed()).state.replaces == replaces


def test_a_client_is_kept_with_the_rights_that_were_asked_for(
    new_run: NewRun, admin_ui: AdminUi
) -> None:
    admin_ui(outcome())
    run = new_run(mautic_api_privileges="admin", **_PASSWORD)
    api_access.run(run, _installed())
    assert KeptClient.load(run.secrets) == KeptClient(_URL, "app", "1_id", "secret-1", "admin")


def test_a_client_made_by_a_rotation_is_kept_under_its_plain_name(
    new_run: NewRun, admin_ui: AdminUi
) -> None:
    admin_ui(outcome(client=client(2, f"app (next {STAMP})"), adopted=False, unfinished=True))
    run = new_run(mautic_rotate=True, **_PASSWORD)
    result = api_access.run(run, _installed())
    assert KeptClient.load(run.secrets) == KeptClient(_URL, "app", "2_id", "secret-2", RIGHTS)
    assert result.state.facts["client_name"] == "app"
    assert not result.state.client_in_env


@pytest.mark.parametrize("auth", ["oauth2", "token"])
def test_a_rotation_starts_a_browser_although_all_is_as_wanted(
    new_run: NewRun, admin_ui: AdminUi, mautic: FakeMautic, tmp_path: Path, auth: str
) -> None:
    wishes = admin_ui(outcome())
    (tmp_path / ".env").write_text(_ENV)
    run = new_run(app_env_auth=auth, mautic_rotate=["client"], **_PASSWORD)
    KeptClient(_URL, "app", "1_id", "secret-1", RIGHTS).save(run.secrets)
    state = State(installed=True, differences=["container mautic-web: exited -> running"])
    result = api_access.run(run, state)
    assert [wish.rotate for wish, _check in wishes] == [True]
    assert not result.state.settled


@pytest.mark.parametrize("rotate", ["admin", "cache_key"])
def test_rotating_anything_else_needs_no_browser_here(
    new_run: NewRun, admin_ui: AdminUi, mautic: FakeMautic, tmp_path: Path, rotate: str
) -> None:
    wishes = admin_ui(outcome())
    (tmp_path / ".env").write_text(_ENV)
    run = new_run(mautic_rotate=[rotate])
    run.secrets.write("admin_password", "generated-one")
    api_access.run(run, State(installed=True, differences=["container mautic-web: exited"]))
    assert wishes == []


@pytest.mark.parametrize(
    "role",
    [ADMINISTRATOR, our_role({}), our_role(name=f"mautic-bootstrap: app (rotating {STAMP})")],
)
def test_credentials_with_other_rights_do_not_hold_and_a_browser_starts(
    new_run: NewRun, admin_ui: AdminUi, mautic: FakeMautic, tmp_path: Path, role: dict[str, Any]
) -> None:
    wishes = admin_ui(outcome())
    mautic.roles["app"] = role
    (tmp_path / ".env").write_text(_ENV)
    api_access.run(new_run(**_PASSWORD), State(installed=True, differences=["web: exited"]))
    assert [wish.in_use for wish, _check in wishes] == ["1_id"]


def test_a_user_that_got_a_password_is_kept_for_the_next_stage_and_in_no_result(
    new_run: NewRun, admin_ui: AdminUi
) -> None:
    user = ApiUser("mautic-bootstrap-app", SecretStr("user-password"))
    admin_ui(outcome(client=None, user=user))
    run = new_run(**_BASIC)
    result = api_access.run(run, _installed())
    assert KeptUser.load(run.secrets) == KeptUser(_URL, "mautic-bootstrap-app", "user-password")
    assert KeptClient.load(run.secrets) is None
    assert not result.state.user_in_env
    assert "user-password" not in repr(result)


def test_a_user_that_goes_on_working_is_said_to_be_in_env(
    new_run: NewRun, admin_ui: AdminUi
) -> None:
    admin_ui(outcome(client=None, user_stays=True))
    run = new_run(**_BASIC)
    assert api_access.run(run, _installed()).state.user_in_env
    assert KeptUser.load(run.secrets) is None


def test_check_mode_keeps_no_user(new_run: NewRun, admin_ui: AdminUi, tmp_path: Path) -> None:
    wishes = admin_ui(outcome(client=None))
    api_access.run(new_run(check=True, **_BASIC), _installed())
    assert [check for _wish, check in wishes] == [True]
    assert list(tmp_path.iterdir()) == []


def _works(monkeypatch: pytest.MonkeyPatch, counts: str) -> None:
    def works(_wish: object, password: SecretStr, **_: object) -> bool:
        return password.get_secret_value() == counts

    monkeypatch.setattr(account, "works", works)
    monkeypatch.setattr(account, "log_in", lambda *_, **__: None)


@pytest.mark.parametrize("counts", ["old-password", "new-password"])
@pytest.mark.parametrize("auth", ["oauth2", "token"])
def test_an_admin_password_that_a_run_died_over_is_settled_before_it_is_used(
    *,
    new_run: NewRun,
    admin_ui: AdminUi,
    mautic: FakeMautic,
    monkeypatch: pytest.MonkeyPatch,
    auth: str,
    counts: str,
) -> None:
    _works(monkeypatch, counts)
    wishes = admin_ui(outcome())
    run = new_run(app_env_auth=auth)
    KeptClient(_URL, "app", "1_id", "secret-1", RIGHTS).save(run.secrets)
    run.secrets.write("admin_password", "old-password")
    run.secrets.write("admin_password.next", "new-password")
    api_access.run(run, _installed())
    assert [wish.password.get_secret_value() for wish, _check in wishes] == [counts]
    assert run.secrets.read("admin_password") == counts
    assert run.secrets.read("admin_password.next") is None


def test_check_mode_does_not_try_which_of_two_admin_passwords_counts(
    new_run: NewRun, admin_ui: AdminUi, mautic: FakeMautic
) -> None:
    wishes = admin_ui(outcome())
    run = new_run(check=True)
    run.secrets.write("admin_password", "old-password")
    run.secrets.write("admin_password.next", "new-password")
    result = api_access.run(run, _installed())
    assert result.message == "which admin password counts, a real run finds out"
    assert (wishes, result.changed) == ([], False)
    assert run.secrets.read("admin_password.next") == "new-password"
