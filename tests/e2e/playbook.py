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
from typing import Any, Self

import yaml

PROJECT = Path(__file__).parents[2]
ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")

_RECAP = re.compile(
    r"^(?P<host>\S+)\s+: ok=(?P<ok>\d+)\s+changed=(?P<changed>\d+).*failed=(?P<failed>\d+)"
)
# As YAML on the lines below, or as JSON on the same line where the project's ansible.cfg is not read.
_FAILURE = re.compile(
    r"^fatal: \[(?P<host>[^\]]+)\]: FAILED! => *(?P<body>{.*}|(\n    .*|\n)*)", re.MULTILINE
)


@dataclass(frozen=True)
class Answer:
    """What one run of a playbook said."""

    code: int
    output: str

    def ok(self, *, changed: int | None = None) -> Self:
        """Insist that the run succeeded, with so many changed tasks if that is given."""
        assert self.code == 0, f"ended with {self.code}:\n{self.output}"
        if changed is not None:
            assert self.changed == changed, f"changed={self.changed}:\n{self.output}"
        return self

    def refused(self, *texts: str) -> Self:
        """Insist that the run failed and said all of this."""
        assert self.code != 0, f"succeeded:\n{self.output}"
        return self.says(*texts)

    def says(self, *texts: str) -> Self:
        """Insist on texts in the output; how its lines are wrapped does not matter."""
        missing = [text for text in texts if text not in self.text]
        assert not missing, f"{missing} not in:\n{self.output}"
        return self

    def lacks(self, *texts: str) -> Self:
        """Insist that texts are not in the output."""
        found = [text for text in texts if text in self.text]
        assert not found, f"{found} in:\n{self.output}"
        return self

    @property
    def changed(self) -> int:
        """Changed tasks over all hosts."""
        return self._recap("changed")

    @property
    def text(self) -> str:
        """The output with every run of white space folded, since Ansible wraps long lines."""
        return _folded(self.output)

    @property
    def failures(self) -> dict[str, dict[str, Any]]:
        """What each failed host's result holds: `msg`, `code` and the like."""
        return {m["host"]: yaml.safe_load(m["body"]) for m in _FAILURE.finditer(self.output)}

    @property
    def last_line(self) -> str:
        """The last line that is not empty."""
        return [line for line in self.output.splitlines() if line.strip()][-1]

    def _recap(self, column: str) -> int:
        rows = [m for line in self.output.splitlines() if (m := _RECAP.match(line))]
        assert rows, f"no recap in:\n{self.output}"
        return sum(int(row[column]) for row in rows)


@dataclass
class Checkout:
    """A copy of the project's files, in a git repository of its own, so that nothing of the real one is written."""

    root: Path
    variables: dict[str, object] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None
    """Where the playbook is started; None for the checkout itself."""

    @classmethod
    def make(cls, root: Path, **variables: object) -> Self:
        """Copy what git knows of the project, as it is in the working tree."""
        listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(listing, cwd=PROJECT, capture_output=True, check=True, text=True)
        for name in filter(None, listed.stdout.split("\0")):
            source, target = PROJECT / name, root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_symlink():
                target.symlink_to(source.readlink())
            elif source.exists():
                shutil.copy2(source, target)
        subprocess.run(["git", "init", "--quiet", "."], cwd=root, check=True)
        subprocess.run(["git", "add", "--all"], cwd=root, check=True)
        return cls(root, dict(variables))

    def command(self, playbook: str, *arguments: str, **variables: object) -> list[str]:
        """Return the argv of a run; its variables go by a file beside the checkout, so that none is in it."""
        file = self.root.with_name(f"{self.root.name}.vars.json")
        file.touch(mode=0o600)
        file.write_text(json.dumps(self.variables | variables))
        return [str(ANSIBLE_PLAYBOOK), playbook, "--extra-vars", f"@{file}", *arguments]

    def environ(self, environment: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of a run."""
        return os.environ | {"ANSIBLE_NOCOLOR": "1"} | self.environment | dict(environment or {})

    def play(
        self,
        *arguments: str,
        playbook: str = "bootstrap.yml",
        timeout_s: float = 900,
        environment: Mapping[str, str] | None = None,
        **variables: object,
    ) -> Answer:
        """Run a playbook to its end."""
        done = subprocess.run(
            self.command(playbook, *arguments, **variables),
            cwd=self.folder or self.root,
            env=self.environ(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        return Answer(done.returncode, done.stdout)

    def untracked(self) -> list[str]:
        """Return the files that git would take with the next `git add`."""
        listing = ["git", "ls-files", "--others", "--exclude-standard"]
        listed = subprocess.run(listing, cwd=self.root, capture_output=True, check=True, text=True)
        return listed.stdout.splitlines()

    @property
    def env(self) -> Path:
        """The `.env` that the default variables write."""
        return self.root / ".env"


def _folded(text: str) -> str:
    return " ".join(text.split())
