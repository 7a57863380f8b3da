"""The secret store: private from the first moment, whole or not there, and never git's."""

import os
from pathlib import Path

import pytest

from mautic_bootstrap.secrets_store import SecretsStore


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def store(tmp_path: Path) -> SecretsStore:
    return SecretsStore(tmp_path, "mautic")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_secret_is_read_as_it_was_written(store: SecretsStore) -> None:
    for value in ("x", "", "two\nlines\r\n", "\u00e9 '\"\\"):
        store.write("admin_password", value)
        assert store.read("admin_password") == value


def test_a_secret_that_is_not_there_is_none_and_looking_makes_no_folder(
    store: SecretsStore, tmp_path: Path
) -> None:
    assert store.read("admin_password") is None
    assert not store.exists()
    store.remove("admin_password")
    store.destroy()
    assert not store.tighten()
    assert SecretsStore.problems(tmp_path) == []
    assert names(tmp_path) == []


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_folders_and_files_are_private_at_birth_whatever_the_umask(
    store: SecretsStore, umask: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "tighten", lambda: False)
    before = os.umask(umask)
    try:
        store.write("client.json", "{}")
    finally:
        os.umask(before)
    assert mode(store.path.parent) == 0o700
    assert mode(store.path) == 0o700
    assert mode(store.path / "client.json") == 0o600
    assert names(store.path) == ["client.json"]
    assert store.exists()


def test_what_is_ours_and_open_to_others_is_tightened_by_a_write(store: SecretsStore) -> None:
    store.path.mkdir(parents=True)
    old = store.path / "db_password"
    old.write_text("x")
    for place, loose in ((store.path.parent, 0o755), (store.path, 0o777), (old, 0o644)):
        place.chmod(loose)
    store.write("admin_password", "y")
    assert [mode(place) for place in (store.path.parent, store.path, old)] == [0o700, 0o700, 0o600]
    assert not store.tighten()
    old.chmod(0o640)
    assert store.tighten()
    assert mode(old) == 0o600


def test_reading_changes_nothing(store: SecretsStore) -> None:
    store.write("db_password", "x")
    store.path.chmod(0o755)
    assert store.read("db_password") == "x"
    assert mode(store.path) == 0o755


def test_instances_live_side_by_side_and_one_goes_without_the_other(
    store: SecretsStore, tmp_path: Path
) -> None:
    other = SecretsStore(tmp_path, "other")
    store.write("db_password", "x")
    other.write("db_password", "y")
    other.destroy()
    assert not other.exists()
    assert store.read("db_password") == "x"
    store.destroy()
    assert names(tmp_path) == []


def test_a_removed_secret_is_gone_and_the_others_stay(store: SecretsStore) -> None:
    store.write("db_password", "x")
    store.write("client.json", "{}")
    store.remove("client.json")
    store.remove("client.json")
    assert names(store.path) == ["db_password"]


def test_what_a_killed_writer_left_goes_with_the_next_write_and_with_the_store(
    store: SecretsStore,
) -> None:
    store.write("db_password", "x")
    leftover = store.path / "db_password.0123456789abcdef.tmp"
    leftover.write_text("stale")
    store.write("db_password", "y")
    assert names(store.path) == ["db_password"]
    leftover.write_text("stale")
    store.destroy()
    assert not store.exists()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../x", "/etc/passwd", ".hidden", "a\0b", "a\n"]
)
def test_a_name_that_leads_elsewhere_is_a_programming_error(
    store: SecretsStore, tmp_path: Path, name: str
) -> None:
    for attempt in (
        lambda: store.read(name),
        lambda: store.write(name, "x"),
        lambda: store.remove(name),
        lambda: SecretsStore(tmp_path, name),
    ):
        with pytest.raises(ValueError, match="cannot be a"):
            attempt()
