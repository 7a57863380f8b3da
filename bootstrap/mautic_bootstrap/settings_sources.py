"""Where an application's settings come from: the environment, which wins, and a `.env` file."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr

from mautic_bootstrap.env.document import EnvDocument
from mautic_bootstrap.env.location import read_bytes, target_of
from mautic_bootstrap.errors import EnvFileError
from mautic_bootstrap.settings_problems import PREFIX, misspelt, variable

Source = Literal["environment", "file"]

# Hidden from here on, so that no traceback that shows local variables shows them; people write passwords into
# URLs, and behind user names, too.
_HIDDEN = frozenset(
    {
        "api_url",
        "client_secret",
        "username",
        "password",
        "api_token",
        "rate_limit_store",
        "token_cache_key",
    }
)


@dataclass(frozen=True)
class Given:
    """What the environment and the file say."""

    values: dict[str, Any]
    """Field to value, for each variable that holds something."""

    sources: dict[str, Source]
    """Where each of those comes from."""

    problems: list[str]
    """What in the file cannot be meant as it stands, one line each; no secret is in them."""


def read(
    fields: Collection[str],
    env_file: str | os.PathLike[str] | None,
    environ: Mapping[str, str] | None = None,
) -> Given:
    """Read the variables of the settings.

    A variable of the environment hides the file's, also where it is empty: that unsets it. Names that are
    not ours are left alone, but one in the file that resembles ours is a problem.

    Args:
        fields: The settings' field names.
        env_file: The file, read as python-dotenv does without interpolation; one that does not exist, or
            None, is fine.
        environ: In place of the process's environment.

    Raises:
        EnvFileError: The file cannot be read, or is not UTF-8.
    """
    found, problems = ({}, []) if env_file is None else _in_file(fields, Path(env_file))
    said = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    for field in fields:
        name = variable(field)
        source: Source = "environment" if name in said else "file"
        value = said.get(name, found.get(field, ""))
        if value:
            values[field], sources[field] = _hidden(field, value), source
    return Given(values, sources, problems)


def _in_file(fields: Collection[str], path: Path) -> tuple[dict[str, str], list[str]]:
    ours = {variable(field): field for field in fields}
    values: dict[str, str] = {}
    problems = []
    for entry in _document(path).entries:
        if entry.name in ours and entry.value is not None:
            values[ours[entry.name]] = entry.value
        elif not entry.readable and PREFIX in entry.text:
            problems.append(
                f"line {entry.line} of {path} cannot be read: a quote is not closed, or something"
                " stands behind a closing one"
            )
        elif entry.name and entry.name not in ours and (meant := misspelt(entry.name, fields)):
            problems.append(f"{entry.name} on line {entry.line} of {path}: did you mean {meant}?")
    return values, problems


def _document(path: Path) -> EnvDocument:
    attempted = f"read {path}"
    try:
        return EnvDocument.parse(
            (read_bytes(target_of(path, attempted), attempted) or b"").decode()
        )
    except UnicodeDecodeError as exc:
        seen = f"something else from byte {exc.start} on"
    # Raised out here, where no original error carries the file's bytes.
    raise EnvFileError(attempted, expected="UTF-8 text", seen=seen, hint=f"Save {path} as UTF-8.")


def _hidden(field: str, value: str) -> str | SecretStr:
    return SecretStr(value) if field in _HIDDEN else value
