"""Rows that share an e-mail address have the outcome of sending one after the other."""

from collections.abc import Iterator
from typing import Any

import pytest

from mautic_bootstrap.api.models import UpsertResult
from mautic_bootstrap.errors import ServerError
from unit.scripted_mautic import BROKEN, ScriptedMautic, contact

ADA = {"email": "ada@example.com"}


@pytest.fixture
def mautic_says() -> Iterator[ScriptedMautic]:
    with ScriptedMautic() as script:
        yield script


def _sent(mautic_says: ScriptedMautic, *rows: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Upsert rows of one address; return what each batch had of them, without the address."""
    mautic_says.will(*[{"contacts": [contact(7)], "statusCodes": [200]}] * len(rows))
    mautic_says.client.contacts.upsert_many([ADA | row for row in rows])
    bodies = [mautic_says.body(number) for number in range(len(mautic_says.requests))]
    return [[{k: v for k, v in row.items() if k != "email"} for row in body] for body in bodies]


def test_rows_that_share_an_address_are_sent_as_one(mautic_says: ScriptedMautic) -> None:
    mautic_says.will({"contacts": [contact(7), contact(8)], "statusCodes": [201, 201]})
    rows: list[dict[str, Any]] = [
        {"email": "Ada@Example.com", "firstname": "Ada", "city": "London", "tags": ["a", "b"]},
        {"email": "bob@example.com"},
        {
            "email": " ada@example.COM",
            "city": "Bonn",
            "firstname": "",
            "zip": None,
            "tags": "-b, c",
        },
        {"email": "ADA@example.com", "city": "Köln"},
    ]
    results = mautic_says.client.contacts.upsert_many(rows)
    assert mautic_says.body() == [
        {
            "email": "ADA@example.com",
            "firstname": "Ada",
            "city": "Köln",
            "zip": None,
            "tags": ["a", "-b", "c"],
        },
        {"email": "bob@example.com"},
    ]
    assert [(result.contact_id, result.created) for result in results] == [
        (7, True),
        (8, True),
        (7, False),
        (7, False),
    ]
    assert rows[0]["tags"] == ["a", "b"]


@pytest.mark.parametrize("nothing", [0, 0.0, False, "0", "-0.00", " ", "<b></b>", []])
def test_what_may_count_or_not_is_sent_after_what_it_would_replace(
    mautic_says: ScriptedMautic, nothing: object
) -> None:
    assert _sent(mautic_says, {"x": 5}, {"x": nothing}) == [[{"x": 5}], [{"x": nothing}]]


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        ({"x": 0}, {"x": 5}, {"x": 5}),
        ({"x": 0}, {"x": 0}, {"x": 0}),
        ({"x": 0}, {"x": ""}, {"x": 0}),
        ({"x": False}, {"x": None}, {"x": False}),
        ({"x": ""}, {"x": 0}, {"x": 0}),
        ({"x": 5}, {"y": 0}, {"x": 5, "y": 0}),
        ({"x": 5}, {"x": True}, {"x": True}),
        ({"x": "5"}, {"x": "0049 30"}, {"x": "0049 30"}),
        ({"overwriteWithBlank": False, "x": 5}, {"x": ""}, {"overwriteWithBlank": False, "x": 5}),
    ],
)
def test_what_surely_counts_or_surely_does_not_is_merged(
    mautic_says: ScriptedMautic,
    first: dict[str, Any],
    second: dict[str, Any],
    merged: dict[str, Any],
) -> None:
    assert _sent(mautic_says, first, second) == [[merged]]


@pytest.mark.parametrize("who", [0, 1])
def test_a_row_that_lets_blanks_count_is_sent_by_itself(
    mautic_says: ScriptedMautic, who: int
) -> None:
    rows: list[dict[str, Any]] = [{"firstname": "Eve"}, {"firstname": ""}]
    rows[who]["overwriteWithBlank"] = True
    assert _sent(mautic_says, *rows) == [[row] for row in rows]


def test_rows_after_one_that_was_not_merged_are_merged_with_it(mautic_says: ScriptedMautic) -> None:
    assert _sent(mautic_says, {"x": 5}, {"x": 0}, {"x": 0, "y": 1}, {"x": 7}) == [
        [{"x": 5}],
        [{"x": 7, "y": 1}],
    ]


def test_a_later_call_waits_until_the_rows_before_are_stored(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(
        BROKEN,
        {"contacts": [contact(7)], "statusCodes": [201]},
        BROKEN,
        {"contacts": [contact(7)], "statusCodes": [200]},
        {"contacts": [contact(9)], "statusCodes": [201]},
    )
    bob = {"email": "bob@example.com", "stage": 99}
    results = mautic_says.client.contacts.upsert_many(
        [{"firstname": "Nobody"}, ADA | {"x": 5}, bob, ADA | {"x": 0}]
    )
    assert [mautic_says.body(number) for number in range(5)] == [
        [ADA | {"x": 5}, bob],
        [ADA | {"x": 5}],
        [bob],
        [ADA | {"x": 0}],
        [{"firstname": "Nobody"}],
    ]
    assert isinstance(results.pop(2).error, ServerError)
    assert results == [
        UpsertResult(9, created=True),
        UpsertResult(7, created=True),
        UpsertResult(7),
    ]
