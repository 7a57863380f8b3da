"""The end of a rotation: names put right, and what was replaced revoked, in one browser start.

Each step can be the last one of a run that dies: what the next one finds by names and ids is enough to go on.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from mautic_bootstrap import naming
from mautic_bootstrap.admin import access, clients, roles, users
from mautic_bootstrap.admin.model import Calls, Change, OAuth2Client, Wish
from mautic_bootstrap.admin.pages.roles import RoleRow
from mautic_bootstrap.admin.pages.users import UserRow
from mautic_bootstrap.admin.plan import Observed, others_are_at_work, strays
from mautic_bootstrap.admin.reconcile import observe_client
from mautic_bootstrap.admin.session import AdminSession
from mautic_bootstrap.admin.users import NOBODY
from mautic_bootstrap.errors import RotationError
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor


@dataclass(frozen=True)
class Ending:
    """What is left of a rotation to do; check mode prints it and stops."""

    renames: tuple[tuple[OAuth2Client, str], ...] = ()
    """Clients and their names from now on, in this order."""
    revoked: tuple[OAuth2Client, ...] = ()
    waiting: tuple[OAuth2Client, ...] = ()
    """Replaced, and still working until their grace is over."""
    role: RoleRow | None = None
    """The current client's, if it is ours."""
    left: tuple[OAuth2Client, ...] = ()
    """Replaced, but perhaps in somebody else's use: they stay, for a person to delete."""
    given_up: tuple[tuple[RoleRow, str], ...] = ()
    """Roles of those, and their names from now on."""
    dropped: tuple[RoleRow, ...] = ()
    """Roles of ours that nothing in use refers to by then."""
    user: UserRow | None = None
    """Ours, if it goes: it holds one of those roles, and there is no current one of ours for it."""
    changes: tuple[Change, ...] = field(default=())


def retire(
    wish: Wish,
    calls: Calls,
    *,
    grace: timedelta,
    replaces: int | None,
    check: bool,
    redactor: Redactor,
    progress: Progress,
) -> Ending:
    """Give the clients their names, and revoke what was replaced longer than `grace` ago; proven dead.

    Args:
        wish: As `reconcile` had it; `in_use` says which client is the current one.
        calls: Asks Mautic's API as a client.
        grace: How long what was replaced goes on working.
        replaces: Number of a client that this run has replaced, known to be the application's.
        check: Only look.
        redactor: Masks secrets in errors.
        progress: Told of every step as it happens.

    Returns:
        What was, or in check mode would be, done.

    Raises:
        RotationError: The application does not have the newest client yet; or something does not die.
        BootstrapError: As for `reconcile`.

    Side effects:
        Renames and deletes clients and roles of ours, and their user's role; nothing in check mode.
    """
    with access.opened(wish, redactor=redactor, progress=progress) as session:
        seen = observe_client(session, wish, calls, check=check)
        if others_are_at_work(seen) or (check and not _is_current(wish, seen)):
            return Ending()  # a later, or a real, run sees what there is then
        _refuse_other_client(session, wish, seen)
        vouched = frozenset(() if replaces is None else (replaces,))
        now = datetime.now(UTC)
        ending = plan(wish, seen, _roles_of(seen, calls), grace, now, vouched=vouched)
        if not check:
            _apply(session, wish, calls, seen, ending)
        return ending


def plan(
    wish: Wish,
    seen: Observed,
    role_numbers: dict[int, int],
    grace: timedelta,
    now: datetime,
    *,
    vouched: frozenset[int] = frozenset(),
) -> Ending:
    """Return what is left to do; no browser.

    Args:
        wish: As for `retire`.
        seen: Clients, roles and user.
        role_numbers: Numbers of the clients to those of their roles, as far as known.
        grace: As for `retire`.
        now: The time, UTC.
        vouched: Numbers of replaced clients that are known to be the application's; a role tells of more.
    """
    current = seen.clients.current
    if current is None:
        return Ending()
    base = wish.client_name
    begun = naming.read(current.name, base)
    at = (begun and begun.at) or now
    mine = role_numbers.get(current.number)
    role = next((row for row in seen.known_roles if row.number == mine), None)
    told = None if role is None else naming.replaces(role.description)
    vouched |= frozenset(() if told is None else (told,))
    renames = []
    left = []
    former: list[tuple[OAuth2Client, datetime]] = []
    for client in seen.clients.former:
        named = naming.read(client.name, base)
        if named is not None and named.word == "retiring":
            former.append((client, named.at or now))
        elif client.number in vouched:
            renames.append((client, naming.stamped(base, "retiring", at)))
            former.append((client, at))
        else:
            renames.append((client, naming.stamped(base, "replaced", at)))
            left.append(client)
    if current.name != base:
        renames.append((current, base))
    # A clock that was put back must not let the old one live on.
    revoked = [client for client, since in former if min(since, now) + grace <= now]
    waiting = [client for client, _ in former if client not in revoked]
    kept = {role_numbers.get(client.number) for client in (current, *waiting, *left)}
    # As long as one client's role is not known, any role may be it.
    rest = replace(seen, live_roles=frozenset(number for number in kept if number is not None))
    dropped = strays(wish, rest, now) if None not in kept else []
    # A role that another of ours goes on using is not given up with them.
    numbers = {role_numbers.get(client.number) for client in left} - {
        role_numbers.get(client.number) for client in (current, *waiting)
    }
    others = [row for row in seen.known_roles if row.number in numbers]
    held = seen.user.role if seen.user is not None and role is None else None
    ending = Ending(
        renames=tuple(renames),
        revoked=tuple(revoked),
        waiting=tuple(waiting),
        left=tuple(left),
        role=role,
        given_up=tuple(
            (row, naming.stamped(naming.role_of(base), "replaced", at)) for row in others
        ),
        dropped=tuple(dropped),
        user=seen.user if held in {row.name for row in dropped} else None,
    )
    return replace(ending, changes=_changes(wish, ending))


def _changes(wish: Wish, ending: Ending) -> tuple[Change, ...]:
    renamed = [
        Change(f"OAuth2 client number {client.number}", client.name, name)
        for client, name in ending.renames
    ]
    revoked = [
        Change(f"OAuth2 client number {client.number}", "replaced", "revoked")
        for client in ending.revoked
    ]
    user = [Change(f"user {ending.user.username}", "present", "absent")] if ending.user else []
    dropped = [Change(f"role {row.name}", "present", "absent") for row in ending.dropped]
    final = naming.role_of(wish.client_name)
    named = ending.role is not None and ending.role.name != final and not ending.waiting
    role = [Change(f"role {ending.role.name}", "in use", final)] if named and ending.role else []
    given_up = [Change(f"role {row.name}", "in use", name) for row, name in ending.given_up]
    return (*renamed, *revoked, *user, *given_up, *dropped, *role)


def _is_current(wish: Wish, seen: Observed) -> bool:
    current = seen.clients.current
    return current is not None and current.client_id == wish.in_use


def _refuse_other_client(session: AdminSession, wish: Wish, seen: Observed) -> None:
    current = seen.clients.current
    if _is_current(wish, seen):
        return
    raise RotationError(
        session.attempted,
        expected=f"the application to have the client {current.name if current else wish.client_name}",
        seen="another one, or none",
        hint="Run the whole playbook first: it writes the current client. Nothing was revoked.",
    )


def _roles_of(seen: Observed, calls: Calls) -> dict[int, int]:
    held = {client.number: calls.who(client) for client in seen.clients.all}
    return {number: user.role.id for number, user in held.items() if user and user.role}


def _apply(session: AdminSession, wish: Wish, calls: Calls, seen: Observed, ending: Ending) -> None:
    for client, name in ending.renames:
        with session.step(f"Rename the OAuth2 client {client.name} to {name}"):
            clients.rename(session, client, name)
    for client in ending.revoked:
        with session.step(f"Revoke the OAuth2 client number {client.number}"):
            token = calls.token(client)
            clients.delete(session, client)
        with session.step("Prove that it and its tokens are dead"):
            calls.prove_dead(client, token)
    role = ending.role
    user = seen.user
    if role is not None and user is not None and (user.published or user.role != role.name):
        with session.step(f"Have the user {user.username} hold the current role"):
            users.ensure_ours(session, user, wish.client_name)
            users.settle(session, user, wish.client_name, role=role)
    if ending.user is not None:
        with session.step(f"Delete the user {ending.user.username}, whom nothing needs"):
            users.ensure_ours(session, ending.user, wish.client_name)
            users.delete(session, ending.user)
    found = users.look(session, wish.client_name) if ending.given_up or ending.dropped else NOBODY
    for row, name in ending.given_up:
        with session.step(f"Rename the role {row.name} to {name}"):
            roles.rename(session, row, name)
    for row in ending.dropped:
        with session.step(f"Delete the role {row.name}"):
            if row.name in found.roles_of_others:
                raise _not_dropped(session, row)
            _drop(session, row)
    final = naming.role_of(wish.client_name)
    if role is None or wish.permissions is None or ending.waiting:
        return
    if (role.name, role.description) != (final, naming.MARKER):
        with session.step(f"Rename the role {role.name} to {final}"):
            found = users.look(session, wish.client_name)
            roles.ensure_ours(session, roles.again(session, role), found)
            roles.give(session, role, final, wish.permissions, description=naming.MARKER)


def _drop(session: AdminSession, row: RoleRow) -> None:
    if not roles.delete(session, row):
        raise _not_dropped(session, row)


def _not_dropped(session: AdminSession, row: RoleRow) -> RotationError:
    return RotationError(
        session.attempted,
        expected=f"the role {row.name} gone",
        seen=f"it still in the list: {session.quoted_messages()}",
        hint=f"A user or an OAuth2 client that is not ours refers to it: look at {session.base_url}/s/roles.",
    )
