"""From what is wished for and what is there to what has to be done: plain values, no browser."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mautic_bootstrap import naming
from mautic_bootstrap.admin import roles
from mautic_bootstrap.admin.clients import Generations
from mautic_bootstrap.admin.model import Change, OAuth2Client, Switches, Wish
from mautic_bootstrap.admin.pages.roles import RoleRow
from mautic_bootstrap.admin.pages.users import UserRow
from mautic_bootstrap.admin.scoped_client import Making
from mautic_bootstrap.admin.users import Users
from mautic_bootstrap.api.models import Role
from mautic_bootstrap.errors import BroaderThanAskedError
from mautic_bootstrap.rights import Permissions, drift, words

_WAYS_OUT = (
    "Run again with -e mautic_rotate=client to have it replaced by one with the rights asked for, or set"
    " mautic_api_privileges=admin if it is meant to be so."
)
_WIDEN = "Run with -e mautic_rotate=client to have it replaced by one with them."


@dataclass(frozen=True)
class Observed:
    """What the admin UI, and the clients themselves, show before anything is changed."""

    switches: Switches
    clients: Generations
    role: Role | None = None
    """What the current client may do, by its own word; None: no client, or the API is off."""
    known_roles: tuple[RoleRow, ...] = ()
    """Our roles: of our names and marked."""
    live_roles: frozenset[int] = frozenset()
    """Numbers of the roles that our clients refer to."""
    user: UserRow | None = None
    roles_of_others: frozenset[str] = frozenset()
    """Names of the roles that other users hold."""

    @property
    def users(self) -> Users:
        """Our user, and what the others hold."""
        return Users(self.user, self.roles_of_others)


@dataclass(frozen=True)
class Rights:
    """A role of ours and the rights it is to have."""

    role: RoleRow
    permissions: Permissions


@dataclass(frozen=True)
class ClientPlan:
    """What to do about the client; check mode prints it and stops."""

    make: str | None = None
    """The name of the client to make; None: nothing is made."""
    others_at_work: bool = False
    """A run on another machine is making the client: it is waited for."""
    replaces: int | None = None
    """Number of the client that is replaced, if it is known to be this application's."""
    scoped: Making | None = None
    """How to make it where its rights are limited; None: as the admin."""
    rights: Rights | None = None
    """A role to give other rights."""
    shut_out: UserRow | None = None
    """Our user, who could log in and need not."""
    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()
    unfinished: bool = False
    """Something of an earlier client is left to be revoked or renamed."""


def plan_switches(wish: Wish, now: Switches) -> tuple[Switches | None, tuple[Change, ...]]:
    """Return how to save the switches and what that changes; None: the configuration is not saved at all.

    The API is only ever switched on. Basic auth is left alone unless the wish says how it should be.
    """
    basic_auth = now.basic_auth if wish.basic_auth is None else wish.basic_auth
    wanted = Switches(api=True, basic_auth=basic_auth)
    pairs = (
        ("Mautic's API", now.api, wanted.api),
        ("HTTP basic auth for the API", now.basic_auth, wanted.basic_auth),
    )
    changes = tuple(
        Change(what, _on_off(before), _on_off(after))
        for what, before, after in pairs
        if before != after
    )
    return (wanted if changes else None), changes


def plan_client(wish: Wish, seen: Observed) -> ClientPlan:
    """Return what is missing between the client wished for and what was observed.

    Raises:
        BroaderThanAskedError: The client may do more than was asked for, and nobody uses it yet.
    """
    if wish.login != "client":
        return ClientPlan()
    if others_are_at_work(seen):
        return ClientPlan(others_at_work=True)
    current = seen.clients.current
    if current is None:
        return _making(wish, seen, wish.client_name, replaces=False)
    finishing = naming.read(current.name, wish.client_name) != naming.Named(None, None)
    if wish.rotate and not finishing:
        at = datetime.now(UTC)
        return _making(wish, seen, naming.stamped(wish.client_name, "next", at), replaces=True)
    plan = _judged(wish, seen)
    if seen.user is None or not seen.user.published or wish.permissions is None:
        return plan
    may_log_in = Change(f"user {seen.user.username}", "can log in", "cannot log in")
    return replace(plan, shut_out=seen.user, changes=(*plan.changes, may_log_in))


def others_are_at_work(seen: Observed) -> bool:
    """Say whether a run that does not wait for ours is making a client: what there is by now is half-made."""
    now = datetime.now(UTC)
    return any(
        naming.is_others_work(row.description, roles.MACHINE, now) for row in seen.known_roles
    )


def _making(wish: Wish, seen: Observed, name: str, *, replaces: bool) -> ClientPlan:
    """Return the plan for a new client, beside the one in use or as the first."""
    before = "in use" if replaces else "absent"
    after = "replaced by a new one" if replaces else "present"
    changes = [Change(f"OAuth2 client {wish.client_name}", before, after)]
    scoped = None
    if wish.permissions is not None:
        base = naming.role_of(wish.client_name)
        ending = name.removeprefix(wish.client_name)
        at = naming.read(name, wish.client_name)
        scoped = Making(
            client_name=name,
            role_name=base + ending,
            permissions=wish.permissions,
            user=seen.user,
            leftovers=[r for r in seen.known_roles if r.number not in seen.live_roles],
            live=_ours(seen) if replaces else None,
            replaces=_vouched(wish, seen) if replaces else None,
            at=(at and at.at) or datetime.now(UTC),
        )
        if not replaces:
            changes.append(Change(f"role {base}", "absent", words(wish.permissions)))
    return ClientPlan(
        make=name,
        replaces=_vouched(wish, seen) if replaces else None,
        scoped=scoped,
        changes=tuple(changes),
        unfinished=replaces or bool(seen.clients.former),
    )


def _judged(wish: Wish, seen: Observed) -> ClientPlan:
    """Return what to do about the rights of the client that is there."""
    current = seen.clients.current
    plain = naming.role_of(wish.client_name)
    unfinished = (
        len(seen.clients.all) > 1
        or (current is not None and current.name != wish.client_name)
        or (seen.role is not None and bool(strays(wish, seen, datetime.now(UTC))))
    )
    if current is None or seen.role is None:
        return ClientPlan(unfinished=unfinished)
    if wish.permissions is None:
        narrow = (
            f"The OAuth2 client {current.name} has fewer rights than an administrator. {_WIDEN}"
        )
        return ClientPlan(warnings=() if seen.role.is_admin else (narrow,), unfinished=unfinished)
    ours = _ours(seen)
    difference = drift(wish.permissions, seen.role.permissions or {})
    if ours is not None:
        unfinished = unfinished or ours.name != plain
        if not seen.role.is_admin and not difference:
            return ClientPlan(unfinished=unfinished)
        return ClientPlan(
            rights=Rights(ours, wish.permissions),
            changes=_right_changes(ours.name, wish.permissions, seen.role),
            unfinished=unfinished,
        )
    if not seen.role.is_admin and not difference:
        return ClientPlan(unfinished=unfinished)
    broad = broader(current.name, seen.role, wish.permissions)
    too_much = seen.role.is_admin or bool(difference.extra)
    if too_much and not _is_held(wish, current):
        raise BroaderThanAskedError(
            f"use the OAuth2 client {current.name} of {wish.base_url}",
            expected="the rights in mautic_api_permissions, and no more",
            seen=_whose(seen.role, wish.permissions),
            hint=f"It was not written anywhere. {_WAYS_OUT}",
        )
    return ClientPlan(warnings=(broad,), unfinished=unfinished)


def broader(name: str, role: Role, asked: Permissions) -> str:
    """Return the warning about a client that is in use with other rights than were asked for."""
    return f"The OAuth2 client {name} has {_whose(role, asked)}. {_WAYS_OUT}"


def strays(wish: Wish, seen: Observed, now: datetime) -> list[RoleRow]:
    """Return our roles that no client refers to, and that no user in use holds; a run died over them.

    One that another machine is making a client with at `now` is none.
    """
    plain = naming.role_of(wish.client_name)
    user = seen.user
    held = user.role if user is not None and user.published else None
    return [
        row
        for row in seen.known_roles
        if row.number not in seen.live_roles
        and not (row.name == held == plain)
        and not naming.is_others_work(row.description, roles.MACHINE, now)
    ]


def _is_held(wish: Wish, client: OAuth2Client) -> bool:
    """Say whether the application has a client already: its id and its secret."""
    secret = wish.in_use_secret.get_secret_value() if wish.in_use_secret else None
    return (client.client_id, client.secret.get_secret_value()) == (wish.in_use, secret)


def _vouched(wish: Wish, seen: Observed) -> int | None:
    """Return the current client's number if it is known to be this application's; else others may use it."""
    current = seen.clients.current
    return current.number if current is not None and current.client_id == wish.in_use else None


def _ours(seen: Observed) -> RoleRow | None:
    """Return our role that the current client refers to; None where that is somebody else's."""
    if seen.role is None:
        return None
    return next((row for row in seen.known_roles if row.number == seen.role.id), None)


def _right_changes(name: str, asked: Permissions, role: Role) -> tuple[Change, ...]:
    if role.is_admin:
        return (Change(f"role {name}", "an administrator's rights", words(asked)),)
    difference = drift(asked, role.permissions or {})
    extra = [
        Change(f"role {name}: {right}", "allowed", "not asked for, removed")
        for right in difference.extra
    ]
    missing = [
        Change(f"role {name}: {right}", "missing", "allowed") for right in difference.missing
    ]
    return (*extra, *missing)


def _whose(role: Role, asked: Permissions) -> str:
    if role.is_admin:
        return f'an administrator\'s rights, by the role "{role.name}"'
    return f'other rights than asked for, by the role "{role.name}": {drift(asked, role.permissions or {})}'


def _on_off(value: bool) -> str:
    return "on" if value else "off"
