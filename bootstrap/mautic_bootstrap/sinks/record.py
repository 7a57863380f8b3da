"""Which places beside `.env` hold the application's secrets: a later run empties those it uses no longer.

Noted before a place is written to, and forgotten after it was emptied, so that a killed run leaves no secret that
nobody knows of. What was written is noted, too, by salted digests: a place may have become somebody else's since.
Without the record a place that is used no longer is left as it is.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from mautic_bootstrap.env.credentials import SECRET_NAMES
from mautic_bootstrap.secrets_store import SecretsStore
from mautic_bootstrap.sinks.store import Kind, Place

_FILE = "places.json"


@dataclass(frozen=True)
class Noted:
    """A place of one instance, and what the instance wrote there last."""

    kind: Kind
    path: Path
    salt: str = ""
    digests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name to digest; two where a run may have died between the old value and the new one."""

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.kind, self.path)

    def is_at(self, place: Place | None) -> bool:
        """Say whether it is that place, by whatever path."""
        if place is None or self.kind != place.kind:
            return False
        return os.path.realpath(self.path) == os.path.realpath(place.path)

    def before(self, values: Mapping[str, str]) -> "Noted":
        """Return what is to be noted before these values are written: they, or those of the last time."""
        salt = self.salt or secrets.token_hex(16)
        digests = dict(self.digests)
        for name, value in values.items():
            digests[name] = tuple(
                dict.fromkeys((*digests.get(name, ()), _digest(salt, name, value)))
            )
        return Noted(self.kind, self.path, salt, digests)

    def after(self, values: Mapping[str, str]) -> "Noted":
        """Return what is to be noted after these values were written."""
        return Noted(self.kind, self.path, self.salt).before(values)

    def ours(self, present: Mapping[str, str]) -> dict[str, str]:
        """Return what of that which stands there is as this instance wrote it."""
        return {name: value for name, value in present.items() if self._wrote(name, value)}

    def is_taken_over(self, present: Mapping[str, str]) -> bool:
        """Say whether another secret stands where this instance wrote one: somebody else has the place now."""
        return any(not self._wrote(name, present[name]) for name in self._secrets_in(present))

    def left(self, present: Mapping[str, str]) -> dict[str, str]:
        """Return what there is to take from the place when it is used no longer; nothing if it is somebody else's."""
        if self.is_taken_over(present) or not self._secrets_in(present):
            return {}
        return self.ours(present)

    def _secrets_in(self, present: Mapping[str, str]) -> frozenset[str]:
        return SECRET_NAMES & self.digests.keys() & present.keys()

    def _wrote(self, name: str, value: str) -> bool:
        return _digest(self.salt, name, value) in self.digests.get(name, ())


_PLACES = TypeAdapter(tuple[Noted, ...])


@dataclass(frozen=True)
class PlaceRecord:
    """The places of one instance's secrets, in `.secrets/<instance>/`."""

    secrets: SecretsStore

    @property
    def path(self) -> Path:
        """The file, for messages."""
        return self.secrets.path / _FILE

    def read(self) -> tuple[Noted, ...]:
        """Return the places; none where there is no record, or a damaged one."""
        try:
            return _PLACES.validate_json(self.secrets.read(_FILE) or "[]")
        except ValidationError:
            return ()

    def write(self, noted: Sequence[Noted]) -> None:
        """Note these places, if they are not noted already.

        Raises:
            EnvFileError: It cannot be written.
        """
        if tuple(noted) == self.read():
            return
        if not noted:
            self.secrets.remove(_FILE)
            return
        # Indented: a person may have to remove one that is gone for good.
        self.secrets.write(_FILE, _PLACES.dump_json(tuple(noted), indent=1).decode())


def _digest(salt: str, name: str, value: str) -> str:
    return hmac.new(salt.encode(), f"{name}\0{value}".encode(), hashlib.sha256).hexdigest()
