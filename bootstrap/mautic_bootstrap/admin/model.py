"""The values of this package: what is wished for, what was seen, what came out of it."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr


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
    client_name: str | None
    """The OAuth2 client is found by this exact name; None: no client is wanted."""
    redirect_uri: str
    """For a client that has to be made; Mautic demands one even where it is never used."""
    ca_bundle: Path | None
    """A private certificate authority (PEM) for an https:// Mautic."""
    evidence_dir: Path
    """Where a masked screenshot of a failure goes."""


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
    also_changed: tuple[Change, ...]
    """Configuration values that Mautic changed on its own with the save; shortened, secrets masked."""
