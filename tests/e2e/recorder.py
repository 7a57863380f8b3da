"""Programs that stand in front of the real ones, note how they are called, and become them."""

import os
import shlex
import shutil
from pathlib import Path

from mautic_bootstrap.admin.browser import CHROMIUM_VARIABLE, find_chromium

# One line per call; an argument of several lines is folded. The real program then takes the process over.
_SCRIPT = """#!/bin/sh
{{ printf '%s ' {name} "$@" | tr '\\n' ' '; echo; }} >> {log}
exec {real} "$@"
"""


class Recorder:
    """Notes every call of `docker` and of the browser.

    Args:
        folder: Where the programs and their log go; made here.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._log = folder / "calls.log"
        self.clear()
        docker = shutil.which("docker")
        assert docker is not None
        self._write("docker", docker)
        self._write("chromium", str(find_chromium(os.environ)))

    @property
    def environment(self) -> dict[str, str]:
        """What puts the recording programs in front."""
        path = f"{self._folder}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": path, CHROMIUM_VARIABLE: str(self._folder / "chromium")}

    @property
    def calls(self) -> list[str]:
        """Every call since the log was last cleared, program and arguments."""
        return [line.rstrip() for line in self._log.read_text().splitlines()]

    def of(self, program: str) -> list[str]:
        """Return the calls of one program."""
        return [call for call in self.calls if call.split()[0] == program]

    def clear(self) -> None:
        """Forget all calls."""
        self._log.write_text("")

    def _write(self, name: str, real: str) -> None:
        script = self._folder / name
        log = shlex.quote(str(self._log))
        script.write_text(_SCRIPT.format(name=name, log=log, real=shlex.quote(real)))
        script.chmod(0o755)


def path_without(program: str, folder: Path) -> str:
    """Return a PATH on which everything is found but one program."""
    folder.mkdir()
    for place in map(Path, reversed(os.environ["PATH"].split(os.pathsep))):
        for file in place.glob("*"):
            if file.name != program:
                (folder / file.name).unlink(missing_ok=True)
                (folder / file.name).symlink_to(file)
    assert shutil.which(program, path=str(folder)) is None
    return str(folder)
