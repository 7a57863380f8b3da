"""How a client logs in: what settings say of it, and what carries it out."""

from pathlib import Path
from typing import TYPE_CHECKING

from mautic_bootstrap.api.authentication import Authenticator, Fixed
from mautic_bootstrap.api.credentials import BasicCredentials, OAuth2Credentials
from mautic_bootstrap.api.reloading import Login, Reload, Reloading
from mautic_bootstrap.api.token_cache import TokenCache
from mautic_bootstrap.api.tokens import NoStore, Store, TokenEngine
from mautic_bootstrap.errors import SettingsError

if TYPE_CHECKING:
    from mautic_bootstrap.api.pipeline import Pipeline
    from mautic_bootstrap.settings import MauticSettings


def authenticator_of(pipeline: "Pipeline", login: Login, reload: Reload | None) -> Authenticator:
    """Return what logs in as told, and as told by `reload` where that is refused.

    Raises:
        AuthenticationError: A static token that cannot be one.
    """

    def make(login: Login) -> Authenticator:
        if isinstance(login.credentials, OAuth2Credentials):
            return TokenEngine(pipeline, login.credentials, login.token_store or NoStore())
        if isinstance(login.credentials, BasicCredentials):
            return Fixed.basic(login.credentials, pipeline.redactor)
        return Fixed.token(login.credentials, pipeline.base_url, pipeline.redactor)

    return make(login) if reload is None else Reloading(login, make, reload)


def login_of(settings: "MauticSettings") -> Login:
    """Return the credentials of settings, and where their tokens are kept."""
    credentials = settings.credentials
    if isinstance(credentials, OAuth2Credentials):
        return Login(credentials, _token_cache(settings, credentials))
    return Login(credentials, None)


def reload_from(env_file: str | Path | None, base_url: str) -> Reload:
    """Return what reads the login of a Mautic again, from the environment and a `.env` file."""

    def read_again() -> Login | None:
        from mautic_bootstrap.settings import MauticSettings  # noqa: PLC0415  # takes 0.2 s

        try:
            settings = MauticSettings.from_env(env_file)
        except SettingsError:
            return None
        return login_of(settings) if settings.api_url == base_url else None

    def stamp() -> object:
        try:
            status = Path(env_file).stat() if env_file is not None else None
        except OSError:
            return None
        return status and (status.st_ino, status.st_mtime_ns, status.st_size)

    return Reload(read_again, stamp)


def _token_cache(settings: "MauticSettings", credentials: OAuth2Credentials) -> Store | None:
    if not isinstance(settings.token_cache, Path):
        return None  # off, or no place for it
    return TokenCache(
        settings.token_cache,
        base_url=settings.api_url,
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        keys=settings.token_cache_key,
    )
