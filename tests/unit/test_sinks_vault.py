"""Everything in an encrypted file of variables; the cipher here is Base64, Ansible's is tried elsewhere."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from mautic_bootstrap.errors import EnvFileError
from unit.sink_places import HEADER, KEY, SECRET, VALUES, FakeCipher, sink


def _text(root: Path) -> str:
    opened = FakeCipher(root).decrypt((root / "ansible-vault").read_bytes())
    assert opened is not None
    return opened


def _encrypt(root: Path, text: str) -> None:
    (root / "ansible-vault").write_bytes(FakeCipher(root).encrypt(text))


def test_the_whole_set_is_encrypted_and_the_env_file_keeps_what_is_no_secret(
    tmp_path: Path,
) -> None:
    values = VALUES | {"MAUTIC_TOKEN_CACHE_KEY": KEY}
    update = sink(tmp_path, "ansible-vault").write(values)
    assert update.changed
    assert yaml.safe_load(_text(tmp_path)) == values
    assert (tmp_path / "ansible-vault").stat().st_mode & 0o777 == 0o600
    assert SECRET.encode() not in (tmp_path / "ansible-vault").read_bytes()
    assert (tmp_path / ".env").read_text().splitlines()[1:-1] == [
        "MAUTIC_API_URL=http://localhost:8080",
        "MAUTIC_CLIENT_ID=1_public",
    ]
    assert sink(tmp_path, "ansible-vault").read() == values


def test_a_second_write_changes_nothing(tmp_path: Path) -> None:
    sink(tmp_path, "ansible-vault").write(VALUES)
    before = (tmp_path / "ansible-vault").stat()
    update = sink(tmp_path, "ansible-vault").write(VALUES)
    assert not update.changed
    assert update.before == update.after
    assert (tmp_path / "ansible-vault").stat() == before


def test_a_plan_shows_our_variables_alone_masked_and_writes_nothing(tmp_path: Path) -> None:
    _encrypt(tmp_path, "theirs: canary\n# canary\nMAUTIC_CLIENT_SECRET: canary-old\n")
    before = (tmp_path / "ansible-vault").read_bytes()
    update = sink(tmp_path, "ansible-vault").plan(VALUES)
    assert update.before == f"{tmp_path}/ansible-vault:\n  MAUTIC_CLIENT_SECRET: ********\n"
    assert update.after.startswith(
        f"{tmp_path}/ansible-vault:\n  MAUTIC_API_URL: http://localhost:8080\n"
        "  MAUTIC_CLIENT_ID: 1_public\n  MAUTIC_CLIENT_SECRET: ******** (changed)\n"
    )
    assert "canary" not in repr(update)
    assert (tmp_path / "ansible-vault").read_bytes() == before
    assert not (tmp_path / ".env").exists()
    assert not (tmp_path / ".secrets").exists()


def test_what_others_keep_in_the_vault_stays_when_the_secrets_move_out(tmp_path: Path) -> None:
    theirs = "---\n# a note\ntheirs: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\nnumber: 012\n"
    _encrypt(tmp_path, theirs)
    (tmp_path / "ansible-vault").chmod(0o644)
    sink(tmp_path, "ansible-vault").write(VALUES)
    assert _text(tmp_path).startswith(theirs)
    assert (tmp_path / "ansible-vault").stat().st_mode & 0o777 == 0o644  # it is encrypted
    sink(tmp_path).write(VALUES)
    assert _text(tmp_path) == theirs


def test_a_vault_that_would_hold_nothing_is_removed(tmp_path: Path) -> None:
    sink(tmp_path, "ansible-vault").write(VALUES)
    sink(tmp_path).write(VALUES)
    assert not (tmp_path / "ansible-vault").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"MAUTIC_PASSWORD: canary\n",
            "expected a file that is encrypted as a whole, saw something else; run `ansible-vault encrypt",
        ),
        (
            FakeCipher(Path(), "another").encrypt("a: canary"),
            "saw one with another password, or a damaged one; name its password file, or `ansible-vault rekey`",
        ),
        (
            FakeCipher(Path()).encrypt("a: b\n'canary"),
            "expected YAML: a mapping of variables, each of ours once, saw something else on line 2",
        ),
        (FakeCipher(Path()).encrypt("- canary\n"), "saw something else than a mapping"),
        (FakeCipher(Path()).encrypt("a: canary\n---\nb: 1\n"), "saw something else on line 2"),
        (
            FakeCipher(Path()).encrypt("MAUTIC_PASSWORD: canary\nMAUTIC_PASSWORD: x\n"),
            "saw MAUTIC_PASSWORD twice",
        ),
    ],
)
def test_a_file_that_cannot_be_kept_up_is_refused_without_a_word_of_it(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "ansible-vault").write_bytes(content)
    (problem,) = sink(tmp_path, "ansible-vault").problems()
    assert problem.startswith(f"app_secret_path is {tmp_path}/ansible-vault: expected ")
    assert said in problem
    assert "canary" not in problem
    with pytest.raises(EnvFileError) as caught:
        sink(tmp_path, "ansible-vault").write(VALUES)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert (tmp_path / "ansible-vault").read_bytes() == content
    assert not (tmp_path / ".env").exists()


def test_a_vault_may_be_committed_but_its_password_file_may_not(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text(".env*\n.secrets/\n")
    (problem,) = sink(tmp_path, "ansible-vault").problems()
    assert problem.startswith(
        f"app_secret_vault_password_file is {tmp_path}/vault-password: expected a file that git ignores"
    )
    (tmp_path / "vault-password").chmod(0o700)  # a program that knows where to look
    assert sink(tmp_path, "ansible-vault").problems() == []


def test_a_folder_in_place_of_the_vault_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ansible-vault").mkdir()
    (problem,) = sink(tmp_path, "ansible-vault").problems()
    assert "expected a file, or none yet, saw a directory" in problem


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make somebody else's file")
def test_a_vault_that_somebody_else_owns_is_refused(tmp_path: Path) -> None:
    _encrypt(tmp_path, "a: 1\n")
    os.chown(tmp_path / "ansible-vault", 12345, 12345)
    (problem,) = sink(tmp_path, "ansible-vault").problems()
    assert "saw one that belongs to user 12345" in problem


def test_the_header_is_the_one_that_is_looked_for() -> None:
    assert HEADER.startswith(b"$ANSIBLE_VAULT;1.1;AES256")
