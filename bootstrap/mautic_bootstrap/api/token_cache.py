"""Bearer tokens kept between runs and shared by processes: one encrypted file for each client."""

import hashlib
import json
import logging
import math
import os
import re
import stat
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock as ThreadLock
from typing import TYPE_CHECKING, TypeGuard

from pydantic import SecretStr

from mautic_bootstrap import atomic_file, state_dir
from mautic_bootstrap.api.connection import is_bearer_token
from mautic_bootstrap.api.file_lock import Lock, try_local_lock, try_lock
from mautic_bootstrap.errors import EnvFileError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

__all__ = ["Lock", "Token", "TokenCache", "is_fernet_key"]

_log = logging.getLogger("mautic_bootstrap.api")

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# Mautic's tokens have 86 characters; whatever is much longer is none of ours.
_MAX_BYTES = 65536
# 32 bytes in URL-safe Base64. Source: the Fernet specification, "Key Format".
_FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


@dataclass(frozen=True)
class Token:
    """A bearer token."""

    value: SecretStr
    expires_at: float
    """When its life ends, in seconds since the epoch."""


def is_fernet_key(key: str) -> bool:
    """Say whether a text is a key for Fernet."""
    return _FERNET_KEY.fullmatch(key) is not None


class TokenCache:
    """The token of one OAuth2 client, in a file of its own; no trouble with that file is ever fatal.

    What cannot be trusted or written is logged as a warning, once for each kind of trouble.

    Args:
        folder: Absolute path of the folder for the files, of this user alone; made when something is stored.
        base_url: Mautic's base URL; with `client_id` it says whose token this is.
        client_id: The client's public key.
        client_secret: Its secret; the file's key is derived from it where `keys` are none.
        keys: Fernet keys, newest first: the first one encrypts, all decrypt.

    Raises:
        ValueError: One of `keys` is no Fernet key; it is not repeated.
    """

    def __init__(
        self,
        folder: Path,
        *,
        base_url: str,
        client_id: str,
        client_secret: SecretStr,
        keys: Sequence[SecretStr] = (),
    ) -> None:
        if not all(is_fernet_key(key.get_secret_value()) for key in keys):
            raise ValueError("one of the token cache's keys is no Fernet key")
        self._owner = {"base_url": base_url, "client_id": client_id}
        self._client_secret = client_secret
        self._keys = tuple(keys)
        name = hashlib.sha256(self._identity).hexdigest()[:32]
        self.path = folder / f"{name}.token"
        """The token's file."""
        self._warned: set[str] = set()
        self._warning = ThreadLock()

    def load(self) -> Token | None:
        """Return the token that is kept, also one whose life has ended; None where none can be trusted."""
        try:
            data = self._read()
            return None if data is None else self._unpacked(data)
        except _Untrusted as exc:
            self._warn(f"Token cache {self.path} is not used: it {exc}")
        except OSError as exc:
            self._warn(f"Token cache {self.path} is not used: {_reason(exc)}")
        return None

    def store(self, token: Token) -> None:
        """Keep a token, encrypted.

        Side effects:
            Replaces the file, 0600, entirely or not at all; makes the folder, 0700.
        """
        payload = {
            "token": token.value.get_secret_value(),
            "expires_at": float(token.expires_at),
            **self._owner,
        }
        try:
            state_dir.ensure(self.path.parent)
            atomic_file.replace(self.path, self._fernet.encrypt(json.dumps(payload).encode()))
        except EnvFileError as exc:
            self._warn(f"Token cache {self.path} is not written: {exc}")

    def forget(self) -> None:
        """Remove the token that is kept; fine if there is none."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as exc:
            self._warn(f"Token cache {self.path} is not removed: {_reason(exc)}")

    def try_lock(self) -> Lock | None:
        """Take the right to ask for a new token, without waiting; None if somebody else has it.

        It excludes the other threads, and other processes of this user. Where the folder cannot have a lock
        file, it excludes threads only.

        Side effects:
            Makes `<file>.lock` beside the file, 0600, which stays.
        """
        path = self.path.with_name(f"{self.path.name}.lock")
        try:
            state_dir.ensure(path.parent)
        except EnvFileError:
            return try_local_lock(path)
        return try_lock(path)

    @property
    def _identity(self) -> bytes:
        return json.dumps(self._owner).encode()

    @cached_property
    def _fernet(self) -> "MultiFernet":
        # Imported where it is used: applications that cache nothing start faster without it.
        from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415  # see above
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  # see above
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415  # see above

        if self._keys:
            return MultiFernet([Fernet(key.get_secret_value()) for key in self._keys])
        # Whoever has the secret could ask for a token anyway; it needs no salt, being random itself.
        info = b"mautic-bootstrap token cache " + self._identity
        derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
        key = derivation.derive(self._client_secret.get_secret_value().encode())
        return MultiFernet([Fernet(urlsafe_b64encode(key))])

    def _read(self) -> bytes | None:
        # Without O_NONBLOCK a named pipe would keep us waiting for a writer.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            descriptor = os.open(self.path, flags)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise _Untrusted("is no file")
            if status.st_uid != os.geteuid():
                raise _Untrusted("belongs to somebody else")
            if status.st_mode & _OTHERS:
                raise _Untrusted(f"is open to others, mode {stat.S_IMODE(status.st_mode):04o}")
            if status.st_size > _MAX_BYTES:
                raise _Untrusted("is too long to hold a token")
            return stream.read(_MAX_BYTES)

    def _unpacked(self, data: bytes) -> Token:
        from cryptography.fernet import InvalidToken  # noqa: PLC0415  # as in `_fernet`

        try:
            payload = json.loads(self._fernet.decrypt(data))
        except InvalidToken:
            raise _Untrusted("is damaged, or encrypted with another key") from None
        except ValueError:
            raise _Untrusted("holds something else than a token") from None
        if not isinstance(payload, dict) or not self._owner.items() <= payload.items():
            raise _Untrusted("holds the token of another client")
        value, expires_at = payload.get("token"), payload.get("expires_at")
        if not is_bearer_token(value) or not _is_time(expires_at):
            raise _Untrusted("holds something else than a token")
        return Token(SecretStr(value), expires_at)

    def _warn(self, message: str) -> None:
        with self._warning:
            if message in self._warned:
                return
            self._warned.add(message)
        _log.warning("%s", message)


class _Untrusted(Exception):  # noqa: N818  # no error of the project's tree: it never leaves this module
    """What is wrong with the file, as the end of a sentence that begins with "it"."""


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, float) and math.isfinite(value)


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
