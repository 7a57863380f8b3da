from datetime import UTC, datetime

import pydantic
import pytest

from mautic_bootstrap.api.models import (
    Campaign,
    Contact,
    DoNotContact,
    DoNotContactReason,
    Email,
    Role,
    Segment,
    User,
    numbered,
    values_of,
)
from unit.scripted_mautic import contact


def test_a_contact_has_its_fields_at_hand() -> None:
    found = Contact.model_validate(contact(7, "ada@example.com", firstname="Ada", color="red"))
    assert (found.id, found.email, found.firstname, found.lastname) == (
        7,
        "ada@example.com",
        "Ada",
        None,
    )
    assert found.fields == {"email": "ada@example.com", "firstname": "Ada", "color": "red"}
    assert found.date_added == datetime(2026, 11, 23, 17, 28, 8, tzinfo=UTC)
    assert found.date_modified is None


def test_fields_are_found_in_their_groups_where_nobody_flattened_them() -> None:
    said = contact(7, "ada@example.com", city="Bonn")
    del said["fields"]["all"]
    assert Contact.model_validate(said).fields == {"email": "ada@example.com", "city": "Bonn"}


@pytest.mark.parametrize(
    "fields",
    [[], None, {}, {"core": [], "social": []}, {"core": [], "all": []}, {"core": {"x": 1}}],
)
def test_a_contact_without_fields_has_none(fields: object) -> None:
    found = Contact.model_validate({"id": 7, "fields": fields})
    assert (found.fields, found.email) == ({}, None)


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        ([{"id": 1, "tag": "a", "description": None}, {"id": 2, "tag": "b"}], ("a", "b")),
        (["a", "b"], ("a", "b")),
        ({"4": {"tag": "a"}, "9": {"tag": "b"}}, ("a", "b")),
        ([], ()),
        (None, ()),
    ],
)
def test_tags_are_their_names_whatever_their_shape(tags: object, names: tuple[str, ...]) -> None:
    assert Contact.model_validate({"id": 7, "tags": tags}).tags == names


@pytest.mark.parametrize("shape", [list, lambda one: {"3": one[0]}])
def test_do_not_contact_is_a_list_whatever_its_shape(shape: type[list[object]]) -> None:
    said = [{"id": 2, "reason": 3, "comments": "asked", "channel": "email", "channelId": None}]
    (entry,) = Contact.model_validate({"id": 7, "doNotContact": shape(said)}).do_not_contact
    assert entry == DoNotContact.model_validate(said[0])
    assert (entry.channel, entry.reason) == ("email", DoNotContactReason.MANUAL)


def test_a_reason_of_an_integrations_own_is_kept() -> None:
    assert DoNotContact.model_validate({"channel": "sms", "reason": 9}).reason == 9


def test_numbers_may_come_as_texts() -> None:
    found = Contact.model_validate({"id": "7", "points": "12"})
    assert (found.id, found.points) == (7, 12)


def test_what_is_null_takes_its_default() -> None:
    found = Email.model_validate(
        {"id": 1, "name": "Hi", "subject": None, "sentCount": None, "isPublished": None}
    )
    assert (found.name, found.subject, found.sent_count, found.is_published) == ("Hi", "", 0, False)


def test_all_that_mautic_says_is_kept_and_not_shown() -> None:
    said = contact(7, "ada@example.com") | {"utmtags": [{"id": 5}], "owner": None}
    found = Contact.model_validate(said)
    assert found.raw == said
    assert "utmtags" not in repr(found)
    assert "raw" not in found.model_dump()


def test_names_are_those_of_python() -> None:
    found = Campaign.model_validate({"id": 1, "allowRestart": True, "isPublished": "1"})
    assert (found.allow_restart, found.is_published) == (True, True)


def test_a_model_cannot_be_changed() -> None:
    segment = Segment.model_validate({"id": 1, "name": "News"})
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        segment.name = "Others"


def test_models_can_be_made_by_hand_for_tests() -> None:
    made = Contact(id=1, email="ada@example.com", tags=("a",))
    assert (made.email, made.tags) == ("ada@example.com", ("a",))


@pytest.mark.parametrize(
    ("said", "permissions"),
    [
        ({"lead:leads": ["viewown", "viewother"]}, {"lead:leads": ["viewown", "viewother"]}),
        ([], {}),
        (None, None),
    ],
)
def test_a_role_says_what_it_permits(said: object, permissions: object) -> None:
    role = Role.model_validate({"id": 3, "name": "App", "isAdmin": False, "rawPermissions": said})
    assert role.permissions == permissions


def test_an_api_client_is_a_user_without_an_id() -> None:
    user = User.model_validate(
        {
            "isPublished": True,
            "username": "app [1]",
            "firstName": "app",
            "lastName": "[1]",
            "role": {"id": 1, "name": "Administrator", "isAdmin": True},
            "timezone": "",
        }
    )
    assert (user.id, user.username, user.first_name) == (None, "app [1]", "app")
    assert user.role is not None
    assert (user.role.is_admin, user.role.permissions) == (True, None)


@pytest.mark.parametrize(
    ("shape", "values"), [({"4": "a", "2": "b"}, ["a", "b"]), (["a"], ["a"]), ([], []), (None, [])]
)
def test_values_are_found_in_objects_and_lists(shape: object, values: list[str]) -> None:
    assert values_of(shape) == values


@pytest.mark.parametrize(
    ("shape", "found"),
    [({"0": "a", "2": "b"}, {0: "a", 2: "b"}), (["a", "b"], {0: "a", 1: "b"}), ([], {}), ("x", {})],
)
def test_numbers_are_found_in_objects_and_lists(shape: object, found: dict[int, str]) -> None:
    assert numbered(shape) == found
