"""Campaigns."""

from typing import Unpack

from mautic_bootstrap.api.calls import Call
from mautic_bootstrap.api.effects import Steps, Stream
from mautic_bootstrap.api.endpoints.answers import ask, order
from mautic_bootstrap.api.endpoints.pages import Listing, Paging, iterate
from mautic_bootstrap.api.models import Campaign
from mautic_bootstrap.api.operations import Group, Mode, iteration, operation

_LISTING = Listing("/api/campaigns", "campaigns", Campaign, "campaigns")


class Campaigns(Group[Mode]):
    """Campaigns.

    Every method may raise an `ApiError` or an `UnreachableError`.

    Source: `CampaignBundle/Controller/Api/CampaignApiController.php`, `CampaignBundle/Membership/`; live 5.1.0,
    7.0.0.
    """

    @iteration
    def iterate(self, search: str = "", **paging: Unpack[Paging]) -> Stream[Campaign]:
        """Go through campaigns by ascending id, unpublished ones included.

        Args:
            search: As in Mautic's search box; empty: all.
            paging: `page_size` (100), `progress`, `priority`, `max_wait_s`; see `Paging`.
        """
        return iterate(self._pipeline, _LISTING, search, **paging)

    @operation
    def get(self, campaign_id: int) -> Steps[Campaign]:
        """Return a campaign; its events are in `raw`.

        Raises:
            NotFoundError: There is none of that id.
        """
        call = Call(method="GET", path=f"/api/campaigns/{campaign_id:d}")
        return (yield from ask(self._pipeline, call)).one("campaign", Campaign)

    @operation
    def add_contact(self, campaign_id: int, contact_id: int) -> Steps[None]:
        """Put a contact into a campaign.

        A contact that is in it already begins again where the campaign allows that (`allow_restart`), and gets its
        e-mails once more; so this is never repeated after Mautic may have acted.

        Raises:
            NotFoundError: There is no such campaign or contact.
        """
        # Source: `CampaignBundle/Membership/Action/Adder.php`, `startNewRotation`; live 5.1.0, 7.0.0: the
        # contact's `rotation` goes up with every call.
        call = self._membership(campaign_id, contact_id, "add", harmless_twice=False)
        yield from order(self._pipeline, call)

    @operation
    def remove_contact(self, campaign_id: int, contact_id: int) -> Steps[None]:
        """Take a contact out of a campaign; what was scheduled for it does not happen. Gone already is no error.

        Raises:
            NotFoundError: There is no such campaign or contact.
        """
        call = self._membership(campaign_id, contact_id, "remove", harmless_twice=True)
        yield from order(self._pipeline, call)

    def _membership(
        self, campaign_id: int, contact_id: int, change: str, *, harmless_twice: bool
    ) -> Call:
        return Call(
            method="POST",
            path=f"/api/campaigns/{campaign_id:d}/contact/{contact_id:d}/{change}",
            harmless_twice=harmless_twice,
        )
