"""An encrypted file of Ansible variables, as `ansible-vault encrypt` makes it and `vars_files` reads it."""

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mautic_bootstrap import atomic_file
from mautic_bootstrap.env import guards
from mautic_bootstrap.env.credentials import ENV_NAMES, SECRET_NAMES
from mautic_bootstrap.env.location import read_bytes, target_of
from mautic_bootstrap.env.lock import locked
from mautic_bootstrap.env.masking import CHANGED
from mautic_bootstrap.errors import EnvFileError
from mautic_bootstrap.redaction import MASK
from mautic_bootstrap.sinks import vault_text
from mautic_bootstrap.sinks.store import Place, Update

# Source: `VaultLib` of ansible-core 2.19, `b_HEADER`.
_HEADER = b"$ANSIBLE_VAULT;"
_NEW_FILE_MODE = 0o600


class Cipher(Protocol):
    """Ansible's vault with its password; what knows Ansible hands it over."""

    password_file: Path
    """Where the password comes from, for messages."""

    def encrypt(self, text: str) -> bytes:
        """Return the whole file for a text.

        Raises:
            EnvFileError: The password cannot be had.
        """
        ...

    def decrypt(self, data: bytes) -> str | None:
        """Return the text of a whole file; None where this password does not open it, or it is damaged.

        Raises:
            EnvFileError: The password cannot be had.
        """
        ...


@dataclass(frozen=True)
class VaultStore:
    """An encrypted file that holds all of our variables, so that a playbook needs nothing else.

    It may be committed to git: that is what it is encrypted for. The file with its password may not.
    """

    path: Path
    """The file, absolute; it need not exist, but its folder must."""
    cipher: Cipher | None = field(repr=False)
    """None where no password is known."""

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place("ansible-vault", self.path)

    def problems(self, named: str) -> list[str]:
        """Return every reason why nothing may be written there."""
        found = [guards.problem(named, self.path, error) for error in self._findings()]
        if self.cipher is not None and not os.access(self.cipher.password_file, os.X_OK):
            file = self.cipher.password_file
            found += [
                guards.problem("app_secret_vault_password_file", file, error)
                for error in guards.git_findings(file, file.resolve(), f"read {file}")
            ]
        return found

    def read(self) -> dict[str, str]:
        """Return our variables that are there."""
        attempted = f"read {self.path}"
        return vault_text.values(self._text(attempted) or "", attempted)

    def plan(self, values: Mapping[str, str], keep: Collection[str] = ()) -> Update:
        """Say what `write` would do."""
        self._ensure_safe(values)
        return self._planned(values, keep)[0]

    def write(self, values: Mapping[str, str], keep: Collection[str] = ()) -> Update:
        """Keep exactly these of our variables.

        Side effects:
            Replaces the file if that changes anything; one that then holds nothing at all is removed.
        """
        self._ensure_safe(values)
        attempted = f"write {self.path}"
        target = target_of(self.path, attempted)
        with locked(target):
            update, text = self._planned(values, keep)
            if update.changed and not vault_text.is_empty(text, attempted):
                mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else _NEW_FILE_MODE
                atomic_file.replace(target, self._key(attempted).encrypt(text), mode)
            elif update.changed:
                with atomic_file.explained(attempted):
                    target.unlink(missing_ok=True)
                    atomic_file.sync_folder(target.parent)
        return update

    def pointers(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return nothing: what reads `.env` has no business with the vault."""
        del values
        return {}

    def _planned(self, values: Mapping[str, str], keep: Collection[str]) -> tuple[Update, str]:
        attempted = f"write {self.path}"
        if values:
            self._key(attempted)
        before = self._text(attempted) or ""
        after = vault_text.with_values(before, values, attempted, keep)
        present = vault_text.values(before, attempted)
        present = {name: v for name, v in present.items() if name in values or name not in keep}
        update = Update(
            changed=after != before,
            before=self._shown(present, present),
            after=self._shown(values, present),
        )
        return update, after

    def _shown(self, values: Mapping[str, str], before: Mapping[str, str]) -> str:
        """Return our variables alone: whatever else is encrypted there is nobody's business."""
        lines = [f"{self.path}:"] if values else []
        for name in ENV_NAMES:
            if name not in values:
                continue
            masked = CHANGED if before.get(name, values[name]) != values[name] else MASK
            lines.append(f"  {name}: {masked if name in SECRET_NAMES else values[name]}")
        return "".join(f"{line}\n" for line in lines)

    def _ensure_safe(self, values: Mapping[str, str]) -> None:
        if values or os.path.lexists(
            self.path
        ):  # there is nothing to take from a file that is gone
            for error in self._findings():
                raise error

    def _findings(self) -> Iterator[EnvFileError]:
        refused = list(guards.file_findings(self.path, ignored=False))
        yield from refused
        if not refused:
            try:
                self.read()
            except EnvFileError as exc:
                yield exc

    def _text(self, attempted: str) -> str | None:
        """Return what is encrypted there, None where there is no file."""
        data = read_bytes(target_of(self.path, attempted), attempted)
        if data is None:
            return None
        if not data.startswith(_HEADER):
            raise EnvFileError(
                attempted,
                expected="a file that is encrypted as a whole",
                seen="something else",
                hint=f"Run `ansible-vault encrypt {self.path}`, or name another file.",
            )
        key = self._key(attempted)
        text = key.decrypt(data)
        if text is None:
            raise EnvFileError(
                attempted,
                expected=f"a vault that the password in {key.password_file} opens",
                seen="one with another password, or a damaged one",
                hint="Name its password file, or `ansible-vault rekey` it.",
            )
        return text

    def _key(self, attempted: str) -> Cipher:
        if self.cipher is None:
            raise EnvFileError(
                attempted,
                expected="the vault's password in app_secret_vault_password_file",
                seen="none",
                hint="Set it, also once more where the secrets are to move from the vault to another place.",
            )
        return self.cipher
