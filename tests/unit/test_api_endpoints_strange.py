"""Answers that are none of Mautic's are errors of this project, whatever is in them."""

from collections.abc import Iterator

import httpx
import pytest

from mautic_bootstrap.errors import ApiError, UnexpectedResponseError
from unit.scripted_mautic import ScriptedMautic

ADA = {"email": "ada@example.com"}


@pytest.fixture
def mautic_says() -> Iterator[ScriptedMautic]:
    with ScriptedMautic() as script:
        yield script


@pytest.mark.parametrize(
    "said",
    [
        {"contacts": [1], "statusCodes": [201]},
        {"contacts": [[]], "statusCodes": [201]},
        {"contacts": [{"id": "x"}], "statusCodes": [200]},
        {"contacts": [{"id": "9" * 5000}], "statusCodes": [200]},
        {"contacts": [{"id": {}}], "statusCodes": [201]},
        {"contacts": [{"id": 1}], "statusCodes": [[201]]},
        {"contacts": {"9" * 5000: {"id": 1}}, "statusCodes": [201]},
        {"contacts": 1, "statusCodes": True},
        {"contacts": [], "statusCodes": [400], "errors": ["no"]},
        {"contacts": [], "statusCodes": [400], "errors": {"0": 1}},
    ],
)
def test_a_strange_answer_is_an_error_of_its_own(
    mautic_says: ScriptedMautic, said: dict[str, object]
) -> None:
    mautic_says.will(httpx.Response(201, json=said))
    with pytest.raises(UnexpectedResponseError):
        mautic_says.client.contacts.upsert_many([ADA])


@pytest.mark.parametrize(("code", "status"), [("x", 403), (10**9, 403), (None, 403), (404, 404)])
def test_a_rows_error_has_a_status_whatever_its_code(
    mautic_says: ScriptedMautic, code: object, status: int
) -> None:
    mautic_says.will({"contacts": [], "statusCodes": [403], "errors": [{"code": code}]})
    (result,) = mautic_says.client.contacts.upsert_many([ADA])
    assert isinstance(result.error, ApiError)
    assert result.error.status == status


@pytest.mark.parametrize("details", [{"5": True}, {"5": None}, [0, 1, 2, 3, 4, "yes"]])
def test_a_strange_answer_on_a_contact_of_many_is_no_answer(
    mautic_says: ScriptedMautic, details: object
) -> None:
    mautic_says.will({"success": 1, "details": details})
    with pytest.raises(UnexpectedResponseError, match="an object for each contact"):
        mautic_says.client.segments.add_contacts(3, [5])
