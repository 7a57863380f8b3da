"""The state folder: private to one user, or refused."""

import errno
import os
import pwd
import re
from pathlib import Path

import pytest

from mautic_bootstrap import state_dir
from mautic_bootstrap.errors import EnvFileError, InsecurePathError

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    return {"HOME": str(home)}


@pytest.fixture
def folder(environ: dict[str, str]) -> Path:
    return Path(environ["HOME"]) / ".local/state/mautic-bootstrap"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def refused(
    folder: Path, kind: type[EnvFileError] = InsecurePathError, state_home: str = ""
) -> str:
    with pytest.raises(EnvFileError) as caught:
        state_dir.ensure(folder, {"XDG_STATE_HOME": state_home})
    assert type(caught.value) is kind
    return str(caught.value)


def test_it_is_below_the_state_home_of_the_user(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path), "HOME": "/home/ada"}
    assert state_dir.location(environ) == tmp_path / "mautic-bootstrap"


@pytest.mark.parametrize("state_home", ["", "relative/folder", "~/state"])
def test_a_state_home_that_is_not_absolute_counts_as_unset(state_home: str) -> None:
    environ = {"XDG_STATE_HOME": state_home, "HOME": "/home/ada"}
    assert state_dir.location(environ) == Path("/home/ada/.local/state/mautic-bootstrap")


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}])
def test_without_home_in_the_environment_the_system_s_own_record_counts(
    environ: dict[str, str],
) -> None:
    home = Path(pwd.getpwuid(os.geteuid()).pw_dir)
    assert state_dir.location(environ) == home / ".local/state/mautic-bootstrap"


def test_a_user_without_any_home_gets_a_typed_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 987654)
    with pytest.raises(EnvFileError) as caught:
        state_dir.location({})
    assert str(caught.value) == (
        "find a place for what is kept between runs: expected a home folder, saw none for user 987654."
        " Set XDG_STATE_HOME."
    )


def test_asking_where_it_is_makes_nothing(environ: dict[str, str], folder: Path) -> None:
    assert state_dir.location(environ) == folder
    assert list(Path(environ["HOME"]).iterdir()) == []


@pytest.mark.parametrize("umask", [0o022, 0o000, 0o077])
def test_it_is_made_with_all_folders_above_it_for_this_user_alone(
    environ: dict[str, str], folder: Path, umask: int
) -> None:
    before = os.umask(umask)
    try:
        assert state_dir.ensure(environ=environ) == folder
    finally:
        os.umask(before)
    assert [mode(place) for place in (folder, folder.parent, folder.parent.parent)] == [0o700] * 3


def test_a_folder_in_it_is_made_with_it(environ: dict[str, str], folder: Path) -> None:
    assert state_dir.ensure(folder / "tokens", environ) == folder / "tokens"
    assert (mode(folder), mode(folder / "tokens")) == (0o700, 0o700)


def test_a_second_call_finds_it_as_it_is(environ: dict[str, str], folder: Path) -> None:
    state_dir.ensure(environ=environ)
    (folder / "kept").touch()
    state_dir.ensure(environ=environ)
    assert (folder / "kept").exists()


@pytest.mark.parametrize("open_to", [0o755, 0o750, 0o711])
def test_others_lose_the_right_to_read_it(
    environ: dict[str, str], folder: Path, open_to: int
) -> None:
    folder.mkdir(parents=True)
    folder.chmod(open_to)
    state_dir.ensure(environ=environ)
    assert mode(folder) == 0o700


@pytest.mark.parametrize("open_to", [0o755, 0o750, 0o2711])
def test_a_named_folder_that_is_there_keeps_its_mode(
    environ: dict[str, str], tmp_path: Path, open_to: int
) -> None:
    named = tmp_path / "mautic-bootstrap" / "tokens"
    named.mkdir(parents=True)
    for place in (named.parent, named):
        place.chmod(open_to)
    assert state_dir.ensure(named, environ) == named
    assert (mode(named.parent), mode(named)) == (open_to, open_to)


def test_a_named_folder_needs_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def getpwuid(uid: int) -> object:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", getpwuid)
    assert mode(state_dir.ensure(tmp_path / "named", {})) == 0o700


def test_what_a_folder_of_the_same_name_elsewhere_allows_is_not_looked_at(
    environ: dict[str, str], tmp_path: Path
) -> None:
    named = tmp_path / "mautic-bootstrap" / "tokens"
    named.parent.mkdir()
    named.parent.chmod(0o1777)
    state_dir.ensure(named, environ)
    assert (mode(named.parent), mode(named)) == (0o1777, 0o700)


def test_a_state_folder_that_others_may_write_to_takes_no_folder_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "mautic-bootstrap"
    folder.mkdir()
    folder.chmod(0o777)
    assert f"keep state in {folder}: " in refused(folder / "tokens", state_home=str(tmp_path))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("open_to", [0o770, 0o702, 0o1777])
def test_one_that_others_may_write_to_is_refused_and_left_alone(
    tmp_path: Path, open_to: int
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(open_to)
    assert refused(folder) == (
        f"keep state in {folder}: expected a folder that nobody else may write to, saw mode {open_to:04o}."
        f" See what is in it, then chmod 700 {folder}."
    )
    assert mode(folder) == open_to


@pytest.mark.parametrize("target", ["elsewhere", "nowhere"])
def test_a_symlink_is_refused_wherever_it_leads(tmp_path: Path, target: str) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder = tmp_path / "state"
    folder.symlink_to(tmp_path / target)
    assert refused(folder) == (
        f"keep state in {folder}: expected no symlink, saw one to {tmp_path / target}. Remove it."
    )
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_in_a_state_folder_that_is_a_symlink_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "mautic-bootstrap").symlink_to(tmp_path / "elsewhere")
    seen = refused(tmp_path / "mautic-bootstrap/tokens", state_home=str(tmp_path))
    assert "expected no symlink" in seen
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_symlink_further_up_is_the_user_s_own_business(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "disk")
    state_dir.ensure(environ={"XDG_STATE_HOME": str(tmp_path / "state")})
    assert mode(tmp_path / "disk/mautic-bootstrap") == 0o700


@as_root
def test_somebody_else_s_is_refused_even_for_root(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    os.chown(folder, NOBODY, -1)
    assert refused(folder) == (
        f"keep state in {folder}: expected a folder that belongs to root, saw nobody as its owner."
        " Run as nobody, or name another place."
    )


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").touch()
    assert refused(tmp_path / "state", EnvFileError) == (
        f"keep state in {tmp_path / 'state'}: expected a folder, or nothing yet, saw a file."
        " Remove it, or name another place."
    )


def test_a_home_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path / "home")}
    with pytest.raises(EnvFileError) as caught:
        state_dir.ensure(environ=environ)
    assert str(caught.value) == (
        f"make {tmp_path}/home/.local/state/mautic-bootstrap: expected a home folder to make it in,"
        f" saw nothing at {tmp_path}/home. Set XDG_STATE_HOME to a folder that can be written to."
    )
    assert not (tmp_path / "home").exists()


def test_a_file_as_home_gets_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(EnvFileError, match="saw nothing at"):
        state_dir.ensure(environ={"HOME": str(tmp_path / "home")})


def test_a_read_only_home_gets_a_typed_error(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def mkdir(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "mkdir", mkdir)
    wanted = "expected the file system to allow it, saw read-only file system. Make the file system writable"
    with pytest.raises(EnvFileError, match=re.escape(wanted)):
        state_dir.ensure(environ=environ)


def test_a_folder_that_another_process_makes_at_the_same_time_is_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mkdir = os.mkdir

    def second(path: Path, permissions: int = 0o777) -> None:
        mkdir(path, permissions)
        raise FileExistsError

    monkeypatch.setattr(os, "mkdir", second)
    assert mode(state_dir.ensure(tmp_path / "a/b", {})) == 0o700
