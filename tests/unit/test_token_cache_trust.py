"""What the token cache never trusts, always replaces, and says in one warning."""

import json
import math
import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from mautic_bootstrap.api.token_cache import TokenCache
from unit.token_caches import CANARY, TOKEN, cache, keys, warnings

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tokens"


@pytest.fixture
def stored(folder: Path) -> TokenCache:
    one = cache(folder)
    one.store(TOKEN)
    return one


def distrusted(one: TokenCache, caplog: pytest.LogCaptureFixture) -> str:
    """Return why a cache is not used; it says so once, and takes a new token all the same."""
    assert one.load() is None
    assert one.load() is None
    (message,) = warnings(caplog)
    one.store(TOKEN)
    assert one.load() == TOKEN
    assert warnings(caplog) == [message]
    start = f"Token cache {one.path} is not used: "
    assert message.startswith(start)
    return message.removeprefix(start)


def test_another_client_s_file_put_in_place_of_ours_is_not_trusted(
    stored: TokenCache, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = keys(Fernet.generate_key().decode())
    cache(folder, client_id="2_public", keys=key).store(TOKEN)
    foreign, ours = cache(folder, client_id="2_public", keys=key), cache(folder, keys=key)
    foreign.path.rename(ours.path)
    assert distrusted(ours, caplog) == "it holds the token of another client"


def test_a_key_derived_from_the_same_secret_is_another_for_another_client(
    stored: TokenCache, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = cache(folder, client_id="2_public")
    stored.path.rename(other.path)
    assert distrusted(other, caplog) == "it is damaged, or encrypted with another key"


def test_a_huge_file_is_not_read(stored: TokenCache, caplog: pytest.LogCaptureFixture) -> None:
    os.truncate(stored.path, 1 << 42)
    assert distrusted(stored, caplog) == "it is too long to hold a token"


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\0",
        b"not a token",
        b"gAAAAA",
        "caf\u00e9".encode("latin-1"),
        b"x" * 1000,
    ],
)
def test_a_damaged_file_is_not_trusted(
    stored: TokenCache, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    stored.path.write_bytes(damage)
    assert distrusted(stored, caplog) == "it is damaged, or encrypted with another key"


def test_a_single_changed_byte_is_noticed(stored: TokenCache) -> None:
    data = bytearray(stored.path.read_bytes())
    for position in range(0, len(data), 7):
        changed = bytearray(data)
        changed[position] = ord("A") if changed[position] != ord("A") else ord("B")
        stored.path.write_bytes(changed)
        assert stored.load() is None


def test_a_changed_client_secret_cannot_read_the_old_file(
    stored: TokenCache, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rotated = cache(folder, client_secret=SecretStr("another"))
    assert rotated.path == stored.path
    assert distrusted(rotated, caplog) == "it is damaged, or encrypted with another key"


@pytest.mark.parametrize("open_to", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_read_is_not_trusted(
    stored: TokenCache, open_to: int, caplog: pytest.LogCaptureFixture
) -> None:
    stored.path.chmod(open_to)
    assert distrusted(stored, caplog) == f"it is open to others, mode {open_to:04o}"
    assert stored.path.stat().st_mode & 0o777 == 0o600


@as_root
def test_somebody_else_s_file_is_not_trusted(
    stored: TokenCache, caplog: pytest.LogCaptureFixture
) -> None:
    os.chown(stored.path, NOBODY, -1)
    assert distrusted(stored, caplog) == "it belongs to somebody else"


def test_a_symlink_is_not_followed_but_replaced(
    stored: TokenCache, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    moved = stored.path.rename(tmp_path / "moved")
    before = moved.read_bytes()
    stored.path.symlink_to(moved)
    assert distrusted(stored, caplog) == "too many levels of symbolic links"
    assert moved.read_bytes() == before
    assert not stored.path.is_symlink()


def test_a_named_pipe_is_neither_waited_for_nor_trusted(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.mkdir(mode=0o700)
    one = cache(folder)
    os.mkfifo(one.path, 0o600)
    assert distrusted(one, caplog) == "it is no file"


@pytest.mark.parametrize(
    "change",
    [
        {"token": None},
        {"token": 5},
        {"token": ""},
        {"token": "two\nlines"},
        {"expires_at": None},
        {"expires_at": "1800000000"},
        {"expires_at": True},
        {"expires_at": math.inf},
        {"expires_at": math.nan},
    ],
)
def test_a_well_encrypted_file_without_a_usable_token_is_not_trusted(
    stored: TokenCache, change: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    payload = {"token": CANARY, "expires_at": 1.0, **stored._owner} | change
    stored.path.write_bytes(stored._fernet.encrypt(json.dumps(payload).encode()))
    assert distrusted(stored, caplog) == "it holds something else than a token"


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff", b"[" * 100])
def test_a_well_encrypted_file_that_is_no_json_is_not_trusted(
    stored: TokenCache, payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    stored.path.write_bytes(stored._fernet.encrypt(payload))
    assert distrusted(stored, caplog) == "it holds something else than a token"


@pytest.mark.parametrize("payload", [b"[]", b"null", b"5", b"{}"])
def test_a_well_encrypted_file_of_nobody_is_not_trusted(
    stored: TokenCache, payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    stored.path.write_bytes(stored._fernet.encrypt(payload))
    assert distrusted(stored, caplog) == "it holds the token of another client"
