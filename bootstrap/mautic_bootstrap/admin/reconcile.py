"""Bringing a Mautic's API access to what is wished for: observe, plan, apply, verify, in one browser start."""

from dataclasses import replace
from datetime import UTC, datetime

from mautic_bootstrap import naming
from mautic_bootstrap.admin import (
    access,
    clients,
    rivals,
    roles,
    scoped_client,
    scoped_user,
    switches,
    users,
)
from mautic_bootstrap.admin.clients import Generations
from mautic_bootstrap.admin.model import Calls, Change, OAuth2Client, Outcome, Wish
from mautic_bootstrap.admin.pages.configuration import ConfigurationPage
from mautic_bootstrap.admin.pages.credentials import CredentialsPages
from mautic_bootstrap.admin.plan import ClientPlan, Observed, plan_client, plan_switches
from mautic_bootstrap.admin.session import AdminSession
from mautic_bootstrap.errors import CredentialsError
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor
from mautic_bootstrap.rights import drift

__all__ = ["Change", "OAuth2Client", "Outcome", "Wish", "reconcile"]


def reconcile(
    wish: Wish, calls: Calls, *, check: bool, redactor: Redactor, progress: Progress
) -> Outcome:
    """Bring Mautic's API access to what is wished for, through its admin UI.

    Args:
        wish: What it should look like afterwards.
        calls: Asks Mautic's API as a client.
        check: Only look: GETs, the login POST and leaving forms with Cancel; nothing is changed.
        redactor: Learns the password and every secret seen; masks them in errors.
        progress: Told of every step as it happens.

    Raises:
        BrowserMissingError: No Chromium; its `guide` says how to do the same by hand.
        UnreachableError, NotInstalledError: There is no admin UI at the base URL.
        LoginRejectedError: Mautic refused the login; it is never tried twice.
        AmbiguousClientError: Several clients carry the name; nothing was changed.
        SettingsError: This Mautic does not have a permission that was asked for.
        BroaderThanAskedError: The client may do more than was asked for, and nobody uses it yet.
        NotOursError: A role or user of our name is somebody else's.
        SaveNotConfirmedError: Something cannot be saved, or was and does not read back.
        RightsNotProvenError: The client may do more or less than was asked for.
        CredentialsError: The client cannot be made or read.
        UiError: Another page than expected, or an error page.

    Side effects:
        Changes what `Outcome.changes` and `also_changed` list. Writes a masked screenshot to
        `evidence_dir` where the admin UI is in the way.
    """
    with access.opened(wish, redactor=redactor, progress=progress) as session:
        return _reconcile(session, wish, calls, check=check)


def _reconcile(session: AdminSession, wish: Wish, calls: Calls, *, check: bool) -> Outcome:
    seen = observe_client(session, wish, calls, check=check)
    user_plan = _plan_user(session, wish, seen)
    with session.step("Read the API settings"):
        # Last, so that this page, once open, can be saved without another load.
        page = ConfigurationPage(session)
        page.open()
        seen = replace(seen, switches=page.switches())
    wanted, changes = plan_switches(wish, seen.switches)
    outcome = Outcome(
        mautic_version=session.mautic_version,
        changes=(*changes, *(user_plan.changes if user_plan else ())),
        adopted=seen.clients.current is not None,
        client=seen.clients.current,
        user_stays=user_plan is not None and not user_plan.provide,
    )
    if wanted is not None:
        switches.refuse_unwritable(session, page)
    # What a client may do, only it can tell, and only while the API is on.
    plan = plan_client(wish, seen) if check or seen.switches.api else None
    if check:
        return _with_plan(outcome, plan or ClientPlan())
    if wanted is not None:
        with session.step("Save the API settings and read them back"):
            also = switches.save(session, page, wanted)
            outcome = replace(outcome, also_changed=also)
    if user_plan is not None:
        outcome = replace(outcome, user=scoped_user.apply(session, wish, user_plan))
    if plan is None:
        seen = _with_calls(wish, calls, seen)
        plan = plan_client(wish, seen)
    return _apply(session, wish, calls, plan, outcome)


def _plan_user(session: AdminSession, wish: Wish, seen: Observed) -> scoped_user.UserPlan | None:
    if wish.login != "user":
        return None
    with session.step(f"Look at the rights of the user for {wish.client_name}"):
        return scoped_user.plan(session, wish, seen.known_roles, seen.users)


def observe_client(session: AdminSession, wish: Wish, calls: Calls, *, check: bool) -> Observed:
    """Log in and look at the clients, our roles and our user, as far as the wish is about them.

    Side effects:
        Takes every right from a role that a run has died over; not in check mode.

    Raises:
        BootstrapError: As for `reconcile`.
    """
    with session.step(f"Log in as {wish.username}"):
        first = CredentialsPages(session).list.address
        if wish.login == "admin":
            first = ConfigurationPage.PATH
        access.log_in(session, wish.username, wish.password, first)
    seen = Observed(clients=Generations(None, ()), switches=switches.UNKNOWN)
    if wish.login == "client":
        with session.step(f"Look for the OAuth2 client {wish.client_name}"):
            found = clients.find(session, wish.client_name, wish.in_use)
        seen = _with_calls(wish, calls, replace(seen, clients=found))
    if wish.login != "admin":
        with session.step("Look for its role and user"):
            seen = _with_roles(session, wish, seen, check=check)
    return seen


def _with_calls(wish: Wish, calls: Calls, seen: Observed) -> Observed:
    """Add what only the clients' own calls tell: their roles, and the current one's rights."""
    if wish.login != "client":
        return seen
    users_of = [(client, calls.who(client)) for client in seen.clients.all]
    held = {
        c.number: user.role for c, user in users_of if user is not None and user.role is not None
    }
    current = seen.clients.current
    return replace(
        seen,
        role=held.get(current.number) if current else None,
        live_roles=frozenset(role.id for role in held.values()),
    )


def _with_roles(session: AdminSession, wish: Wish, seen: Observed, *, check: bool) -> Observed:
    """Add our roles and our user; where rights are to be given, refuse those that this Mautic does not have.

    A role that a run has died over is still an admin's: reducing it comes before everything else.
    """
    family = roles.family(roles.everyone(session), wish.client_name)
    found = users.look(session, wish.client_name)
    known = tuple(row for row in family if roles.is_marked(row))
    seen = replace(seen, known_roles=known, user=found.ours, roles_of_others=found.roles_of_others)
    for row in known:
        others = naming.is_others_work(row.description, roles.MACHINE, datetime.now(UTC))
        if naming.is_being_made(row.description) and not others and not check:
            roles.ensure_ours(session, row, found)
            roles.reduce(session, row)
    asked = wish.permissions
    if asked is None:
        return seen
    as_asked = seen.role is not None and not seen.role.is_admin
    if not as_asked or wish.rotate or drift(asked, (seen.role and seen.role.permissions) or {}):
        roles.refuse_unknown(session, asked)
        users.ensure_ours(session, found.ours, wish.client_name)
        for row in family:
            roles.ensure_ours(session, row, found)
    return seen


def _made(
    session: AdminSession, wish: Wish, calls: Calls, plan: ClientPlan, outcome: Outcome
) -> Outcome:
    """Make the client that is planned; where a run on another machine was first, take its."""
    name = plan.make or wish.client_name
    try:
        if plan.scoped is not None:
            client = scoped_client.make(session, wish, plan.scoped, calls)
        else:
            client = _made_by_the_admin(session, wish, name)
    except scoped_client.OvertakenError:
        return replace(outcome, client=_theirs(session, wish, calls), adopted=True)
    return replace(outcome, client=client, adopted=False)


def _theirs(session: AdminSession, wish: Wish, calls: Calls) -> OAuth2Client:
    if wish.rotate:
        raise CredentialsError(
            f"rotate the OAuth2 client {wish.client_name} of {wish.base_url}",
            expected="no other run at work on it",
            seen="one that is making a client",
            hint="Run again when it is done; nothing was replaced by this run.",
        )
    with session.step("Wait for the client that a run on another machine is making"):
        return rivals.wait_for_theirs(session, wish, calls)


def _made_by_the_admin(session: AdminSession, wish: Wish, name: str) -> OAuth2Client:
    with session.step(f"Create the OAuth2 client {name}"):
        client_id = clients.create(session, name, wish.redirect_uri)
    with session.step("Read its id and secret back from the list"):
        client, earlier = clients.made(session, name, client_id)
        if earlier:
            clients.delete(session, client)
            raise scoped_client.OvertakenError(name)
    return client


def _with_plan(outcome: Outcome, plan: ClientPlan) -> Outcome:
    return replace(
        outcome,
        changes=(*outcome.changes, *plan.changes),
        warnings=plan.warnings,
        unfinished=plan.unfinished,
        replaces=plan.replaces,
        client=None if plan.make else outcome.client,
    )


def _apply(
    session: AdminSession, wish: Wish, calls: Calls, plan: ClientPlan, outcome: Outcome
) -> Outcome:
    """Do what is planned about the client, and prove its rights before it is handed on."""
    outcome = _with_plan(outcome, plan)
    if plan.others_at_work:
        return replace(outcome, client=_theirs(session, wish, calls), adopted=True)
    if plan.make is not None:
        return _made(session, wish, calls, plan, outcome)
    if plan.rights is not None:
        role, permissions = plan.rights.role, plan.rights.permissions
        with session.step(f"Give the role {role.name} the rights asked for, and read them back"):
            roles.give(session, role, role.name, permissions)
    if plan.shut_out is not None:
        with session.step(f"Keep the user {plan.shut_out.username} from logging in"):
            users.ensure_ours(session, plan.shut_out, wish.client_name)
            users.settle(session, plan.shut_out, wish.client_name, role=None)
    if outcome.client is not None and wish.permissions is not None and not plan.warnings:
        with session.step("Prove its rights by real calls"):
            calls.prove(outcome.client, wish.permissions)
    return outcome
