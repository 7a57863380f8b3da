"""The values of this package: what is wished for, what was seen, what came out of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pydantic import SecretStr

from mautic_bootstrap.api.models import User
from mautic_bootstrap.rights import Permissions

Login = Literal["client", "user", "admin"]
"""An OAuth2 client; a user with limited rights by HTTP basic auth; the admin by HTTP basic auth."""


@dataclass(frozen=True)
class Wish:
    """What a Mautic should look like when the browser is done."""

    base_url: str
    """Scheme, host, port and path prefix; no slash at the end."""
    username: str
    """The admin's login name."""
    password: SecretStr
    """The admin's password."""
    basic_auth: bool | None
    """HTTP basic auth on, off, or None: left as it is."""
    client_name: str
    """The OAuth2 client is found by this exact name; role and user bear it too."""
    redirect_uri: str
    """For a client that has to be made; Mautic demands one even where it is never used."""
    login: Login
    """How the application is to authenticate."""
    permissions: Permissions | None
    """What the application may do; None: whatever an administrator may."""
    in_use: str | None
    """The client id or user name that the application has, if any."""
    rotate: bool
    """Make a new client although one is there, or give the user a new password."""
    ca_bundle: Path | None
    """A private certificate authority (PEM) for an https:// Mautic."""
    evidence_dir: Path
    """Where a masked screenshot of a failure goes."""
    in_use_secret: SecretStr | None = None
    """The secret that the application has beside the id in `in_use`."""
    trace: bool = False
    """Keep a trace of what the browser did there, too, without secrets."""


@dataclass(frozen=True)
class OAuth2Client:
    """An OAuth2 client as Mautic's credentials list shows it."""

    number: int
    """Mautic's row number, also the first part of the client id."""
    name: str
    client_id: str
    """`<number>_<random>`, what goes into `.env`."""
    secret: SecretStr


@dataclass(frozen=True)
class ApiUser:
    """A user with limited rights, and the password it has just been given."""

    username: str
    password: SecretStr


@dataclass(frozen=True)
class Switches:
    """The two switches of the configuration's API tab."""

    api: bool
    """Whether Mautic's API is on."""
    basic_auth: bool
    """Whether the API takes HTTP basic auth."""


@dataclass(frozen=True)
class Change:
    """One thing that is, or would be, different afterwards; never a secret."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Outcome:
    """What a reconcile run found and did."""

    mautic_version: str
    """As the admin UI's footer has it, such as `7.0.0`; `unknown` where there is none."""
    changes: tuple[Change, ...]
    """What was asked for and had to be changed; in check mode, what would be."""
    adopted: bool
    """The client was there before and was taken as it is."""
    client: OAuth2Client | None
    """None where none is wanted, or where check mode would make it."""
    also_changed: tuple[Change, ...] = ()
    """Configuration values that Mautic changed on its own with the save; shortened, secrets masked."""
    user: ApiUser | None = None
    """A user who got a new password; None where none is wanted, or its old one works."""
    user_stays: bool = False
    """The user the application is can log in, and keeps its password."""
    warnings: tuple[str, ...] = ()
    """What is there and stays, but is not as asked for."""
    replaces: int | None = None
    """Number of the client that the new one replaces, if it is known to be this application's."""
    unfinished: bool = False
    """Something of an earlier client is left, for `retire` to finish."""


class Calls(Protocol):
    """What only Mautic's API tells about a client; the stages bring it along."""

    def who(self, client: OAuth2Client) -> User | None:
        """Return who a client is to Mautic, its role and rights; None while the API is switched off."""
        ...

    def prove(self, client: OAuth2Client, permissions: Permissions) -> None:
        """Return if real calls show that a client may do just this.

        Raises:
            RightsNotProvenError: It may do more, or less.
        """
        ...

    def prove_dead(self, client: OAuth2Client, token: SecretStr | None) -> None:
        """Return if Mautic knows neither a client nor a token of it any more.

        Raises:
            RotationError: One of them still works.
        """
        ...

    def token(self, client: OAuth2Client) -> SecretStr | None:
        """Return a token of a client; None where Mautic gives none."""
        ...
