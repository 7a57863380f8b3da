"""The OAuth2 client between the stage that reads it and the stage that writes `.env`.

A secret never passes through Ansible, so it is handed over in `.secrets/<instance>/client.json` (0600). Once
`.env` is written the file goes, unless `.env` holds only an hour's token: then it is what renews it.
"""

import hashlib
import time
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from pydantic import SecretStr

from mautic_bootstrap.api.credentials import OAuth2Credentials
from mautic_bootstrap.kept import Kept


@dataclass(frozen=True)
class KeptClient(Kept):
    """An OAuth2 client, and what is known of the token last made with it."""

    FILE: ClassVar[str] = "client.json"

    base_url: str
    """The Mautic it was made in; its secret is for no other."""
    name: str
    client_id: str
    secret: str
    rights: str = ""
    """What it was asked to be able to do, as `Variables.asked_rights` has it."""
    token: str = ""
    """A bearer token that waits to be written to `.env`; empty once it is there."""
    token_digest: str = ""
    token_issued_at: float = 0.0
    """Seconds since the epoch."""
    token_lifetime_s: int = 0

    @property
    def credentials(self) -> OAuth2Credentials:
        """What asks for tokens."""
        return OAuth2Credentials(self.client_id, SecretStr(self.secret))

    def is_for(self, base_url: str, name: str, rights: str) -> bool:
        """Say whether this is the client of that name in that Mautic, made for those rights."""
        return (self.base_url, self.name, self.rights) == (base_url, name, rights)

    def with_token(self, token: str, lifetime_s: int) -> Self:
        """Return the same client with a token just made."""
        digest = hashlib.sha256(token.encode()).hexdigest()
        return replace(
            self,
            token=token,
            token_digest=digest,
            token_issued_at=time.time(),
            token_lifetime_s=lifetime_s,
        )

    def holds_fresh_token(self, token: SecretStr) -> bool:
        """Say whether a token is the one last made and has more than half of its life left."""
        age_s = time.time() - self.token_issued_at
        return self.has_made(token) and 0 <= age_s < self.token_lifetime_s / 2

    def has_made(self, token: SecretStr) -> bool:
        """Say whether a token is the one last made, however old."""
        digest = hashlib.sha256(token.get_secret_value().encode()).hexdigest()
        return digest == self.token_digest
