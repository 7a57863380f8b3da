"""E-mails that Mautic can send."""

from collections.abc import Mapping
from typing import Unpack

from mautic_bootstrap.api.calls import Call
from mautic_bootstrap.api.effects import Steps, Stream
from mautic_bootstrap.api.endpoints.answers import ask, order
from mautic_bootstrap.api.endpoints.pages import Listing, Paging, iterate
from mautic_bootstrap.api.models import Email
from mautic_bootstrap.api.operations import Group, Mode, iteration, operation
from mautic_bootstrap.errors import ApiError

# Without variants of an A/B test, as Mautic itself lists them: 5.1.0 forgets that once a query has a `where`.
_LISTING = Listing(
    "/api/emails",
    "emails",
    Email,
    "e-mails",
    filters={"where[1][col]": "variantParent", "where[1][expr]": "isNull"},
)

# Mautic talks to its mail server before it answers, and PHP gives that 60 s by default.
_SEND_TIMEOUT_S = 70.0


class Emails(Group[Mode]):
    """E-mails.

    Every method may raise an `ApiError` or an `UnreachableError`.

    Source: `EmailBundle/Controller/Api/EmailApiController.php`; live 5.1.0, 7.0.0.
    """

    @iteration
    def iterate(self, search: str = "", **paging: Unpack[Paging]) -> Stream[Email]:
        """Go through e-mails by ascending id, unpublished ones included, variants of A/B tests not.

        Args:
            search: As in Mautic's search box; empty: all.
            paging: `page_size` (100), `progress`, `priority`, `max_wait_s`; see `Paging`.
        """
        return iterate(self._pipeline, _LISTING, search, **paging)

    @operation
    def get(self, email_id: int) -> Steps[Email]:
        """Return an e-mail; its HTML is in `raw`.

        Raises:
            NotFoundError: There is none of that id.
        """
        call = Call(method="GET", path=f"/api/emails/{email_id:d}")
        return (yield from ask(self._pipeline, call)).one("email", Email)

    @operation
    def send_to_contact(
        self, email_id: int, contact_id: int, *, tokens: Mapping[str, str] | None = None
    ) -> Steps[None]:
        """Send an e-mail to a contact, now.

        WARNING: Mautic's API sends it even to a contact that is marked do-not-contact, and sends e-mails that are
        not published. Look at `Contact.do_not_contact` first.

        Never repeated after Mautic may have acted. If it fails with `RequestTimeoutError` or `UnreachableError`,
        the e-mail may be on its way.

        Args:
            email_id: The e-mail.
            contact_id: The contact.
            tokens: Values for `{name}` in the e-mail, by name.

        Raises:
            NotFoundError: There is no such e-mail or contact.
            ServerError: With status 500, among others, where the contact has no e-mail address.
            ApiError: Itself, with status 200, where Mautic could not hand it to its mail server.
        """
        call = Call(
            method="POST",
            path=f"/api/emails/{email_id:d}/contact/{contact_id:d}/send",
            json={"tokens": dict(tokens or {})},
            harmless_twice=False,
            timeout_s=max(_SEND_TIMEOUT_S, self._pipeline.timeout_s),
            attempted=f"send e-mail {email_id} to contact {contact_id}",
        )
        answer = yield from order(self._pipeline, call)
        if answer.body["success"] is not True:
            reason = self._pipeline.redactor.mask(str(answer.body.get("failed") or ""))
            raise ApiError(
                call.attempted,
                expected="Mautic's mail server to take it",
                seen=f'"{reason}"' if reason else "that it did not",
                hint="Look at the e-mail settings in Mautic's configuration.",
                status=answer.response.status_code,
                mautic_message=reason,
                request_id=answer.request_id,
            )
