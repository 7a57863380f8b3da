"""Which places beside `.env` hold the application's secrets: a later run empties those it uses no longer.

Noted before a place is written to, and forgotten after it was emptied, so that a killed run leaves no secret that
nobody knows of. Without the record a place that is used no longer is left as it is.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from mautic_bootstrap.secrets_store import SecretsStore
from mautic_bootstrap.sinks.store import Place

_FILE = "places.json"
_PLACES = TypeAdapter(tuple[Place, ...])


@dataclass(frozen=True)
class PlaceRecord:
    """The places of one instance's secrets, in `.secrets/<instance>/`."""

    secrets: SecretsStore

    def read(self) -> tuple[Place, ...]:
        """Return the places; none where there is no record, or a damaged one."""
        try:
            return _PLACES.validate_json(self.secrets.read(_FILE) or "[]")
        except ValidationError:
            return ()

    def write(self, places: Sequence[Place]) -> None:
        """Note these places, if they are not noted already.

        Raises:
            EnvFileError: It cannot be written.
        """
        if tuple(places) == self.read():
            return
        if not places:
            self.secrets.remove(_FILE)
            return
        noted = [{"kind": place.kind, "path": str(Path(place.path))} for place in places]
        self.secrets.write(_FILE, json.dumps(noted))
