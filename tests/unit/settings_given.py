"""Settings for tests, told by the environment alone unless a file is named."""

import os
from pathlib import Path

import pytest

from mautic_bootstrap.errors import SettingsError
from mautic_bootstrap.settings import MauticSettings

SECRET = "canary-client-secret"
CLIENT = {"MAUTIC_CLIENT_ID": "1_public", "MAUTIC_CLIENT_SECRET": SECRET}
GOOD = {"MAUTIC_API_URL": "https://mautic.example.com", **CLIENT}


def settings(
    environ: dict[str, str], env_file: str | os.PathLike[str] | None = None
) -> MauticSettings:
    """Return the settings of an environment and a file."""
    return MauticSettings.from_env(env_file, environ={"HOME": "/home/ada"} | environ)


def problems(environ: dict[str, str], env_file: Path | None = None) -> list[str]:
    """Return the problems that an environment and a file have."""
    with pytest.raises(SettingsError) as caught:
        settings(environ, env_file)
    assert str(caught.value) == "\n".join([*caught.value.problems, "Nothing was touched."])
    assert not any("\n" in problem for problem in caught.value.problems)
    return caught.value.problems
