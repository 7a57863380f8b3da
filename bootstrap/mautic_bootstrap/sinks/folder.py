"""A folder with one file for each secret, as Docker and Kubernetes mount them."""

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mautic_bootstrap import atomic_file
from mautic_bootstrap.env import guards
from mautic_bootstrap.env.credentials import FILE_NAMES
from mautic_bootstrap.env.location import target_of, user
from mautic_bootstrap.env.masking import CHANGED
from mautic_bootstrap.env.secret_file import secret_in
from mautic_bootstrap.errors import EnvFileError, InsecurePathError, UnsafeValueError
from mautic_bootstrap.redaction import MASK
from mautic_bootstrap.sinks.store import Place, Update

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True)
class FolderStore:
    """A folder of secrets; `.env` names each of its files."""

    path: Path
    """The folder, absolute; it need not exist, but the one it is in must."""

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place("files", self.path)

    def problems(self, named: str) -> list[str]:
        """Return every reason why nothing may be written there."""
        said = [guards.problem(named, self.path, error) for error in self._findings()]
        return list(dict.fromkeys(said))

    def read(self) -> dict[str, str]:
        """Return the secrets that are there; a line ending behind one is no part of it."""
        for error in self._no_folder(f"read {self.path}"):
            raise error
        return {
            name: text for name in FILE_NAMES if (text := secret_in(self._file(name))) is not None
        }

    def plan(self, values: Mapping[str, str], keep: Collection[str] = ()) -> Update:
        """Say what `write` would do."""
        wanted = _secrets(values)
        if wanted or os.path.lexists(
            self.path
        ):  # there is nothing to take from a folder that is gone
            for error in self._findings():
                raise error
        present = {n: v for n, v in self.read().items() if n in wanted or n not in keep}
        open_to_others = [self._file(name) for name in wanted if self._is_open_to_others(name)]
        return Update(
            changed=present != wanted,
            tightened=tuple(open_to_others),
            before=self._shown(present, present),
            after=self._shown(wanted, present),
        )

    def write(self, values: Mapping[str, str], keep: Collection[str] = ()) -> Update:
        """Keep exactly these secrets.

        Side effects:
            Makes the folder, 0700; replaces the files that change, 0600, and removes those of other secrets
            of ours; of a symlink the link, never its target. Other files stay as they are.
        """
        update = self.plan(values, keep)
        present, wanted = self.read(), _secrets(values)
        attempted = f"write {self.path}"
        with atomic_file.explained(attempted):
            if wanted and not self.path.exists():
                with suppress(FileExistsError):
                    self.path.mkdir(mode=_FOLDER_MODE)
                atomic_file.sync_folder(self.path.parent)
                for error in self._folder_findings(attempted):  # somebody else may have been faster
                    raise error
            for name in FILE_NAMES:
                if name not in wanted:
                    if name not in keep:
                        self._file(name).unlink(missing_ok=True)
                    continue
                target = target_of(self._file(name), attempted)
                if wanted[name] != present.get(name):
                    atomic_file.replace(target, wanted[name].encode(), _FILE_MODE)
                elif self._is_open_to_others(name):
                    target.chmod(_FILE_MODE)
            if self.path.exists():
                for name in FILE_NAMES:
                    atomic_file.remove_leftovers(self._file(name))
                atomic_file.sync_folder(self.path)
        return update

    def pointers(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the variables that name the files."""
        return {FILE_NAMES[name]: str(self._file(name)) for name in _secrets(values)}

    def _file(self, name: str) -> Path:
        return self.path / name.lower()

    def _is_open_to_others(self, name: str) -> bool:
        file = self._file(name)
        return file.exists() and bool(file.stat().st_mode & _OTHERS)

    def _shown(self, values: Mapping[str, str], before: Mapping[str, str]) -> str:
        return "".join(
            f"{self._file(name)}: {CHANGED if before.get(name, value) != value else MASK}\n"
            for name, value in values.items()
        )

    def _findings(self) -> Iterator[EnvFileError]:
        attempted = f"write {self.path}"
        if not os.path.lexists(self.path):
            yield from guards.file_findings(self.path, ignored=False)
            for name in FILE_NAMES:
                file = self._file(name)
                yield from guards.git_findings(file, file, attempted)
        elif self.path.is_dir():
            yield from self._folder_findings(attempted)
            for name in FILE_NAMES:
                yield from guards.file_findings(self._file(name))
        else:
            yield from self._no_folder(attempted)

    def _folder_findings(self, attempted: str) -> Iterator[EnvFileError]:
        """Yield every reason why somebody else could put another file in the place of one in the folder."""
        with atomic_file.explained(attempted):
            status = self.path.stat()
        me = user(os.geteuid())
        if status.st_uid != os.geteuid():
            yield InsecurePathError(
                attempted,
                expected=f"a folder that belongs to {me}",
                seen=f"{user(status.st_uid)} as its owner",
                hint=f"Run as {user(status.st_uid)}, or name another place.",
            )
        if status.st_mode & _WRITABLE_BY_OTHERS:
            yield InsecurePathError(
                attempted,
                expected="a folder that nobody else may write to",
                seen=f"mode {stat.S_IMODE(status.st_mode):04o}",
                hint=f"See what is in it, then `chmod go-w {self.path}`.",
            )

    def _no_folder(self, attempted: str) -> Iterator[EnvFileError]:
        if os.path.lexists(self.path) and not self.path.is_dir():
            hint = "Name a folder, or a place where none is yet."
            yield EnvFileError(attempted, expected="a folder", seen="something else", hint=hint)


def _secrets(values: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets among values, in one order.

    Raises:
        UnsafeValueError: One that would not read back as it is.
    """
    found = {name: values[name] for name in FILE_NAMES if name in values}
    for name, value in found.items():
        if not value or set(value) & set("\0\r\n"):
            raise UnsafeValueError(
                f"write {name}",
                expected="text of one line",
                seen="an empty value, or a line break or NUL in it",
                hint="Use another value.",
            )
    return found
