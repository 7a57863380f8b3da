"""The user an application is by HTTP basic auth, between the stage that gives it a password and the one that writes it."""

import json
from dataclasses import asdict, dataclass
from typing import Self

from mautic_bootstrap.secrets_store import SecretsStore

_FILE = "user.json"


@dataclass(frozen=True)
class KeptUser:
    """A user with limited rights, and the password it has just been given."""

    base_url: str
    """The Mautic it is in; its password is for no other."""
    username: str
    password: str

    @classmethod
    def load(cls, secrets: SecretsStore) -> Self | None:
        """Return the kept user, None where there is none or the file is damaged."""
        try:
            return cls(**json.loads(secrets.read(_FILE) or ""))
        except (ValueError, TypeError):
            return None

    def save(self, secrets: SecretsStore) -> None:
        """Keep the user, readable by this user alone."""
        secrets.write(_FILE, json.dumps(asdict(self)))

    @staticmethod
    def forget(secrets: SecretsStore) -> None:
        """Remove the kept user."""
        secrets.remove(_FILE)
