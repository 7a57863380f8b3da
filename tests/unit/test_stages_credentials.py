import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from mautic_bootstrap.api.models import User
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.run import State
from mautic_bootstrap.stages import observe
from unit.fake_mautic import FakeMautic
from unit.fakes import RIGHTS, NewRun

_URL = "http://localhost:8080"
_CLIENT = {"MAUTIC_CLIENT_ID": "1_id", "MAUTIC_CLIENT_SECRET": "secret-1"}
_USER = {"MAUTIC_USERNAME": "mautic-bootstrap-app", "MAUTIC_PASSWORD": "user-password"}
_ADMIN = {"MAUTIC_USERNAME": "admin", "MAUTIC_PASSWORD": "admin-password"}
_AS_ADMIN = {"app_env_auth": "basic", "mautic_api_privileges": "admin"}

_LOOKS = ["GET /api/users/self", "GET /api/contacts"]


def _write_env(root: Path, values: dict[str, str], url: str = _URL) -> None:
    lines = [f"{name}={value}\n" for name, value in ({"MAUTIC_API_URL": url} | values).items()]
    (root / ".env").write_text("".join(lines))


@pytest.mark.parametrize(
    ("values", "written", "holds"),
    [
        ({}, _CLIENT, True),
        ({}, {}, False),
        ({}, _CLIENT | {"MAUTIC_CLIENT_SECRET": "wrong"}, False),
        ({}, _CLIENT | {"MAUTIC_CLIENT_ID": "9_id"}, False),
        ({"mautic_client_name": "other"}, _CLIENT, False),
        ({"mautic_client_id": "1_id", "mautic_client_secret": "x"}, _CLIENT, True),
        ({"mautic_client_id": "2_id", "mautic_client_secret": "x"}, _CLIENT, False),
        ({"app_env_auth": "basic"}, _CLIENT, False),
        ({"app_env_auth": "token"}, _CLIENT, False),
        ({"mautic_basic_auth": True}, _CLIENT, True),
        ({"mautic_basic_auth": False}, _CLIENT, False),
        ({"app_env_auth": "basic"}, _USER, True),
        ({"app_env_auth": "basic"}, _USER | {"MAUTIC_PASSWORD": "wrong"}, False),
        ({"app_env_auth": "basic", "mautic_client_name": "other"}, _USER, False),
        ({"app_env_auth": "basic"}, _ADMIN, False),
        (_AS_ADMIN, _ADMIN, True),
        (_AS_ADMIN, _ADMIN | {"MAUTIC_PASSWORD": "wrong"}, False),
        (_AS_ADMIN | {"mautic_admin_username": "boss"}, _ADMIN, False),
        (_AS_ADMIN, _USER, False),
        ({}, _USER, False),
        ({}, {"MAUTIC_API_TOKEN": "token-1"}, False),
        ({"app_env_auth": "token"}, {"MAUTIC_API_TOKEN": "token-1"}, False),
    ],
)
def test_credentials_hold_where_they_are_those_asked_for_and_mautic_takes_them(
    *,
    mautic: FakeMautic,
    new_run: NewRun,
    tmp_path: Path,
    values: dict[str, Any],
    written: dict[str, str],
    holds: bool,
) -> None:
    mautic.basic = True
    _write_env(tmp_path, written)
    assert observe.credentials_hold(new_run(**values), State()) is holds


def test_basic_auth_asked_for_but_off_does_not_hold(
    mautic: FakeMautic, new_run: NewRun, tmp_path: Path
) -> None:
    _write_env(tmp_path, _CLIENT)
    assert not observe.credentials_hold(new_run(mautic_basic_auth=True), State())
    assert observe.credentials_hold(new_run(mautic_basic_auth=False), State())
    assert observe.credentials_hold(new_run(), State())


def test_a_client_of_the_right_name_costs_a_token_and_two_calls_and_is_noted(
    mautic: FakeMautic, new_run: NewRun, tmp_path: Path
) -> None:
    _write_env(tmp_path, _CLIENT)
    state = State()
    assert observe.credentials_hold(new_run(), state)
    assert mautic.calls == ["POST /oauth/v2/token", *_LOOKS]
    assert state.facts == {"mautic_version": "7.0.0", "client_name": "app", "client_number": "1"}


@pytest.mark.parametrize("url", ["http://localhost:8081", "http://localhost:8080/crm"])
def test_credentials_for_another_mautic_are_not_even_tried(
    mautic: FakeMautic, new_run: NewRun, tmp_path: Path, url: str
) -> None:
    _write_env(tmp_path, _CLIENT, url)
    assert not observe.credentials_hold(new_run(), State())
    assert mautic.calls == []


@pytest.mark.parametrize("content", [b"MAUTIC_API_URL=a\nMAUTIC_API_URL=b\n", b"\xff"])
def test_a_file_that_cannot_be_understood_does_not_hold(
    mautic: FakeMautic, new_run: NewRun, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / ".env").write_bytes(content)
    assert not observe.credentials_hold(new_run(), State())
    assert mautic.calls == []


def test_an_api_that_is_off_or_does_not_answer_does_not_hold(
    mautic: FakeMautic, new_run: NewRun, tmp_path: Path
) -> None:
    _write_env(tmp_path, _CLIENT)
    mautic.api = False
    assert not observe.credentials_hold(new_run(), State())
    mautic.broken["/oauth/v2/token"] = httpx.Response(502, html="Bad Gateway")
    assert not observe.credentials_hold(new_run(), State())


@pytest.mark.parametrize(("age_s", "holds"), [(60, True), (1900, False)])
def test_a_static_token_holds_for_half_of_its_life(
    *,
    mautic: FakeMautic,
    new_run: NewRun,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    age_s: float,
    holds: bool,
) -> None:
    run = new_run(app_env_auth="token")
    mautic.tokens["token-0"] = "app"
    KeptClient(_URL, "app", "1_id", "secret-1", RIGHTS).with_token("token-0", 3600).save(
        run.secrets
    )
    _write_env(tmp_path, {"MAUTIC_API_TOKEN": "token-0"})
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + age_s)
    assert observe.credentials_hold(run, State()) is holds
    assert mautic.calls == (_LOOKS if holds else [])


@pytest.mark.parametrize(
    ("username", "noted"),
    [
        ("app [1]", {"client_name": "app", "client_number": "1"}),
        ("a [b] [12]", {"client_name": "a [b]", "client_number": "12"}),
        ("admin", {}),
        ("", {}),
    ],
)
def test_a_pseudo_user_names_its_client(username: str, noted: dict[str, str]) -> None:
    state = State()
    assert observe.note_client(User(username=username), state) == noted.get("client_name")
    assert state.facts == noted
