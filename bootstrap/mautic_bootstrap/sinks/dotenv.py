"""The application's `.env` file, which holds everything."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mautic_bootstrap.env import file as env_file
from mautic_bootstrap.env import guards
from mautic_bootstrap.env.credentials import read_values
from mautic_bootstrap.env.file import EnvUpdate


@dataclass(frozen=True)
class DotenvSink:
    """A `.env` file, as `Sink` describes it."""

    path: Path
    """The file, absolute."""

    @property
    def where(self) -> str:
        """The file's path."""
        return str(self.path)

    def problems(self) -> list[str]:
        """Return every reason why the file may not be written, one sentence each, with its fix."""
        return guards.problems(self.path)

    def read(self) -> dict[str, str]:
        """Return our variables that stand in the file."""
        return read_values(self.path)

    def plan(self, values: Mapping[str, str]) -> EnvUpdate:
        """Say what `write` would do."""
        return env_file.plan(self.path, values)

    def write(self, values: Mapping[str, str]) -> EnvUpdate:
        """Set our variables in the file."""
        return env_file.write(self.path, values)
