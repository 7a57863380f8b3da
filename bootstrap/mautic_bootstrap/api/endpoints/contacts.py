"""Contacts: the people Mautic knows."""

from collections.abc import Iterable, Mapping
from typing import Any, Unpack

from mautic_bootstrap.api.calls import Call, Priority
from mautic_bootstrap.api.effects import Steps, Stream
from mautic_bootstrap.api.endpoints.answers import ask, order
from mautic_bootstrap.api.endpoints.pages import Listing, Paging, iterate, where
from mautic_bootstrap.api.endpoints.progress import Progress, shown
from mautic_bootstrap.api.endpoints.upserts import BulkUpsert
from mautic_bootstrap.api.endpoints.values import as_json, channel_segment, checked_email, tag_list
from mautic_bootstrap.api.models import (
    Contact,
    DoNotContactReason,
    SegmentMembership,
    UpsertResult,
)
from mautic_bootstrap.api.operations import Group, Mode, iteration, operation
from mautic_bootstrap.errors import NotFoundError

_LISTING = Listing("/api/contacts", "contacts", Contact, "contacts")


class Contacts(Group[Mode]):
    """Contacts.

    Fields are named by their aliases, as in Mautic's settings: `firstname`, `company`, custom ones. What Mautic
    does with values (live 5.1.0, 7.0.0):

    - a name that is no field's is dropped without a word;
    - an empty value leaves what is there, a 0 too except in a boolean field; `overwriteWithBlank=True` lets
      empty ones count;
    - markup is removed from texts, and 5.1.0 stores "&" in a tag as "&#38;";
    - tags and `owner`, `stage` (ids), `doNotContact` may be sent like fields.

    Every method may raise an `ApiError` or an `UnreachableError`.

    Source: `LeadBundle/Controller/Api/LeadApiController.php`, `CustomFieldsApiControllerTrait.php`,
    `LeadBundle/Model/LeadModel.php`; live 5.1.0, 7.0.0.
    """

    @operation
    def get(self, contact_id: int) -> Steps[Contact]:
        """Return a contact.

        Raises:
            NotFoundError: There is none of that id.
        """
        call = Call(method="GET", path=f"/api/contacts/{contact_id:d}")
        return (yield from ask(self._pipeline, call)).one("contact", Contact)

    @operation
    def find(self, email: str) -> Steps[Contact | None]:
        """Return the contact of an e-mail address, in whatever case; None where there is none.

        Where several share it, which happens without Mautic's rule that e-mails are unique, it is the newest, as
        an upsert would take.
        """
        # Not `search=email:...`, which looks for a part and reads "!", "_" and quotes as its own. `in`, since it
        # is what decodes the "&#39;" that 5.1.0 makes of an apostrophe in the query.
        email = email.strip()
        newest_first: dict[str, str | int] = {"limit": 10, "orderBy": "id", "orderByDir": "DESC"}
        call = Call(
            method="GET",
            path="/api/contacts",
            params=newest_first | where(0, "email", "in", email),
        )
        answer = yield from ask(self._pipeline, call)
        found = answer.several("contacts", Contact)
        # The database also takes "é" for "e".
        same = (c for c in found if c.email and c.email.casefold() == email.casefold())
        return next(same, None)

    @operation
    def upsert(
        self, /, *, email: str, tags: Iterable[str] = (), **fields: Any
    ) -> Steps[tuple[Contact, bool]]:
        """Create the contact of an e-mail address, or change the one there is.

        Args:
            email: Found in whatever case; stored as written here.
            tags: Added to those it has; "-tag" removes one.
            fields: Further fields by alias; see the class.

        Returns:
            The contact as it is now, and whether it was created. The latter is by Mautic's status, 201 or 200: if
            the call had to be repeated, it may be False for what the first attempt created.

        Raises:
            ValidationError: Mautic refuses a value, or would make another address of this one.
        """
        values = as_json({**fields, "email": checked_email(email)})
        if names := tag_list(tags):
            values["tags"] = names
        call = Call(
            method="POST",
            path="/api/contacts/new",
            json=values,
            harmless_twice=True,
            expected="HTTP 200 or 201",
        )
        answer = yield from ask(self._pipeline, call)
        return answer.one("contact", Contact), answer.response.status_code == 201

    @operation
    def upsert_many(
        self,
        rows: Iterable[Mapping[str, Any]],
        *,
        progress: Progress = None,
        priority: Priority | None = None,
        max_wait_s: float | None = None,
    ) -> Steps[list[UpsertResult]]:
        """Create or change any number of contacts, 200 a call; return one result per row, in order.

        Rows that share an e-mail address, in whatever case, have the outcome of sending one after the other. They
        are sent as one, a later value wins, except an empty one, and tags add up; or in a later call, where a row
        says `overwriteWithBlank` or puts a 0 in place of a value. A row without an e-mail always creates a contact,
        and is never sent twice.

        What goes wrong with a row is its result's `error`:

        - a `ValidationError`, `ForbiddenError`, ...: Mautic refuses this row; the others are stored. A row that
          makes Mautic fail as a whole (500) is searched for, at some 16 more calls;
        - anything else, such as `RateLimitedError` or `UnreachableError`: a call failed after others had got
          through. Its rows may be stored, those after it were not sent. Send the rows with that error again:
          those with an e-mail can be sent as often as one likes.

        A batch is waited for 10 s and half a second a row.

        Args:
            rows: Fields by alias; see the class and `upsert`. All are read before the first is sent.
            progress: Told (rows settled, rows in all) after each call; True: a line on stderr.
            priority: Of the calls; "background" leaves the reserve of the hourly budget alone.
            max_wait_s: Seconds that each call waits for the hourly budget at most.

        Raises:
            ApiError, UnreachableError: The first call failed; as far as is known, nothing is stored.
        """
        with shown(progress, "contacts") as report:
            work = BulkUpsert(
                self._pipeline, rows, report=report, priority=priority, max_wait_s=max_wait_s
            )
            return (yield from work.run())

    @operation
    def edit(self, /, contact_id: int, **fields: Any) -> Steps[Contact]:
        """Change fields of a contact; return it as it is now.

        Raises:
            NotFoundError: There is none of that id.
            ValidationError: Mautic refuses a value; an e-mail that is another contact's, too.
        """
        if "email" in fields:
            fields["email"] = checked_email(fields["email"])
        call = Call(
            method="PATCH",
            path=f"/api/contacts/{contact_id:d}/edit",
            json=as_json(fields),
            harmless_twice=True,
        )
        return (yield from ask(self._pipeline, call)).one("contact", Contact)

    @operation
    def delete(self, contact_id: int) -> Steps[None]:
        """Delete a contact, for good.

        Raises:
            NotFoundError: There is none of that id. Where the call had to be repeated this is a success: the
                attempt without an answer deleted it.
        """
        call = Call(
            method="DELETE", path=f"/api/contacts/{contact_id:d}/delete", harmless_twice=True
        )
        try:
            yield from order(self._pipeline, call, confirmed_by="contact")
        except NotFoundError as exc:
            if exc.attempts == 1:
                raise

    @iteration
    def iterate(self, search: str = "", **paging: Unpack[Paging]) -> Stream[Contact]:
        """Go through contacts by ascending id, page by page; changes meanwhile make none appear twice or go missing.

        Args:
            search: As in Mautic's search box: "tag:signup", "segment:news"; empty: all.
            paging: `page_size` (100), `progress`, `priority`, `max_wait_s`; see `Paging`.
        """
        return iterate(self._pipeline, _LISTING, search, **paging)

    @operation
    def add_tags(self, contact_id: int, tags: Iterable[str]) -> Steps[Contact]:
        """Add tags to a contact; return it as it is now.

        Raises:
            ValueError: A tag begins with "-", by which Mautic understands its removal.
            NotFoundError: There is no contact of that id.
        """
        names = tag_list(tags)
        if any(name.lstrip().startswith("-") for name in names):
            raise ValueError('a tag cannot begin with "-"')
        return (yield from self._tag(contact_id, names))

    @operation
    def remove_tags(self, contact_id: int, tags: Iterable[str]) -> Steps[Contact]:
        """Take tags from a contact, named with the case they have; return it as it is now.

        Raises:
            NotFoundError: There is no contact of that id.
        """
        return (yield from self._tag(contact_id, [f"-{name.strip()}" for name in tag_list(tags)]))

    def _tag(self, contact_id: int, tags: list[str]) -> Steps[Contact]:
        call = Call(
            method="PATCH",
            path=f"/api/contacts/{contact_id:d}/edit",
            json={"tags": tags},
            harmless_twice=True,
        )
        return (yield from ask(self._pipeline, call)).one("contact", Contact)

    @operation
    def segments(self, contact_id: int) -> Steps[list[SegmentMembership]]:
        """Return the segments that a contact is in.

        Raises:
            NotFoundError: There is no contact of that id.
        """
        call = Call(method="GET", path=f"/api/contacts/{contact_id:d}/segments")
        return (yield from ask(self._pipeline, call)).several("lists", SegmentMembership)

    @operation
    def add_do_not_contact(
        self,
        contact_id: int,
        channel: str = "email",
        reason: int = DoNotContactReason.MANUAL,
        comments: str = "",
    ) -> Steps[None]:
        """Have a contact left alone on a channel.

        Where they already are, 5.1.0 leaves reason and comments as they were; 7.0.0 takes a new reason, except in
        the place of `UNSUBSCRIBED`.

        Args:
            contact_id: The contact.
            channel: "email", "sms", ...; Mautic takes any name.
            reason: A `DoNotContactReason`.
            comments: For the contact's history.

        Raises:
            NotFoundError: There is no contact of that id.
            ValidationError: The channel's name cannot be in a path: empty, "." or "..".
        """
        call = Call(
            method="POST",
            path=f"/api/contacts/{contact_id:d}/dnc/{channel_segment(channel)}/add",
            json={"reason": int(reason), "comments": comments},
            harmless_twice=True,
        )
        yield from order(self._pipeline, call, confirmed_by="contact")

    @operation
    def remove_do_not_contact(self, contact_id: int, channel: str = "email") -> Steps[bool]:
        """Let a contact be contacted on a channel again; return whether they had been left alone there.

        Raises:
            NotFoundError: There is no contact of that id.
            ValidationError: As in `add_do_not_contact`.
        """
        call = Call(
            method="POST",
            path=f"/api/contacts/{contact_id:d}/dnc/{channel_segment(channel)}/remove",
            harmless_twice=True,
        )
        answer = yield from order(self._pipeline, call, confirmed_by="recordFound")
        return bool(answer.body["recordFound"])
