"""The page on which a user changes their own account."""

from mautic_bootstrap.admin.session import AdminSession

# Source: `UserBundle/Controller/ProfileController.php`, `Form/Type/UserType.php` (`in_profile`); live 5.1.0, 7.0.0:
# 302 to itself once saved, and the session lives on.
_PASSWORDS = ("#user_plainPassword_password", "#user_plainPassword_confirm")
_SAVE = "#user_buttons_save"


class AccountPage:
    """The logged-in user's own account."""

    PATH = "/s/account"

    def __init__(self, session: AdminSession) -> None:
        self._session = session

    def open(self) -> None:
        """Go to the page, unless Mautic has just sent us there.

        Raises:
            UnexpectedPageError: Something else came.
        """
        if not self._session.was_sent_to(self.PATH):
            self._session.open(self.PATH)
        if not self._session.has(_PASSWORDS[0]):
            raise self._session.unexpected("the page of one's own account")

    def change_password(self, password: str) -> bool:
        """Fill in a new password and save; return whether Mautic took it."""
        for field in _PASSWORDS:
            self._session.page.locator(field).fill(password)
        self._session.submit(_SAVE)
        return self._session.was_redirected
