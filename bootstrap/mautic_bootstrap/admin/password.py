"""Changing the admin's own password, and finding out which of two is the one."""

from pydantic import SecretStr

from mautic_bootstrap.admin import access
from mautic_bootstrap.admin.model import Wish
from mautic_bootstrap.admin.pages.account import AccountPage
from mautic_bootstrap.errors import LoginRejectedError, SaveNotConfirmedError
from mautic_bootstrap.progress import Progress
from mautic_bootstrap.redaction import Redactor


def change(wish: Wish, new: SecretStr, *, redactor: Redactor, progress: Progress) -> None:
    """Change the admin's password and log in with the new one.

    Raises:
        SaveNotConfirmedError: Mautic did not take it.
        LoginRejectedError: It does not take the old one, or took the new one and refuses it.
        BootstrapError: Another page than expected, or none.
    """
    redactor.add(new.get_secret_value())
    with access.opened(wish, redactor=redactor, progress=progress) as session:
        with session.step(f"Log in as {wish.username}"):
            access.log_in(session, wish.username, wish.password, AccountPage.PATH)
        with session.step("Change the password"):
            page = AccountPage(session)
            page.open()
            if not page.change_password(new.get_secret_value()):
                raise SaveNotConfirmedError(
                    session.attempted,
                    expected="Mautic to take the new password",
                    seen=f"the form again: {session.quoted_messages()}",
                    hint="The old one is still the one. Look at the page /s/account as the admin.",
                )
        with session.step("Log in with the new password"), session.as_somebody_else():
            access.log_in(session, wish.username, new, AccountPage.PATH)


def works(wish: Wish, password: SecretStr, *, redactor: Redactor, progress: Progress) -> bool:
    """Say whether the admin can log in with a password; it is tried once.

    Raises:
        BootstrapError: Mautic neither took nor refused it.
    """
    try:
        log_in(wish, password, redactor=redactor, progress=progress)
    except LoginRejectedError:
        return False
    return True


def log_in(wish: Wish, password: SecretStr, *, redactor: Redactor, progress: Progress) -> None:
    """Return if the admin can log in with a password; it is tried once.

    Raises:
        LoginRejectedError: Mautic refuses it.
        BootstrapError: Mautic neither took nor refused it.
    """
    redactor.add(password.get_secret_value())
    with (
        access.opened(wish, redactor=redactor, progress=progress) as session,
        session.step(f"Find out which password {wish.username} has"),
    ):
        access.log_in(session, wish.username, password, AccountPage.PATH)
