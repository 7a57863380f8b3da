"""The settings of the health endpoint: the API client's, and a token of its own."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, ValidationError

from mautic_bootstrap import settings_sources
from mautic_bootstrap.api.connection import is_bearer_token
from mautic_bootstrap.errors import EnvFileError, SettingsError
from mautic_bootstrap.settings import MauticSettings
from mautic_bootstrap.settings_problems import Allowed, field_problems

_SHORTEST_TOKEN = 16
_TOKEN = f"at least {_SHORTEST_TOKEN} letters, digits or -._~+/"


def _not_guessable(token: SecretStr) -> SecretStr:
    text = token.get_secret_value()
    if len(text) < _SHORTEST_TOKEN or not is_bearer_token(text):
        raise ValueError(f"is not valid; it needs {_TOKEN}")
    return token


class _Own(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    health_token: Annotated[SecretStr, AfterValidator(_not_guessable), Allowed(_TOKEN)] | None = (
        None
    )


@dataclass(frozen=True)
class HealthSettings:
    """What the health endpoint has to know."""

    mautic: MauticSettings
    token: SecretStr | None
    """`MAUTIC_HEALTH_TOKEN`: whoever sends it may ask from other machines, too; None: nobody may."""

    @classmethod
    def from_env(cls, env_file: Path | None = None) -> Self:
        """Read the environment and a `.env` file; the environment wins.

        Args:
            env_file: A file that has to exist; None: `.env`, where there is one.

        Raises:
            SettingsError: With every problem at once.
            EnvFileError: The file is not there, or cannot be read.
        """
        path = env_file or Path(".env")
        if env_file is not None and not os.path.lexists(env_file):
            raise EnvFileError(
                f"read {env_file}",
                expected="a file",
                seen="nothing",
                hint="Name the .env file of the application.",
            )
        problems: list[str] = []
        try:
            mautic = MauticSettings.from_env(path)
        except SettingsError as exc:
            problems += exc.problems
        own, own_problems = _own(path)
        problems += own_problems
        if problems:
            # What reads the file twice finds its problems twice.
            raise SettingsError(list(dict.fromkeys(problems)))
        return cls(mautic, own.health_token)


def _own(path: Path) -> tuple[_Own, list[str]]:
    """Return what stands there beside the client's settings, and what is wrong with it."""
    given = settings_sources.read(
        (*MauticSettings.model_fields, *_Own.model_fields), path, os.environ
    )
    token = given.values.get("health_token")
    try:
        return _Own(health_token=token), given.problems
    except ValidationError as exc:
        return _Own(), [*given.problems, *field_problems(exc, _Own)]
