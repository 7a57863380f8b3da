"""When a call is made again, and after how long."""

from dataclasses import dataclass

import httpx

from mautic_bootstrap.api.calls import Call
from mautic_bootstrap.errors import (
    ApiError,
    BootstrapError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    UnreachableError,
)

# What fails before a byte of the request is sent: Mautic cannot have acted.
_NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# What may go better the next time; a request that httpx itself refuses to send is none of these.
_BROKEN_OFF = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError)
# Where Mautic, or the proxy before it, is away for a moment. 500 is none of these: it would be the same again.
_PASSING = frozenset({502, 503, 504})


@dataclass(frozen=True)
class Retries:
    """How often and for how long a call is tried."""

    attempts: int = 4
    """In all; 1 never repeats anything."""
    total_s: float = 60.0
    """No attempt begins later than this after the first."""
    first_s: float = 0.5
    """The pause after the n-th attempt is random, up to this times 2^(n-1): "full jitter"."""
    longest_s: float = 10.0
    """The upper bound of a pause that Mautic did not ask for."""


def is_worth_repeating(call: Call, error: BootstrapError) -> bool:
    """Say whether a call that failed may be made again, and may then succeed."""
    cause = error.__cause__
    if isinstance(cause, _NEVER_ARRIVED):
        return not _is_about_certificates(cause)
    if isinstance(error, RateLimitedError):
        return True  # refused by a server, which therefore did nothing
    if not call.may_be_repeated:
        return False
    if isinstance(error, ServerError):
        return error.status in _PASSING
    return isinstance(error, RequestTimeoutError) or isinstance(cause, _BROKEN_OFF)


def _is_about_certificates(error: Exception) -> bool:
    """Say whether TLS failed to verify: that does not pass by itself.

    Source: OpenSSL's name of the reason, in the text: the original exception does not survive httpcore's pool.
    """
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


class Backoff:
    """The pauses of one call, once something has gone wrong with it.

    Args:
        retries: The bounds.
        began: When its first attempt did, by `time.monotonic()`.
    """

    def __init__(self, retries: Retries, began: float) -> None:
        import tenacity  # noqa: PLC0415  # 60 ms that a call which succeeds need not wait for

        self._jittered = tenacity.wait_random_exponential(retries.first_s, retries.longest_s)
        self._is_over = tenacity.stop_after_attempt(retries.attempts) | tenacity.stop_before_delay(
            retries.total_s
        )
        self._state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
        self._state.start_time = began

    def pause_after(self, error: ApiError | UnreachableError, asked_s: float) -> float:
        """Return the seconds to wait before the next attempt.

        Args:
            error: What the last one came to.
            asked_s: The shortest pause, because the server asked for it; 0 where it did not.

        Raises:
            ApiError, UnreachableError: The error itself, where the bounds allow no other attempt.
        """
        state = self._state
        state.set_exception((type(error), error, error.__traceback__))
        pause_s = state.upcoming_sleep = max(asked_s, self._jittered(state))
        if self._is_over(state):
            raise error
        state.prepare_for_next_attempt()
        return pause_s
