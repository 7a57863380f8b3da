"""A private certificate authority for Chromium, without ever turning verification off.

Chromium takes no CA file. So the server's chain and host name are verified here, against the system's
authorities and the private one, and Chromium is told to accept exactly the public key that was just verified.
"""

import hashlib
import socket
import ssl
from base64 import b64encode
from pathlib import Path

from mautic_bootstrap.errors import SettingsError, UnreachableError
from mautic_bootstrap.urls import host_of, port_of

_TIMEOUT_S = 10.0


def pinning_argument(base_url: str, ca_bundle: Path) -> str:
    """Verify a server against a private CA and return the Chromium argument that pins its key.

    Args:
        base_url: An https:// URL.
        ca_bundle: PEM file with the private authority, trusted beside the system's own.

    Raises:
        SettingsError: The file holds no PEM certificate.
        UnreachableError: Nothing answers, or it does not prove to be the host of the URL.

    Source: Chromium's `services/network/ignore_errors_cert_verifier.h`; the switch takes Base64 SHA-256
        hashes of DER SubjectPublicKeyInfo. Seen with Chromium 156.
    """
    certificate = _verified_certificate(base_url, ca_bundle)
    return f"--ignore-certificate-errors-spki-list={_key_hash(certificate)}"


def _verified_certificate(base_url: str, ca_bundle: Path) -> bytes:
    """Return the server's certificate, DER, once its chain and host name are verified."""
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=ca_bundle)
    except (ssl.SSLError, OSError) as exc:
        raise SettingsError(
            [f"mautic_ca_bundle is {ca_bundle}, which cannot be read as PEM certificates"]
        ) from exc
    host = host_of(base_url)
    try:
        with (
            socket.create_connection((host, port_of(base_url)), timeout=_TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            return secured.getpeercert(binary_form=True) or b""
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


def _key_hash(certificate: bytes) -> str:
    """Return the Base64 SHA-256 of a DER certificate's SubjectPublicKeyInfo."""
    # Only a run with mautic_ca_bundle needs the package.
    from cryptography import x509  # noqa: PLC0415  # takes 0.1 s
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  # takes 0.1 s

    der = (
        x509.load_der_x509_certificate(certificate)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return b64encode(hashlib.sha256(der).digest()).decode()
