"""Stage 4 for an application that gets an hour's token only."""

from typing import Any

import pytest

from mautic_bootstrap.errors import AuthenticationError
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.run import State
from mautic_bootstrap.stages import api_access
from unit.fake_mautic import ADMINISTRATOR, FakeMautic, our_role
from unit.fakes import RIGHTS, AdminUi, NewRun, outcome

_URL = "http://localhost:8080"
_PASSWORD = {"mautic_admin_password": "gorse-lantern-42-quietly"}


def _installed() -> State:
    return State(installed=True)


def test_for_a_token_one_is_asked_for_with_the_new_client(
    new_run: NewRun, admin_ui: AdminUi, mautic: FakeMautic
) -> None:
    admin_ui(outcome())
    run = new_run(app_env_auth="token", **_PASSWORD)
    api_access.run(run, _installed())
    kept = KeptClient.load(run.secrets)
    assert kept is not None
    assert kept.token == "token-1"
    assert mautic.calls == ["POST /oauth/v2/token"]


def test_a_client_that_is_refused_is_an_error_and_not_kept(
    new_run: NewRun, admin_ui: AdminUi, mautic: FakeMautic
) -> None:
    mautic.clients.clear()
    admin_ui(outcome())
    run = new_run(app_env_auth="token", **_PASSWORD)
    with pytest.raises(AuthenticationError):
        api_access.run(run, _installed())
    assert KeptClient.load(run.secrets) is None


@pytest.mark.parametrize(
    ("kept", "values", "renews"),
    [
        ((_URL, "app", "1_id", "secret-1", RIGHTS), {}, True),
        ((_URL, "app", "1_id", "wrong", RIGHTS), {}, False),
        ((_URL, "app", "1_id", "secret-1", "admin"), {}, False),
        ((_URL, "app", "1_id", "secret-1", ""), {}, False),
        ((_URL, "other", "1_id", "secret-1", RIGHTS), {}, False),
        (("http://localhost:1", "app", "1_id", "secret-1", RIGHTS), {}, False),
        ((_URL, "app", "1_id", "secret-1", RIGHTS), {"mautic_basic_auth": True}, False),
        ((_URL, "app", "1_id", "secret-1", RIGHTS), {"mautic_basic_auth": False}, True),
    ],
)
def test_a_kept_client_renews_a_token_without_a_browser_where_nothing_else_is_wished_for(
    *,
    new_run: NewRun,
    admin_ui: AdminUi,
    mautic: FakeMautic,
    kept: tuple[str, str, str, str, str],
    values: dict[str, Any],
    renews: bool,
) -> None:
    wishes = admin_ui(outcome())
    run = new_run(app_env_auth="token", **_PASSWORD | values)
    KeptClient(*kept).save(run.secrets)
    result = api_access.run(run, _installed())
    assert (wishes == []) is renews
    assert (result.message == "the kept client renews the token") is renews
    after = KeptClient.load(run.secrets)
    assert after is not None
    assert after.token == "token-1"
    assert mautic.calls.count("POST /oauth/v2/token") <= 2
    assert not any("localhost:1/" in call for call in mautic.calls)


def test_a_renewal_asks_for_one_token_only_and_judges_just_that_one(
    new_run: NewRun, admin_ui: AdminUi, mautic: FakeMautic
) -> None:
    admin_ui(outcome())
    run = new_run(app_env_auth="token", **_PASSWORD)
    KeptClient(_URL, "app", "1_id", "secret-1", RIGHTS).save(run.secrets)
    api_access.run(run, _installed())
    assert mautic.calls == ["POST /oauth/v2/token", "GET /api/users/self"]


@pytest.mark.parametrize(
    "role", [ADMINISTRATOR, our_role({}), our_role({}, name="mautic-bootstrap: other")]
)
def test_a_kept_client_with_other_rights_than_asked_for_renews_no_token_by_itself(
    new_run: NewRun, admin_ui: AdminUi, mautic: FakeMautic, role: dict[str, Any]
) -> None:
    wishes = admin_ui(outcome())
    mautic.roles["app"] = role
    run = new_run(app_env_auth="token", **_PASSWORD)
    KeptClient(_URL, "app", "1_id", "secret-1", RIGHTS).save(run.secrets)
    api_access.run(run, _installed())
    assert len(wishes) == 1
