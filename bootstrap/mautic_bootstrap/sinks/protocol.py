"""What the stages ask of the place where an application's credentials live."""

from collections.abc import Mapping
from typing import Protocol

from mautic_bootstrap.env.file import EnvUpdate


class Sink(Protocol):
    """A place for an application's settings, its credentials among them.

    Values go in and come out by the names that an application's environment would have them under.
    """

    @property
    def where(self) -> str:
        """The place as messages name it."""
        ...

    def problems(self) -> list[str]:
        """Return every reason why nothing may be written there, one sentence each, with its fix."""
        ...

    def read(self) -> dict[str, str]:
        """Return what of our variables stands there; nothing at all where there is no such place yet.

        Raises:
            EnvFileError: It cannot be read or understood.
        """
        ...

    def plan(self, values: Mapping[str, str]) -> EnvUpdate:
        """Say what `write` would do; reads only.

        Raises:
            EnvFileError: It may not be written, or cannot be understood.
        """
        ...

    def write(self, values: Mapping[str, str]) -> EnvUpdate:
        """Set our variables and leave everything else as it is; credentials missing in `values` are removed.

        Raises:
            EnvFileError: It may not be written, cannot be understood, or another writer has it.
        """
        ...
