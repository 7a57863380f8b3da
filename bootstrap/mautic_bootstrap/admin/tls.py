"""A private certificate authority for Chromium, without ever turning verification off.

Chromium takes no CA file. Its switch that accepts a public key is no way out by itself: it forgives every error of
a chain in which that key occurs anywhere, so whoever sends the real certificate along behind one of his own would
be believed (seen with Chromium 156). Therefore Chromium is led to a relay on this machine, whose key was made a
moment ago and is known to nobody else; the relay's connections to the server are verified here, each of them,
against the system's authorities and the private one.
"""

import hashlib
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from mautic_bootstrap import scratch
from mautic_bootstrap.errors import SettingsError, UnreachableError
from mautic_bootstrap.urls import bracketed, port_of

_TIMEOUT_S = 10.0
_LIFE = timedelta(days=1)


@contextmanager
def verified_way(base_url: str, ca_bundle: Path) -> Iterator[list[str]]:
    """Verify a server against a private CA, and yield the Chromium arguments that lead there while the body runs.

    Args:
        base_url: An https:// URL.
        ca_bundle: PEM file with the private authority, trusted beside the system's own.

    Raises:
        SettingsError: The file holds no PEM certificate.
        UnreachableError: Nothing answers, or it does not prove to be the host of the URL.

    Source: Chromium's `services/network/ignore_errors_cert_verifier.cc` (Base64 SHA-256 hashes of DER
        SubjectPublicKeyInfo; any certificate of the chain counts), `net/base/host_mapping_rules.cc`.
    """
    from mautic_bootstrap.admin.relay import relay  # noqa: PLC0415  # takes 0.1 s

    trusted = _trusting(ca_bundle)
    # As Chromium knows it: lower case, an international name in its ASCII form, an address without brackets.
    host, port = httpx.URL(base_url).raw_host.decode(), port_of(base_url)
    _verify(base_url, ca_bundle, host, trusted)
    own, key_hash = _own_identity()
    with relay(host, port, trusted=trusted, own=own) as number:
        yield [
            f"--ignore-certificate-errors-spki-list={key_hash}",
            _only(host, port, f"127.0.0.1:{number}"),
            # A proxy would lead past the relay. The headless shell heeds this switch alone.
            "--proxy-server=direct://",
        ]


def no_clear_text(base_url: str) -> str:
    """Return the Chromium argument that leaves of an https:// URL's host nothing but its own port.

    A Mautic that does not know of the TLS proxy before it redirects to http://, and the session's cookie, or the
    password with it, would travel in clear.
    """
    host, port = httpx.URL(base_url).raw_host.decode(), port_of(base_url)
    return _only(host, port, f"{bracketed(host)}:{port}")


def _only(host: str, port: int, target: str) -> str:
    name = bracketed(host)
    return f"--host-resolver-rules=MAP {name}:{port} {target}, MAP {name} ~NOTFOUND"


def _trusting(ca_bundle: Path) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=ca_bundle)
    except (ssl.SSLError, OSError) as exc:
        raise SettingsError(
            [f"mautic_ca_bundle is {ca_bundle}, which cannot be read as PEM certificates"]
        ) from exc
    return context


def _verify(base_url: str, ca_bundle: Path, host: str, trusted: ssl.SSLContext) -> None:
    """Connect once, to say better than a browser what is wrong."""
    try:
        with (
            socket.create_connection((host, port_of(base_url)), timeout=_TIMEOUT_S) as plain,
            trusted.wrap_socket(plain, server_hostname=host),
        ):
            return
    except ssl.SSLCertVerificationError as exc:
        raise UnreachableError(
            f"verify the certificate of {base_url}",
            expected=f"one for {host}, signed by the system's authorities or by {ca_bundle}",
            seen=exc.verify_message.rstrip("."),
            hint="Name the authority that signed it in mautic_ca_bundle, and in mautic_url a host name"
            " that the certificate holds; verification is never turned off.",
        ) from exc
    except OSError as exc:
        raise UnreachableError(
            f"open a TLS connection to {base_url}",
            expected="an answer",
            seen=exc.strerror or str(exc),
            hint="Check mautic_url, and that Mautic's web server speaks TLS there.",
        ) from exc


def _own_identity() -> tuple[ssl.SSLContext, str]:
    """Make a key that nobody has seen; return what presents it, and its hash as Chromium wants it."""
    # Only a run with mautic_ca_bundle needs the package.
    from cryptography import x509  # noqa: PLC0415  # takes 0.1 s
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415  # takes 0.1 s
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  # takes 0.1 s

    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mautic-bootstrap relay")])
    now = datetime.now(UTC)
    certificate = x509.CertificateBuilder(
        name, name, public, x509.random_serial_number(), now - _LIFE, now + _LIFE
    ).sign(key, hashes.SHA256())
    pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with scratch.folder() as folder:  # 0700; Python's ssl reads keys from files alone
        file = Path(folder, "relay.pem")
        file.write_bytes(private + certificate.public_bytes(pem))
        context.load_cert_chain(file)
    spki = public.public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo)
    return context, b64encode(hashlib.sha256(spki).digest()).decode()
