"""From what is wished for and what is there to what has to be done: plain values, no browser."""

from collections.abc import Sequence
from dataclasses import dataclass

from mautic_bootstrap.admin.model import Change, OAuth2Client, Switches, Wish


@dataclass(frozen=True)
class Observed:
    """What the admin UI shows before anything is changed."""

    switches: Switches
    client: OAuth2Client | None
    """The client of the wished name; None where there is none or none is wanted."""


@dataclass(frozen=True)
class Plan:
    """What to do; check mode prints it and stops."""

    switches: Switches | None
    """How to save the switches; None: the configuration is not saved at all."""
    create_client: str | None
    """The name of the client to make; None: nothing is made."""
    changes: tuple[Change, ...]


def make_plan(wish: Wish, observed: Observed) -> Plan:
    """Return what is missing between a wish and what was observed; nothing missing, nothing to do.

    The API is only ever switched on. Basic auth is left alone unless the wish says how it should be.
    """
    now = observed.switches
    basic_auth = now.basic_auth if wish.basic_auth is None else wish.basic_auth
    wanted = Switches(api=True, basic_auth=basic_auth)
    changes = _switch_changes(now, wanted)
    create = wish.client_name if observed.client is None else None
    if create is not None:
        changes.append(Change(f"OAuth2 client {create}", "absent", "present"))
    return Plan(wanted if wanted != now else None, create, tuple(changes))


def _switch_changes(now: Switches, wanted: Switches) -> list[Change]:
    pairs: Sequence[tuple[str, bool, bool]] = (
        ("Mautic's API", now.api, wanted.api),
        ("HTTP basic auth for the API", now.basic_auth, wanted.basic_auth),
    )
    return [
        Change(what, _on_off(before), _on_off(after))
        for what, before, after in pairs
        if before != after
    ]


def _on_off(value: bool) -> str:
    return "on" if value else "off"
