"""A run that is killed at anything it announces is finished by the next one: steps x versions."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from e2e import killing_grounds
from e2e.killing import Moment
from e2e.killing_grounds import Ground, census
from e2e.targets import TARGETS

_SURVIVED = "survived"
_BROWSER = "mautic_api_access"

Open = Callable[[Path], AbstractContextManager[Ground]]

_GROUNDS: dict[str, Open] = {
    **{f"stand-in {v}": partial(killing_grounds.in_process, v) for v in ("5.1", "7.0")},
    **{f"containers {v}": partial(killing_grounds.containers, v) for v in ("5.1", "7.0")},
    **{target.image: partial(killing_grounds.real, target) for target in TARGETS if target.image},
}


@pytest.fixture(scope="module")
def matrix(request: pytest.FixtureRequest) -> Iterator[dict[str, dict[Moment, str]]]:
    """What became of each moment on each ground; printed when all are done."""
    columns: dict[str, dict[Moment, str]] = {}
    yield columns
    capture = request.config.pluginmanager.getplugin("capturemanager")
    assert capture is not None
    with capture.global_and_fixture_disabled():
        print(f"\n{_table(columns)}")  # noqa: T201  # the lane's output is what this is for


@pytest.mark.parametrize("ground", [pytest.param(n, marks=pytest.mark.long) for n in _GROUNDS])
def test_a_run_killed_anywhere_is_finished_by_the_next(
    ground: str, tmp_path: Path, matrix: dict[str, dict[Moment, str]]
) -> None:
    with _GROUNDS[ground](tmp_path) as opened:
        outcomes = matrix.setdefault(ground, {})
        outcomes.update(_kill_at_each(opened, partial(_share_of, ground)))
    assert _lost(matrix[ground]) == {}


def test_a_run_killed_at_some_of_its_steps_is_finished_by_the_next(tmp_path: Path) -> None:
    with killing_grounds.in_process("7.0", tmp_path) as ground:
        outcomes = dict(_kill_at_each(ground, lambda moments: moments[2 :: len(moments) // 3]))
    assert len(outcomes) >= 3
    assert _lost(outcomes) == {}


def _share_of(ground: str, moments: list[Moment]) -> list[Moment]:
    """Return what is tried on a ground: containers only up to the browser's steps, a real Mautic only from there on."""
    browser = next(n for n, moment in enumerate(moments) if _BROWSER in moment.announced)
    if ground.startswith("containers"):
        return moments[:browser]
    return moments[browser:] if ground.startswith("mautic/") else moments


def _kill_at_each(
    ground: Ground, pick: Callable[[list[Moment]], list[Moment]]
) -> Iterator[tuple[Moment, str]]:
    """Yield what became of each moment, as soon as that is known."""
    ground.fresh()
    answer, moments = ground.command().whole()
    answer.ok()
    wanted = census(ground)
    assert wanted["clients"] == ["app"]
    for moment in pick(moments):
        yield moment, _outcome(ground, moment, wanted)


def _outcome(ground: Ground, moment: Moment, wanted: dict[str, object]) -> str:
    """Kill a run, let the next one finish it, and say what of it is not as if nothing had happened."""
    ground.fresh()
    try:
        said = ground.command().killed(moment).output
        answer, _ = ground.command().whole()
    except AssertionError as exc:
        return str(exc)
    if answer.code:
        return f"the next run failed:\n{said}\n{'-' * 20}\n{answer.output}"
    seen = census(ground)
    if seen != wanted:
        return f"{ {k: v for k, v in seen.items() if v != wanted[k]} } instead of {wanted}\n{said}\n{answer.output}"
    again, _ = ground.command().whole()
    if again.code or again.changed:
        return f"the run after the next one was not idle:\n{again.output}"
    left = ground.place.leftovers()
    return f"left behind: {left}" if left else _SURVIVED


def _lost(outcomes: dict[Moment, str]) -> dict[str, str]:
    return {str(m): outcome for m, outcome in outcomes.items() if outcome != _SURVIVED}


def _table(columns: dict[str, dict[Moment, str]]) -> str:
    """Return steps x versions: survived of killed, and the sums in the last line."""
    steps = list(dict.fromkeys(m.announced for column in columns.values() for m in column))
    rows = [["killed at, and in the middle after", *columns]]
    for step in steps:
        cells = [
            [o for m, o in column.items() if m.announced == step] for column in columns.values()
        ]
        rows.append([step, *(_share(cell) for cell in cells)])
    rows.append(["all", *(_share(list(column.values())) for column in columns.values())])
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _share(outcomes: list[str]) -> str:
    return f"{outcomes.count(_SURVIVED)}/{len(outcomes)}" if outcomes else "-"
