"""What the admin UI is to bring about, from the variables and from what the application has already."""

from collections.abc import Mapping

from pydantic import SecretStr

from mautic_bootstrap.admin.model import Login, Wish
from mautic_bootstrap.api.credentials import (
    BasicCredentials,
    Credentials,
    OAuth2Credentials,
    StaticToken,
    from_env_values,
)
from mautic_bootstrap.errors import BootstrapError, SecretLostError
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.run import Run


def wish_of(run: Run) -> Wish:
    """Return what the admin UI is to bring about, by the variables and by what the application has.

    Raises:
        SecretLostError: The admin password is not known.
    """
    variables = run.variables
    password = run.admin_password()
    if password is None:
        raise SecretLostError(
            f"log in to {variables.mautic_url} as {variables.mautic_admin_username}",
            expected=f"the password in mautic_admin_password or in {run.secrets.path}",
            seen="neither, although Mautic is installed already",
            hint="Set mautic_admin_password, or restore the file admin_password from a backup; a forgotten one"
            " can be reset in Mautic by e-mail or by another admin.",
        )
    login = _login(run)
    in_use, secret = _in_use(run, login)
    return Wish(
        base_url=variables.mautic_url,
        username=variables.mautic_admin_username,
        password=SecretStr(password),
        basic_auth=variables.wants_basic_auth,
        client_name=variables.mautic_client_name,
        redirect_uri=variables.mautic_client_redirect_uri,
        login=login,
        permissions=variables.asked_permissions,
        in_use=in_use,
        in_use_secret=secret,
        rotate="client" in variables.mautic_rotate,
        ca_bundle=variables.mautic_ca_bundle,
        evidence_dir=run.evidence_dir,
        trace=variables.mautic_browser_trace,
    )


def _login(run: Run) -> Login:
    """Return as whom the application is to authenticate."""
    if run.variables.app_env_auth != "basic":
        return "client"
    return "admin" if run.variables.asked_permissions is None else "user"


def _in_use(run: Run, login: Login) -> tuple[str | None, SecretStr | None]:
    """Return the client's id and secret, or the name of a user who can log in, that the application has here."""
    values = run.sink.read()
    if values.get("MAUTIC_API_URL") != run.variables.mautic_url:
        return None, None
    credentials = from_env_values(values)
    if login == "client":
        return _client_of(run, values, credentials)
    if not isinstance(credentials, BasicCredentials):
        return None, None
    try:
        with run.api_client(credentials) as api:
            api.users.self()
    except BootstrapError:
        return None, None
    return credentials.username, None


def _client_of(
    run: Run, values: Mapping[str, str], credentials: Credentials | None
) -> tuple[str | None, SecretStr | None]:
    """Return the client the application has, or of which it has a token."""
    if isinstance(credentials, OAuth2Credentials):
        return credentials.client_id, credentials.client_secret
    kept = KeptClient.load(run.secrets)
    if isinstance(credentials, StaticToken) and kept and kept.has_made(credentials.token):
        return kept.client_id, SecretStr(kept.secret)
    return values.get("MAUTIC_CLIENT_ID"), None
