from pathlib import Path
from typing import Any

import httpx
import pytest

from mautic_bootstrap.errors import (
    ApiDisabledError,
    AuthenticationError,
    EnvFileError,
    ForbiddenError,
    RightsNotProvenError,
    UnexpectedResponseError,
    UnreachableError,
)
from mautic_bootstrap.run import State
from mautic_bootstrap.stages import verify
from unit.fake_mautic import FakeMautic
from unit.fakes import NewRun

_URL = "http://localhost:8080"
_CLIENT = {"MAUTIC_CLIENT_ID": "1_id", "MAUTIC_CLIENT_SECRET": "secret-1"}


@pytest.fixture
def write_env(tmp_path: Path) -> Any:
    def write(values: dict[str, str], url: str = _URL) -> None:
        lines = [f"{k}={v}\n" for k, v in ({"MAUTIC_API_URL": url} | values).items()]
        (tmp_path / ".env").write_text("".join(lines))

    write(_CLIENT)
    return write


def _state(**changes: Any) -> State:
    return State(settled=True, timeline=[("start", 1.0), ("preflight", 1.5)], **changes)


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        ("", "only none of our variables"),
        (f"MAUTIC_API_URL={_URL}\n", "only MAUTIC_API_URL"),
        (
            "MAUTIC_CLIENT_ID=1\nMAUTIC_CLIENT_SECRET=x\n",
            "only MAUTIC_CLIENT_ID, MAUTIC_CLIENT_SECRET",
        ),
    ],
)
def test_a_file_without_a_whole_set_says_what_it_holds(
    new_run: NewRun, tmp_path: Path, content: str, seen: str
) -> None:
    (tmp_path / ".env").write_text(content)
    with pytest.raises(EnvFileError) as caught:
        verify.run(new_run(), State())
    assert str(caught.value) == (
        f"prove the credentials in {tmp_path / '.env'}: expected MAUTIC_API_URL and one whole set of"
        f" credentials, saw {seen}. Run the whole playbook: it completes the file."
    )


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("localhost", "one that is not an http:// or https:// URL with a host"),
        ("http://[::1", "one that is not a URL"),
        (
            "http://admin:hidden@localhost",
            "one that holds credentials; name them in mautic_admin_username and _password",
        ),
    ],
)
def test_a_url_that_is_none_is_told_without_a_call(
    *, new_run: NewRun, mautic: FakeMautic, write_env: Any, tmp_path: Path, url: str, seen: str
) -> None:
    write_env(_CLIENT, url)
    with pytest.raises(EnvFileError) as caught:
        verify.run(new_run(), State())
    assert str(caught.value) == (
        f"prove the credentials in {tmp_path / '.env'}: expected the URL of a Mautic in MAUTIC_API_URL, saw"
        f" {seen}. Run the whole playbook: it writes the URL that mautic_url names."
    )
    assert "hidden" not in caught.value.diagnostics()
    assert mautic.calls == []


def test_secrets_travel_in_clear_only_where_that_is_meant(
    new_run: NewRun, write_env: Any, tmp_path: Path
) -> None:
    url = "http://mautic.example"
    with FakeMautic(url=url) as mautic:
        write_env(_CLIENT, url)
        with pytest.raises(EnvFileError) as caught:
            verify.run(new_run(), State())
        assert mautic.calls == []
        verify.run(new_run(mautic_allow_insecure_http=True), State())
        write_env(_CLIENT | {"MAUTIC_ENVIRONMENT": "development"}, url)
        verify.run(new_run(), State())
    assert str(caught.value) == (
        f"prove the credentials in {tmp_path / '.env'}: expected an https:// URL in MAUTIC_API_URL, or one of this"
        f" machine, saw {url}, to which the secrets would travel in clear. Name its https:// address in mautic_url"
        " and run the whole playbook, or set mautic_allow_insecure_http=true."
    )


@pytest.mark.parametrize(
    ("breakage", "error"),
    [
        ({"api": False}, ApiDisabledError),
        ({"clients": {}}, AuthenticationError),
        ({"broken": {"/api/segments": httpx.Response(403)}}, RightsNotProvenError),
        ({"broken": {"/api/users/self": httpx.Response(403)}}, ForbiddenError),
        ({"broken": {"/api/users": httpx.Response(200, json={"total": 1})}}, RightsNotProvenError),
        ({"broken": {"/api/users": httpx.Response(401)}}, AuthenticationError),
        ({"broken": {"/api/emails": httpx.Response(200, html="hello")}}, UnexpectedResponseError),
    ],
)
def test_a_refusal_after_all_looked_well_is_an_error(
    new_run: NewRun,
    mautic: FakeMautic,
    write_env: Any,
    breakage: dict[str, Any],
    error: type[Exception],
) -> None:
    for name, value in breakage.items():
        setattr(mautic, name, value)
    with pytest.raises(error) as caught:
        verify.run(new_run(), _state())
    assert "secret-1" not in str(caught.value)


def test_a_mautic_that_is_gone_is_an_error(
    new_run: NewRun, write_env: Any, clock: list[float]
) -> None:
    write_env(_CLIENT, "http://127.0.0.1:1")
    with pytest.raises(UnreachableError):
        verify.run(new_run(), _state())
