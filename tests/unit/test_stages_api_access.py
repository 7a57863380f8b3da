from pathlib import Path
from typing import Any

import pytest

from mautic_bootstrap.admin.model import Change
from mautic_bootstrap.errors import SecretLostError
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.run import State
from mautic_bootstrap.stages import api_access
from unit.fake_mautic import FakeMautic
from unit.fakes import RIGHTS, AdminUi, NewRun, outcome

_URL = "http://localhost:8080"
_PASSWORD = {"mautic_admin_password": "gorse-lantern-42-quietly"}
_RIGHTS = (
    "rights: campaign:campaigns viewown, viewother; email:emails viewown, viewother, editown, editother, create;"
    " lead:leads viewown, viewother, editown, editother, create; lead:lists viewown, viewother"
)
_CREATED = Change("OAuth2 client 'app'", "absent", "created")


def _installed() -> State:
    return State(installed=True)


def test_the_client_that_the_admin_ui_shows_is_kept_for_the_next_stage(
    new_run: NewRun, admin_ui: AdminUi
) -> None:
    admin_ui(outcome(changes=(Change("API", "off", "on"), _CREATED)))
    run = new_run(**_PASSWORD)
    result = api_access.run(run, _installed())
    assert KeptClient.load(run.secrets) == KeptClient(_URL, "app", "1_id", "secret-1", RIGHTS)
    assert result.changed
    assert (result.before, result.after) == (
        "API: off\nOAuth2 client 'app': absent",
        "API: on\nOAuth2 client 'app': created",
    )
    assert result.message == "API: off -> on; OAuth2 client 'app': absent -> created"
    assert result.state.facts == {
        "mautic_version": "7.0.0",
        "client_name": "app",
        "client_number": "1",
        "client_id": "1_id",
    }


def test_the_secret_is_in_no_result_and_masked_from_then_on(
    new_run: NewRun, admin_ui: AdminUi
) -> None:
    admin_ui(outcome())
    run = new_run(**_PASSWORD)
    result = api_access.run(run, _installed())
    assert "secret-1" not in repr(result)
    assert run.redactor.mask("secret-1") == "********"


def test_nothing_to_change_is_no_change(new_run: NewRun, admin_ui: AdminUi) -> None:
    admin_ui(outcome())
    result = api_access.run(new_run(**_PASSWORD), _installed())
    assert not result.changed
    assert result.message == "the admin UI shows everything as wanted"


@pytest.mark.parametrize(
    ("values", "login", "client_name", "basic_auth"),
    [
        ({}, "client", "app", None),
        ({"mautic_client_name": "shop"}, "client", "shop", None),
        ({"app_env_auth": "basic"}, "user", "app", True),
        ({"app_env_auth": "basic", "mautic_api_privileges": "admin"}, "admin", "app", True),
        ({"app_env_auth": "token"}, "client", "app", None),
        ({"mautic_basic_auth": False}, "client", "app", False),
        ({"mautic_basic_auth": True, "app_env_auth": "oauth2"}, "client", "app", True),
    ],
)
def test_what_is_wished_for_follows_the_variables(
    *,
    new_run: NewRun,
    admin_ui: AdminUi,
    mautic: FakeMautic,
    values: dict[str, Any],
    login: str,
    client_name: str,
    basic_auth: bool,
) -> None:
    ((wish, check),) = (
        admin_ui(outcome(client=None)),
        api_access.run(new_run(**_PASSWORD | values), _installed()),
    )[0]
    assert not check
    assert (wish.login, wish.client_name, wish.basic_auth) == (login, client_name, basic_auth)
    assert (wish.base_url, wish.username) == (_URL, "admin")
    assert wish.password.get_secret_value() == _PASSWORD["mautic_admin_password"]
    assert "gorse" not in repr(wish)


def test_a_generated_password_is_used(new_run: NewRun, admin_ui: AdminUi) -> None:
    wishes = admin_ui(outcome())
    run = new_run()
    run.secrets.write("admin_password", "generated-one")
    api_access.run(run, _installed())
    assert wishes[0][0].password.get_secret_value() == "generated-one"


@pytest.mark.parametrize("check", [True, False])
def test_a_lost_admin_password_is_told_without_a_login(
    new_run: NewRun, admin_ui: AdminUi, check: bool
) -> None:
    wishes = admin_ui(outcome())
    run = new_run(check=check)
    with pytest.raises(SecretLostError) as caught:
        api_access.run(run, _installed())
    assert str(caught.value) == (
        f"log in to {_URL} as admin: expected the password in mautic_admin_password or in {run.secrets.path},"
        " saw neither, although Mautic is installed already. Set mautic_admin_password, or restore the file"
        " admin_password from a backup; a forgotten one can be reset in Mautic by e-mail or by another admin."
    )
    assert wishes == []


def test_what_else_a_save_changed_is_one_warning_where_somebody_may_mind(
    new_run: NewRun, admin_ui: AdminUi
) -> None:
    also = (Change("unsubscribe_text", "'a'", '"a"'), Change("do_not_track_bots", "x ", "x"))
    admin_ui(outcome(also_changed=also))
    said: list[str] = []
    result = api_access.run(new_run(said=said, **_PASSWORD), _installed())
    assert result.warnings == [
        (
            "Saving the configuration page, Mautic changed 2 more values by itself:\n"
            "  unsubscribe_text: 'a' -> \"a\"\n"
            "  do_not_track_bots: x  -> x"
        )
    ]
    fresh = State(installed=True, fresh=True)
    assert api_access.run(new_run(said=said, **_PASSWORD), fresh).warnings == []
    assert said[-1].endswith("more values by itself: unsubscribe_text, do_not_track_bots")


def test_a_client_made_by_hand_needs_no_browser(
    new_run: NewRun, admin_ui: AdminUi, mautic: FakeMautic
) -> None:
    wishes = admin_ui(outcome())
    run = new_run(mautic_client_id="1_id", mautic_client_secret="secret-1")
    result = api_access.run(run, _installed())
    assert (result.message, result.changed) == ("the client was made by hand", False)
    assert KeptClient.load(run.secrets) == KeptClient(_URL, "app", "1_id", "secret-1", RIGHTS)
    assert (wishes, mautic.calls) == ([], [])


@pytest.mark.parametrize(
    ("values", "after"),
    [
        ({}, ["API: on", "OAuth2 client 'app': created", _RIGHTS]),
        ({"mautic_api_privileges": "admin"}, ["API: on", "OAuth2 client 'app': created"]),
        ({"app_env_auth": "basic"}, ["API: on", "HTTP basic auth: on", _RIGHTS]),
        (
            {"mautic_basic_auth": True},
            ["API: on", "HTTP basic auth: on", "OAuth2 client 'app': created", _RIGHTS],
        ),
        (
            {"mautic_api_permissions": {"asset:assets": ["viewother"]}},
            ["API: on", "OAuth2 client 'app': created", "rights: asset:assets viewother"],
        ),
    ],
)
def test_check_mode_plans_what_a_mautic_not_yet_installed_will_need(
    new_run: NewRun, admin_ui: AdminUi, values: dict[str, Any], after: list[str]
) -> None:
    wishes = admin_ui(outcome())
    result = api_access.run(new_run(check=True, **values), State(installed=False))
    assert result.changed
    assert result.after.splitlines() == after
    assert result.message == f"would be: {'; '.join(after)}"
    assert wishes == []


def test_check_mode_plans_nothing_for_a_mautic_whose_containers_do_not_run(
    new_run: NewRun, admin_ui: AdminUi
) -> None:
    wishes = admin_ui(outcome())
    state = State(differences=["container mautic-web: exited -> running"])
    result = api_access.run(new_run(check=True), state)
    assert (result.changed, wishes) == (False, [])
    assert result.message == "the containers would show it once they run"


def test_check_mode_looks_into_an_installed_mautic_and_keeps_nothing(
    new_run: NewRun, admin_ui: AdminUi, tmp_path: Path
) -> None:
    wishes = admin_ui(outcome(changes=(_CREATED,), client=None))
    run = new_run(check=True, **_PASSWORD)
    result = api_access.run(run, _installed())
    assert result.changed
    assert [check for _wish, check in wishes] == [True]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("secret", "same"), [("secret-1", True), ("wrong", False), ("", False)])
def test_a_client_is_known_to_be_in_env_by_its_id_and_its_secret(
    new_run: NewRun, admin_ui: AdminUi, tmp_path: Path, secret: str, same: bool
) -> None:
    admin_ui(outcome())
    (tmp_path / ".env").write_text(f"MAUTIC_CLIENT_ID=1_id\nMAUTIC_CLIENT_SECRET={secret}\n")
    result = api_access.run(new_run(check=True, **_PASSWORD), _installed())
    assert result.state.client_in_env is same


def test_credentials_that_hold_once_the_containers_run_need_no_browser(
    new_run: NewRun, admin_ui: AdminUi, mautic: FakeMautic, tmp_path: Path
) -> None:
    wishes = admin_ui(outcome())
    (tmp_path / ".env").write_text(
        f"MAUTIC_API_URL={_URL}\nMAUTIC_CLIENT_ID=1_id\nMAUTIC_CLIENT_SECRET=secret-1\n"
    )
    state = State(installed=True, differences=["container mautic-web: exited -> running"])
    result = api_access.run(new_run(), state)
    assert state.settled
    assert result.message == f"Mautic accepts what {tmp_path / '.env'} holds"
    assert wishes == []
