"""What goes into `Authorization`."""

from base64 import b64encode
from typing import Protocol, Self

from mautic_bootstrap.api.connection import is_bearer_token
from mautic_bootstrap.api.credentials import BasicCredentials, StaticToken
from mautic_bootstrap.api.effects import Steps
from mautic_bootstrap.errors import AuthenticationError
from mautic_bootstrap.redaction import MASK, Redactor


class Hidden(str):
    """A secret text that whatever prints local variables shows as a mask."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return a mask."""
        return repr(MASK)


class Authenticator(Protocol):
    """Knows what goes into `Authorization`."""

    @property
    def handshakes(self) -> int:
        """How many tokens were asked for."""

    @property
    def handshake_s(self) -> float:
        """Seconds the last token took; 0 where there was none."""

    def header(self) -> Steps[str]:
        """Return the header's value, asking for a token first where one is needed."""

    def renew(self, refused: str) -> Steps[bool]:
        """After a 401: get another header than the refused one; False where there cannot be one."""


class Fixed:
    """A header that never changes: HTTP basic auth, or a token that somebody else renews."""

    handshakes = 0
    handshake_s = 0.0

    def __init__(self, value: str) -> None:
        self._value = Hidden(value)

    @classmethod
    def basic(cls, credentials: BasicCredentials, redactor: Redactor) -> Self:
        """Return the header of a user's name and password; needs HTTP basic auth switched on."""
        password = credentials.password.get_secret_value()
        pair = b64encode(f"{credentials.username}:{password}".encode()).decode()
        redactor.add(password)
        redactor.add(pair)
        return cls(f"Basic {pair}")

    @classmethod
    def token(cls, credentials: StaticToken, base_url: str, redactor: Redactor) -> Self:
        """Return the header of a token; in the header alone, as Mautic's 404 echoes the query.

        Raises:
            AuthenticationError: It cannot be a token: the header would hold something else, too.
        """
        token = credentials.token.get_secret_value()
        redactor.add(token)
        if not is_bearer_token(token):
            raise AuthenticationError(
                f"use a bearer token for {base_url}",
                expected="letters, digits and -._~+/ with = at the end",
                seen="other characters in it",
                hint="Run the playbook: it writes a new token.",
            )
        return cls(f"Bearer {token}")

    def header(self) -> Steps[str]:
        """Return it."""
        yield from ()
        return self._value

    def renew(self, refused: str) -> Steps[bool]:  # noqa: ARG002  # the protocol's
        """There is no other."""
        yield from ()
        return False
