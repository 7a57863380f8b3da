"""Secrets in files of their own, which `.env` names."""

import os
import subprocess
from pathlib import Path

import pytest

from mautic_bootstrap.errors import EnvFileError, InsecurePathError, UnsafeValueError
from mautic_bootstrap.settings import MauticSettings
from unit.sink_places import KEY, SECRET, VALUES, sink


def test_each_secret_has_a_file_and_the_env_file_names_it(tmp_path: Path) -> None:
    update = sink(tmp_path, "files").write(VALUES | {"MAUTIC_TOKEN_CACHE_KEY": KEY})
    folder = tmp_path / "files"
    assert update.changed
    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        "mautic_client_secret": SECRET,
        "mautic_token_cache_key": KEY,
    }
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert (tmp_path / ".env").read_text().splitlines()[1:-1] == [
        "MAUTIC_API_URL=http://localhost:8080",
        "MAUTIC_CLIENT_ID=1_public",
        f"MAUTIC_CLIENT_SECRET_FILE={folder}/mautic_client_secret",
        f"MAUTIC_TOKEN_CACHE_KEY_FILE={folder}/mautic_token_cache_key",
    ]
    assert sink(tmp_path, "files").read() == VALUES | {"MAUTIC_TOKEN_CACHE_KEY": KEY}


def test_the_application_reads_what_was_written(tmp_path: Path) -> None:
    key = "k" * 43 + "="
    sink(tmp_path, "files").write(VALUES | {"MAUTIC_TOKEN_CACHE_KEY": f"{key},{key}"})
    settings = MauticSettings.from_env(tmp_path / ".env", {"HOME": str(tmp_path)})
    assert settings.client_secret is not None
    assert settings.client_secret.get_secret_value() == SECRET
    assert [one.get_secret_value() for one in settings.token_cache_key] == [key, key]


def test_a_second_write_changes_nothing(tmp_path: Path) -> None:
    sink(tmp_path, "files").write(VALUES)
    files = [tmp_path / ".env", *(tmp_path / "files").iterdir()]
    before = [file.stat() for file in files]
    update = sink(tmp_path, "files").write(VALUES)
    assert not update.changed
    assert update.before == update.after
    assert [file.stat() for file in files] == before


def test_a_plan_shows_places_and_no_secret_and_writes_nothing(tmp_path: Path) -> None:
    update = sink(tmp_path, "files").plan(VALUES)
    assert update.changed
    assert update.before == ""
    assert update.after.startswith(f"{tmp_path}/files/mautic_client_secret: ********\n")
    assert f"MAUTIC_CLIENT_SECRET_FILE={tmp_path}/files/mautic_client_secret\n" in update.after
    assert SECRET not in repr(update)
    assert not (tmp_path / "files").exists()
    assert not (tmp_path / ".env").exists()
    assert not (tmp_path / ".secrets").exists()


def test_another_secret_is_marked_as_changed_and_shown_in_neither_text(tmp_path: Path) -> None:
    sink(tmp_path, "files").write(VALUES)
    update = sink(tmp_path, "files").plan(VALUES | {"MAUTIC_CLIENT_SECRET": "canary-other"})
    assert "mautic_client_secret: ********\n" in update.before
    assert "mautic_client_secret: ******** (changed)\n" in update.after
    assert "canary" not in repr(update)


def test_a_file_that_others_may_read_is_tightened_and_told(tmp_path: Path) -> None:
    sink(tmp_path, "files").write(VALUES)
    file = tmp_path / "files/mautic_client_secret"
    file.chmod(0o640)
    assert sink(tmp_path, "files").plan(VALUES).tightened == (file,)
    update = sink(tmp_path, "files").write(VALUES)
    assert (update.changed, update.tightened) == (False, (file,))
    assert file.stat().st_mode & 0o777 == 0o600
    assert sink(tmp_path, "files").write(VALUES).tightened == ()


def test_a_line_ending_behind_a_secret_is_no_part_of_it(tmp_path: Path) -> None:
    sink(tmp_path, "files").write(VALUES)
    for ending in ("\n", "\r\n"):
        (tmp_path / "files/mautic_client_secret").write_bytes(f"{SECRET}{ending}".encode())
        assert not sink(tmp_path, "files").write(VALUES).changed


def test_files_of_others_and_lines_of_others_stay(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir(mode=0o750)
    (tmp_path / "files/smtp_password").write_text("theirs")
    (tmp_path / ".env").write_text("OTHER=1 # mine\n")
    sink(tmp_path, "files").write(VALUES)
    sink(tmp_path).write(VALUES)
    assert [file.name for file in (tmp_path / "files").iterdir()] == ["smtp_password"]
    assert (tmp_path / "files").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / ".env").read_text().startswith("OTHER=1 # mine\n")


def test_another_way_to_authenticate_leaves_no_secret_of_the_one_before(tmp_path: Path) -> None:
    sink(tmp_path, "files").write(VALUES)
    user = {
        "MAUTIC_API_URL": "http://localhost:8080",
        "MAUTIC_USERNAME": "u",
        "MAUTIC_PASSWORD": "p",
    }
    sink(tmp_path, "files").write(user)
    assert sink(tmp_path, "files").read() == user
    assert [file.name for file in (tmp_path / "files").iterdir()] == ["mautic_password"]
    assert "CLIENT" not in (tmp_path / ".env").read_text()


def test_a_temporary_file_of_a_killed_writer_is_removed(tmp_path: Path) -> None:
    sink(tmp_path, "files").write(VALUES)
    left = tmp_path / f"files/mautic_client_secret.{16 * 'a'}.tmp"
    left.write_text(SECRET)
    sink(tmp_path, "files").write(VALUES)
    assert not left.exists()


@pytest.mark.parametrize("value", ["", "two\nlines", "nul\0", "cr\r"])
def test_a_secret_that_would_not_read_back_is_refused_before_anything(
    tmp_path: Path, value: str
) -> None:
    with pytest.raises(UnsafeValueError, match="expected text of one line"):
        sink(tmp_path, "files").write(VALUES | {"MAUTIC_CLIENT_SECRET": value})
    assert not (tmp_path / ".env").exists()
    assert not (tmp_path / "files").exists()


def test_a_secret_that_is_no_text_is_an_error_without_its_bytes(tmp_path: Path) -> None:
    sink(tmp_path, "files").write(VALUES)
    (tmp_path / "files/mautic_client_secret").write_bytes(b"canary\xff")
    with pytest.raises(EnvFileError, match="expected UTF-8 text") as caught:
        sink(tmp_path, "files").read()
    assert caught.value.__suppress_context__
    assert "canary" not in str(caught.value)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("x")
    (problem,) = sink(tmp_path, "files").problems()
    assert problem == (
        f"app_secret_path is {tmp_path}/files: expected a folder, saw something else; name a folder, or a place"
        " where none is yet"
    )
    with pytest.raises(EnvFileError, match="expected a folder, saw something else"):
        sink(tmp_path, "files").write(VALUES)


def test_a_folder_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (problem,) = sink(tmp_path, "files", "none/files").problems()
    assert problem.startswith(
        f"app_secret_path is {tmp_path}/none/files: expected a folder to write to"
    )


def test_a_symlink_that_leads_nowhere_in_place_of_a_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files/mautic_password").symlink_to("gone")
    (problem,) = sink(tmp_path, "files").problems()
    assert "expected a file behind the symlink" in problem


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make somebody else's file")
def test_a_secret_that_somebody_else_owns_is_refused(tmp_path: Path) -> None:
    sink(tmp_path, "files").write(VALUES)
    os.chown(tmp_path / "files/mautic_client_secret", 12345, 12345)
    (problem,) = sink(tmp_path, "files").problems()
    assert "saw one that belongs to user 12345" in problem
    with pytest.raises(InsecurePathError):
        sink(tmp_path, "files").plan(VALUES)


def test_a_folder_that_git_would_carry_away_is_refused(tmp_path: Path) -> None:
    ignored = ".env*\n.secrets/\nvault-password\n"
    (tmp_path / ".gitignore").write_text(ignored)
    (tmp_path / "files").mkdir()
    (tmp_path / "files/.gitkeep").touch()
    for command in (["init", "--quiet"], ["add", "files/.gitkeep"]):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    problems = sink(tmp_path, "files").problems()
    assert len(problems) == 4
    assert "a file that git does not ignore" in problems[0]
    (tmp_path / ".gitignore").write_text(f"{ignored}files/mautic_*\n")
    assert sink(tmp_path, "files").problems() == []
