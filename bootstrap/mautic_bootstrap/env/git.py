"""Whether git could carry a file with secrets away."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_TIMEOUT_S = 10.0
_NO = 1  # git's exit code for "neither tracked" and "nor ignored"; trouble is 128
# Set inside git hooks; they would have git look at another repository than the file's.
_REPOSITORY_VARIABLES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
)


@dataclass(frozen=True)
class Exposure:
    """Why git could carry a file away."""

    seen: str
    """How git stands to the file."""

    fix: str
    """The commands that change that."""


def exposure(path: Path, *, folder: bool = False) -> Exposure | None:
    """Say why git could carry a file away; None where it cannot.

    What cannot be found out counts as exposed: a repository without the `git` program (it may be another
    machine's, mounted here), one that git refuses because it belongs to another user, a damaged one. git's
    ownership check is not overridden, as it keeps other people's repositories from running their programs.

    Args:
        path: The file, which need not exist.
        folder: `path` is a folder, and everything in it is meant.
    """
    place = Path(os.path.realpath(path.parent)) / path.name
    top = next((p for p in place.parents if os.path.lexists(p / ".git")), None)
    if top is None:
        return None
    try:
        return _ask(top, str(place.relative_to(top)), folder=folder)
    except FileNotFoundError:
        return Exposure(
            f"the git repository {top} and no git program to ask",
            "Install git (`apt-get install git`), or name a place outside the repository.",
        )
    except subprocess.TimeoutExpired:
        return Exposure(
            f"a git that did not answer within {_TIMEOUT_S:.0f} s", f"Run `git status` in {top}."
        )


def _ask(top: Path, name: str, *, folder: bool) -> Exposure | None:
    """Ask git whether it tracks and whether it ignores a name below the top of a work tree."""
    name += "/" if folder else ""
    quoted = "'" + name.replace("'", "'\\''") + "'"
    ignore = f"echo {quoted} >> .gitignore"
    tracked = _git(top, "--literal-pathspecs", "ls-files", "--error-unmatch", "--", name)
    if tracked.returncode == 0:
        return Exposure(
            "files in it that git tracks" if folder else "a file that git tracks",
            f"In {top} run `git rm {'-r ' if folder else ''}--cached {quoted} && {ignore}`,"
            " and replace the secrets it held.",
        )
    if tracked.returncode != _NO:
        return _refusal(top, tracked)
    # A pattern that ends in a slash does not match a folder that is not there yet, but what would be in it.
    # --no-index: the name is no pattern that may match tracked files. `./`: nor does a colon begin one.
    sample = f"./{name}any" if folder else f"./{name}"
    ignored = _git(top, "check-ignore", "--no-index", "-q", "--", sample)
    if ignored.returncode == 0:
        return None
    if ignored.returncode != _NO:
        return _refusal(top, ignored)
    what = "a folder" if folder else "a file"
    return Exposure(f"{what} that git does not ignore", f"In {top} run `{ignore}`.")


def _refusal(top: Path, answer: subprocess.CompletedProcess[str]) -> Exposure | None:
    """Make sense of a git that would not say anything about the file."""
    # A `.git` that is no repository, or one without a work tree: nothing here is ever committed.
    # ("not a git repository: <path>" is another matter: a work tree whose repository is elsewhere.)
    if (
        "not a git repository (or any" in answer.stderr
        or "must be run in a work tree" in answer.stderr
    ):
        return None
    if "dubious ownership" in answer.stderr:
        return Exposure(
            f"the git repository {top} of another user, which git refuses to read",
            f"Run as its owner, or `git config --global --add safe.directory {top}`.",
        )
    complaint = answer.stderr.strip().splitlines() or [f"exit code {answer.returncode}"]
    return Exposure(f"a git that says: {complaint[-1]}", f"Run `git status` in {top}.")


def _git(top: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in _REPOSITORY_VARIABLES}
    return subprocess.run(
        ["git", "-C", str(top), *arguments],
        env=environment | {"LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_TIMEOUT_S,
        check=False,
    )
