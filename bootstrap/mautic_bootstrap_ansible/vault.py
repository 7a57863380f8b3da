# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Ansible's own vault, as `sinks.vault` wants it."""

from functools import cached_property
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret, get_file_vault_secret

from mautic_bootstrap.errors import EnvFileError
from mautic_bootstrap.redaction import Redactor

# What `ansible-vault` calls a password without a name.
_VAULT_ID = "default"


class AnsibleCipher:
    """Encrypts and decrypts as `ansible-vault encrypt` does, with the password of a file.

    Args:
        password_file: A file with the password, or an executable one that prints it, as Ansible allows.
        redactor: Learns the password before anything is done with it.
    """

    def __init__(self, password_file: Path, redactor: Redactor) -> None:
        self.password_file = password_file
        """Where the password comes from."""
        self._redactor = redactor

    def encrypt(self, text: str) -> bytes:
        """Return the whole file for a text.

        Raises:
            EnvFileError: The password cannot be had.
        """
        encrypted: bytes = self._vault.encrypt(text)
        return encrypted

    def decrypt(self, data: bytes) -> str | None:
        """Return the text of a whole file; None where this password does not open it, or it is damaged.

        Raises:
            EnvFileError: The password cannot be had.
        """
        vault = self._vault
        try:
            decrypted: bytes = vault.decrypt(data)
            return decrypted.decode()
        except (AnsibleError, ValueError):
            return None

    @cached_property
    def _vault(self) -> VaultLib:
        """Ansible's vault; the password is read, or its program run, with the first use."""
        try:
            secret: VaultSecret = get_file_vault_secret(
                filename=str(self.password_file), vault_id=_VAULT_ID, loader=DataLoader()
            )
            secret.load()
        except AnsibleError as exc:
            seen = type(exc).__name__  # its text may quote what the file or the program says
        else:
            self._redactor.add(secret.bytes.decode(errors="replace"))
            return VaultLib([(_VAULT_ID, secret)])
        raise EnvFileError(
            f"read {self.password_file}",
            expected="a vault's password",
            seen=f"something that Ansible refuses ({seen})",
            hint="Name a file that holds it on one line, or a program that prints it, in"
            " app_secret_vault_password_file.",
        )
