"""What an application tells the API client: by environment variables, a `.env` file, or keywords."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from mautic_bootstrap import __version__, settings_sources
from mautic_bootstrap import settings_types as types
from mautic_bootstrap.api.credentials import (
    BasicCredentials,
    Credentials,
    OAuth2Credentials,
    StaticToken,
)
from mautic_bootstrap.errors import SettingsError
from mautic_bootstrap.settings_problems import (
    PREFIX,
    authentication_problems,
    field_problems,
    variable,
)
from mautic_bootstrap.urls import is_loopback

DEFAULT_USER_AGENT = f"mautic-bootstrap/{__version__}"


class MauticSettings(BaseSettings):
    """The settings of the API client; a field is set by the variable of its name in capitals, with the prefix.

    Made by keywords it reads neither the environment nor a file: what a program says never mixes with what
    the machine says. `from_env` reads those.

    Raises:
        SettingsError: With every problem at once, one line each; no secret is in them.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_default=False,
    )

    api_url: types.BaseUrl = Field(description="Base URL of the Mautic, without /api.")
    client_id: types.ClientId = Field(
        default=None, description="Public key of an OAuth2 client, which renews its tokens itself."
    )
    client_secret: types.Secret = Field(
        default=None, description="Secret key of the OAuth2 client."
    )
    api_token: types.BearerToken = Field(
        default=None, description="Bearer token, in place of a client; nothing renews it."
    )
    username: types.Username = Field(
        default=None, description="Mautic user, in place of a client; needs HTTP basic auth."
    )
    password: types.Secret = Field(default=None, description="Password of the Mautic user.")
    environment: types.Environment = Field(
        default="production",
        validate_default=True,
        description="production: http:// to this machine only; development: to any.",
    )
    timeout_seconds: types.Seconds = Field(
        default=10.0, description="Seconds to wait for a connection, and for each sign of life."
    )
    rate_limit_per_hour: types.Calls = Field(
        default=100, description="API calls in any hour; 0 is no limit."
    )
    rate_limit_store: types.LimitStore = Field(
        default=None,
        validate_default=True,
        description="File the calls are counted in, or redis://host:6379/0 for many machines.",
    )
    rate_limit_reserve: types.Calls = Field(
        default=10,
        validate_default=True,
        description="Calls of the limit that background work leaves for interactive use.",
    )
    user_agent: types.UserAgent = Field(
        default=DEFAULT_USER_AGENT,
        description="Name of the application, sent with every call; else mautic-bootstrap and its version.",
    )
    ca_bundle: types.Certificates = Field(
        default=None, description="PEM file of a private certificate authority."
    )
    token_cache: types.TokenFolder = Field(
        default_factory=types.default_token_folder,
        description="Folder of the encrypted OAuth2 tokens, or off.",
    )
    token_cache_key: types.FernetKeys = Field(
        default=(),
        description="Fernet keys of that folder, newest first, comma between; else the client secret.",
    )
    health_calls_per_hour: types.HealthCalls = Field(
        default=4, description="API calls an hour that health checks may spend."
    )

    @classmethod
    def from_env(
        cls,
        env_file: str | os.PathLike[str] | None = ".env",
        environ: Mapping[str, str] | None = None,
    ) -> Self:
        """Read the settings from the environment and from a `.env` file; the environment wins.

        A variable that is empty is not set; an empty one in the environment unsets the file's.

        Args:
            env_file: Read as python-dotenv does without interpolation; fine if it does not exist.
            environ: In place of the process's environment.

        Raises:
            SettingsError: With every problem at once, also names in the file that are nearly ours.
            EnvFileError: The file cannot be read, or is not UTF-8.
        """
        given = settings_sources.read(cls.model_fields, env_file, environ)
        problems = given.problems
        try:
            settings = cls(**types.state_defaults(environ) | given.values)
        except SettingsError as exc:
            problems = problems + exc.problems
        if problems:
            raise SettingsError(problems)
        return settings

    @property
    def credentials(self) -> Credentials:
        """How to authenticate, as the variables that are set say."""
        if self.client_id is not None and self.client_secret is not None:
            return OAuth2Credentials(self.client_id, self.client_secret)
        if self.username is not None and self.password is not None:
            return BasicCredentials(self.username, self.password)
        if self.api_token is not None:
            return StaticToken(self.api_token)
        raise AssertionError("validation lets exactly one way to authenticate pass")

    if not TYPE_CHECKING:  # to type checkers, fields are what they are without it

        def __setattr__(self, name: str, value: object) -> None:
            """Refuse to change anything; pydantic's own refusal would show the value."""
            raise AttributeError(f"{name} cannot be set: settings do not change")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take keywords alone: pydantic's own `.env` source interpolates, and knows no custom environment."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @model_validator(mode="wrap")
    @classmethod
    def _all_problems_at_once(cls, values: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(values, dict):
            return handler(values)
        given = {name: value for name, value in values.items() if not cls._is_blank(name, value)}
        problems = authentication_problems(given)
        try:
            settings = handler(given)
        except ValidationError as exc:
            problems = field_problems(exc, cls) + problems
        if problems:
            # Raised out here, where no original error carries what was typed.
            raise SettingsError(problems)
        return settings

    @field_validator("environment")
    @classmethod
    def _clear_text_stays_on_this_machine(cls, environment: str, info: ValidationInfo) -> str:
        url = info.data.get("api_url", "")
        if environment == "production" and url.startswith("http://") and not is_loopback(url):
            raise ValueError(
                f"is production, where http:// is for this machine alone, but {variable('api_url')} is {url};"
                f" use https://, or set {variable('environment')}=development"
            )
        return environment

    @field_validator("rate_limit_reserve")
    @classmethod
    def _reserve_leaves_something(cls, reserve: int, info: ValidationInfo) -> int:
        limit = info.data.get("rate_limit_per_hour", 0)
        if limit and reserve >= limit:
            raise ValueError(
                f"is {reserve}; it has to be below {variable('rate_limit_per_hour')}, which is {limit}"
            )
        return reserve

    @classmethod
    def _is_blank(cls, name: str, value: object) -> bool:
        """Say whether a value means "not set": an empty text, or None where that is the default."""
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        field = cls.model_fields.get(name)
        return plain == "" or (plain is None and field is not None and field.default is None)
