"""The names of what is ours in a Mautic, and what a name tells.

A rotation that died is finished from these names alone: there is no state file that could be lost.

    app                                   the OAuth2 client
    app (next 20261123T201500Z)           made by a rotation, not yet in use under its own name
    app (retiring 20261123T201500Z)       replaced then; revoked after the grace
    app (replaced 20261123T201500Z)       replaced then, but perhaps in somebody else's use: for a person to delete
    mautic-bootstrap: app                 its role, with `MARKER` in the description; the same endings
    mautic-bootstrap: app (rotating ...)  the role in use while another client is being made
    mautic-bootstrap-app                  the user who makes clients, with `MARKER` as its position
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

MARKER = "Managed by mautic-bootstrap"
"""Without it nothing in a Mautic is ever changed or removed."""

_MAKING = re.compile(
    rf"{MARKER}; being made by (?P<maker>\S+) since (?P<at>[0-9]{{8}}T[0-9]{{6}}Z)"
)
_REPLACING = re.compile(
    rf"{MARKER}(?:; being made by \S+ since \S+)?; its client replaces number (?P<number>[0-9]+)"
)
# A client is made in some ten seconds; whoever takes longer is not at work any more.
_AT_WORK = timedelta(minutes=2)

Word = Literal["next", "retiring", "replaced", "rotating"]

_STAMP = "%Y%m%dT%H%M%SZ"
_ENDING = re.compile(r" \((?P<word>next|retiring|replaced|rotating) (?P<at>[0-9]{8}T[0-9]{6}Z)\)")
# `users.username` is a varchar(191); whoever reads a list of users wants it shorter.
_LONGEST_SLUG = 40
_DIGEST = 8


@dataclass(frozen=True)
class Named:
    """What a name says beyond itself."""

    word: Word | None
    """None: the plain name, in its final use."""
    at: datetime | None
    """When that state began, UTC; None for the plain name."""


def read(name: str, base: str) -> Named | None:
    """Return what `name` says of `base`; None where it is no name of its family."""
    if name == base:
        return Named(None, None)
    if not name.startswith(base):
        return None
    ending = _ENDING.fullmatch(name, len(base))
    if ending is None:
        return None
    try:
        at = _time(ending["at"])
    except ValueError:
        return None
    return Named(ending["word"], at)  # type: ignore[arg-type]  # the expression has just these


def is_reserved(name: str) -> bool:
    """Say whether a name ends as only a rotation's may: as a plain name it would be of two families."""
    return any(ending.end() == len(name) for ending in _ENDING.finditer(name))


def stamped(base: str, word: Word, at: datetime) -> str:
    """Return the name of `base` in a state that began at a moment."""
    return f"{base} ({word} {at.astimezone(UTC).strftime(_STAMP)})"


def being_made(maker: str, at: datetime, number: int | None = None) -> str:
    """Return the description of a role that a run has begun to make a client with.

    Args:
        maker: The machine and the run, without white space.
        at: When.
        number: As for `replacing`; a run that dies before it writes that has it written here.
    """
    made = f"{MARKER}; being made by {maker} since {at.astimezone(UTC).strftime(_STAMP)}"
    return made + replacing(number).removeprefix(MARKER)


def replacing(number: int | None) -> str:
    """Return the description of a role whose client replaces another, known to be the application's own."""
    return MARKER if number is None else f"{MARKER}; its client replaces number {number}"


def replaces(description: str) -> int | None:
    """Return the number of the client that the client of a role replaces, as its description has it."""
    found = _REPLACING.search(description)
    return int(found["number"]) if found else None


def is_marked(text: str) -> bool:
    """Say whether a description, or a position, is one that this project writes."""
    return text == MARKER or text.startswith(f"{MARKER}; ")


def is_being_made(description: str) -> bool:
    """Say whether a role has been made for a client and not been reduced yet: it is an admin's."""
    return _MAKING.search(description) is not None


def is_others_work(description: str, machine: str, now: datetime) -> bool:
    """Say whether a role's description tells of a run on another machine that is still at work.

    On this machine there is none: runs wait for each other.
    """
    found = _MAKING.search(description)
    if found is None or found["maker"].partition(":")[0] == machine:
        return False
    try:
        return abs(now - _time(found["at"])) < _AT_WORK
    except ValueError:
        return False


def role_of(client_name: str) -> str:
    """Return the name of a client's role."""
    return f"mautic-bootstrap: {client_name}"


def user_of(client_name: str) -> str:
    """Return the name of the user who makes a client.

    Of names that Mautic would not take, or that are long, a digest keeps them apart.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", client_name.lower()).strip("-")[:_LONGEST_SLUG].rstrip("-")
    if slug != client_name:
        digest = hashlib.sha256(client_name.encode()).hexdigest()[:_DIGEST]
        slug = f"{slug}-{digest}" if slug else digest
    return f"mautic-bootstrap-{slug}"


def address_of(client_name: str) -> str:
    """Return that user's e-mail address, which Mautic demands; nothing is ever delivered to it (RFC 2606)."""
    return f"{user_of(client_name)}@mautic-bootstrap.invalid"


def _time(text: str) -> datetime:
    return datetime.strptime(text, _STAMP).replace(tzinfo=UTC)
