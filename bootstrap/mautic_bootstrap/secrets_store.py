"""Secrets this project generates or hands on between stages: files in `.secrets/<instance>/`."""

import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from mautic_bootstrap import atomic_file
from mautic_bootstrap.env.git import exposure
from mautic_bootstrap.env.location import kind_of, read_bytes, user
from mautic_bootstrap.errors import EnvFileError, InsecurePathError

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class SecretsStore:
    """The secrets of one instance, one file each, readable by this user alone.

    Args:
        root: Folder that holds `.secrets`, the repository.
        instance: `mautic_instance`.
    """

    def __init__(self, root: Path, instance: str) -> None:
        if not _NAME.fullmatch(instance):
            raise ValueError(f"{instance!r} cannot be a folder's name")
        self._parent = root / ".secrets"
        self.path = self._parent / instance
        """The instance's folder."""

    @staticmethod
    def problems(root: Path) -> list[str]:
        """Return every reason why no secrets may be kept below `root`, one sentence each, with its fix."""
        errors = []
        for check in (_ensure_folder, _ensure_ignored):
            try:
                check(root / ".secrets")
            except EnvFileError as exc:
                errors.append(str(exc))
        return errors

    def read(self, name: str) -> str | None:
        """Return a secret, None where it is not there.

        Args:
            name: The file's name, such as "admin_password".

        Raises:
            EnvFileError: It cannot be read.
            InsecurePathError: It, or its folder, is a symlink or somebody else's.
        """
        file = self._file(name)
        self._ensure_private()
        _ensure_ours(file)
        data = read_bytes(file, f"read {file}")
        try:
            return None if data is None else data.decode()
        except UnicodeDecodeError:
            raise EnvFileError(
                f"read {file}",
                expected="UTF-8 text",
                seen="something else",
                hint="Restore that file; this project never writes anything but UTF-8.",
            ) from None  # the original error carries the secret

    def write(self, name: str, value: str) -> None:
        """Keep a secret.

        Args:
            name: The file's name.
            value: The secret; it is written as it is, without a line ending.

        Raises:
            EnvFileError: It cannot be written, or git could carry it away.
            InsecurePathError: It, or its folder, is a symlink or somebody else's.

        Side effects:
            Makes the folders (0700) and the file (0600); takes everybody else's rights from what is there.
        """
        file = self._file(name)
        self._ensure_private()
        _ensure_ours(file)
        _ensure_ignored(self._parent)
        with atomic_file.explained(f"make {self.path}"):
            for folder in (self._parent, self.path):
                with suppress(FileExistsError):
                    folder.mkdir(mode=_FOLDER_MODE)
                    atomic_file.sync_folder(folder.parent)
        self.tighten()
        atomic_file.replace(file, value.encode(), _FILE_MODE)

    def tighten(self) -> bool:
        """Take everybody else's rights from the folders and the files; say whether there were any.

        Raises:
            InsecurePathError: One of the folders is a symlink or somebody else's.
        """
        self._ensure_private()
        found = False
        with atomic_file.explained(f"tighten {self.path}"):
            files = [entry for entry in self._entries() if not kind_of(entry.lstat().st_mode)]
            modes = dict.fromkeys((self._parent, self.path), _FOLDER_MODE)
            modes |= dict.fromkeys(files, _FILE_MODE)
            for place, mode in modes.items():
                if place.exists() and place.stat().st_mode & _OTHERS:
                    place.chmod(mode)
                    found = True
        return found

    def remove(self, name: str) -> None:
        """Remove a secret; fine if it is not there.

        Raises:
            EnvFileError: It cannot be removed.
            InsecurePathError: Its folder is a symlink or somebody else's.
        """
        file = self._file(name)
        self._ensure_private()
        with atomic_file.explained(f"remove {file}"):
            file.unlink(missing_ok=True)

    def exists(self) -> bool:
        """Say whether the instance has a folder here."""
        return self.path.is_dir()

    def destroy(self) -> None:
        """Remove the instance's folder with its secrets, and `.secrets` itself once it is empty.

        Raises:
            EnvFileError: Something else than files is in it; then nothing was removed.
            InsecurePathError: One of the folders is a symlink or somebody else's.
        """
        self._ensure_private()
        with atomic_file.explained(f"remove {self.path}"):
            entries = self._entries()
            foreign = sorted(e.name for e in entries if kind_of(e.lstat().st_mode))
            if foreign:
                raise EnvFileError(
                    f"remove {self.path}",
                    expected="nothing but the files this project keeps there",
                    seen=", ".join(foreign),
                    hint="Move that elsewhere; nothing was removed.",
                )
            for entry in entries:
                entry.unlink(missing_ok=True)
            with suppress(FileNotFoundError):
                self.path.rmdir()
            # Other instances keep theirs in it.
            with suppress(OSError):
                self._parent.rmdir()

    def _file(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot be a file's name")
        return self.path / name

    def _entries(self) -> list[Path]:
        try:
            return list(self.path.iterdir())
        except FileNotFoundError:
            return []

    def _ensure_private(self) -> None:
        for folder in (self._parent, self.path):
            _ensure_folder(folder)


def _ensure_folder(folder: Path) -> None:
    """Refuse a folder that is a symlink, somebody else's or none at all; one that does not exist is fine."""
    _ensure_ours(folder)
    if folder.exists() and not folder.is_dir():
        raise InsecurePathError(
            f"keep secrets in {folder}",
            expected="a folder, or nothing yet",
            seen=kind_of(folder.stat().st_mode) or "a file",
            hint="Remove it.",
        )


def _ensure_ours(place: Path) -> None:
    """Refuse what is a symlink or somebody else's; what does not exist is fine."""
    with atomic_file.explained(f"look at {place}"):
        try:
            status = place.lstat()
        except FileNotFoundError:
            return
    attempted = f"keep secrets in {place}"
    if stat.S_ISLNK(status.st_mode):
        raise InsecurePathError(
            attempted,
            expected="no symlink",
            seen=f"one to {place.readlink()}",
            hint="Remove it.",
        )
    if status.st_uid != os.geteuid():
        raise InsecurePathError(
            attempted,
            expected=f"something that belongs to {user(os.geteuid())}",
            seen=f"{user(status.st_uid)} as its owner",
            hint=f"Run as {user(status.st_uid)}, or give it to {user(os.geteuid())}.",
        )


def _ensure_ignored(folder: Path) -> None:
    found = exposure(folder, folder=True)
    if found is not None:
        raise EnvFileError(
            f"keep secrets in {folder}",
            expected="a folder that git ignores",
            seen=found.seen,
            hint=found.fix,
        )
