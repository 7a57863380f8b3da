"""What Mautic answers, typed.

Every model is tolerant of what Mautic's answers look like: what is null or missing takes its default, numbers may
come as texts, an empty object as `[]`. What is not modelled is in `raw`. Models cannot be changed; Mautic can, with
the methods of the client.

Source: the answers of 5.1.0 and 7.0.0 (live), `LeadBundle/Entity/{Lead,Tag,DoNotContact,LeadList}.php`,
`CampaignBundle/Entity/Campaign.php`, `EmailBundle/Entity/Email.php`, `UserBundle/Entity/{User,Role}.php`
(`loadApiMetadata`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from mautic_bootstrap.errors import ApiError, UnreachableError

# As many digits as MySQL has for an id; Python itself refuses to read thousands.
_NUMBER = re.compile("[0-9]{1,20}")


def values_of(shape: object) -> list[Any]:
    """Return the values of an object keyed by id, or of a list: Mautic answers either, and `[]` for empty."""
    if isinstance(shape, Mapping):
        return list(shape.values())
    return list(shape) if isinstance(shape, list | tuple) else []


def numbered(shape: object) -> dict[int, Any]:
    """Return the values of an object by its numeric keys, or of a list by their places.

    PHP writes an array as a list where its keys are 0, 1, 2, ... without a gap, and as an object elsewhere.
    """
    if isinstance(shape, Mapping):
        return {int(key): value for key, value in shape.items() if _NUMBER.fullmatch(str(key))}
    return dict(enumerate(shape)) if isinstance(shape, list) else {}


def _mapping(shape: object) -> object:
    """Return an empty object for `[]`, as PHP writes one; everything else as it is."""
    return {} if shape == [] else shape


def _tag_names(shape: object) -> list[str]:
    """Return the names of tags, which come as objects or as texts."""
    tags = values_of(shape)
    return [str(tag.get("tag", "")) if isinstance(tag, Mapping) else str(tag) for tag in tags]


class Model(BaseModel):
    """Something of Mautic's."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    raw: Mapping[str, Any] = Field(default_factory=dict, repr=False, exclude=True)
    """All that Mautic says of it, as it says it."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, said: Any) -> Any:
        """Keep the whole; let what is null take its default."""
        if not isinstance(said, Mapping) or "raw" in said:
            return said
        arranged = cls._arrange(said)
        return {key: value for key, value in arranged.items() if value is not None} | {"raw": said}

    @classmethod
    def _arrange(cls, said: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what Mautic said with everything where the model has it."""
        return said


class Entity(Model):
    """Something of Mautic's with an id."""

    id: int


class DoNotContactReason(IntEnum):
    """Why somebody is not to be contacted (`LeadBundle/Entity/DoNotContact.php`)."""

    UNSUBSCRIBED = 1
    """They said so themselves."""
    BOUNCED = 2
    MANUAL = 3
    """Somebody said so for them."""


class DoNotContact(Model):
    """A channel over which a contact is not to be contacted."""

    channel: str
    """ "email", "sms", ..."""
    reason: int
    """A `DoNotContactReason`; integrations may use numbers of their own."""
    comments: str = ""


class Contact(Entity):
    """A person, or a visitor that has not said who they are."""

    email: str | None = None
    """As it was written last; Mautic compares without regard to case."""
    firstname: str | None = None
    lastname: str | None = None
    points: int = 0
    tags: Annotated[tuple[str, ...], BeforeValidator(_tag_names)] = ()
    fields: Mapping[str, Any] = Field(default_factory=dict, repr=False)
    """Every published contact field by its alias, custom ones included; None where it is empty."""
    do_not_contact: Annotated[tuple[DoNotContact, ...], BeforeValidator(values_of)] = ()
    """Empty: contactable over every channel."""
    is_published: bool = True
    date_added: datetime | None = None
    date_modified: datetime | None = None
    """5.1.0 leaves it empty until the first change, 7.0.0 does not."""
    last_active: datetime | None = None

    @classmethod
    def _arrange(cls, said: Mapping[str, Any]) -> Mapping[str, Any]:
        fields = _flat(said.get("fields"))
        common = {name: fields.get(name) for name in ("email", "firstname", "lastname")}
        return {**common, **said, "fields": fields}


def _flat(groups: object) -> dict[str, Any]:
    """Return alias to value of `fields`, which has them in the groups that Mautic's UI shows them in.

    The group `all` has just the values, the others describe each field; a group without fields is `[]`.
    """
    if not isinstance(groups, Mapping):
        return {}
    flat = groups.get("all")
    if not isinstance(flat, Mapping):
        described = [group for group in groups.values() if isinstance(group, Mapping)]
        flat = {
            alias: field.get("value")
            for group in described
            for alias, field in group.items()
            if isinstance(field, Mapping)
        }
    return {alias: value for alias, value in flat.items() if alias != "id"}


class Segment(Entity):
    """A list of contacts, filled by filters, by hand, or both."""

    name: str = ""
    alias: str = ""
    description: str = ""
    is_published: bool = False
    """Contacts can be added to a published one only."""


class SegmentMembership(Entity):
    """A segment that a contact is in; `id` is the segment's."""

    name: str = ""
    alias: str = ""
    date_added: datetime | None = None
    """Since when the contact is in it."""
    manually_added: bool = False
    """Whether it was put there, rather than found by the segment's filters."""


class Campaign(Entity):
    """A campaign."""

    name: str = ""
    description: str = ""
    is_published: bool = False
    allow_restart: bool = False
    """Whether adding a contact that is in it already makes it begin again."""


class Email(Entity):
    """An e-mail that Mautic can send."""

    name: str = ""
    subject: str = ""
    email_type: str = ""
    """ "template" is sent to one contact at a time, "list" to segments."""
    language: str = ""
    is_published: bool = False
    sent_count: int = 0
    read_count: int = 0


class Role(Entity):
    """What a user or an API client may do."""

    name: str = ""
    description: str | None = None
    is_admin: bool = False
    """An admin may do everything, whatever the permissions say."""
    permissions: Annotated[Mapping[str, Sequence[str]] | None, BeforeValidator(_mapping)] = Field(
        default=None, alias="rawPermissions"
    )
    """Such as `{"lead:leads": ["viewown", "viewother"]}`; None for an admin."""


class User(Model):
    """Who calls: a user, or the pseudo user that Mautic makes of an API client."""

    id: int | None = None
    """None for an API client."""
    username: str = ""
    """ "<name> [<id>]" for an API client."""
    first_name: str = ""
    last_name: str = ""
    email: str | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class UpsertResult:
    """What became of one row of `upsert_many`."""

    contact_id: int | None = None
    """None where there is an error."""
    created: bool = False
    """Whether the row made a new contact; False too where an earlier row or attempt had just made it."""
    error: ApiError | UnreachableError | None = None
    """A `ValidationError` where the row is at fault; see `Contacts.upsert_many` for the others."""
