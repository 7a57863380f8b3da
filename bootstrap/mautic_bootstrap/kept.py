"""What one stage keeps for another in `.secrets/<instance>/`: secrets never pass through Ansible."""

import json
from dataclasses import asdict, dataclass
from typing import ClassVar, Self

from mautic_bootstrap.secrets_store import SecretsStore


@dataclass(frozen=True)
class Kept:
    """A dataclass that is kept in a JSON file (0600), under the name in `FILE`."""

    FILE: ClassVar[str]

    @classmethod
    def load(cls, secrets: SecretsStore) -> Self | None:
        """Return what is kept, None where there is nothing or the file is damaged."""
        try:
            return cls(**json.loads(secrets.read(cls.FILE) or ""))
        except (ValueError, TypeError):
            return None

    def save(self, secrets: SecretsStore) -> None:
        """Keep this, readable by this user alone."""
        secrets.write(self.FILE, json.dumps(asdict(self)))

    @classmethod
    def forget(cls, secrets: SecretsStore) -> None:
        """Remove what is kept."""
        secrets.remove(cls.FILE)
