"""Where an application's settings come from: the environment, which wins, and a `.env` file.

A secret may also stand in a file of its own, named by the secret's variable with `_FILE` behind it.
"""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr

from mautic_bootstrap.env.document import EnvDocument
from mautic_bootstrap.env.location import read_bytes, target_of
from mautic_bootstrap.env.secret_file import secret_in
from mautic_bootstrap.errors import EnvFileError
from mautic_bootstrap.settings_problems import PREFIX, misspelt, shown, variable

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


IN_FILES = ("client_secret", "api_token", "password", "token_cache_key")
"""The fields whose value may stand in a file of its own, as Docker and Kubernetes mount secrets."""

_FILE = "_file"
_STAND_INS = dict.fromkeys(("client_secret", "api_token", "password"), "unreadable")


@dataclass(frozen=True)
class Given:
    """What the environment and the file say."""

    values: dict[str, Any]
    """Field to value, for each variable that holds something."""

    sources: dict[str, Source]
    """Where each of those comes from, or the name of its file."""

    files: dict[str, Path]
    """The file that a field's value was read from, for those that have one."""

    problems: list[str]
    """What in the file cannot be meant as it stands, one line each; no secret is in them."""


def read(
    fields: Collection[str],
    env_file: str | os.PathLike[str] | None,
    environ: Mapping[str, str] | None = None,
) -> Given:
    """Read the variables of the settings.

    A variable of the environment hides the file's, also where it is empty: that unsets it. A secret and the
    name of its file are one in this: what the environment says of either hides both of the file. Names that
    are not ours are left alone, but one in the file that resembles ours is a problem.

    Args:
        fields: The settings' field names.
        env_file: The file, read as python-dotenv does without interpolation; one that does not exist, or
            None, is fine.
        environ: In place of the process's environment.

    Raises:
        EnvFileError: The file cannot be read, or is not UTF-8.
    """
    spellings = [*fields, *(field + _FILE for field in IN_FILES if field in fields)]
    found, problems = ({}, []) if env_file is None else _in_file(spellings, Path(env_file))
    environment = os.environ if environ is None else environ
    said = {
        name: environment[variable(name)] for name in spellings if variable(name) in environment
    }
    given = Given({}, {}, {}, problems)
    for field in fields:
        both = {field, field + _FILE} if field in IN_FILES else {field}
        source: Source = "environment" if both & said.keys() else "file"
        texts = said if source == "environment" else found
        value, named = texts.get(field, ""), texts.get(field + _FILE, "") if len(both) > 1 else ""
        if value and named:
            problems.append(
                f"{variable(field)} and {variable(field + _FILE)} are both set; keep one of them"
            )
        elif named:
            given.files[field] = Path(named)
            # That one problem is enough: something stands in for the secret, and is never used.
            value = _in_file_of_its_own(field, named, problems) or _STAND_INS.get(field, "")
        if value:
            given.values[field], given.sources[field] = _hidden(field, value), source
    return given


def _in_file_of_its_own(field: str, named: str, problems: list[str]) -> str:
    """Return the secret in a file; an empty text where there is none, and among the problems why not."""
    try:
        path = Path(named).expanduser()
        # Relative to whatever folder a process was started in, it would be another file for each.
        text = secret_in(path) if path.is_absolute() else None
        wrong = "where no file is" if path.is_absolute() else "which is no absolute path"
    except RuntimeError:
        text, wrong = None, "of a user without home"
    except EnvFileError as exc:
        text, wrong = None, f"which cannot be read: {exc.seen}"
    if text is not None:
        if text and not set(text) & set("\0\r\n"):
            return text
        wrong = "which is empty or holds a line break or NUL"
    problems.append(f"{variable(field + _FILE)} names {shown(named)}, {wrong}")
    return ""


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
