"""Sinks of every kind in one folder, and a vault whose cipher is easy to read."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from mautic_bootstrap.secrets_store import SecretsStore
from mautic_bootstrap.sinks.record import PlaceRecord
from mautic_bootstrap.sinks.sink import Sink
from mautic_bootstrap.sinks.store import Kind, Place

HEADER = b"$ANSIBLE_VAULT;1.1;AES256\n"
SECRET = "canary-client-secret"
KEY = "canary" + 37 * "k" + "="
VALUES = {
    "MAUTIC_API_URL": "http://localhost:8080",
    "MAUTIC_CLIENT_ID": "1_public",
    "MAUTIC_CLIENT_SECRET": SECRET,
}
KINDS: tuple[Kind | None, ...] = (None, "files", "ansible-vault")


@dataclass
class FakeCipher:
    """Base64 in place of a cipher; a password opens only what was closed with it."""

    password_file: Path
    password: str = "p"

    def encrypt(self, text: str) -> bytes:
        return HEADER + b64encode(f"{self.password}:{text}".encode()) + b"\n"

    def decrypt(self, data: bytes) -> str | None:
        password, _, text = b64decode(data.removeprefix(HEADER)).decode().partition(":")
        return text if password == self.password else None


def sink(root: Path, kind: Kind | None = None, name: str = "", *, cipher: bool = True) -> Sink:
    """Return a sink of a kind; `name` is that of its place, in `root`."""
    place = None if kind is None else Place(kind, root / (name or kind))
    password_file = root / "vault-password"
    password_file.touch(mode=0o600)
    return Sink(
        root / ".env",
        PlaceRecord(SecretsStore(root, "mautic")),
        FakeCipher(password_file) if cipher else None,
        place,
    )


def everything(root: Path) -> str:
    """Return all that stands in the files of a folder, vaults decrypted."""
    texts = []
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        data = file.read_bytes()
        opened = FakeCipher(file).decrypt(data) if data.startswith(HEADER) else None
        texts.append(f"{file.relative_to(root)}: {opened or data.decode()}")
    return "\n".join(texts)
