"""Symlinks: one whose target only we can replace is fine, every other one is refused."""

import os
from pathlib import Path

import pytest

from mautic_bootstrap.env.file import plan, write
from mautic_bootstrap.env.guards import ensure_safe, problems
from mautic_bootstrap.errors import InsecurePathError

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away or mount")


@pytest.fixture
def env(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir(mode=0o755)
    return folder / ".env"


def folder(path: Path, mode: int) -> Path:
    path.mkdir()
    path.chmod(mode)
    return path


def refused(env: Path) -> str:
    """Return the only problem; the typed error says the same."""
    (problem,) = problems(env)
    with pytest.raises(InsecurePathError) as caught:
        ensure_safe(env)
    assert caught.value.seen in problem
    return problem.removeprefix(f"app_env_path is {env}: expected ")


@pytest.fixture
def real(env: Path, tmp_path: Path) -> Path:
    """A file of ours in a folder of ours, which `.env` leads to."""
    target = folder(tmp_path / "real", 0o755) / "env"
    target.write_text("A=1\n")
    env.symlink_to(target)
    return target


def test_a_symlink_whose_target_only_we_can_replace_is_fine(env: Path, real: Path) -> None:
    assert problems(env) == []
    env.unlink()
    env.symlink_to("../real/../real/env")
    assert problems(env) == []


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777])
def test_a_target_in_a_folder_others_may_write_to_is_refused(
    env: Path, real: Path, mode: int
) -> None:
    real.parent.chmod(mode)
    assert refused(env) == (
        f"a symlink whose target nobody else can replace, saw {real.parent}, a folder that other"
        f" users may write to; take their rights away, or name the file itself, {real}"
    )


def test_a_sticky_folder_is_fine_as_nobody_can_replace_our_files_in_it(
    env: Path, real: Path
) -> None:
    real.parent.chmod(0o1777)
    assert problems(env) == []


def test_a_link_in_a_folder_others_may_write_to_is_refused(env: Path, real: Path) -> None:
    env.parent.chmod(0o777)
    assert f"saw {env.parent}, a folder" in refused(env)


def test_a_folder_above_the_target_counts_too(env: Path, real: Path, tmp_path: Path) -> None:
    above = folder(tmp_path / "above", 0o777)
    deep = folder(above / "deep", 0o755)
    (deep / "env").write_text("A=1\n")
    env.unlink()
    env.symlink_to(deep / "env")
    assert f"saw {above}, a folder" in refused(env)


def test_every_link_on_the_way_counts(env: Path, real: Path, tmp_path: Path) -> None:
    weak = folder(tmp_path / "weak", 0o777)
    (weak / "hop").symlink_to(real)
    env.unlink()
    env.symlink_to(weak / "hop")
    assert f"saw {weak}, a folder" in refused(env)


def test_a_folder_reached_by_a_symlink_counts_even_before_the_file_exists(
    env: Path, tmp_path: Path
) -> None:
    weak = folder(tmp_path / "weak", 0o777)
    (tmp_path / "link").symlink_to(weak)
    assert f"saw {weak}, a folder" in refused(tmp_path / "link" / ".env")


def test_without_a_symlink_a_folder_that_others_may_write_to_is_the_persons_choice(
    env: Path,
) -> None:
    env.parent.chmod(0o777)
    env.write_text("A=1\n")
    assert problems(env) == []


@as_root
@pytest.mark.parametrize("what", ["env", "folder", "link"])
def test_a_symlink_with_somebody_elses_part_on_the_way_is_refused(
    env: Path, real: Path, what: str
) -> None:
    place = {"env": real, "folder": real.parent, "link": env}[what]
    os.chown(place, NOBODY, -1, follow_symlinks=False)
    assert any(f"saw {place}, which belongs to nobody;" in problem for problem in problems(env))
    with pytest.raises(InsecurePathError):
        ensure_safe(env)


# Writing through one


def test_a_symlink_stays_and_its_target_is_replaced_in_its_own_folder(
    env: Path, real: Path
) -> None:
    link = env.readlink()
    update = write(env, {"MAUTIC_USERNAME": "me"})
    assert env.readlink() == link
    assert real.read_text().startswith("A=1\n\n# BEGIN")
    assert real.stat().st_mode & 0o777 == 0o600
    assert update.path == env
    assert [entry.name for entry in real.parent.iterdir()] == ["env"]
    assert [entry.name for entry in env.parent.iterdir()] == [".env"]


def test_through_a_symlink_others_could_redirect_nothing_is_planned_nor_written(
    env: Path, real: Path
) -> None:
    real.parent.chmod(0o777)
    for function in (plan, write):
        with pytest.raises(InsecurePathError, match="a folder that other users may write to"):
            function(env, {"MAUTIC_USERNAME": "me"})
    assert real.read_text() == "A=1\n"
    assert [entry.name for entry in real.parent.iterdir()] == ["env"]
