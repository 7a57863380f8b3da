"""The login page."""

from mautic_bootstrap.admin.recognition import LOGIN_FORM
from mautic_bootstrap.admin.session import AdminSession

# Source: as of `LOGIN_FORM`.
_USERNAME = "#username"
_PASSWORD = "#password"  # noqa: S105  # CSS, no secret
_SUBMIT = f'{LOGIN_FORM} button[type="submit"]'
# What is served at `/s/login` after a correct but weak password (5.1 and later): the form that sends a
# reset link. Source: `UserBundle/Controller/SecurityController.php` (WeakPasswordException),
# `Form/Type/PasswordResetType.php` (its only field), `Resources/views/Security/reset.html.twig`;
# live 5.1.0, 7.0.0.
_RESET_IDENTIFIER = "#passwordreset_identifier"


class LoginPage:
    """Mautic's own login form."""

    PATH = "/s/login"

    def __init__(self, session: AdminSession) -> None:
        self._session = session

    @property
    def is_shown(self) -> bool:
        """Whether the page is the login form."""
        return self._session.has(LOGIN_FORM) and self._session.has(_PASSWORD)

    @property
    def asks_for_reset(self) -> bool:
        """Whether Mautic wants a stronger password before it lets this user in."""
        return self._session.has(_RESET_IDENTIFIER)

    def log_in(self, username: str, password: str) -> None:
        """Fill in the form and send it, once."""
        page = self._session.page
        page.locator(_USERNAME).fill(username)
        page.locator(_PASSWORD).fill(password)
        self._session.submit(_SUBMIT)
