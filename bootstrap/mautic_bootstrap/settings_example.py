"""A commented `.env.example`, made from the settings themselves."""

from mautic_bootstrap.settings import MauticSettings
from mautic_bootstrap.settings_problems import variable
from mautic_bootstrap.settings_sources import IN_FILES
from mautic_bootstrap.settings_types import LIMITS, TOKENS

_HEAD = """\
# The settings of mautic-bootstrap's API client: copy them to .env, which no version control should see.
# Variables of the environment win over it. Lines that are commented out show the defaults.
# A *_FILE names a file with the secret in it, in place of the secret.
"""
# What everybody has to fill in; whatever else is there is commented out.
_NEEDED = {"api_url": "https://mautic.example.com", "client_id": "", "client_secret": ""}
# Defaults that depend on the machine or the version.
_PORTABLE = {
    "rate_limit_store": f"~/.local/state/mautic-bootstrap/{LIMITS}",
    "token_cache": f"~/.local/state/mautic-bootstrap/{TOKENS}",
    "user_agent": "",
}


def example() -> str:
    """Return the text of a `.env.example`: every variable with its default and meaning, in order."""
    return _HEAD + "".join(
        f"\n# {field.description}\n{_line(name, field.default)}\n{_file_line(name)}"
        for name, field in MauticSettings.model_fields.items()
    )


def _file_line(field: str) -> str:
    return f"# {variable(field)}_FILE=\n" if field in IN_FILES else ""


def _line(field: str, default: object) -> str:
    if field in _NEEDED:
        return f"{variable(field)}={_NEEDED[field]}"
    if field in _PORTABLE:
        value = _PORTABLE[field]
    elif isinstance(default, float):
        value = f"{default:g}"
    else:
        value = "" if default in (None, ()) else str(default)
    return f"# {variable(field)}={value}"
