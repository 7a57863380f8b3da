"""Credentials that are replaced while an application runs, as by a rotation: read again once their file has changed.

A rotation writes the new ones some time before it revokes the old: whoever looks before each call is over in time,
and no call is on its way with the old ones when they die (Mautic then answers 500). Where that was missed, what
Mautic refuses (401) it has not done, and it is repeated with what stands there by then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from mautic_bootstrap.api.authentication import Authenticator
from mautic_bootstrap.api.credentials import Credentials
from mautic_bootstrap.api.effects import Block, Pause, Steps
from mautic_bootstrap.api.logs import LOGGER
from mautic_bootstrap.api.tokens import Store
from mautic_bootstrap.errors import AuthenticationError

# Where id and secret stand in two files, somebody may be between replacing the one and the other.
_LOOKS = 3
_PAUSE_S = 0.3


class Login(NamedTuple):
    """Credentials, and where their tokens are kept."""

    credentials: Credentials
    token_store: Store | None


@dataclass(frozen=True)
class Reload:
    """Where credentials come from."""

    read: Callable[[], Login | None]
    """Reads them again; None where there are none for this Mautic. May block."""
    stamp: Callable[[], object] = lambda: None
    """What differs once they may have changed; asked before each call, so it has to cost next to nothing."""


class Reloading:
    """An authenticator that changes over to newer credentials when Mautic refuses its own.

    Args:
        login: What to begin with.
        make: Makes the authenticator of a login.
        reload: Reads the login again.
    """

    def __init__(
        self, login: Login, make: Callable[[Login], Authenticator], reload: Reload
    ) -> None:
        self._credentials = login.credentials
        self._make = make
        self._reload = reload
        self._stamp = reload.stamp()
        self._earlier_handshakes = 0
        self.current = make(login)
        """The authenticator in use."""

    @property
    def handshakes(self) -> int:
        """How many tokens were asked for, with all credentials."""
        return self._earlier_handshakes + self.current.handshakes

    @property
    def handshake_s(self) -> float:
        """Seconds the last token took; 0 where there was none."""
        return self.current.handshake_s

    def header(self) -> Steps[str]:
        """Return a header, of newer credentials where Mautic refuses these a token.

        Raises:
            AuthenticationError: There are no newer ones, or they are refused, too.
        """
        used = self.current
        stamp = self._reload.stamp()
        if stamp != self._stamp:
            self._stamp = stamp
            yield from self._change_over(used)
            used = self.current
        try:
            return (yield from used.header())
        except AuthenticationError as exc:
            return (yield from self._changed_over(used, exc))

    def renew(self, refused: str) -> Steps[bool]:
        """Get another header than the refused one; False where there cannot be one.

        Raises:
            AuthenticationError: As for `header`.
        """
        used = self.current
        try:
            if (yield from used.renew(refused)):
                return True
        except AuthenticationError as exc:
            yield from self._changed_over(used, exc)
            return True
        return (yield from self._change_over(used))

    def _changed_over(self, used: Authenticator, refusal: AuthenticationError) -> Steps[str]:
        """Return the header of newer credentials.

        Raises:
            AuthenticationError: The refusal, or that of the last ones tried.
        """
        for _ in range(_LOOKS):
            if not (yield from self._change_over(used)):
                break
            used = self.current
            try:
                return (yield from used.header())
            except AuthenticationError as exc:
                refusal = exc
                yield Pause(_PAUSE_S)
        raise refusal

    def _change_over(self, used: Authenticator) -> Steps[bool]:
        """Change over to what is read now; say whether that, or what another thread has read, is something else."""
        if self.current is not used:
            return True
        login = yield Block(self._reload.read)
        if self.current is not used:
            return True
        if login is None or login.credentials == self._credentials:
            return False
        LOGGER.info("The credentials have changed; newer ones were read")
        self._earlier_handshakes += used.handshakes
        self._credentials = login.credentials
        self.current = self._make(login)
        return True
