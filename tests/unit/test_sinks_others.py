"""What stands in a place for secrets and is not this instance's: nothing of it is read, moved or removed."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from mautic_bootstrap.errors import EnvFileError, InsecurePathError
from mautic_bootstrap.secrets_store import SecretsStore
from mautic_bootstrap.sinks.record import PlaceRecord
from mautic_bootstrap.sinks.sink import Sink
from mautic_bootstrap.sinks.store import Kind
from unit.sink_places import KEY, SECRET, VALUES, everything, sink

_WITH_KEY = VALUES | {"MAUTIC_TOKEN_CACHE_KEY": KEY}
_PASSWORD = {
    "MAUTIC_API_URL": VALUES["MAUTIC_API_URL"],
    "MAUTIC_USERNAME": "u",
    "MAUTIC_PASSWORD": "canary-of-b",
}
_OTHER = VALUES | {"MAUTIC_CLIENT_ID": "2_public", "MAUTIC_CLIENT_SECRET": "canary-of-b"}
_STORES: tuple[Kind, ...] = ("files", "ansible-vault")


def _b(root: Path, kind: Kind | None = None) -> Sink:
    """Return the sink of another instance; its places are those of `sink`, but for `.env`."""
    record = PlaceRecord(SecretsStore(root, "b"))
    return replace(sink(root, kind), env_path=root / "b.env", record=record)


def _names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.mark.parametrize("kind", _STORES)
@pytest.mark.parametrize("theirs", [_OTHER, _PASSWORD])
def test_a_place_that_another_instance_took_over_is_left_to_it(
    tmp_path: Path, kind: Kind, theirs: dict[str, str]
) -> None:
    sink(tmp_path, kind).write(VALUES)
    _b(tmp_path, kind).write(theirs)
    assert sink(tmp_path).read().get("MAUTIC_CLIENT_SECRET") != "canary-of-b"
    update = sink(tmp_path).write(VALUES)
    assert _b(tmp_path, kind).read() == theirs
    said = (
        f"{tmp_path}/{kind} holds other secrets than this instance wrote there, so it is left as it is; delete what"
        " nobody uses"
    )
    # Where B's has another name than A's had, nothing of A's is there any more.
    assert update.warnings == ((said,) if theirs == _OTHER else ())
    assert sink(tmp_path).write(VALUES).warnings == ()
    assert sink(tmp_path).record.read() == ()


def test_a_key_that_another_instance_left_is_not_taken_for_ours(tmp_path: Path) -> None:
    sink(tmp_path, "files").write(_WITH_KEY)
    _b(tmp_path, "files").write(_PASSWORD)
    assert _b(tmp_path, "files").read() == _PASSWORD
    sink(tmp_path).write(_WITH_KEY)
    assert _names(tmp_path / "files") == ["mautic_password"]
    assert sink(tmp_path).read() == _WITH_KEY


def test_what_was_changed_by_hand_stays_in_the_old_place(tmp_path: Path) -> None:
    sink(tmp_path, "files").write(_WITH_KEY)
    (tmp_path / "files/mautic_client_secret").write_text("by-hand")
    before = everything(tmp_path / "files")
    (warning,) = sink(tmp_path).write(VALUES).warnings
    assert warning.startswith(f"{tmp_path}/files holds other secrets than this instance wrote")
    assert everything(tmp_path / "files") == before


def test_a_secret_that_was_changed_by_hand_counts_while_the_env_file_names_it(
    tmp_path: Path,
) -> None:
    sink(tmp_path, "files").write(VALUES)
    (tmp_path / "files/mautic_client_secret").write_text("by-hand")
    assert sink(tmp_path, "files").read()["MAUTIC_CLIENT_SECRET"] == "by-hand"
    sink(tmp_path, "files").write(VALUES)
    assert (tmp_path / "files/mautic_client_secret").read_text() == SECRET


def test_a_file_that_we_did_not_write_and_a_symlink_s_target_stay(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir(mode=0o700)
    (tmp_path / "passwords.txt").write_text("of another application")
    (folder / "mautic_password").symlink_to(tmp_path / "passwords.txt")
    (folder / "mautic_api_token").write_text("theirs")
    for _ in range(2):
        sink(tmp_path, "files").write(VALUES)
        assert sink(tmp_path, "files").read() == VALUES
    assert not sink(tmp_path, "files").write(VALUES).changed
    sink(tmp_path).write(VALUES)
    assert _names(folder) == ["mautic_api_token", "mautic_password"]
    assert (folder / "mautic_api_token").read_text() == "theirs"
    assert (tmp_path / "passwords.txt").read_text() == "of another application"


def test_of_a_symlink_to_a_secret_of_ours_the_link_alone_goes(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir(mode=0o700)
    (tmp_path / "target").write_text("x")
    (folder / "mautic_client_secret").symlink_to(tmp_path / "target")
    sink(tmp_path, "files").write(VALUES)
    assert (tmp_path / "target").read_text() == SECRET
    sink(tmp_path, "files").write(_PASSWORD)
    assert _names(folder) == ["mautic_password"]
    assert (tmp_path / "target").exists()


def test_in_an_old_vault_a_variable_that_we_did_not_write_stays(tmp_path: Path) -> None:
    chosen = sink(tmp_path, "ansible-vault")
    chosen.write(VALUES)
    assert chosen.cipher is not None
    vault = tmp_path / "ansible-vault"
    text = chosen.cipher.decrypt(vault.read_bytes())
    vault.write_bytes(chosen.cipher.encrypt(f"{text}MAUTIC_PASSWORD: 012\n"))
    planned = sink(tmp_path).plan(VALUES)
    assert "MAUTIC_PASSWORD" not in planned.before
    sink(tmp_path).write(VALUES)
    left = chosen.cipher.decrypt(vault.read_bytes())
    assert left is not None
    assert left.endswith("\nMAUTIC_PASSWORD: 012\n")
    assert left.count("MAUTIC_") == 2  # the other one is in the comment above


@pytest.mark.parametrize("kind", _STORES)
def test_a_place_that_cannot_be_reached_is_remembered_until_it_can(
    tmp_path: Path, kind: Kind
) -> None:
    disk, away = tmp_path / "disk", tmp_path / "away"
    disk.mkdir()
    sink(tmp_path, kind, "disk/place").write(VALUES)
    disk.rename(away)
    for update in (
        sink(tmp_path).plan(VALUES),
        sink(tmp_path).write(VALUES),
        sink(tmp_path).write(VALUES),
    ):
        (warning,) = update.warnings
        assert warning == (
            f"{disk}/place held this instance's secrets and cannot be reached, as {disk} is not there: what is in it"
            " stays until a later run can remove it. If it is gone for good, remove it from"
            f" {tmp_path}/.secrets/mautic/places.json"
        )
    away.rename(disk)
    update = sink(tmp_path).write(VALUES)
    assert update.changed
    assert update.warnings == ()
    assert everything(disk) == ""
    assert sink(tmp_path).record.read() == ()


def test_one_folder_by_two_paths_is_one_place(tmp_path: Path) -> None:
    sink(tmp_path, "files").write(VALUES)
    (tmp_path / "link").symlink_to(tmp_path / "files")
    sink(tmp_path, "files", "link").write(VALUES)
    assert sink(tmp_path, "files", "link").read() == VALUES
    assert _names(tmp_path / "files") == ["mautic_client_secret"]
    (noted,) = sink(tmp_path, "files", "link").record.read()
    assert noted.path == tmp_path / "link"


def test_the_record_holds_no_secret_and_salts_what_it_holds(tmp_path: Path) -> None:
    for instance in (sink, _b):
        instance(tmp_path, "files").write(VALUES)
    texts = [(tmp_path / ".secrets" / name / "places.json").read_text() for name in ("mautic", "b")]
    digests = [json.loads(text)[0]["digests"]["MAUTIC_CLIENT_SECRET"][0] for text in texts]
    assert SECRET not in "".join(texts)
    assert len(set(digests)) == 2
    assert {len(digest) for digest in digests} == {64}


def test_a_record_that_knows_places_alone_takes_nothing_away(tmp_path: Path) -> None:
    sink(tmp_path, "files").write(VALUES)
    noted = [{"kind": "files", "path": str(tmp_path / "files")}]
    (tmp_path / ".secrets/mautic/places.json").write_text(json.dumps(noted))
    sink(tmp_path).write(VALUES)
    assert (tmp_path / "files/mautic_client_secret").read_text() == SECRET


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770, 0o702])
def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    folder.chmod(mode)
    (problem,) = sink(tmp_path, "files").problems()
    assert problem == (
        f"app_secret_path is {folder}: expected a folder that nobody else may write to, saw mode {mode:04o}; see what"
        f" is in it, then `chmod go-w {folder}`"
    )
    for act in (sink(tmp_path, "files").plan, sink(tmp_path, "files").write):
        with pytest.raises(InsecurePathError, match="nobody else may write to"):
            act(VALUES)
    assert not list(folder.iterdir())
    assert not (tmp_path / ".env").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_that_somebody_else_owns_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir(mode=0o700)
    os.chown(folder, 12345, 12345)
    (problem,) = sink(tmp_path, "files").problems()
    assert "saw user 12345 as its owner; run as user 12345, or name another place" in problem


def test_a_folder_that_somebody_else_makes_in_between_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Path.mkdir

    def faster(path: Path, mode: int = 0o777) -> None:
        made(path, mode)
        if path.name == "files":
            path.chmod(0o777)
            raise FileExistsError

    monkeypatch.setattr(Path, "mkdir", faster)
    with pytest.raises(EnvFileError, match="saw mode 0777"):
        sink(tmp_path, "files").write(VALUES)
    assert not list((tmp_path / "files").iterdir())
