"""`mautic-bootstrap health`: the same for scripts, by exit code, text and JSON."""

import json
from pathlib import Path

import httpx
import pytest

from mautic_bootstrap.cli import main
from unit.fake_mautic import NOBODY, FakeMautic
from unit.health_support import CALL

pytestmark = pytest.mark.usefixtures("mautic")

ENV = "MAUTIC_API_URL=http://localhost:8080\nMAUTIC_CLIENT_ID=1_id\nMAUTIC_CLIENT_SECRET=secret-1\n"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / ".env").write_text(ENV)


def test_a_mautic_that_works_is_0_and_reads_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0].split() == [
        "reachable",
        "yes",
        "0",
        "s",
        "ago",
        "the",
        "login",
        "page",
        "is",
        "there",
    ]
    assert lines[3].split() == ["mautic", "version", "yes", "0", "s", "ago", "7.0.0"]
    assert lines[5].split() == [
        "health",
        "calls",
        "3",
        "of",
        "4",
        "are",
        "left",
        "in",
        "this",
        "hour",
    ]
    assert lines[-1] == "Ready."


def test_json_is_what_the_endpoint_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["ready"] is True
    assert set(said["checks"]) == {"reachable", "token", "api_call", "mautic_version", "budget"}


def test_asked_ten_times_it_spends_one_call(mautic: FakeMautic) -> None:
    assert [main(["health"]) for _ in range(10)] == [0] * 10
    assert mautic.calls.count(CALL) == 1
    assert mautic.calls.count("POST /oauth/v2/token") == 1


def test_what_answers_but_does_not_work_is_1(
    mautic: FakeMautic, capsys: pytest.CaptureFixture[str]
) -> None:
    mautic.broken["/api/users/self"] = httpx.Response(403)
    assert main(["health"]) == 1
    out = capsys.readouterr().out
    assert out.splitlines()[2].startswith("api call        no ")
    assert "Not ready: api_call: GET /api/users/self on http://localhost:8080" in out


def test_what_nobody_knows_is_a_dash(
    mautic: FakeMautic, capsys: pytest.CaptureFixture[str]
) -> None:
    mautic.page = httpx.Response(500)
    assert main(["health"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["token", "-", "not", "looked", "at", "yet"]
    assert lines[-1].startswith("Not ready: reachable: the login page is a 500")


@pytest.mark.parametrize("error", [NOBODY, httpx.ConnectTimeout(""), httpx.ReadTimeout("")])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_what_does_not_answer_is_3(
    mautic: FakeMautic, error: Exception, form: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    mautic.page = error
    assert main(["health", *form]) == 3
    assert "not looked at yet" in capsys.readouterr().out


def test_wrong_settings_are_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".env").write_text(f"{ENV}MAUTIC_HEALTH_TOKEN=hush\nMAUTIC_TIMEOUT_SECONDS=soon\n")
    assert main(["health"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "MAUTIC_TIMEOUT_SECONDS is 'soon'" in err
    assert "MAUTIC_HEALTH_TOKEN is not valid" in err
    assert "hush" not in err


def test_a_file_can_be_named_and_has_to_be_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").rename(tmp_path / "shop.env")
    assert main(["health", "--env-file", "shop.env"]) == 0
    assert main(["health", "--env-file", "lost.env"]) == 2
    assert "read lost.env: expected a file, saw nothing" in capsys.readouterr().err


def test_no_secret_is_printed(mautic: FakeMautic, capsys: pytest.CaptureFixture[str]) -> None:
    for api, clients in ((True, mautic.clients), (True, {}), (False, {})):
        mautic.api, mautic.clients = api, clients
        main(["health"])
        main(["health", "--json"])
    out, err = capsys.readouterr()
    assert "secret-1" not in out + err
    assert "token-1" not in out + err
