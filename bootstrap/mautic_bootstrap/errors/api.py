"""What goes wrong with a call to Mautic's API."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from mautic_bootstrap.errors.base import BootstrapError


class ApiError(BootstrapError):
    """A call to Mautic's API failed.

    Args:
        status: HTTP status; None where no answer came.
        mautic_type: Mautic's own `type` of the error, such as `api_disabled`.
        mautic_message: Mautic's own message, redacted.
        request_id: What the call is called in the log, and in its header `X-Request-Id`.
        attempts: How often it was tried.
    """

    code = 50

    def __init__(
        self,
        attempted: str,
        *,
        expected: str,
        seen: str,
        hint: str,
        status: int | None = None,
        mautic_type: str = "",
        mautic_message: str = "",
        waited_s: float | None = None,
        request_id: str = "",
        attempts: int = 1,
    ) -> None:
        self.status = status
        self.mautic_type = mautic_type
        self.mautic_message = mautic_message
        self.request_id = request_id
        self.attempts = attempts
        super().__init__(attempted, expected=expected, seen=seen, hint=hint, waited_s=waited_s)

    def details(self) -> dict[str, object]:
        """Return the fields of the error, and what finds it in the logs."""
        fields = super().details()
        if self.request_id:
            fields |= {"request_id": self.request_id, "attempts": self.attempts}
        return fields


class AuthenticationError(ApiError):
    """The token endpoint or the API refused the credentials."""

    code = 51


class TokenExpiredError(AuthenticationError):
    """A static token is past its life and cannot renew itself."""


class ApiDisabledError(ApiError):
    """The API is switched off in Mautic's configuration."""

    code = 52


class ForbiddenError(ApiError):
    """The credentials are good, the right is missing."""

    code = 53


class NotFoundError(ApiError):
    """Mautic has no such item or path."""


class ValidationError(ApiError):
    """Mautic refused the values sent."""

    fields: Mapping[str, Sequence[str]] = MappingProxyType({})
    """Field to what Mautic says of it; empty where it names none."""


class ConflictError(ApiError):
    """Somebody else holds or has changed the item."""


class RateLimitedError(ApiError):
    """The hourly budget is used up, or Mautic, or something before it, asks to slow down."""

    retry_after_s: float = 0.0
    """Seconds after which a call can succeed; 0 where nobody said."""


class ServerError(ApiError):
    """Mautic answered with a 5xx."""


class RequestTimeoutError(ApiError):
    """No answer came in time."""


class UnexpectedResponseError(ApiError):
    """An answer that is none of Mautic's known shapes."""


class LimitStoreError(ApiError):
    """The hourly budget cannot be counted, so no call is made."""
