# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
"""Ansible's own vault under the sink: what is written here, its programs read, and the other way round."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mautic_bootstrap.errors import EnvFileError
from mautic_bootstrap.redaction import MASK, Redactor
from mautic_bootstrap.secrets_store import SecretsStore
from mautic_bootstrap.sinks.record import PlaceRecord
from mautic_bootstrap.sinks.sink import Sink
from mautic_bootstrap.sinks.store import Place
from mautic_bootstrap_ansible.vault import AnsibleCipher
from unit.sink_places import SECRET, VALUES

_BRACES = {"MAUTIC_PASSWORD": "p{{ 1 + 1 }}'\"q"}


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("canary-vault-password\n")
    return file


def _sink(root: Path, password_file: Path, redactor: Redactor | None = None) -> Sink:
    return Sink(
        root / ".env",
        PlaceRecord(SecretsStore(root, "mautic")),
        AnsibleCipher(password_file, redactor or Redactor()),
        Place("ansible-vault", root / "vault.yml"),
    )


def _ansible(root: Path, program: str, *arguments: str) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments],
        cwd=root,
        env={k: v for k, v in os.environ.items() if not k.startswith("ANSIBLE_")}
        | {"HOME": str(root), "ANSIBLE_LOCALHOST_WARNING": "0", "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


def test_the_ansible_programs_read_what_was_written(tmp_path: Path, password_file: Path) -> None:
    _sink(tmp_path, password_file).write(VALUES | _BRACES)
    shown = _ansible(
        tmp_path, "ansible-vault", "view", "--vault-password-file=password", "vault.yml"
    )
    assert f'MAUTIC_CLIENT_SECRET: "{SECRET}"\n' in shown
    task = {
        "copy": {
            "content": "{{ [MAUTIC_CLIENT_SECRET, MAUTIC_PASSWORD] | to_json }}",
            "dest": str(tmp_path / "out"),
        }
    }
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": ["vault.yml"],
        "tasks": [task],
    }
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    _ansible(tmp_path, "ansible-playbook", "--vault-password-file=password", "play.yml")
    assert json.loads((tmp_path / "out").read_text()) == [SECRET, _BRACES["MAUTIC_PASSWORD"]]


def test_a_file_that_ansible_encrypted_is_kept_up(tmp_path: Path, password_file: Path) -> None:
    (tmp_path / "vault.yml").write_text("theirs: 1\n")
    _ansible(tmp_path, "ansible-vault", "encrypt", "--vault-password-file=password", "vault.yml")
    _sink(tmp_path, password_file).write(VALUES)
    shown = _ansible(
        tmp_path, "ansible-vault", "view", "--vault-password-file=password", "vault.yml"
    )
    assert shown.startswith("theirs: 1\nMAUTIC_API_URL: ")
    assert not _sink(tmp_path, password_file).write(VALUES).changed


def test_a_program_may_print_the_password_and_it_is_never_shown(tmp_path: Path) -> None:
    program = tmp_path / "print-password"
    program.write_text("#!/bin/sh\necho canary-vault-password\n")
    program.chmod(0o700)
    redactor = Redactor()
    _sink(tmp_path, program, redactor).write(VALUES)
    assert redactor.mask("canary-vault-password") == MASK
    assert _sink(tmp_path, program).read() == VALUES


@pytest.mark.parametrize("text", ["", "#!/bin/sh\necho canary >&2\nexit 3\n"])
def test_a_password_that_cannot_be_had_is_an_error_that_quotes_nothing(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "canary"
    file.write_text(text)
    file.chmod(0o700 if text else 0o600)
    with pytest.raises(EnvFileError) as caught:
        _sink(tmp_path, file).write(VALUES)
    assert "expected a vault's password, saw something that Ansible refuses" in str(caught.value)
    assert "exit" not in str(caught.value)
    assert caught.value.__context__ is None
    assert not (tmp_path / ".env").exists()


def test_another_password_opens_nothing(tmp_path: Path, password_file: Path) -> None:
    _sink(tmp_path, password_file).write(VALUES)
    password_file.write_text("another\n")
    with pytest.raises(EnvFileError, match="saw one with another password, or a damaged one"):
        _sink(tmp_path, password_file).read()
