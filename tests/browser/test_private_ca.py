"""An https:// Mautic behind a private authority: verified end to end, never by turning verification off."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from browser.conftest import Bring
from browser.fake_site import LOGIN, Answer, FakeSite
from contract.targets import ADMIN_PASSWORD, ADMIN_USERNAME
from mautic_bootstrap.admin import tls
from mautic_bootstrap.errors import SettingsError, UnreachableError
from mautic_bootstrap.rehearsal.server import RehearsalServer

pytestmark = pytest.mark.browser


def _bundle(folder: Path, authority: trustme.CA, name: str = "ca.pem") -> Path:
    path = folder / name
    authority.cert_pem.write_to_path(str(path))
    return path


def _serve(authority: trustme.CA, *hosts: str) -> RehearsalServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*hosts).configure_cert(context)
    return RehearsalServer("7.0", ssl_context=context)


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secured(authority: trustme.CA) -> Iterator[RehearsalServer]:
    """A stand-in at https://127.0.0.1."""
    with _serve(authority, "127.0.0.1") as server:
        server.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        yield server


def test_the_right_authority_lets_the_whole_way_through(
    secured: RehearsalServer, authority: trustme.CA, tmp_path: Path, bring: Bring
) -> None:
    outcome = bring(secured.url, ca_bundle=_bundle(tmp_path, authority))

    assert secured.url.startswith("https://")
    assert outcome.client is not None


def test_the_wrong_authority_is_refused_before_a_browser_starts(
    secured: RehearsalServer, tmp_path: Path, bring: Bring, steps: list[str]
) -> None:
    wrong = _bundle(tmp_path, trustme.CA(), "wrong.pem")

    with pytest.raises(UnreachableError) as caught:
        bring(secured.url, ca_bundle=wrong)

    assert str(caught.value).startswith(
        f"verify the certificate of {secured.url}: expected one for 127.0.0.1, signed by the system's"
        f" authorities or by {wrong}, saw unable to get local issuer certificate."
    )
    assert "verification is never turned off" in caught.value.hint
    assert steps == []
    assert secured.requests == []


def test_a_certificate_for_another_host_is_refused(
    authority: trustme.CA, tmp_path: Path, bring: Bring
) -> None:
    with _serve(authority, "mautic.example") as server, pytest.raises(UnreachableError) as caught:
        bring(server.url, ca_bundle=_bundle(tmp_path, authority))

    assert "IP address mismatch, certificate is not valid for '127.0.0.1'" in caught.value.seen
    assert server.requests == []


def test_without_the_bundle_the_browser_itself_refuses(
    secured: RehearsalServer, bring: Bring
) -> None:
    with pytest.raises(UnreachableError) as caught:
        bring(secured.url)

    assert caught.value.seen == "ERR_CERT_AUTHORITY_INVALID"
    assert "set mautic_ca_bundle" in caught.value.hint
    assert secured.requests == []


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_to_clear_text_is_not_followed(
    authority: trustme.CA, tmp_path: Path, bring: Bring, status: int
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with FakeSite({}) as clear, FakeSite({"GET /s/login": LOGIN}, context) as site:
        for path in ("GET /s/config/edit", "GET /s/credentials"):
            site.pages[path] = LOGIN
        site.pages["POST /s/login_check"] = Answer("", status, {"Location": f"{clear.url}/s/"})
        with pytest.raises(UnreachableError) as caught:
            bring(site.url, ca_bundle=_bundle(tmp_path, authority))

    assert caught.value.seen == "ERR_NAME_NOT_RESOLVED"
    assert "Mautic redirects to http://, where the login would travel in clear" in caught.value.hint
    assert any(line.startswith("POST") for line in site.asked)
    assert clear.asked == []


def test_the_browser_accepts_the_relay_s_key_alone(
    secured: RehearsalServer,
    authority: trustme.CA,
    tmp_path: Path,
    bring: Bring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    identities = [tls._own_identity() for _ in range(2)]
    monkeypatch.setattr(tls, "_own_identity", lambda: (identities[0][0], identities[1][1]))

    with pytest.raises(UnreachableError, match="ERR_CERT_AUTHORITY_INVALID"):
        bring(secured.url, ca_bundle=_bundle(tmp_path, authority))

    assert secured.requests == []


def test_a_proxy_of_the_environment_does_not_lead_past_the_relay(
    secured: RehearsalServer,
    authority: trustme.CA,
    tmp_path: Path,
    bring: Bring,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "<-loopback>")

    assert bring(secured.url, ca_bundle=_bundle(tmp_path, authority)).client is not None


def test_whoever_takes_over_after_the_first_look_is_refused_even_with_the_real_certificate_in_hand(
    authority: trustme.CA, tmp_path: Path, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, forged = (ca.issue_cert("127.0.0.1") for ca in (authority, trustme.CA()))
    both = tmp_path / "both.pem"
    pieces = [forged.private_key_pem, forged.cert_chain_pems[0], real.cert_chain_pems[0]]
    both.write_bytes(b"".join(piece.bytes() for piece in pieces))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    real.configure_cert(context)
    look = tls._verify

    def look_and_lose(*arguments: Any) -> None:
        look(*arguments)
        context.load_cert_chain(both)

    monkeypatch.setattr(tls, "_verify", look_and_lose)
    with RehearsalServer("7.0", ssl_context=context) as server:
        server.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        with pytest.raises(UnreachableError) as caught:
            bring(server.url, ca_bundle=_bundle(tmp_path, authority))

    # Which of them depends on how far the browser got before the relay hung up.
    hung_up = {
        "ERR_CONNECTION_RESET",
        "ERR_CONNECTION_CLOSED",
        "ERR_EMPTY_RESPONSE",
        "ERR_SOCKET_NOT_CONNECTED",
    }
    assert caught.value.seen in hung_up
    assert server.requests == []


def test_a_server_that_speaks_no_tls(
    rehearsal_7: RehearsalServer, authority: trustme.CA, tmp_path: Path
) -> None:
    url = rehearsal_7.url.replace("http:", "https:")

    with pytest.raises(UnreachableError) as caught:
        _enter(url, _bundle(tmp_path, authority))

    assert caught.value.attempted == f"open a TLS connection to {url}"
    assert "speaks TLS there" in caught.value.hint


def test_a_bundle_that_holds_no_certificate(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()

    with pytest.raises(SettingsError, match="which cannot be read as PEM certificates"):
        _enter("https://127.0.0.1:1", empty)


def _enter(url: str, bundle: Path) -> None:
    with tls.verified_way(url, bundle):
        pass
