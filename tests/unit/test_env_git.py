"""The git guard: what git tracks or does not ignore is found out, whatever state git is in."""

import subprocess
from pathlib import Path

import pytest

from mautic_bootstrap.env import git
from mautic_bootstrap.env.git import Exposure, exposure


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this machine's git configuration out of the tests."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    top = tmp_path / "repo"
    run("git", "init", "-q", str(top))
    return top


def run(*argv: str, cwd: Path | None = None) -> None:
    subprocess.run(argv, cwd=cwd, check=True, capture_output=True)


def track(top: Path, name: str) -> None:
    (top / name).parent.mkdir(exist_ok=True)
    (top / name).write_text("A=1\n")
    run("git", "add", "-f", "--", name, cwd=top)


def test_outside_of_a_work_tree_git_is_not_even_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert exposure(tmp_path / ".env") is None


@pytest.mark.parametrize("pattern", [".env", ".env*", "/.env", "*"])
def test_an_ignored_file_is_fine_whether_it_exists_or_not(repo: Path, pattern: str) -> None:
    (repo / ".gitignore").write_text(f"{pattern}\n")
    assert exposure(repo / ".env") is None
    (repo / ".env").write_text("A=1\n")
    assert exposure(repo / ".env") is None


def test_a_file_that_is_not_ignored_is_exposed_and_the_fix_says_how_to_ignore_it(
    repo: Path,
) -> None:
    (repo / ".gitignore").write_text(".env\n!.env\n")
    assert exposure(repo / ".env") == Exposure(
        "a file that git does not ignore", f"In {repo} run `echo '.env' >> .gitignore`."
    )


def test_a_tracked_file_is_exposed_even_where_a_pattern_matches_it(repo: Path) -> None:
    (repo / ".gitignore").write_text(".env\n")
    track(repo, ".env")
    assert exposure(repo / ".env") == Exposure(
        "a file that git tracks",
        f"In {repo} run `git rm --cached '.env' && echo '.env' >> .gitignore`,"
        " and replace the secrets it held.",
    )


def test_a_tracked_file_that_was_deleted_is_still_exposed(repo: Path) -> None:
    track(repo, ".env")
    (repo / ".env").unlink()
    found = exposure(repo / ".env")
    assert found is not None
    assert found.seen == "a file that git tracks"


@pytest.mark.parametrize("name", [".env", "sub/.env", "sub/it's mine.env"])
def test_the_fix_works_as_it_is_printed(repo: Path, name: str) -> None:
    track(repo, name)
    found = exposure(repo / name)
    assert found is not None
    run("sh", "-c", found.fix.split("`")[1], cwd=repo)
    assert exposure(repo / name) is None
    assert (repo / name).exists()


@pytest.mark.parametrize("name", ["?env", ":(top)xenv"])
def test_a_name_that_looks_like_a_pattern_means_itself(repo: Path, name: str) -> None:
    track(repo, "xenv")
    (repo / ".gitignore").write_text(f"{name.replace('?', chr(92) + '?')}\n")
    assert exposure(repo / name) is None
    assert exposure(repo / "xenv") is not None


def test_a_folder_is_exposed_until_it_is_ignored_or_once_a_file_in_it_is_tracked(
    repo: Path,
) -> None:
    secrets = repo / ".secrets"
    assert exposure(secrets, folder=True) == Exposure(
        "a folder that git does not ignore", f"In {repo} run `echo '.secrets/' >> .gitignore`."
    )
    (repo / ".gitignore").write_text(".secrets/\n")
    assert exposure(secrets, folder=True) is None
    track(repo, ".secrets/x")
    assert exposure(secrets, folder=True) == Exposure(
        "files in it that git tracks",
        f"In {repo} run `git rm -r --cached '.secrets/' && echo '.secrets/' >> .gitignore`,"
        " and replace the secrets it held.",
    )


def test_a_folder_reached_by_a_symlink_belongs_to_the_repository_behind_it(
    repo: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(repo)
    assert exposure(tmp_path / "link" / ".env") == exposure(repo / ".env")
    assert exposure(repo / ".env") is not None


def test_a_linked_work_tree_is_one_too(repo: Path, tmp_path: Path) -> None:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    run("git", *identity, "commit", "-q", "--allow-empty", "-m", "x", cwd=repo)
    run("git", "worktree", "add", "-q", str(tmp_path / "tree"), cwd=repo)
    found = exposure(tmp_path / "tree" / ".env")
    assert found is not None
    assert found.seen == "a file that git does not ignore"


def test_a_git_hooks_variables_do_not_lead_to_another_repository(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("git", "init", "-q", str(tmp_path / "other"))
    track(repo, ".env")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other" / ".git" / "index"))
    found = exposure(repo / ".env")
    assert found is not None
    assert found.seen == "a file that git tracks"


def test_a_git_folder_that_is_no_repository_is_none(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert exposure(tmp_path / ".env") is None


def test_a_work_tree_whose_repository_is_out_of_reach_counts_as_exposed(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /nowhere/x\n")
    found = exposure(tmp_path / ".env")
    assert found is not None
    assert found.seen == "a git that says: fatal: not a git repository: /nowhere/x"


def test_a_repository_without_a_work_tree_carries_nothing_away(repo: Path) -> None:
    run("git", "config", "core.bare", "true", cwd=repo)
    assert exposure(repo / ".env") is None


def test_a_repository_without_a_git_to_ask_counts_as_exposed(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert exposure(repo / ".env") == Exposure(
        f"the git repository {repo} and no git program to ask",
        "Install git (`apt-get install git`), or name a place outside the repository.",
    )


def test_a_repository_git_refuses_to_read_is_reported_with_the_way_to_trust_it(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # git's own switch for testing this; see t/t0033-safe-directory.sh of git 2.39.
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert exposure(repo / ".env") == Exposure(
        f"the git repository {repo} of another user, which git refuses to read",
        f"Run as its owner, or `git config --global --add safe.directory {repo}`.",
    )


def test_a_damaged_repository_is_reported_in_gits_own_words(repo: Path) -> None:
    (repo / ".git" / "index").write_bytes(b"no index at all" * 9)
    found = exposure(repo / ".env")
    assert found is not None
    assert found.seen == "a git that says: fatal: index file corrupt"
    assert found.fix == f"Run `git status` in {repo}."


def test_a_git_that_hangs_is_given_up(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = tmp_path / "bin" / "git"
    hanging.parent.mkdir()
    hanging.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    hanging.chmod(0o755)
    monkeypatch.setenv("PATH", str(hanging.parent))
    monkeypatch.setattr(git, "_TIMEOUT_S", 0.2)
    found = exposure(repo / ".env")
    assert found is not None
    assert found.seen == "a git that did not answer within 0 s"
