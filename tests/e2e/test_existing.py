"""A Mautic that already runs, here the stand-in inside this process: what can go wrong with it, end to end."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from e2e.playbook import Answer, Checkout
from e2e.recorder import Recorder
from mautic_bootstrap.rehearsal.database import update
from mautic_bootstrap.rehearsal.server import RehearsalServer

PASSWORD = "x1-Existing_Mautic"
_LOGIN = "/s/login_check"


@pytest.fixture
def mautic() -> Iterator[RehearsalServer]:
    with RehearsalServer("7.0") as server:
        server.install("admin", PASSWORD)
        yield server


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "recorder")


@pytest.fixture
def checkout(tmp_path: Path, mautic: RehearsalServer, recorder: Recorder) -> Checkout:
    environment = {"MAUTIC_URL": mautic.url, "MAUTIC_ADMIN_PASSWORD": PASSWORD}
    made = Checkout.make(tmp_path / "checkout")
    made.environment |= recorder.environment | environment
    return made


def _play(checkout: Checkout, *arguments: str, **variables: object) -> Answer:
    return checkout.play(
        *("-i", "inventory/existing", *arguments),
        playbook="bootstrap.yml",
        timeout_s=300,
        environment=None,
        **variables,
    )


def _logins(mautic: RehearsalServer) -> int:
    return sum(r.method == "POST" and r.path == _LOGIN for r in mautic.requests)


def test_a_wrong_admin_password_is_tried_once_and_never_again(
    checkout: Checkout, mautic: RehearsalServer
) -> None:
    checkout.environment["MAUTIC_ADMIN_PASSWORD"] = "x1-Wrong_Password"
    answer = _play(checkout).refused()
    failure = answer.failures["existing"]
    assert failure["code"] == 21
    assert "log in as admin on" in failure["msg"]
    assert "Invalid login" in failure["msg"]
    answer.lacks("x1-Wrong_Password")
    assert _logins(mautic) == 1
    assert not checkout.env.exists()
    evidence = Path(failure["evidence"])
    assert evidence.is_relative_to(checkout.root / ".evidence")
    assert evidence.stat().st_mode & 0o077 == 0
    assert checkout.untracked() == []


def test_a_call_refused_after_all_looked_well_fails_the_run(
    checkout: Checkout, mautic: RehearsalServer
) -> None:
    _play(checkout).ok()
    text = checkout.env.read_text()
    update(mautic.site.database, "roles", 1, {"is_admin": 0, "readable_permissions": "{}"})
    failure = _play(checkout).refused().failures["existing"]
    assert failure["code"] == 53
    assert "GET /api/contacts on" in failure["msg"]
    assert "HTTP 403" in failure["msg"]
    assert "role of the API client" in failure["msg"]
    assert checkout.env.read_text() == text


def test_a_client_made_by_hand_needs_no_browser_and_no_password(
    checkout: Checkout, recorder: Recorder
) -> None:
    _play(checkout).ok()
    env = dict(line.split("=", 1) for line in checkout.env.read_text().splitlines() if "=" in line)
    checkout.env.unlink()
    recorder.clear()
    checkout.environment["MAUTIC_ADMIN_PASSWORD"] = ""
    by_hand = {
        "mautic_client_id": env["MAUTIC_CLIENT_ID"],
        "mautic_client_secret": env["MAUTIC_CLIENT_SECRET"],
    }
    answer = _play(checkout, "--diff", "-vvvv", **by_hand).ok(changed=1)
    answer.lacks(env["MAUTIC_CLIENT_SECRET"])
    _play(checkout, **by_hand).ok(changed=0)
    assert recorder.calls == []


def test_a_mautic_that_answers_with_errors_is_told_from_one_that_does_not_answer(
    checkout: Checkout, mautic: RehearsalServer
) -> None:
    mautic.site.flags.offline = True
    failure = _play(checkout).refused().failures["existing"]
    assert failure["code"] == 10
    assert "saw HTTP 500" in failure["msg"]
    assert "Mautic's own trouble with its database or cache" in failure["msg"]


def test_an_https_mautic_behind_a_private_ca_works_end_to_end(
    tmp_path: Path, recorder: Recorder
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "private-ca.pem"
    authority.cert_pem.write_to_path(bundle)
    checkout = Checkout.make(tmp_path / "checkout")
    with RehearsalServer("5.1", ssl_context=context) as mautic:
        mautic.install("admin", PASSWORD)
        login = {"MAUTIC_URL": mautic.url, "MAUTIC_ADMIN_PASSWORD": PASSWORD}
        checkout.environment |= recorder.environment | login
        refused = _play(checkout).refused().failures["existing"]
        assert refused["code"] == 10
        assert "CERTIFICATE_VERIFY_FAILED" in refused["msg"]
        assert mautic.requests == []
        _play(checkout, mautic_ca_bundle=str(bundle)).ok().says(f"Mautic {mautic.url}")
        assert len(recorder.of("chromium")) == 1
        _play(checkout, mautic_ca_bundle=str(bundle)).ok(changed=0)
    assert f"MAUTIC_API_URL={mautic.url}" in checkout.env.read_text()
