import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mautic_bootstrap.api.models import UpsertResult
from mautic_bootstrap.errors import (
    AuthenticationError,
    ForbiddenError,
    RateLimitedError,
    ServerError,
    UnexpectedResponseError,
    UnreachableError,
    ValidationError,
)
from unit.scripted_mautic import BROKEN, ScriptedMautic, contact, error


@pytest.fixture
def mautic_says() -> Iterator[ScriptedMautic]:
    with ScriptedMautic() as script:
        yield script


def _rows(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [{"email": f"{number}@example.com"} for number in range(start, start + count)]


def _stores(request: httpx.Request) -> httpx.Response:
    """Answer as Mautic where all is well; the contact of 12@example.com has the id 12."""
    rows = json.loads(request.content)
    people = [contact(int(row["email"].split("@")[0]) + 1000) for row in rows]
    return httpx.Response(201, json={"contacts": people, "statusCodes": [201] * len(rows)})


def _poisoned_by(*addresses: str) -> Any:
    """Answer as a Mautic that fails as a whole for some rows."""

    def answer(request: httpx.Request) -> httpx.Response:
        rows = json.loads(request.content)
        return BROKEN if any(row["email"] in addresses for row in rows) else _stores(request)

    return answer


def test_any_number_of_rows_is_sent_200_a_call_and_answered_in_order(
    mautic_says: ScriptedMautic,
) -> None:
    mautic_says.will(_stores, _stores, _stores)
    results = mautic_says.client.contacts.upsert_many(iter(_rows(401)))
    assert results == [UpsertResult(number + 1000, created=True) for number in range(401)]
    assert mautic_says.asked == ["POST /api/contacts/batch/new"] * 3
    assert [len(mautic_says.body(number)) for number in range(3)] == [200, 200, 1]


def test_a_batch_is_waited_for_half_a_second_a_row_longer(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(_stores, _stores)
    mautic_says.client.contacts.upsert_many(_rows(201))
    waits = [request.extensions["timeout"]["read"] for request in mautic_says.requests]
    assert waits == [110, 10.5]


def test_nothing_to_do_is_no_call(mautic_says: ScriptedMautic) -> None:
    assert mautic_says.client.contacts.upsert_many([]) == []


def test_known_contacts_are_not_created(mautic_says: ScriptedMautic) -> None:
    mautic_says.will({"contacts": [contact(7), contact(8)], "statusCodes": [200, 201]})
    results = mautic_says.client.contacts.upsert_many(_rows(2))
    assert [(result.contact_id, result.created) for result in results] == [(7, False), (8, True)]


# As 5.1.0 and 7.0.0 answered: a list where the numbers have no gap, else an object.
@pytest.mark.parametrize(
    ("bad", "contacts", "errors"),
    [
        (0, {"1": contact(1), "2": contact(2)}, [{"code": 400}]),
        (1, {"0": contact(0), "2": contact(2)}, {"1": {"code": 400}}),
        (2, [contact(0), contact(1)], {"2": {"code": 400}}),
    ],
)
def test_a_bad_row_loses_no_other(
    mautic_says: ScriptedMautic, bad: int, contacts: object, errors: Any
) -> None:
    said = {"message": "email: nope is invalid.", "details": {"email": ["nope is invalid."]}}
    (refused,) = errors.values() if isinstance(errors, dict) else errors
    refused.update(said)
    codes = [201, 201, 201]
    codes[bad] = 400
    for shape in (contacts, [contact(9)] * 3):
        # An id of 0 is none; the first contact is number 10.
        people = json.loads(json.dumps(shape).replace('"id": 0', '"id": 10'))
        mautic_says.will(
            httpx.Response(201, json={"contacts": people, "statusCodes": codes, "errors": errors})
        )
        results = mautic_says.client.contacts.upsert_many(_rows(3))
        failed = results[bad].error
        assert isinstance(failed, ValidationError)
        assert failed.fields == {"email": ["nope is invalid."]}
        assert f"upsert row {bad} (the first is 0)" in str(failed)
        assert failed.request_id == mautic_says.requests[-1].headers["X-Request-Id"]
        others = [result for number, result in enumerate(results) if number != bad]
        assert all(result.contact_id and not result.error for result in others)


def test_all_rows_may_be_bad(mautic_says: ScriptedMautic) -> None:
    bad = [{"code": 400, "message": "no"}, {"code": 403, "message": "not yours"}]
    mautic_says.will({"contacts": [], "statusCodes": [400, 403], "errors": bad})
    first, second = mautic_says.client.contacts.upsert_many(_rows(2))
    assert isinstance(first.error, ValidationError)
    assert isinstance(second.error, ForbiddenError)
    assert (first.contact_id, first.created) == (None, False)


def test_an_error_of_a_shared_address_is_every_rows(mautic_says: ScriptedMautic) -> None:
    mautic_says.will({"contacts": [], "statusCodes": [400], "errors": [{"code": 400}]})
    results = mautic_says.client.contacts.upsert_many(_rows(1) * 2)
    assert [type(result.error) for result in results] == [ValidationError] * 2


def test_what_cannot_be_sent_is_refused_without_the_others(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(_stores)
    rows = [{"email": "ü@example.com"}, *_rows(1), {"email": "1@example.com", "x": object()}]
    first, second, third = mautic_says.client.contacts.upsert_many(rows)
    assert second == UpsertResult(1000, created=True)
    for refused, field in ((first, "email"), (third, "x")):
        assert isinstance(refused.error, ValidationError)
        assert set(refused.error.fields) == {field}
    assert mautic_says.body() == _rows(1)


@pytest.mark.parametrize("position", [0, 1, 57, 99, 198, 199])
def test_a_row_that_makes_mautic_fail_is_searched_for(
    mautic_says: ScriptedMautic, position: int
) -> None:
    mautic_says.will(*[_poisoned_by(f"{position}@example.com")] * 17)
    results = mautic_says.client.contacts.upsert_many(_rows(200))
    assert len(mautic_says.requests) <= 17
    failed = results.pop(position)
    assert isinstance(failed.error, ServerError)
    assert failed.error.status == 500
    assert all(result.contact_id and not result.error for result in results)


def test_several_such_rows_are_found(mautic_says: ScriptedMautic) -> None:
    poison = [0, 1, 2, 120, 199]
    mautic_says.will(*[_poisoned_by(*(f"{number}@example.com" for number in poison))] * 60)
    results = mautic_says.client.contacts.upsert_many(_rows(200))
    assert [number for number, result in enumerate(results) if result.error] == poison


def test_a_batch_too_large_for_a_proxy_is_sent_in_parts(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(httpx.Response(413), _stores, _stores)
    results = mautic_says.client.contacts.upsert_many(_rows(5))
    assert [len(mautic_says.body(number)) for number in range(3)] == [5, 2, 3]
    assert [result.contact_id for result in results] == [1000, 1001, 1002, 1003, 1004]


def test_a_mautic_that_fails_at_everything_is_soon_left_alone(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(*[BROKEN] * 13)
    with pytest.raises(ServerError):
        mautic_says.client.contacts.upsert_many(_rows(2000))
    assert len(mautic_says.requests) == 13


def test_a_mautic_that_begins_to_fail_at_everything_is_left_alone_too(
    mautic_says: ScriptedMautic,
) -> None:
    mautic_says.will(_stores, *[BROKEN] * 13)
    results = mautic_says.client.contacts.upsert_many(_rows(2000))
    assert len(mautic_says.requests) == 14
    assert all(result.contact_id for result in results[:200])
    assert all(isinstance(result.error, ServerError) for result in results[200:])


def test_rows_without_an_address_are_never_searched_through(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(_stores, BROKEN)
    nobodies: list[dict[str, Any]] = [{"firstname": "x"}, {"firstname": "y", "email": None}]
    results = mautic_says.client.contacts.upsert_many([nobodies[0], *_rows(1), nobodies[1]])
    assert mautic_says.body(0) == _rows(1)
    assert mautic_says.body(1) == nobodies
    assert [type(result.error) for result in results] == [ServerError, type(None), ServerError]


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (error(429, "You exceeded the rate limit."), RateLimitedError),
        (httpx.ConnectError("refused"), UnreachableError),
        (error(401, "API authorization denied."), AuthenticationError),
        (httpx.Response(200, html="<h1>Welcome</h1>"), UnexpectedResponseError),
        (httpx.Response(201, json={"contacts": [], "statusCodes": []}), UnexpectedResponseError),
    ],
)
def test_what_is_done_is_not_lost_when_a_later_call_fails(
    mautic_says: ScriptedMautic, failure: httpx.Response | Exception, kind: type[Exception]
) -> None:
    mautic_says.will(_stores, *[failure] * 4)
    results = mautic_says.client.contacts.upsert_many(_rows(601))
    assert [result.contact_id for result in results[:200]] == list(range(1000, 1200))
    assert {type(result.error) for result in results[200:]} == {kind}
    bodies = {len(json.loads(request.content)) for request in mautic_says.requests}
    assert bodies == {200}, "the third batch was sent"


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (error(401, "API authorization denied."), AuthenticationError),
        (error(403, "You do not have access to the requested area/action."), ForbiddenError),
        (httpx.Response(200, html="<h1>Welcome</h1>"), UnexpectedResponseError),
    ],
)
def test_the_first_calls_failure_is_raised(
    mautic_says: ScriptedMautic, failure: httpx.Response, kind: type[Exception]
) -> None:
    mautic_says.will(*[failure] * 4)
    with pytest.raises(kind):
        mautic_says.client.contacts.upsert_many(_rows(201))


def test_an_iterable_that_fails_leaves_nothing_half_done(mautic_says: ScriptedMautic) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield from _rows(500)
        raise OSError("the file ends here")

    with pytest.raises(OSError, match="ends here"):
        mautic_says.client.contacts.upsert_many(rows())
    assert mautic_says.asked == []


def test_progress_is_told_after_each_call(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(_stores, _stores, _stores)
    told: list[tuple[int, int | None]] = []
    rows = [*_rows(450), {"email": "ü@example.com"}, *_rows(1)]
    mautic_says.client.contacts.upsert_many(
        rows, progress=lambda done, total: told.append((done, total))
    )
    # The refused row counts at once, the repeated one with the row it is sent with.
    assert told == [(202, 452), (402, 452), (452, 452)]
