"""Every target answers each step of the walk as the recorded live Mautic of its version did.

Source: `recordings/<version>.json`, part `walk`, from live 5.1.0 and 7.0.0.
"""

import pytest

from contract.conftest import Walked
from contract.recordings import PARTS, load
from contract.targets import all_targets

_CASES = [
    pytest.param(target, version, part, label, id=f"{target} {version} {part}: {label}")
    for target, version in all_targets()
    for part in PARTS
    for label in load(version)["walk"][part]
]
_BEFORE_INSTALLATION = ("not installed: ", "install", "version", "unknown command")


@pytest.mark.parametrize(("target", "version", "part", "label"), _CASES)
def test_step_answers_as_recorded(
    walked: Walked, target: str, version: str, part: str, label: str
) -> None:
    seen = walked(target, version)
    if (
        not seen.console
        and part in {"console", "exchanges"}
        and label.startswith(_BEFORE_INSTALLATION)
    ):
        pytest.skip("this live instance was installed before the walk")
    assert getattr(seen, part)[label] == load(version)["walk"][part][label]


@pytest.mark.parametrize(("target", "version"), all_targets())
def test_walk_takes_no_step_that_is_not_recorded(walked: Walked, target: str, version: str) -> None:
    seen = walked(target, version)
    recorded = load(version)["walk"]
    assert {part: set(getattr(seen, part)) - set(recorded[part]) for part in PARTS} == {
        part: set() for part in PARTS
    }


@pytest.mark.parametrize(("target", "version"), all_targets())
def test_version_is_the_recorded_one(walked: Walked, target: str, version: str) -> None:
    assert walked(target, version).version == load(version)["mautic_version"]


@pytest.mark.parametrize("version", [v for name, v in all_targets() if name == "stand-in"])
def test_stand_in_uses_no_id_and_no_name_that_mautic_does_not(walked: Walked, version: str) -> None:
    seen, recorded = walked("stand-in", version), load(version)["walk"]
    assert sorted(seen.ids - set(recorded["ids"])) == []
    assert sorted(seen.names - set(recorded["names"])) == []
