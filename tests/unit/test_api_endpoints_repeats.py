"""What is asked again of a Mautic that may have acted already: for every method, which it is."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from mautic_bootstrap.api.client import MauticClient
from mautic_bootstrap.api.endpoints.campaigns import Campaigns
from mautic_bootstrap.api.endpoints.contacts import Contacts
from mautic_bootstrap.api.endpoints.emails import Emails
from mautic_bootstrap.api.endpoints.segments import Segments
from mautic_bootstrap.api.endpoints.users import Users
from mautic_bootstrap.api.operations import Group, iteration, operation
from mautic_bootstrap.errors import RequestTimeoutError
from unit.scripted_mautic import ScriptedMautic, contact

_ADA = {"email": "ada@example.com"}
_NOBODY = {"firstname": "Nobody"}
_ONE = {"contact": contact(7, "ada@example.com")}
_DONE = {"success": 1}


def _batch(rows: int) -> httpx.Response:
    people = [contact(number) for number in range(1, rows + 1)]
    return httpx.Response(201, json={"contacts": people, "statusCodes": [201] * rows})


Case = tuple[Callable[[MauticClient], Any], Any, bool]

# Name to: the call, an answer to it, and whether it is repeated.
_CASES: dict[str, list[Case]] = {
    "contacts.get": [(lambda c: c.contacts.get(7), _ONE, True)],
    "contacts.find": [
        (lambda c: c.contacts.find("ada@example.com"), {"total": 0, "contacts": []}, True)
    ],
    "contacts.upsert": [(lambda c: c.contacts.upsert(email="ada@example.com"), _ONE, True)],
    "contacts.upsert_many": [
        (lambda c: c.contacts.upsert_many([_ADA]), _batch(1), True),
        # It would make a second contact.
        (lambda c: c.contacts.upsert_many([_NOBODY]), _batch(1), False),
        (lambda c: c.contacts.upsert_many([{**_NOBODY, "email": ""}]), _batch(1), False),
    ],
    "contacts.edit": [(lambda c: c.contacts.edit(7, firstname="Ada"), _ONE, True)],
    "contacts.delete": [(lambda c: c.contacts.delete(7), _ONE, True)],
    "contacts.iterate": [
        (lambda c: list(c.contacts.iterate()), {"total": "0", "contacts": {}}, True)
    ],
    "contacts.add_tags": [(lambda c: c.contacts.add_tags(7, ["a"]), _ONE, True)],
    "contacts.remove_tags": [(lambda c: c.contacts.remove_tags(7, ["a"]), _ONE, True)],
    "contacts.segments": [(lambda c: c.contacts.segments(7), {"total": 0, "lists": []}, True)],
    "contacts.add_do_not_contact": [(lambda c: c.contacts.add_do_not_contact(7), _ONE, True)],
    "contacts.remove_do_not_contact": [
        (lambda c: c.contacts.remove_do_not_contact(7), {"recordFound": True}, True)
    ],
    "segments.iterate": [(lambda c: list(c.segments.iterate()), {"total": 0, "lists": []}, True)],
    "segments.add_contact": [(lambda c: c.segments.add_contact(3, 7), _DONE, True)],
    "segments.remove_contact": [(lambda c: c.segments.remove_contact(3, 7), _DONE, True)],
    "segments.add_contacts": [
        (lambda c: c.segments.add_contacts(3, [7]), {**_DONE, "details": {}}, True)
    ],
    "campaigns.iterate": [
        (lambda c: list(c.campaigns.iterate()), {"total": 0, "campaigns": []}, True)
    ],
    "campaigns.get": [(lambda c: c.campaigns.get(5), {"campaign": {"id": 5}}, True)],
    # Where the campaign allows it, the contact would begin again.
    "campaigns.add_contact": [(lambda c: c.campaigns.add_contact(5, 7), _DONE, False)],
    "campaigns.remove_contact": [(lambda c: c.campaigns.remove_contact(5, 7), _DONE, True)],
    "emails.iterate": [(lambda c: list(c.emails.iterate()), {"total": 0, "emails": []}, True)],
    "emails.get": [(lambda c: c.emails.get(4), {"email": {"id": 4}}, True)],
    # The contact would get it twice.
    "emails.send_to_contact": [
        (lambda c: c.emails.send_to_contact(4, 7), {"success": True}, False)
    ],
    "users.self": [(lambda c: c.users.self(), {"username": "admin"}, True)],
}

_GROUPS: dict[str, type[Group[Any]]] = {
    "contacts": Contacts,
    "segments": Segments,
    "campaigns": Campaigns,
    "emails": Emails,
    "users": Users,
}

_FLAT = [
    pytest.param(*case, id=f"{name}-{number}")
    for name, cases in _CASES.items()
    for number, case in enumerate(cases)
]


@pytest.fixture
def mautic_says() -> Iterator[ScriptedMautic]:
    with ScriptedMautic() as script:
        yield script


def test_every_method_says_whether_it_is_repeated() -> None:
    methods = {
        f"{group}.{name}"
        for group, cls in _GROUPS.items()
        for name, member in inspect.getmembers_static(cls)
        if isinstance(member, operation | iteration)
    }
    assert methods == set(_CASES)


def test_every_group_of_the_client_is_looked_at(mautic_says: ScriptedMautic) -> None:
    groups = {name for name, value in vars(mautic_says.client).items() if isinstance(value, Group)}
    assert groups == set(_GROUPS)


def test_nothing_that_calls_is_left_without_a_description() -> None:
    for cls in _GROUPS.values():
        public = {name for name in vars(cls) if not name.startswith("_")}
        assert all(isinstance(vars(cls)[name], operation | iteration) for name in public)


@pytest.mark.parametrize(("call", "answer", "is_repeated"), _FLAT)
@pytest.mark.parametrize(
    "failure", [httpx.ReadTimeout("silence"), httpx.Response(503), httpx.ReadError("reset")]
)
def test_only_the_harmless_is_asked_again_once_mautic_may_have_acted(
    mautic_says: ScriptedMautic,
    call: Callable[[MauticClient], Any],
    answer: Any,
    failure: httpx.Response | Exception,
    is_repeated: bool,
) -> None:
    mautic_says.will(failure, answer)
    if is_repeated:
        call(mautic_says.client)
    else:
        with pytest.raises(Exception, match=r"Mautic|reset"):
            call(mautic_says.client)
    assert len(mautic_says.requests) == (2 if is_repeated else 1)


@pytest.mark.parametrize(("call", "answer", "is_repeated"), _FLAT)
def test_everything_is_asked_again_where_nothing_arrived(
    mautic_says: ScriptedMautic,
    call: Callable[[MauticClient], Any],
    answer: Any,
    is_repeated: bool,
) -> None:
    mautic_says.will(httpx.ConnectError("refused"), answer)
    call(mautic_says.client)
    assert len(mautic_says.requests) == 2


def test_a_row_without_an_address_keeps_no_other_from_being_repeated(
    mautic_says: ScriptedMautic,
) -> None:
    silence = httpx.ReadTimeout("silence")
    mautic_says.will(silence, _batch(1), silence)
    named, nobody = mautic_says.client.contacts.upsert_many([_ADA, _NOBODY])
    assert [mautic_says.body(number) for number in range(3)] == [[_ADA], [_ADA], [_NOBODY]]
    assert (named.contact_id, named.error) == (1, None)
    assert isinstance(nobody.error, RequestTimeoutError)
