from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mautic_bootstrap.api.calls import Call, Priority
from mautic_bootstrap.api.client import MauticClient
from mautic_bootstrap.api.effects import Steps
from mautic_bootstrap.api.limits import Budget
from mautic_bootstrap.api.throttle import Throttle
from mautic_bootstrap.errors import (
    ApiError,
    ForbiddenError,
    ServerError,
    UnexpectedResponseError,
)
from unit.scripted_mautic import BROKEN, CREDENTIALS, URL, ScriptedMautic, error

SUCCESS = {"success": 1}


@pytest.fixture
def mautic_says() -> Iterator[ScriptedMautic]:
    with ScriptedMautic() as script:
        yield script


def test_a_contact_joins_and_leaves_a_segment(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(SUCCESS, SUCCESS)
    mautic_says.client.segments.add_contact(3, 7)
    mautic_says.client.segments.remove_contact(3, 7)
    assert mautic_says.asked == [
        "POST /api/segments/3/contact/7/add",
        "POST /api/segments/3/contact/7/remove",
    ]


def test_a_segment_that_is_not_published_takes_nobody(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(error(403, "You do not have access to the requested area/action."))
    with pytest.raises(ForbiddenError):
        mautic_says.client.segments.add_contact(3, 7)


def test_many_contacts_join_a_segment_200_a_call(mautic_says: ScriptedMautic) -> None:
    everybody = {"success": 1, "details": {str(i): {"success": True} for i in range(1, 201)}}
    mautic_says.will(
        everybody, {"success": 1, "details": {"201": {"success": True}, "202": {"success": False}}}
    )
    ids = [*range(1, 203), 1]
    outcome = mautic_says.client.segments.add_contacts(3, iter(ids))
    assert outcome == dict.fromkeys(range(1, 202), True) | {202: False}
    assert mautic_says.asked == ["POST /api/segments/3/contacts/add"] * 2
    assert mautic_says.body(0) == {"ids": list(range(1, 201))}
    assert mautic_says.body(1) == {"ids": [201, 202]}
    assert mautic_says.requests[0].extensions["timeout"]["read"] == 110


@pytest.mark.parametrize("details", [[{"success": False}], {"0": {"success": False}}, []])
def test_contacts_that_do_not_exist_are_not_in_the_segment(
    mautic_says: ScriptedMautic, details: object
) -> None:
    mautic_says.will({"success": 1, "details": details})
    assert mautic_says.client.segments.add_contacts(3, [0]) == {0: False}


def test_nobody_to_add_is_no_call(mautic_says: ScriptedMautic) -> None:
    assert mautic_says.client.segments.add_contacts(3, []) == {}


def test_a_campaign_is_got_joined_and_left(mautic_says: ScriptedMautic) -> None:
    said = {"id": 5, "name": "Welcome", "allowRestart": True, "isPublished": True, "events": []}
    mautic_says.will({"campaign": said}, SUCCESS, SUCCESS)
    campaigns = mautic_says.client.campaigns
    assert campaigns.get(5).allow_restart is True
    campaigns.add_contact(5, 7)
    campaigns.remove_contact(5, 7)
    assert mautic_says.asked == [
        "GET /api/campaigns/5",
        "POST /api/campaigns/5/contact/7/add",
        "POST /api/campaigns/5/contact/7/remove",
    ]


def test_a_2xx_that_is_not_mautics_confirms_nothing(mautic_says: ScriptedMautic) -> None:
    client = mautic_says.client
    for change in (
        lambda: client.contacts.delete(7),
        lambda: client.contacts.add_do_not_contact(7),
        lambda: client.contacts.remove_do_not_contact(7),
        lambda: client.segments.add_contact(3, 7),
        lambda: client.segments.remove_contact(3, 7),
        lambda: client.segments.add_contacts(3, [7]),
        lambda: client.campaigns.add_contact(5, 7),
        lambda: client.campaigns.remove_contact(5, 7),
        lambda: client.emails.send_to_contact(4, 7),
    ):
        mautic_says.will(httpx.Response(200, html="<h1>Welcome</h1>"))
        with pytest.raises(UnexpectedResponseError, match="saw no JSON object"):
            change()


def test_an_email_is_got_and_sent(mautic_says: ScriptedMautic) -> None:
    said = {"id": 4, "name": "Hello", "subject": "Hi", "emailType": "template", "sentCount": "3"}
    mautic_says.will({"email": said}, {"success": True})
    assert mautic_says.client.emails.get(4).sent_count == 3
    mautic_says.client.emails.send_to_contact(4, 7, tokens={"code": "42"})
    assert mautic_says.asked == ["GET /api/emails/4", "POST /api/emails/4/contact/7/send"]
    assert mautic_says.body() == {"tokens": {"code": "42"}}
    assert mautic_says.requests[1].extensions["timeout"]["read"] == 70


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        (
            {"success": False, "failed": 'Connection could not be established with "localhost:25"'},
            'saw "Connection could not be established with "localhost:25""',
        ),
        ({"success": False}, "saw that it did not"),
    ],
)
def test_an_email_that_was_not_sent_is_an_error_though_mautic_answers_200(
    mautic_says: ScriptedMautic, said: dict[str, Any], seen: str
) -> None:
    mautic_says.will(said)
    with pytest.raises(ApiError, match="send e-mail 4 to contact 7") as caught:
        mautic_says.client.emails.send_to_contact(4, 7)
    assert seen in str(caught.value)
    assert (type(caught.value), caught.value.status) == (ApiError, 200)
    assert len(mautic_says.requests) == 1


def test_a_contact_without_an_address_is_sent_nothing(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(BROKEN)
    with pytest.raises(ServerError):
        mautic_says.client.emails.send_to_contact(4, 7)
    assert len(mautic_says.requests) == 1


def test_who_calls_is_told(mautic_says: ScriptedMautic) -> None:
    mautic_says.will({"username": "app [1]", "role": {"id": 1, "name": "A", "isAdmin": True}})
    user = mautic_says.client.users.self()
    assert (user.username, user.role and user.role.is_admin) == ("app [1]", True)
    assert mautic_says.asked == ["GET /api/users/self"]


def test_a_page_in_place_of_mautic_is_nobody(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(httpx.Response(200, json={}))
    with pytest.raises(UnexpectedResponseError, match='a JSON object with "username"'):
        mautic_says.client.users.self()


class _Noting(Throttle):
    """A budget without an end that notes what calls say of themselves."""

    def __init__(self) -> None:
        self.max_wait_s = 0.0
        self.said: list[tuple[str, float]] = []

    def take(self, call: Call, priority: Priority, max_wait_s: float) -> Steps[Budget]:  # noqa: ARG002  # the budget's
        self.said.append((priority, round(max_wait_s)))
        yield from ()
        return Budget(limit=100, used=1, left=99, reset_s=0.0)

    def close(self) -> None:
        """There is nothing to let go of."""


def test_long_work_says_how_it_shares_the_budget(mautic_says: ScriptedMautic) -> None:
    nobody = httpx.Response(201, json={"contacts": [{"id": 1}], "statusCodes": [201]})
    nothing = {"total": 0, "contacts": [], "lists": []}
    mautic_says.will(nobody, {"success": 1, "details": []}, nothing, nothing, nobody)
    throttle = _Noting()
    with MauticClient(URL, CREDENTIALS, throttle=throttle) as client:
        rows = [{"email": "ada@example.com"}]
        client.contacts.upsert_many(rows, priority="background", max_wait_s=60)
        client.segments.add_contacts(3, [7], priority="background", max_wait_s=60)
        list(client.contacts.iterate(priority="background", max_wait_s=60))
        list(client.segments.iterate())
        client.contacts.upsert_many(rows)
    assert throttle.said == [("background", 60)] * 3 + [("interactive", 0)] * 2


def test_a_client_with_other_defaults_shares_everything_else(mautic_says: ScriptedMautic) -> None:
    nothing = {"total": 0, "contacts": []}
    mautic_says.will(nothing, nothing, nothing)
    throttle = _Noting()
    with MauticClient(URL, CREDENTIALS, throttle=throttle) as client:
        patient = client.with_options(priority="background", max_wait_s=9)
        list(patient.contacts.iterate())
        patient.request("GET", "/api/contacts", max_wait_s=1)
        list(client.contacts.iterate())
    assert throttle.said == [("background", 9), ("background", 1), ("interactive", 0)]
    assert patient.server is client.server
