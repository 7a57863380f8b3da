"""Running the playbooks as a person would: in a checkout of its own, with the real `ansible-playbook`."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parents[2]
_RECAP = re.compile(r"^(?P<host>\S+)\s+: ok=(?P<ok>\d+)\s+changed=(?P<changed>\d+).*failed=(?P<failed>\d+)")


@dataclass(frozen=True)
class Answer:
    """What one run of a playbook said."""

    code: int
    output: str

    def _recap(self, column: str) -> int:
        rows = [m for line in self.output.splitlines() if (m := _RECAP.match(line))]
        assert rows, f"no recap in:\n{self.output}"
        return sum(int(row[column]) for row in rows)

    @property
    def changed(self) -> int:
        """Changed tasks over all hosts."""
        return self._recap("changed")

    @property
    def failed(self) -> int:
        """Failed tasks over all hosts."""
        return self._recap("failed")

    @property
    def text(self) -> str:
        """The output with every run of white space folded, since Ansible wraps long lines."""
        return " ".join(self.output.split())

    @property
    def last_line(self) -> str:
        """The last line that is not empty."""
        return [line for line in self.output.splitlines() if line.strip()][-1]


@dataclass
class Checkout:
    """A copy of the project's files, in a git repository of its own, so that nothing of the real one is written."""

    root: Path
    variables: dict[str, object] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, root: Path, **variables: object) -> "Checkout":
        """Copy what git knows of the project, as it is in the working tree."""
        listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        names = subprocess.run(listing, cwd=PROJECT, capture_output=True, check=True, text=True).stdout
        for name in filter(None, names.split("\0")):
            source, target = PROJECT / name, root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_symlink():
                target.symlink_to(source.readlink())
            elif source.exists():
                shutil.copy2(source, target)
        subprocess.run(["git", "init", "--quiet", "."], cwd=root, check=True)
        subprocess.run(["git", "add", "--all"], cwd=root, check=True)
        return cls(root, dict(variables))

    def play(
        self,
        *arguments: str,
        playbook: str = "bootstrap.yml",
        timeout_s: float = 900,
        environment: Mapping[str, str] | None = None,
        **variables: object,
    ) -> Answer:
        """Run a playbook; variables go by file, so that none is on a command line."""
        file = self.root / ".cache" / "vars.json"
        file.parent.mkdir(exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(json.dumps(self.variables | variables))
        tool = Path(sys.executable).with_name("ansible-playbook")
        done = subprocess.run(
            [str(tool), playbook, "--extra-vars", f"@{file}", *arguments],
            cwd=self.root,
            env=os.environ | {"ANSIBLE_NOCOLOR": "1"} | self.environment | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        return Answer(done.returncode, done.stdout)

    @property
    def env(self) -> Path:
        """The `.env` that the default variables write."""
        return self.root / ".env"
