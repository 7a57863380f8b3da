"""What the secret store refuses: other people's parts, symlinks, git, and a disk that fails."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mautic_bootstrap.errors import EnvFileError, InsecurePathError
from mautic_bootstrap.secrets_store import SecretsStore

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


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


def every_use(store: SecretsStore, kind: type[EnvFileError]) -> str:
    """Return the text with which each use of the store is refused, the same for all of them."""
    texts = set()
    for attempt in (
        lambda: store.read("x"),
        lambda: store.write("x", "hidden"),
        lambda: store.remove("x"),
        store.tighten,
        store.destroy,
    ):
        with pytest.raises(EnvFileError) as caught:
            attempt()
        assert type(caught.value) is kind
        texts.add(str(caught.value))
    (text,) = texts
    return text


@pytest.mark.parametrize("which", ["parent", "instance"])
def test_a_symlink_in_place_of_a_folder_is_refused_and_not_followed(
    store: SecretsStore, tmp_path: Path, which: str
) -> None:
    outside = tmp_path / "outside"
    (outside / "mautic").mkdir(parents=True)
    (outside / "mautic" / "x").write_text("theirs")
    link = store.path.parent if which == "parent" else store.path
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside if which == "parent" else outside / "mautic")
    assert every_use(store, InsecurePathError) == (
        f"keep secrets in {link}: expected no symlink, saw one to {link.readlink()}. Remove it."
    )
    assert (outside / "mautic" / "x").read_text() == "theirs"


def test_a_file_in_place_of_a_folder_is_refused(store: SecretsStore, tmp_path: Path) -> None:
    store.path.parent.write_text("")
    text = f"keep secrets in {store.path.parent}: expected a folder, or nothing yet, saw a file. Remove it."
    assert every_use(store, InsecurePathError) == text
    assert SecretsStore.problems(tmp_path) == [text]


def test_a_symlink_in_place_of_a_secret_is_neither_read_nor_written(
    store: SecretsStore, tmp_path: Path
) -> None:
    store.write("db_password", "x")
    (tmp_path / "outside").write_text("theirs")
    (store.path / "x").symlink_to(tmp_path / "outside")
    uses: list[Callable[[], object]] = [lambda: store.read("x"), lambda: store.write("x", "mine")]
    for attempt in uses:
        with pytest.raises(
            InsecurePathError, match=rf"keep secrets in {store.path}/x: .* no symlink"
        ):
            attempt()
    store.remove("x")
    assert (tmp_path / "outside").read_text() == "theirs"
    assert names(store.path) == ["db_password"]


def test_somebody_elses_folder_is_refused(
    store: SecretsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write("x", "y")
    owner = store.path.owner()
    monkeypatch.setattr(os, "geteuid", lambda: 987654)
    assert every_use(store, InsecurePathError) == (
        f"keep secrets in {store.path.parent}: expected something that belongs to user 987654, saw"
        f" {owner} as its owner. Run as {owner}, or give it to user 987654."
    )


@as_root
@pytest.mark.parametrize("what", ["parent", "instance", "file"])
def test_somebody_elses_part_is_refused_even_for_root(store: SecretsStore, what: str) -> None:
    store.write("x", "y")
    place = {"parent": store.path.parent, "instance": store.path, "file": store.path / "x"}[what]
    os.chown(place, NOBODY, -1)
    with pytest.raises(InsecurePathError, match=f"keep secrets in {place}: .* nobody as its owner"):
        store.read("x")
    with pytest.raises(InsecurePathError, match=f"keep secrets in {place}: .* nobody as its owner"):
        store.write("x", "z")
    os.chown(place, 0, -1)
    assert store.read("x") == "y"


def test_a_store_with_something_foreign_in_it_is_not_destroyed(
    store: SecretsStore, tmp_path: Path
) -> None:
    store.write("x", "y")
    (store.path / "folder").mkdir(mode=0o755)
    (store.path / "folder" / "mine").write_text("mine")
    (store.path / "link").symlink_to(tmp_path)
    with pytest.raises(EnvFileError) as caught:
        store.destroy()
    assert str(caught.value) == (
        f"remove {store.path}: expected nothing but the files this project keeps there, saw folder,"
        " link. Move that elsewhere; nothing was removed."
    )
    assert names(store.path) == ["folder", "link", "x"]
    store.tighten()
    assert mode(store.path / "folder") == 0o755
    assert tmp_path.exists()


def test_a_secret_that_is_not_utf_8_is_refused_without_quoting_it(store: SecretsStore) -> None:
    store.write("x", "y")
    (store.path / "x").write_bytes(b"hidden\xff")
    with pytest.raises(EnvFileError, match="expected UTF-8 text, saw something else") as caught:
        store.read("x")
    assert caught.value.__suppress_context__
    assert "hidden" not in caught.value.diagnostics()


def test_a_folder_in_place_of_a_secret_is_refused(store: SecretsStore) -> None:
    (store.path / "x").mkdir(parents=True)
    with pytest.raises(EnvFileError, match="expected a file, saw a directory"):
        store.read("x")
    with pytest.raises(EnvFileError, match="is a directory"):
        store.write("x", "y")
    assert names(store.path) == ["x"]


# Git


def test_in_a_work_tree_the_folder_must_be_ignored(store: SecretsStore, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    fix = f"In {tmp_path} run `echo '.secrets/' >> .gitignore`"
    with pytest.raises(EnvFileError) as caught:
        store.write("x", "hidden")
    assert str(caught.value) == (
        f"keep secrets in {tmp_path / '.secrets'}: expected a folder that git ignores, saw a folder"
        f" that git does not ignore. {fix}."
    )
    assert SecretsStore.problems(tmp_path) == [str(caught.value)]
    assert names(tmp_path) == [".git"]
    assert store.read("x") is None
    (tmp_path / ".gitignore").write_text(".secrets/\n")
    assert SecretsStore.problems(tmp_path) == []
    store.write("x", "hidden")
    assert store.read("x") == "hidden"


def test_a_secret_that_git_tracks_is_refused(store: SecretsStore, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text(".secrets/\n")
    store.write("x", "y")
    subprocess.run(["git", "add", "-f", ".secrets/mautic/x"], cwd=tmp_path, check=True)
    with pytest.raises(EnvFileError, match=r"git rm -r --cached '\.secrets/' && echo"):
        store.write("x", "z")
    assert store.read("x") == "y"


def test_a_write_that_the_system_refuses_leaves_the_old_secret(
    store: SecretsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write("x", "old")

    def failing(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(EnvFileError, match="saw no space left on device") as caught:
        store.write("x", "hidden")
    assert "hidden" not in caught.value.diagnostics()
    assert store.read("x") == "old"
    assert names(store.path) == ["x"]
