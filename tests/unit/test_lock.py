import re
import subprocess
import tomllib
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_LOCKS = ("requirements.lock", "requirements-uv.lock")


def _names(requirements: list[str]) -> set[str]:
    found = (re.match(r"[\w.-]+", line) for line in requirements)
    return {name[0].lower().replace("_", "-") for name in found if name}


@pytest.mark.parametrize("lock", _LOCKS)
def test_a_lock_names_no_url(lock: str) -> None:
    assert "://" not in (_ROOT / lock).read_text()


@pytest.mark.parametrize("lock", _LOCKS)
def test_every_locked_package_has_its_version_and_hashes(lock: str) -> None:
    text = (_ROOT / lock).read_text().replace("\\\n", "")
    packages = [line for line in text.splitlines() if re.match(r"\w", line)]
    assert packages
    for line in packages:
        assert re.match(r"[\w.-]+==[\w.]+ .*--hash=sha256:[0-9a-f]{64}", line), line


def test_the_lock_was_made_from_todays_requirements() -> None:
    requirements = subprocess.run(
        ["git", "hash-object", "requirements.in"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    *_, last = (_ROOT / "requirements.lock").read_text().splitlines()
    assert last == f"# requirements.in: git blob {requirements}", "run `make lock`"


def test_what_the_package_needs_is_locked_too() -> None:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(name for extra in extras for name in extra)]
    assert wanted
    given = (_ROOT / "requirements.in").read_text().splitlines()
    assert _names(wanted) <= _names(given)
