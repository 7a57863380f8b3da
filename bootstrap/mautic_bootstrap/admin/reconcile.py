"""Bringing a Mautic's API access to what is wished for: observe, plan, apply, verify, in one browser start."""

from dataclasses import replace

from mautic_bootstrap.admin import access, clients, manual_guide, switches
from mautic_bootstrap.admin.browser import open_browser
from mautic_bootstrap.admin.model import Change, OAuth2Client, Outcome, Wish
from mautic_bootstrap.admin.pages.configuration import ConfigurationPage
from mautic_bootstrap.admin.pages.credentials import CredentialsPages
from mautic_bootstrap.admin.plan import Observed, Plan, make_plan
from mautic_bootstrap.admin.session import AdminSession
from mautic_bootstrap.errors import BrowserMissingError, SecretUnreadableError
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor

__all__ = ["Change", "OAuth2Client", "Outcome", "Wish", "reconcile"]


def reconcile(wish: Wish, *, check: bool, redactor: Redactor, progress: Progress) -> Outcome:
    """Bring Mautic's API access to what is wished for, through its admin UI.

    Args:
        wish: What it should look like afterwards.
        check: Only look: GETs and the login POST, nothing is changed.
        redactor: Learns the password and every secret seen; masks them in errors.
        progress: Told of every step as it happens.

    Raises:
        BrowserMissingError: No Chromium; its `guide` says how to do the same by hand.
        UnreachableError, NotInstalledError: There is no admin UI at the base URL.
        LoginRejectedError: Mautic refused the login; it is never tried twice.
        AmbiguousClientError: Several clients carry the name; nothing was changed.
        SaveNotConfirmedError: The switches cannot be saved, or were and do not read back.
        CredentialsError: The client cannot be made or read.
        UiError: Another page than expected, or an error page.

    Side effects:
        Changes what `Outcome.changes` and `also_changed` list. Writes a masked screenshot to
        `evidence_dir` where the admin UI is in the way.
    """
    redactor.add(wish.password.get_secret_value())
    try:
        with open_browser(
            wish.base_url,
            ca_bundle=wish.ca_bundle,
            redactor=redactor,
            evidence_dir=wish.evidence_dir,
            progress=progress,
        ) as session:
            observed = _observe(session, wish)
            plan = make_plan(wish, observed)
            outcome = Outcome(
                mautic_version=session.mautic_version,
                changes=plan.changes,
                adopted=observed.client is not None,
                client=observed.client,
                also_changed=(),
            )
            if plan.switches is not None:
                switches.refuse_unwritable(session, ConfigurationPage(session))
            return outcome if check else _apply(session, wish, plan, outcome)
    except BrowserMissingError as exc:
        exc.guide = manual_guide.render(
            base_url=wish.base_url,
            client_name=wish.client_name,
            redirect_uri=wish.redirect_uri,
            basic_auth=wish.basic_auth,
        )
        raise


def _observe(session: AdminSession, wish: Wish) -> Observed:
    """Log in and look at the client and the switches; ends on the configuration page.

    The client comes first, so that the configuration page, once open, can be saved without another load.
    """
    client = None
    with session.step(f"Log in as {wish.username}"):
        wanted = ConfigurationPage.PATH if wish.client_name is None else CredentialsPages.PATH
        access.log_in(session, wish, wanted)
    if wish.client_name is not None:
        with session.step(f"Look for the OAuth2 client {wish.client_name}"):
            client = clients.find(session, wish.client_name)
    with session.step("Read the API settings"):
        page = ConfigurationPage(session)
        page.open()
        return Observed(page.switches(), client)


def _apply(session: AdminSession, wish: Wish, plan: Plan, outcome: Outcome) -> Outcome:
    """Do what is planned, step by step; the configuration page is open."""
    if plan.switches is not None:
        with session.step("Save the API settings and read them back"):
            also = switches.save(session, ConfigurationPage(session), plan.switches)
            outcome = replace(outcome, also_changed=also)
    if plan.create_client is not None:
        with session.step(f"Create the OAuth2 client {plan.create_client}"):
            clients.create(session, plan.create_client, wish.redirect_uri)
        with session.step("Read its id and secret back from the list"):
            outcome = replace(outcome, client=_made(session, plan.create_client))
    return outcome


def _made(session: AdminSession, name: str) -> OAuth2Client:
    client = clients.find(session, name)
    if client is None:
        raise SecretUnreadableError(
            session.attempted,
            expected=f"the OAuth2 client {name} that was just made",
            seen="a list without it",
            hint="Run again: a client that is there by then is adopted.",
        )
    return client
