from pathlib import Path
from typing import Any

import httpx
import pytest

from mautic_bootstrap.run import StageResult, State
from mautic_bootstrap.stages import verify
from unit.fake_mautic import NOBODY, FakeMautic
from unit.fakes import NewRun

_URL = "http://localhost:8080"
_CLIENT = {"MAUTIC_CLIENT_ID": "1_id", "MAUTIC_CLIENT_SECRET": "secret-1"}
_USER = {"MAUTIC_USERNAME": "admin", "MAUTIC_PASSWORD": "admin-password"}
_V2 = "GET /api/v2/contacts"
_LISTS = [f"GET /api/{name}" for name in ("contacts", "campaigns", "emails", "segments")]
_REFUSED = ["GET /api/users", "GET /api/roles"]


@pytest.fixture
def write_env(tmp_path: Path) -> Any:
    def write(values: dict[str, str], url: str = _URL) -> None:
        lines = [f"{k}={v}\n" for k, v in ({"MAUTIC_API_URL": url} | values).items()]
        (tmp_path / ".env").write_text("".join(lines))

    write(_CLIENT)
    return write


def _table(result: StageResult) -> dict[str, str]:
    lines = result.facts["summary"]
    return {line[: line.index("  ")]: line.partition("  ")[2].strip() for line in lines}


def _state(**changes: Any) -> State:
    return State(settled=True, timeline=[("start", 1.0), ("preflight", 1.5)], **changes)


def test_a_token_the_rights_four_lists_and_two_refusals_are_asked_for_and_the_table_tells_it(
    new_run: NewRun, mautic: FakeMautic, write_env: Any, tmp_path: Path
) -> None:
    result = verify.run(new_run(), _state(facts={"client_name": "app"}))
    assert mautic.calls == [
        "POST /oauth/v2/token",
        "GET /api/users/self",
        *_LISTS,
        *_REFUSED,
        _V2,
    ]
    assert (result.changed, result.warnings) == (False, [])
    table = _table(result)
    assert list(table) == [
        "Mautic",
        "OAuth2 client",
        "Credentials",
        "token",
        "Rights",
        *_LISTS,
        *_REFUSED,
        _V2,
        "Time",
    ]
    assert table["Mautic"] == f"{_URL}, version 7.0.0 (verified live)"
    assert table["OAuth2 client"] == "app, id 1_id"
    assert table["Credentials"] == f"{tmp_path / '.env'} (oauth2)"
    assert table["token"].startswith("answered in 0.")
    assert table["GET /api/contacts"] == "200, 2 in all"
    assert table["GET /api/emails"] == "200, 0 in all"
    assert table["GET /api/users"] == table["GET /api/roles"] == "403, as it should be"
    assert table["Rights"] == (
        "campaign:campaigns viewown, viewother; email:emails viewown, viewother, editown, editother, create;"
        " lead:leads viewown, viewother, editown, editother, create; lead:lists viewown, viewother"
    )
    assert table[_V2] == "401, not usable with these credentials (not required)"
    assert table["Time"].startswith("preflight 0.5 s, verify ")


def test_no_secret_is_in_the_table(new_run: NewRun, mautic: FakeMautic, write_env: Any) -> None:
    result = verify.run(new_run(), _state())
    assert "secret-1" not in repr(result)
    assert "token-1" not in repr(result)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("5.1.0", "version 5.1.0 (verified live)"),
        ("7.2.1", "version 7.2.1 (not among the versions verified live)"),
        ("", "version unknown (not among the versions verified live)"),
    ],
)
def test_the_table_says_whether_the_version_was_verified_live(
    new_run: NewRun, mautic: FakeMautic, write_env: Any, version: str, words: str
) -> None:
    mautic.version = version
    assert _table(verify.run(new_run(), _state()))["Mautic"] == f"{_URL}, {words}"


def test_a_rehearsal_says_so_in_the_table_and_in_its_last_line(
    new_run: NewRun, mautic: FakeMautic, write_env: Any
) -> None:
    result = verify.run(new_run(), _state(rehearsal=True))
    assert result.facts["summary"][-1] == "REHEARSAL: no .env was written"
    assert "(imitated by the stand-in)" in result.facts["summary"][0]


@pytest.mark.parametrize(
    ("v2", "answer"),
    [
        (httpx.Response(200, json=[]), "200, usable (not required)"),
        (httpx.Response(404), "404, not usable with these credentials (not required)"),
        (httpx.Response(500), "500, not usable with these credentials (not required)"),
        (NOBODY, "no answer (not required)"),
        (httpx.ReadTimeout("slow"), "no answer (not required)"),
        (httpx.DecodingError("garbled"), "no answer (not required)"),
    ],
)
def test_whatever_v2_answers_is_told_and_never_fatal(
    *,
    new_run: NewRun,
    mautic: FakeMautic,
    write_env: Any,
    clock: list[float],
    v2: Any,
    answer: str,
) -> None:
    mautic.v2 = v2
    assert _table(verify.run(new_run(), _state()))[_V2] == answer


def test_a_slow_handshake_is_a_warning(
    new_run: NewRun, mautic: FakeMautic, write_env: Any, clock: list[float]
) -> None:
    mautic.token_takes_s = 2.34
    result = verify.run(new_run(), _state())
    assert result.warnings == ["the token took 2.3 s; more than 2 s is slow"]
    assert _table(result)["token"] == "answered in 2.34 s"


def test_a_user_and_a_static_token_are_proven_without_a_token_call(
    new_run: NewRun, mautic: FakeMautic, write_env: Any, tmp_path: Path
) -> None:
    mautic.basic = True
    mautic.tokens["token-0"] = "app"
    for values, kind in ((_USER, "basic"), ({"MAUTIC_API_TOKEN": "token-0"}, "token")):
        write_env(values)
        table = _table(verify.run(new_run(), _state()))
        assert "token" not in table
        assert "OAuth2 client" not in table
        assert table["Credentials"] == f"{tmp_path / '.env'} ({kind})"
    assert "POST /oauth/v2/token" not in mautic.calls


def test_alone_it_proves_the_mautic_that_env_names_and_asks_for_the_client_s_name(
    new_run: NewRun, write_env: Any
) -> None:
    write_env(_CLIENT, "http://localhost:9000/crm/")
    state = State()
    with FakeMautic(url="http://localhost:9000/crm") as mautic:
        table = _table(verify.run(new_run(mautic_client_name="other"), state))
    assert "GET /api/users/self" in mautic.calls
    assert table["Mautic"].startswith("http://localhost:9000/crm, ")
    assert table["OAuth2 client"] == "app, id 1_id"
    assert [stage for stage, _ in state.timeline] == ["start", "verify"]


@pytest.mark.parametrize("check", [True, False])
def test_in_check_mode_settled_credentials_are_proven_as_always(
    new_run: NewRun, mautic: FakeMautic, write_env: Any, check: bool
) -> None:
    assert verify.run(new_run(check=check), _state()).message == "every call was answered"


def test_in_check_mode_a_plan_is_not_proven(
    new_run: NewRun, mautic: FakeMautic, write_env: Any
) -> None:
    state = State(timeline=[("start", 1.0), ("preflight", 2.0)])
    result = verify.run(new_run(check=True), state)
    assert result.message == "nothing to prove before a real run"
    assert (mautic.calls, result.facts) == ([], {})
