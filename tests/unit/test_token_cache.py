"""The token cache: what is stored comes back, encrypted, and no trouble with it is fatal."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from mautic_bootstrap.api.token_cache import Token, TokenCache
from unit.token_caches import CANARY, SECRET, TOKEN, cache, keys, warnings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tokens"


@pytest.fixture
def stored(folder: Path) -> TokenCache:
    one = cache(folder)
    one.store(TOKEN)
    return one


def test_what_one_process_stores_another_loads(stored: TokenCache, folder: Path) -> None:
    assert cache(folder).load() == TOKEN
    assert stored.load() == TOKEN


def test_nothing_stored_is_nothing_loaded_and_no_warning(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = cache(folder)
    assert one.load() is None
    one.forget()
    assert not folder.exists()
    assert warnings(caplog) == []


def test_folder_and_file_are_for_this_user_alone(stored: TokenCache, folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert stored.path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in folder.iterdir()] == [stored.path.name]


def test_neither_file_nor_name_shows_whose_token_it_is(stored: TokenCache) -> None:
    seen = stored.path.read_bytes() + str(stored.path).encode()
    for word in (CANARY, SECRET, "mautic.example.com", "1_public"):
        assert word.encode() not in seen


def test_no_secret_is_in_any_text_of_a_token_or_cache(stored: TokenCache) -> None:
    for text in (repr(TOKEN), str(TOKEN), repr(stored), repr(vars(stored))):
        assert CANARY not in text
        assert SECRET not in text


def test_a_new_token_replaces_the_old_one(stored: TokenCache) -> None:
    newer = Token(SecretStr("newer"), 1_900_000_000.0)
    stored.store(newer)
    assert stored.load() == newer


def test_a_token_past_its_life_is_returned_as_it_is(folder: Path) -> None:
    one = cache(folder)
    one.store(Token(SecretStr("old"), 1.0))
    assert one.load() == Token(SecretStr("old"), 1.0)


def test_what_is_forgotten_is_gone(stored: TokenCache) -> None:
    stored.forget()
    assert stored.load() is None
    assert not stored.path.exists()


@pytest.mark.parametrize(
    "other", [{"base_url": "https://other.example.com"}, {"client_id": "2_public"}]
)
def test_each_client_of_each_mautic_has_a_file_of_its_own(
    stored: TokenCache, folder: Path, other: dict[str, str]
) -> None:
    second = cache(folder, **other)
    assert second.path != stored.path
    assert second.load() is None


def test_where_nothing_can_be_written_that_is_said_once_and_is_not_fatal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    one = cache(folder)
    one.store(TOKEN)
    one.store(TOKEN)
    (message,) = warnings(caplog)
    assert message == (
        f"Token cache {one.path} is not written: write {one.path}: expected the file system to allow it,"
        " saw no space left on device. Free some space on that file system; the file is as it was."
    )
    assert list(folder.iterdir()) == []
    assert one.load() is None


def test_a_folder_that_others_may_write_to_is_not_used(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    one = cache(folder)
    one.store(TOKEN)
    assert list(folder.iterdir()) == []
    (message,) = warnings(caplog)
    assert "expected a folder that nobody else may write to, saw mode 0777" in message


def test_what_cannot_be_removed_is_said_once(
    stored: TokenCache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def read_only(_path: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "unlink", read_only)
    stored.forget()
    stored.forget()
    assert warnings(caplog) == [f"Token cache {stored.path} is not removed: read-only file system"]


def test_keys_rotate_without_losing_the_token(folder: Path) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    cache(folder, keys=keys(old)).store(TOKEN)
    both = cache(folder, keys=keys(new, old))
    assert both.load() == TOKEN
    both.store(TOKEN)
    assert cache(folder, keys=keys(new)).load() == TOKEN
    assert cache(folder, keys=keys(old)).load() is None


def test_a_key_of_its_own_replaces_the_client_s_secret(folder: Path) -> None:
    key = keys(Fernet.generate_key().decode())
    cache(folder, keys=key).store(TOKEN)
    assert cache(folder).load() is None
    assert cache(folder, keys=key, client_secret=SecretStr("another")).load() == TOKEN


@pytest.mark.parametrize("key", ["", "short", "x" * 43 + "\n", "x" * 44, "\u00e9" * 43 + "="])
def test_a_key_that_is_none_is_refused_without_being_shown(folder: Path, key: str) -> None:
    good = Fernet.generate_key().decode()
    with pytest.raises(ValueError) as caught:
        cache(folder, keys=keys(good, key))
    assert str(caught.value) == "one of the token cache's keys is no Fernet key"


def test_the_key_is_derived_once(stored: TokenCache, monkeypatch: pytest.MonkeyPatch) -> None:
    fernet = stored._fernet
    assert stored.load() == TOKEN
    stored.store(TOKEN)
    assert stored._fernet is fernet


def test_cryptography_is_imported_only_when_a_cache_is_used() -> None:
    code = (
        "import sys; from mautic_bootstrap.api.token_cache import TokenCache;"
        " from mautic_bootstrap.settings import MauticSettings;"
        " sys.exit('cryptography' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
