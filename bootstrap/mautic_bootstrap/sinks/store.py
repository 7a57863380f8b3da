"""What a place for secrets beside `.env` has to offer."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

Kind = Literal["files", "ansible-vault"]


@dataclass(frozen=True)
class Place:
    """A place for secrets beside `.env`."""

    kind: Kind
    path: Path
    """A folder for `files`, a file for `ansible-vault`; absolute."""


@dataclass(frozen=True)
class Update:
    """What a write changes, or changed; no secret is in it."""

    changed: bool = False
    """What stands there becomes another."""
    tightened: tuple[Path, ...] = ()
    """Files that others had rights to; they become 0600."""
    before: str = ""
    """What stands there, masked, for `--diff`."""
    after: str = ""
    """What will, masked; a secret that becomes another one is marked as changed."""
    warnings: tuple[str, ...] = ()
    """What a person should know, one sentence each."""

    def __add__(self, other: "Update") -> "Update":
        """Return both as one, in this order."""
        return Update(
            self.changed or other.changed,
            self.tightened + other.tightened,
            self.before + other.before,
            self.after + other.after,
            self.warnings + other.warnings,
        )


class Store(Protocol):
    """A place for secrets beside `.env`; every value in it has the name that the application knows it by."""

    @property
    def place(self) -> Place:
        """Where it is."""
        ...

    def problems(self, named: str) -> list[str]:
        """Return every reason why nothing may be written there, one sentence each, with its fix.

        Args:
            named: What names the place, for the beginning of each sentence.
        """
        ...

    def read(self) -> dict[str, str]:
        """Return our values that are there.

        Raises:
            EnvFileError: They cannot be read or understood.
        """
        ...

    def plan(self, values: Mapping[str, str], keep: Collection[str] = ()) -> Update:
        """Say what `write` would do; reads only.

        Raises:
            EnvFileError: It may not be written, or cannot be understood.
        """
        ...

    def write(self, values: Mapping[str, str], keep: Collection[str] = ()) -> Update:
        """Keep exactly these of our values, or what of them belongs there; nothing that is not ours changes.

        Args:
            values: Name to value.
            keep: Names that are not ours here: where `values` does not set them, what they say stays.

        Raises:
            EnvFileError: It may not be written, cannot be understood, or another writer has it.
        """
        ...

    def pointers(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return what `.env` says in place of the secrets among `values`."""
        ...
