"""The search of Mautic's lists.

Source: `CoreBundle/Helper/SearchStringHelper.php`; live 5.1.0 and 7.0.0. A word with a colon is a command, and
an unknown command finds nothing: "mautic-bootstrap: app" has to be asked for in quotes.
"""

import re
from collections.abc import Mapping
from typing import Any

_TERM = re.compile(r'(?:(\w[\w-]*):)?(?:"([^"]*)"|([^\s()"]+))')


def matches(text: str, columns: Mapping[str, Any], commands: Mapping[str, Any]) -> bool:
    """Say whether an entity is found.

    Args:
        text: What was typed; empty finds everything.
        columns: The columns that words are looked for in.
        commands: Command names to the value looked in, "is" to all it is, "ids" to its id.
    """
    return all(_found(match, columns, commands) for match in _TERM.finditer(text))


def _found(match: re.Match[str], columns: Mapping[str, Any], commands: Mapping[str, Any]) -> bool:
    command, quoted, plain = match.groups()
    word = (quoted if quoted is not None else plain or "").lower()
    if (command and command not in commands) or (plain or "").endswith(":"):
        return False
    if command == "is":
        return word in commands["is"]
    if command == "ids":
        return str(commands["ids"]) in word.split(",")
    values = [commands[command]] if command else list(columns.values())
    texts = [str(value or "").lower() for value in values]
    if word.startswith("+"):
        return word.removeprefix("+") in texts
    return any(word.strip("%") in value for value in texts)
