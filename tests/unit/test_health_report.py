"""What a report says of its checks."""

from typing import Any

import pytest

from mautic_bootstrap.health.report import Check, Report


def report(late: str = "", defect: str = "", **found: bool | None) -> Report:
    checks = {"reachable": True, "token": True} | found
    return Report(
        {name: Check(ok, f"{name} is {ok}", 90.0) for name, ok in checks.items()},
        now=100.0,
        unanswered=False,
        late=late,
        health_calls=4,
        health_calls_left=None,
        defect=defect,
    )


@pytest.mark.parametrize(
    ("given", "ready", "reason"),
    [
        ({}, True, ""),
        ({"token": None}, True, ""),
        ({"token": False}, False, "token: token is False"),
        ({"reachable": None}, False, ""),
        ({"reachable": False}, False, "reachable: reachable is False"),
        (
            {"token": False, "budget": False},
            False,
            "token: token is False; budget: budget is False",
        ),
        ({"late": "no result"}, False, "no result"),
        ({"late": "no result", "token": False}, False, "no result"),
        ({"defect": "a defect: X"}, False, "a defect: X"),
        ({"defect": "a defect: X", "token": False}, False, "a defect: X"),
    ],
)
def test_what_nobody_knows_keeps_nothing_from_being_ready_but_what_answers_has_to_be_known(
    given: dict[str, Any], ready: bool, reason: str
) -> None:
    found = report(**given)
    assert (found.ready, found.reason) == (ready, reason)


@pytest.mark.parametrize(("at", "age"), [(None, None), (87.66, 12.3), (100.0, 0.0), (200.0, 0.0)])
def test_a_time_goes_out_as_an_age_which_is_never_negative(
    at: float | None, age: float | None
) -> None:
    assert Check(True, "fine", at).as_json(100.0) == {
        "ok": True,
        "age_seconds": age,
        "reason": "fine",
    }
