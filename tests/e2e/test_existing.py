"""A Mautic that already runs, here the stand-in inside this process: what can go wrong with it, end to end."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from e2e.mautic import Mautic
from e2e.playbook import Answer, Checkout
from e2e.recorder import Recorder
from mautic_bootstrap.rehearsal.server import RehearsalServer

_PASSWORD = "x1-Existing_Mautic"


@dataclass
class Existing:
    """A Mautic, and a checkout whose `inventory/existing` leads to it."""

    mautic: RehearsalServer
    checkout: Checkout
    recorder: Recorder

    def play(
        self, *arguments: str, environment: dict[str, str] | None = None, **variables: object
    ) -> Answer:
        """Run the playbook as the README says for a Mautic that already runs."""
        self.recorder.clear()
        self.mautic.requests.clear()
        login = {"MAUTIC_URL": self.mautic.url, "MAUTIC_ADMIN_PASSWORD": _PASSWORD}
        return self.checkout.play(
            *("-i", "inventory/existing", *arguments),
            playbook="bootstrap.yml",
            timeout_s=300,
            environment=login | (environment or {}),
            **variables,
        )


def _existing(folder: Path, mautic: RehearsalServer) -> Existing:
    mautic.install("admin", _PASSWORD)
    recorder = Recorder(folder / "recorder")
    checkout = Checkout.make(folder / "checkout")
    checkout.environment |= recorder.environment
    return Existing(mautic, checkout, recorder)


@pytest.fixture(scope="module")
def existing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Existing]:
    """One for all tests of this module, each of which leaves `.env` as it found it but the last."""
    with RehearsalServer("7.0") as mautic:
        yield _existing(tmp_path_factory.mktemp("existing"), mautic)


def test_a_wrong_admin_password_is_tried_once_and_never_again(existing: Existing) -> None:
    wrong = "x1-Wrong_Password"
    answer = existing.play(environment={"MAUTIC_ADMIN_PASSWORD": wrong}).refused().lacks(wrong)
    failure = answer.failures["existing"]
    assert failure["code"] == 21
    assert "log in as admin on" in failure["msg"]
    assert "Invalid login" in failure["msg"]
    posts = [request.path for request in existing.mautic.requests if request.method == "POST"]
    assert posts == ["/s/login_check"]
    assert not existing.checkout.env.exists()
    evidence = Path(failure["evidence"])
    assert evidence.is_relative_to(existing.checkout.root / ".evidence")
    assert evidence.stat().st_mode & 0o077 == 0
    assert existing.checkout.untracked() == []


def test_a_mautic_that_answers_with_errors_is_told_from_one_that_does_not_answer(
    existing: Existing,
) -> None:
    existing.mautic.site.flags.offline = True
    failure = existing.play().refused().failures["existing"]
    existing.mautic.site.flags.offline = False
    assert failure["code"] == 10
    assert "saw HTTP 500" in failure["msg"]
    assert "Mautic's own trouble with its database or cache" in failure["msg"]


def test_a_client_made_by_hand_needs_no_browser_and_no_password(existing: Existing) -> None:
    existing.play().ok()
    env = Mautic.read(existing.checkout.env)
    existing.checkout.env.unlink()
    answer = existing.play(
        *("--diff", "-vvvv"),
        environment={"MAUTIC_ADMIN_PASSWORD": ""},
        mautic_client_id=env["MAUTIC_CLIENT_ID"],
        mautic_client_secret=env["MAUTIC_CLIENT_SECRET"],
    )
    answer.ok(changed=1).lacks(env["MAUTIC_CLIENT_SECRET"])
    assert existing.recorder.calls == []
    assert Mautic.read(existing.checkout.env) == env


def test_a_call_refused_after_all_looked_well_fails_the_run(existing: Existing) -> None:
    text = existing.checkout.env.read_text()
    # The look before asks for one list alone, and the role goes on naming the right.
    gone = "DELETE FROM permissions WHERE name = 'email:emails'"
    existing.mautic.site.database.run([(gone, ())])
    failure = existing.play().refused().failures["existing"]
    assert failure["code"] == 36
    assert "GET /api/emails on" in failure["msg"]
    assert "HTTP 403" in failure["msg"]
    assert existing.checkout.env.read_text() == text


def test_an_https_mautic_behind_a_private_ca_works_end_to_end(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = tmp_path / "private-ca.pem"
    authority.cert_pem.write_to_path(bundle)
    with RehearsalServer("5.1", ssl_context=context) as mautic:
        existing = _existing(tmp_path, mautic)
        refused = existing.play().refused().failures["existing"]
        assert refused["code"] == 10
        assert "CERTIFICATE_VERIFY_FAILED" in refused["msg"]
        assert mautic.requests == []
        existing.play(mautic_ca_bundle=str(bundle)).ok().says(f"Mautic {mautic.url}")
        assert len(existing.recorder.of("chromium")) == 1
    assert Mautic.read(existing.checkout.env)["MAUTIC_API_URL"] == mautic.url
