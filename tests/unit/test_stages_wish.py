"""What the admin UI is to bring about: what the application has already, and what is asked for."""

from pathlib import Path
from typing import Any

import pytest

from mautic_bootstrap.admin.plan import plan_client
from mautic_bootstrap.api.models import Role
from mautic_bootstrap.errors import BroaderThanAskedError
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.stages.wish import wish_of
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS
from unit.admin_values import admin_role, client, role, seen
from unit.fake_mautic import FakeMautic
from unit.fakes import RIGHTS, NewRun

_URL = "http://localhost:8080"
_PASSWORD = {"mautic_admin_password": "gorse-lantern-42-quietly"}
_CLIENT = {"MAUTIC_CLIENT_ID": "1_id", "MAUTIC_CLIENT_SECRET": "secret-1"}
_USER = {"MAUTIC_USERNAME": "mautic-bootstrap-app", "MAUTIC_PASSWORD": "user-password"}
_BASIC = {"app_env_auth": "basic"}


def _write_env(root: Path, values: dict[str, str], url: str = _URL) -> None:
    lines = [f"{name}={value}\n" for name, value in ({"MAUTIC_API_URL": url} | values).items()]
    (root / ".env").write_text("".join(lines))


@pytest.mark.parametrize(
    ("values", "permissions", "rotate"),
    [
        ({}, DEFAULT_PERMISSIONS, False),
        ({"mautic_api_privileges": "admin"}, None, False),
        (
            {"mautic_api_permissions": {"lead:leads": ["viewown"]}},
            {"lead:leads": ("viewown",)},
            False,
        ),
        ({"mautic_rotate": True}, DEFAULT_PERMISSIONS, True),
        ({"mautic_rotate": ["cache_key", "client"]}, DEFAULT_PERMISSIONS, True),
        ({"mautic_rotate": ["cache_key"]}, DEFAULT_PERMISSIONS, False),
    ],
)
def test_rights_and_rotation_follow_the_variables(
    new_run: NewRun, values: dict[str, Any], permissions: Any, rotate: bool
) -> None:
    wish = wish_of(new_run(**values, **_PASSWORD))
    assert (wish.permissions, wish.rotate) == (permissions, rotate)
    assert wish.in_use is None


def test_an_admin_password_asked_to_rotate_rotates_no_client(new_run: NewRun) -> None:
    run = new_run(mautic_rotate=["admin"])
    run.secrets.write("admin_password", "generated-one")
    assert not wish_of(run).rotate


@pytest.mark.parametrize(
    ("written", "url", "in_use"),
    [
        (_CLIENT, _URL, "1_id"),
        ({"MAUTIC_CLIENT_ID": "1_id"}, _URL, "1_id"),
        (_CLIENT, "http://localhost:8081", None),
        (_CLIENT, "http://localhost:8080/crm", None),
        ({}, _URL, None),
        (_USER, _URL, None),
    ],
)
def test_the_client_in_env_is_in_use_if_it_is_this_mautic_s_and_no_call_is_made_for_it(
    *,
    new_run: NewRun,
    mautic: FakeMautic,
    tmp_path: Path,
    written: dict[str, str],
    url: str,
    in_use: str | None,
) -> None:
    _write_env(tmp_path, written, url)
    assert wish_of(new_run(**_PASSWORD)).in_use == in_use
    assert mautic.calls == []


def test_a_client_kept_by_a_run_that_died_is_not_in_use_before_env_has_it(
    new_run: NewRun, tmp_path: Path
) -> None:
    run = new_run(**_PASSWORD)
    KeptClient(_URL, "app", "2_id", "secret-2", RIGHTS).save(run.secrets)
    assert wish_of(run).in_use is None
    _write_env(tmp_path, {})
    assert wish_of(run).in_use is None
    _write_env(tmp_path, _CLIENT)
    assert wish_of(run).in_use == "1_id"


@pytest.mark.parametrize(
    ("token", "in_use"), [("token-2", "2_id"), ("token-1", None), (None, None)]
)
def test_for_a_token_the_client_that_made_it_is_in_use_however_old_it_is(
    *,
    new_run: NewRun,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    token: str | None,
    in_use: str | None,
) -> None:
    run = new_run(app_env_auth="token", **_PASSWORD)
    monkeypatch.setattr("mautic_bootstrap.kept_client.time.time", lambda: 1_000.0)
    KeptClient(_URL, "app", "2_id", "secret-2", RIGHTS).with_token("token-2", 3600).save(
        run.secrets
    )
    monkeypatch.undo()
    _write_env(tmp_path, {"MAUTIC_API_TOKEN": token} if token else {})
    wish = wish_of(run)
    secret = wish.in_use_secret and wish.in_use_secret.get_secret_value()
    assert (wish.in_use, secret) == (in_use, "secret-2" if in_use else None)


@pytest.mark.parametrize(
    ("written", "url", "secret"),
    [
        (_CLIENT, _URL, "secret-1"),
        (_CLIENT | {"MAUTIC_CLIENT_SECRET": "another"}, _URL, "another"),
        ({"MAUTIC_CLIENT_ID": "1_id"}, _URL, None),
        ({"MAUTIC_CLIENT_ID": "1_id", "MAUTIC_API_TOKEN": "token-1"}, _URL, None),
        (_CLIENT, "http://localhost:8081", None),
        (_USER, _URL, None),
    ],
)
def test_the_secret_is_the_one_that_the_application_has_beside_the_id(
    new_run: NewRun, tmp_path: Path, written: dict[str, str], url: str, secret: str | None
) -> None:
    _write_env(tmp_path, written, url)
    wish = wish_of(new_run(**_PASSWORD))
    assert (wish.in_use_secret and wish.in_use_secret.get_secret_value()) == secret
    assert "secret-1" not in repr(wish)


@pytest.mark.parametrize(
    "written",
    [
        _CLIENT | {"MAUTIC_CLIENT_SECRET": "another"},
        {"MAUTIC_CLIENT_ID": "1_id"},
        {"MAUTIC_CLIENT_ID": "1_id", "MAUTIC_CLIENT_SECRET": ""},
    ],
)
@pytest.mark.parametrize("held", [admin_role(), role(9, {"lead:leads": ["full"]}, name="Sales")])
def test_an_id_in_env_without_its_own_secret_does_not_vouch_for_a_broader_client(
    new_run: NewRun, tmp_path: Path, written: dict[str, str], held: Role
) -> None:
    observed = seen(client(), role=held)
    _write_env(tmp_path, _CLIENT)
    assert plan_client(wish_of(new_run(**_PASSWORD)), observed).warnings
    _write_env(tmp_path, written)
    with pytest.raises(BroaderThanAskedError):
        plan_client(wish_of(new_run(**_PASSWORD)), observed)


@pytest.mark.parametrize(
    ("values", "written", "basic", "in_use"),
    [
        (_BASIC, _USER, True, "mautic-bootstrap-app"),
        (_BASIC, _USER | {"MAUTIC_PASSWORD": "wrong"}, True, None),
        (_BASIC, _USER, False, None),
        (_BASIC, {}, True, None),
        (_BASIC, _CLIENT, True, None),
        (
            _BASIC | {"mautic_api_privileges": "admin"},
            {"MAUTIC_USERNAME": "admin", "MAUTIC_PASSWORD": "admin-password"},
            True,
            "admin",
        ),
    ],
)
def test_a_user_is_in_use_if_mautic_lets_it_in(
    *,
    new_run: NewRun,
    mautic: FakeMautic,
    tmp_path: Path,
    values: dict[str, Any],
    written: dict[str, str],
    basic: bool,
    in_use: str | None,
) -> None:
    mautic.basic = basic
    _write_env(tmp_path, written)
    assert wish_of(new_run(**values, **_PASSWORD)).in_use == in_use


def test_a_user_of_another_mautic_is_not_even_tried(
    new_run: NewRun, mautic: FakeMautic, tmp_path: Path
) -> None:
    mautic.basic = True
    _write_env(tmp_path, _USER, "http://localhost:8081")
    assert wish_of(new_run(**_BASIC, **_PASSWORD)).in_use is None
    assert mautic.calls == []
