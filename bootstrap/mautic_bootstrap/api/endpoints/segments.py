"""Segments: lists of contacts."""

from collections.abc import Iterable, Mapping
from typing import Unpack

from mautic_bootstrap.api.calls import Call, Priority
from mautic_bootstrap.api.effects import Steps, Stream
from mautic_bootstrap.api.endpoints.answers import order
from mautic_bootstrap.api.endpoints.pages import Listing, Paging, iterate
from mautic_bootstrap.api.endpoints.upserts import BATCH_SIZE, batch_timeout_s
from mautic_bootstrap.api.models import Segment, numbered
from mautic_bootstrap.api.operations import Group, Mode, iteration, operation

_LISTING = Listing("/api/segments", "lists", Segment, "segments")


class Segments(Group[Mode]):
    """Segments.

    Contacts can be added to, and removed from, published segments only; others are a `ForbiddenError`, to an
    admin too. What is there already, or gone already, is no error.

    Every method may raise an `ApiError` or an `UnreachableError`.

    Source: `LeadBundle/Controller/Api/ListApiController.php`, `LeadBundle/Model/ListModel.php` (`addLead`,
    `removeLead`); live 5.1.0, 7.0.0.
    """

    @iteration
    def iterate(self, search: str = "", **paging: Unpack[Paging]) -> Stream[Segment]:
        """Go through segments by ascending id, unpublished ones included.

        Args:
            search: As in Mautic's search box; empty: all.
            paging: `page_size` (100), `progress`, `priority`, `max_wait_s`; see `Paging`.
        """
        return iterate(self._pipeline, _LISTING, search, **paging)

    @operation
    def add_contact(self, segment_id: int, contact_id: int) -> Steps[None]:
        """Put a contact into a segment.

        Raises:
            NotFoundError: There is no such segment or contact.
            ForbiddenError: The right is missing, or the segment is not published.
        """
        yield from order(self._pipeline, self._membership(segment_id, contact_id, "add"))

    @operation
    def remove_contact(self, segment_id: int, contact_id: int) -> Steps[None]:
        """Take a contact out of a segment, and keep it out, whatever the segment's filters say.

        Raises:
            NotFoundError: There is no such segment or contact.
            ForbiddenError: The right is missing, or the segment is not published.
        """
        yield from order(self._pipeline, self._membership(segment_id, contact_id, "remove"))

    @operation
    def add_contacts(
        self,
        segment_id: int,
        contact_ids: Iterable[int],
        *,
        priority: Priority | None = None,
        max_wait_s: float | None = None,
    ) -> Steps[dict[int, bool]]:
        """Put any number of contacts into a segment, 200 a call.

        Where a call fails, those before it are in the segment; the whole may be repeated.

        Args:
            segment_id: The segment.
            contact_ids: The contacts.
            priority: Of the calls; "background" leaves the reserve of the hourly budget alone.
            max_wait_s: Seconds that each call waits for the hourly budget at most.

        Returns:
            Contact id to whether it is in the segment now; it is not where there is no such contact, or no right
            to change it.

        Raises:
            NotFoundError: There is no such segment.
            ForbiddenError: The right is missing, or the segment is not published.
        """
        ids = list(dict.fromkeys(contact_ids))
        outcome: dict[int, bool] = {}
        for start in range(0, len(ids), BATCH_SIZE):
            batch = ids[start : start + BATCH_SIZE]
            call = Call(
                method="POST",
                path=f"/api/segments/{segment_id:d}/contacts/add",
                json={"ids": batch},
                harmless_twice=True,
                priority=priority,
                max_wait_s=max_wait_s,
                timeout_s=max(batch_timeout_s(len(batch)), self._pipeline.timeout_s),
            )
            answer = yield from order(self._pipeline, call, confirmed_by="details")
            details = numbered(answer.body["details"])
            for contact_id in batch:
                said = details.get(contact_id, {})
                if not isinstance(said, Mapping):
                    raise answer.unexpected("an object for each contact", "something else")
                outcome[contact_id] = bool(said.get("success"))
        return outcome

    def _membership(self, segment_id: int, contact_id: int, change: str) -> Call:
        return Call(
            method="POST",
            path=f"/api/segments/{segment_id:d}/contact/{contact_id:d}/{change}",
            harmless_twice=True,
        )
