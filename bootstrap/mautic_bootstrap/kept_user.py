"""The user an application is by HTTP basic auth, between the stage that gives it a password and the one that writes it."""

from dataclasses import dataclass
from typing import ClassVar

from mautic_bootstrap.kept import Kept


@dataclass(frozen=True)
class KeptUser(Kept):
    """A user with limited rights, and the password it has just been given."""

    FILE: ClassVar[str] = "user.json"

    base_url: str
    """The Mautic it is in; its password is for no other."""
    username: str
    password: str
