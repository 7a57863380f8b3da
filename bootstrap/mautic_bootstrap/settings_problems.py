"""What is wrong with the settings, one line each: the variable, what was seen, what is allowed."""

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, SecretStr, ValidationError

PREFIX = "MAUTIC_"

Authentication = Literal["oauth2", "basic", "token"]

WAYS: dict[Authentication, tuple[str, ...]] = {
    "oauth2": ("client_id", "client_secret"),
    "basic": ("username", "password"),
    "token": ("api_token",),
}
"""What has to be set for each way to authenticate."""

_LONGEST_SHOWN = 80
# Names of Mautic's own image; its database password would pass for a slip of ours.
_FOREIGN = (f"{PREFIX}DB_",)
# Catches a letter too few, too many or swapped, and a forgotten underscore, but not API_KEY for API_TOKEN.
_ALIKE = 0.8


@dataclass(frozen=True)
class Allowed:
    """What a variable may hold, as it stands behind "it needs" in a problem's line."""

    text: str


def variable(field: str) -> str:
    """Return the variable that sets a field of the settings."""
    return PREFIX + field.upper()


def field_problems(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return pydantic's report as sentences that begin with the variable's name; no secret is in them."""
    problems: dict[str, None] = {}
    for item in error.errors(include_url=False, include_context=False):
        name = str(item["loc"][0]) if item["loc"] else ""
        if item["type"] == "extra_forbidden":
            line = f"{name} is no setting{_suggestion(name, model.model_fields)}"
        elif item["type"] == "value_error":
            line = f"{variable(name)} {item['msg'].removeprefix('Value error, ')}"
        elif item["type"] == "missing":
            line = f"{variable(name)} is not set; it needs {allowed(model, name)}"
        else:
            line = f"{variable(name)} {_seen(model, name, item['input'])}; it needs {allowed(model, name)}"
        problems[line] = None
    return list(problems)


def authentication_problems(given: Collection[str]) -> list[str]:
    """Return why it is not clear how to authenticate; nothing where exactly one way is set, and that whole.

    Args:
        given: The fields that hold something.
    """
    problems = []
    for fields in WAYS.values():
        there = [variable(field) for field in fields if field in given]
        missing = [variable(field) for field in fields if field not in given]
        if there and missing:
            problems.append(
                f"{_all(missing)} is not set, but {_all(there)} is; set both or neither"
            )
    whole = [fields for fields in WAYS.values() if all(field in given for field in fields)]
    if len(whole) > 1:
        names = [variable(field) for fields in whole for field in fields]
        problems.append(
            f"{_all(names)} are {len(whole)} ways to authenticate at once; keep {_either(whole)}"
        )
    if not whole and not problems:
        problems.append(f"no way to authenticate is set; it needs {_either(WAYS.values())}")
    return problems


def misspelt(name: str, fields: Iterable[str]) -> str | None:
    """Return the variable of ours that an unknown one was probably meant to be, None if it is just foreign."""
    upper = name.upper()
    if not upper.startswith(PREFIX) or upper.startswith(_FOREIGN):
        return None
    # Without the prefix, which all have in common and which would make any two of them look alike.
    rest = upper.removeprefix(PREFIX)
    close = difflib.get_close_matches(rest, [field.upper() for field in fields], 1, _ALIKE)
    return PREFIX + close[0] if close else None


def allowed(model: type[BaseModel], field: str) -> str:
    """Return what a field's variable may hold, in words."""
    metadata = model.model_fields[field].metadata
    return next(item.text for item in metadata if isinstance(item, Allowed))


def shown(value: object) -> str:
    """Return a value that is no secret as it stands in a problem's line: quoted, and not endlessly long."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _seen(model: type[BaseModel], field: str, value: object) -> str:
    may_be_secret = "SecretStr" in str(model.model_fields[field].annotation)
    return "is not valid" if may_be_secret or isinstance(value, SecretStr) else f"is {shown(value)}"


def _suggestion(name: str, fields: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(fields), 1)
    return f"; did you mean {close[0]}?" if close else ""


def _all(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def _either(ways: Iterable[tuple[str, ...]]) -> str:
    return ", or ".join(_all([variable(field) for field in fields]) for fields in ways)
