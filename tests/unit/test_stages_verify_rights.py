"""Stage 6 and the rights of what it proves."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from mautic_bootstrap.errors import RightsNotProvenError
from mautic_bootstrap.run import StageResult, State
from mautic_bootstrap.stages import verify
from unit.fake_mautic import ADMINISTRATOR, FakeMautic, our_role
from unit.fakes import NewRun

_CLIENT = {"MAUTIC_CLIENT_ID": "1_id", "MAUTIC_CLIENT_SECRET": "secret-1"}
_WAYS_OUT = (
    "Run again with -e mautic_rotate=client to have it replaced by one with the rights asked for, or set"
    " mautic_api_privileges=admin if it is meant to be so."
)
_FEW: dict[str, Any] = {"lead:leads": ["viewown"]}


@pytest.fixture(autouse=True)
def env(tmp_path: Path) -> Path:
    values = {"MAUTIC_API_URL": "http://localhost:8080"} | _CLIENT
    file = tmp_path / ".env"
    file.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    return file


def _verify(new_run: NewRun, **values: Any) -> StageResult:
    state = State(settled=True, timeline=[("start", 1.0), ("preflight", 1.5)])
    return verify.run(new_run(**values), state)


def _table(result: StageResult) -> dict[str, str]:
    lines = result.facts["summary"]
    return {line[: line.index("  ")]: line.partition("  ")[2].strip() for line in lines}


@pytest.mark.parametrize(
    "role", [our_role(isAdmin=True), our_role(_FEW), our_role({**_FEW, "user:users": ["view"]})]
)
def test_our_role_with_other_rights_than_asked_for_fails_the_run(
    new_run: NewRun, mautic: FakeMautic, role: dict[str, Any]
) -> None:
    mautic.roles["app"] = role
    with pytest.raises(RightsNotProvenError):
        _verify(new_run)


def test_an_admin_s_client_that_stays_is_proven_as_such_with_a_warning_in_every_run(
    new_run: NewRun, mautic: FakeMautic
) -> None:
    mautic.roles["app"] = ADMINISTRATOR
    for _ in range(2):
        result = _verify(new_run)
        assert result.warnings == [
            f'The OAuth2 client app has an administrator\'s rights, by the role "Administrator". {_WAYS_OUT}'
        ]
        table = _table(result)
        assert table["Rights"] == "an administrator's"
        assert "GET /api/users" not in table, "it may, and must not be asked to"
        assert table["GET /api/segments"] == "200, 0 in all"


def test_a_foreign_role_that_stays_is_proven_by_what_it_opens(
    new_run: NewRun, mautic: FakeMautic
) -> None:
    mautic.roles["app"] = our_role(
        rawPermissions=_FEW | {"user:users": ["view"]}, description="", name="Sales"
    )
    result = _verify(new_run)
    assert 'by the role "Sales": also user:users view; without' in result.warnings[0]
    table = _table(result)
    assert table["Rights"] == "lead:leads viewown; user:users view"
    assert [row for row in table if row.startswith("GET /api/")] == [
        "GET /api/contacts",
        "GET /api/v2/contacts",
    ]


@pytest.mark.parametrize(
    "role", [{}, {"id": 12, "name": "Sales"}, our_role(name="Sales", rawPermissions=None)]
)
def test_a_client_without_any_rights_opens_nothing_and_is_warned_about(
    new_run: NewRun, mautic: FakeMautic, role: dict[str, Any]
) -> None:
    mautic.roles["app"] = role
    result = _verify(new_run)
    assert "without campaign:campaigns viewother" in result.warnings[0]
    assert _table(result)["Rights"] == "none"
    assert not any(row.startswith("GET /api/contacts") for row in _table(result))


def test_a_foreign_role_with_just_the_rights_asked_for_is_proven_whole(
    new_run: NewRun, mautic: FakeMautic
) -> None:
    mautic.roles["app"] = our_role(name="Sales", description="")
    result = _verify(new_run)
    assert result.warnings == []
    assert _table(result)["GET /api/users"] == "403, as it should be"


def test_where_an_admin_s_rights_are_meant_every_run_says_what_that_means(
    new_run: NewRun, mautic: FakeMautic
) -> None:
    mautic.roles["app"] = ADMINISTRATOR
    result = _verify(new_run, mautic_api_privileges="admin")
    assert result.warnings == [
        (
            "The application may do everything an administrator may (mautic_api_privileges=admin): whoever reads its"
            " credentials can delete every contact and every user."
        )
    ]
    assert _table(result)["Rights"] == "an administrator's"


def test_a_changed_wish_is_what_is_proven(new_run: NewRun, mautic: FakeMautic) -> None:
    mautic.roles["app"] = our_role(rawPermissions=_FEW)
    result = _verify(new_run, mautic_api_permissions=_FEW)
    table = _table(result)
    assert table["Rights"] == "lead:leads viewown"
    assert [row for row in table if row.startswith("GET /api/")] == [
        *(f"GET /api/{name}" for name in ("contacts", "users", "roles", "v2/contacts"))
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("app (next 20261123T120000Z)", "app"),
        ("app (retiring 20261123T120000Z)", "app"),
        ("app (next x)", "app (next x)"),
        ("shop", "shop"),
    ],
)
def test_the_table_calls_a_client_by_the_name_it_has_once_a_rotation_is_over(
    new_run: NewRun, mautic: FakeMautic, name: str, shown: str
) -> None:
    mautic.clients["1_id"] = ("secret-1", name)
    mautic.roles[name] = our_role()
    assert _table(_verify(new_run))["OAuth2 client"] == f"{shown}, id 1_id"


def test_users_that_are_answered_to_a_scoped_client_fail_the_run(
    new_run: NewRun, mautic: FakeMautic
) -> None:
    mautic.broken["/api/roles"] = httpx.Response(200, json={"total": 2})
    with pytest.raises(RightsNotProvenError) as caught:
        _verify(new_run)
    assert "expected GET /api/roles to be refused (HTTP 403), saw an answer" in str(caught.value)
