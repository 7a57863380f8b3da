from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from mautic_bootstrap.api.models import DoNotContactReason
from mautic_bootstrap.errors import (
    NotFoundError,
    UnexpectedResponseError,
    ValidationError,
)
from unit.scripted_mautic import NOT_FOUND, ScriptedMautic, contact, error


@pytest.fixture
def mautic_says() -> Iterator[ScriptedMautic]:
    with ScriptedMautic() as script:
        yield script


def test_a_contact_is_got_by_its_id(mautic_says: ScriptedMautic) -> None:
    mautic_says.will({"contact": contact(7, "ada@example.com")})
    assert mautic_says.client.contacts.get(7).email == "ada@example.com"
    assert mautic_says.asked == ["GET /api/contacts/7"]


def test_an_id_cannot_be_a_path(mautic_says: ScriptedMautic) -> None:
    with pytest.raises(ValueError, match="format code 'd'"):
        mautic_says.client.contacts.get("1/../../users/1")  # type: ignore[arg-type]  # tested
    assert mautic_says.asked == []


def test_a_contact_that_is_not_there_is_an_error(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(NOT_FOUND)
    with pytest.raises(NotFoundError, match=r"GET /api/contacts/7 on .*Item was not found"):
        mautic_says.client.contacts.get(7)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (httpx.Response(200, html="<h1>Welcome to the office network</h1>"), "no JSON object"),
        (httpx.Response(200), "no JSON object"),
        (httpx.Response(200, json=[]), "no JSON object"),
        (httpx.Response(200, json={"message": "x"}), r"the keys \['message'\]"),
        (httpx.Response(200, json={"contact": {"email": "ada@example.com"}}), "else at id"),
        (httpx.Response(200, json={"contact": []}), "something else at all of it"),
        (httpx.Response(200, json={"contact": {"id": 7, "dateAdded": "ada@"}}), "at dateAdded"),
    ],
)
def test_an_answer_that_is_no_contact_is_an_error_without_its_values(
    mautic_says: ScriptedMautic, answer: httpx.Response, seen: str
) -> None:
    mautic_says.will(answer)
    with pytest.raises(UnexpectedResponseError, match=seen) as caught:
        mautic_says.client.contacts.get(7)
    assert "ada@" not in str(caught.value)
    assert caught.value.status == 200
    assert caught.value.request_id == mautic_says.requests[0].headers["X-Request-Id"]


def test_a_contact_is_found_by_its_exact_address_in_whatever_case(
    mautic_says: ScriptedMautic,
) -> None:
    mautic_says.will(
        {
            "total": "2",
            "contacts": {"9": contact(9, "áda@x.de"), "7": contact(7, "Ada@X.de")},
        }
    )
    found = mautic_says.client.contacts.find(" ada@x.DE ")
    assert found is not None
    assert found.id == 7
    params = mautic_says.params()
    assert params["where[0][col]"] == "email"
    assert params["where[0][expr]"] == "in"
    assert params["where[0][val]"] == "ada@x.DE"
    assert (params["orderBy"], params["orderByDir"]) == ("id", "DESC")


@pytest.mark.parametrize("empty", [{}, []])
def test_nobody_is_found_where_there_is_none(mautic_says: ScriptedMautic, empty: object) -> None:
    mautic_says.will({"total": "0", "contacts": empty})
    assert mautic_says.client.contacts.find("ada@example.com") is None


@pytest.mark.parametrize(("status", "created"), [(201, True), (200, False)])
def test_an_upsert_says_whether_it_created(
    mautic_says: ScriptedMautic, status: int, created: bool
) -> None:
    mautic_says.will(httpx.Response(status, json={"contact": contact(7, "ada@example.com")}))
    upserted = mautic_says.client.contacts.upsert(
        email=" ada@example.com ", tags=["signup", "-lead"], firstname="Ada"
    )
    assert (upserted[0].id, upserted[1]) == (7, created)
    assert mautic_says.asked == ["POST /api/contacts/new"]
    assert mautic_says.body() == {
        "email": "ada@example.com",
        "firstname": "Ada",
        "tags": ["signup", "-lead"],
    }


def test_dates_are_sent_as_mautic_reads_them(mautic_says: ScriptedMautic) -> None:
    mautic_says.will({"contact": contact(7)})
    mautic_says.client.contacts.edit(
        7, born=date(1815, 12, 10), seen=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    )
    assert mautic_says.body() == {"born": "1815-12-10", "seen": "2026-01-02T03:04:05Z"}


@pytest.mark.parametrize(
    "email", ["user@münchen.de", "a b@x.de", '"a"@x.de', "a/b@x.de", "<a@x.de>", "", " ", None, 7]
)
def test_an_address_that_mautic_would_make_another_of_is_not_sent(
    mautic_says: ScriptedMautic, email: Any
) -> None:
    contacts = mautic_says.client.contacts
    for send in (lambda: contacts.upsert(email=email), lambda: contacts.edit(7, email=email)):
        with pytest.raises(ValidationError, match="characters that Mautic keeps") as caught:
            send()
        assert set(caught.value.fields) == {"email"}
        assert not email or str(email).strip() not in str(caught.value) or email in (" ", 7)
    assert mautic_says.asked == []


@pytest.mark.parametrize(
    "email", ["o'brien@x.de", "a+b_c=d@x.de", "{a}|`~?#!@x-y.de", "a@xn--p.de"]
)
def test_an_address_that_mautic_keeps_is_sent(mautic_says: ScriptedMautic, email: str) -> None:
    mautic_says.will({"contact": contact(7, email)})
    mautic_says.client.contacts.upsert(email=email)
    assert mautic_says.body() == {"email": email}


@pytest.mark.parametrize("value", [object(), float("nan"), "\ud800", {"a": {1: object()}}])
def test_a_value_that_json_cannot_say_is_named(mautic_says: ScriptedMautic, value: object) -> None:
    with pytest.raises(ValidationError, match="saw others in color") as caught:
        mautic_says.client.contacts.upsert(email="ada@example.com", firstname="Ada", color=value)
    assert set(caught.value.fields) == {"color"}


def test_what_mautic_refuses_is_said_by_field(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(error(400, "email: nope is invalid.", email=["nope is invalid."]))
    with pytest.raises(ValidationError) as caught:
        mautic_says.client.contacts.upsert(email="nope")
    assert caught.value.fields == {"email": ["nope is invalid."]}


def test_a_contact_is_edited(mautic_says: ScriptedMautic) -> None:
    mautic_says.will({"contact": contact(7, firstname="Ada")})
    edited = mautic_says.client.contacts.edit(7, firstname="Ada", overwriteWithBlank=True)
    assert edited.firstname == "Ada"
    assert mautic_says.asked == ["PATCH /api/contacts/7/edit"]
    assert mautic_says.body() == {"firstname": "Ada", "overwriteWithBlank": True}


def test_a_contact_is_deleted(mautic_says: ScriptedMautic) -> None:
    mautic_says.will({"contact": contact(7) | {"id": None}})
    mautic_says.client.contacts.delete(7)
    assert mautic_says.asked == ["DELETE /api/contacts/7/delete"]


def test_deleting_what_is_not_there_is_an_error(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(NOT_FOUND)
    with pytest.raises(NotFoundError):
        mautic_says.client.contacts.delete(7)


def test_deleting_what_a_first_attempt_without_an_answer_deleted_is_a_success(
    mautic_says: ScriptedMautic,
) -> None:
    mautic_says.will(httpx.ReadTimeout("silence"), NOT_FOUND)
    mautic_says.client.contacts.delete(7)
    assert mautic_says.asked == ["DELETE /api/contacts/7/delete"] * 2


def test_tags_are_added_and_removed(mautic_says: ScriptedMautic) -> None:
    said = contact(7) | {"tags": [{"id": 1, "tag": "a"}]}
    mautic_says.will({"contact": said}, {"contact": said})
    contacts = mautic_says.client.contacts
    assert contacts.add_tags(7, ("a", "b")).tags == ("a",)
    assert contacts.remove_tags(7, ["b", " c"]).tags == ("a",)
    assert mautic_says.asked == ["PATCH /api/contacts/7/edit"] * 2
    assert mautic_says.body(0) == {"tags": ["a", "b"]}
    assert mautic_says.body(1) == {"tags": ["-b", "-c"]}


def test_one_text_is_not_taken_for_many_tags(mautic_says: ScriptedMautic) -> None:
    contacts = mautic_says.client.contacts
    for call in (
        lambda: contacts.add_tags(7, "signup"),
        lambda: contacts.remove_tags(7, "signup"),
        lambda: contacts.upsert(email="ada@example.com", tags="signup"),
    ):
        with pytest.raises(TypeError, match="a list of names"):
            call()
    with pytest.raises(ValueError, match='cannot begin with "-"'):
        contacts.add_tags(7, ["a", " -b"])
    assert mautic_says.asked == []


@pytest.mark.parametrize("shape", [dict, lambda one: list(one.values())])
def test_the_segments_of_a_contact_are_listed(mautic_says: ScriptedMautic, shape: Any) -> None:
    said = {
        "id": 3,
        "name": "News",
        "alias": "news",
        "dateAdded": "2026-11-23T17:34:36+00:00",
        "manuallyRemoved": False,
        "manuallyAdded": True,
    }
    mautic_says.will({"total": 1, "lists": shape({"3": said})})
    (found,) = mautic_says.client.contacts.segments(7)
    assert (found.id, found.alias, found.manually_added) == (3, "news", True)
    assert found.date_added == datetime(2026, 11, 23, 17, 34, 36, tzinfo=UTC)
    assert mautic_says.asked == ["GET /api/contacts/7/segments"]


def test_a_contact_in_no_segment_has_none(mautic_says: ScriptedMautic) -> None:
    mautic_says.will({"total": 0, "lists": []})
    assert mautic_says.client.contacts.segments(7) == []


def test_a_contact_is_left_alone_and_again_not(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(
        {"contact": {"id": 7}},
        {"contact": {"id": 7}},
        {"recordFound": True, "contact": {"id": 7}},
        {"recordFound": False, "contact": {"id": 7}},
    )
    contacts = mautic_says.client.contacts
    contacts.add_do_not_contact(7)
    contacts.add_do_not_contact(7, "a/b", DoNotContactReason.BOUNCED, "by post")
    assert contacts.remove_do_not_contact(7) is True
    assert contacts.remove_do_not_contact(7, "sms") is False
    assert [request.url.raw_path.decode() for request in mautic_says.requests] == [
        "/api/contacts/7/dnc/email/add",
        "/api/contacts/7/dnc/a%2Fb/add",
        "/api/contacts/7/dnc/email/remove",
        "/api/contacts/7/dnc/sms/remove",
    ]
    assert mautic_says.body(0) == {"reason": 3, "comments": ""}
    assert mautic_says.body(1) == {"reason": 2, "comments": "by post"}


@pytest.mark.parametrize("channel", ["", " ", ".", ".."])
def test_a_channel_that_would_lead_to_another_path_is_refused(
    mautic_says: ScriptedMautic, channel: str
) -> None:
    contacts = mautic_says.client.contacts
    for change in (contacts.add_do_not_contact, contacts.remove_do_not_contact):
        with pytest.raises(ValidationError, match="expected the name of a channel") as caught:
            change(7, channel)
        assert set(caught.value.fields) == {"channel"}
    assert mautic_says.asked == []


@pytest.mark.anyio
async def test_everything_can_be_awaited(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(
        {"contact": contact(7, "ada@example.com")},
        {"total": "1", "contacts": {"7": contact(7)}},
        httpx.Response(201, json={"contacts": [contact(7)], "statusCodes": [201]}),
    )
    async with mautic_says.new_async_client() as client:
        assert (await client.contacts.get(7)).email == "ada@example.com"
        assert [found.id async for found in client.contacts.iterate()] == [7]
        (result,) = await client.contacts.upsert_many([{"email": "ada@example.com"}])
        assert result.contact_id == 7
