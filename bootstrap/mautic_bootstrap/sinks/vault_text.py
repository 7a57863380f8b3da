"""Our variables in a YAML file of Ansible variables, set without touching anything that is not ours."""

import re
from collections.abc import Collection, Mapping

import yaml

from mautic_bootstrap.env.credentials import ENV_NAMES
from mautic_bootstrap.errors import EnvFileError, UnsafeValueError

_HEAD = "---\n# The variables MAUTIC_* below are kept by mautic-bootstrap.\n"
# In a value that is not marked as unsafe, Ansible takes these for the beginning of a template.
_TEMPLATE = re.compile(r"\{[{%#]")
_NULL = "tag:yaml.org,2002:null"
_STRING = "tag:yaml.org,2002:str"
_UNSAFE = "!unsafe"


def values(text: str, attempted: str) -> dict[str, str]:
    """Return our variables in a text, each as it stands there.

    Raises:
        EnvFileError: The text is no mapping of variables, or says one of ours twice.
    """
    return {
        key.value: value.value
        for key, value in _entries(text, attempted)
        if key.value in ENV_NAMES and isinstance(value, yaml.ScalarNode)
    }


def with_values(
    text: str, wanted: Mapping[str, str], attempted: str, keep: Collection[str] = ()
) -> str:
    """Return a text with exactly these of our variables.

    One that stands there is set in its place, others are appended, those of ours that are not wanted are removed
    with their lines. Whatever else is there keeps every byte, also what of ours is to be kept and not set.

    Raises:
        EnvFileError: The text is no mapping of variables, or a foreign one would read differently.
        UnsafeValueError: A value that YAML does not carry.
    """
    entries = _entries(text, attempted)
    ours = frozenset(ENV_NAMES).difference(keep).union(wanted)
    after = text
    for key, value in reversed(entries):  # from the end, so that the marks of the others stay right
        name = key.value
        if name not in wanted and name in ours:
            begin = after.rfind("\n", 0, key.start_mark.index) + 1
            end = after.find("\n", value.end_mark.index - 1) + 1 or len(after)
            after = after[:begin] + after[end:]
        elif name in wanted and not _says(value, wanted[name]):
            begin, end = value.start_mark.index, value.end_mark.index
            space = " " if after[:begin].endswith(":") else ""
            newline = "\n" if after[begin:end].endswith("\n") else ""
            after = f"{after[:begin]}{space}{_scalar(wanted[name])}{newline}{after[end:]}"
    present = {key.value for key, _ in entries}
    missing = [name for name in ENV_NAMES if name in wanted and name not in present]
    if missing:
        after = after or _HEAD
        after += "" if after.endswith("\n") else "\n"
        after += "".join(f"{name}: {_scalar(wanted[name])}\n" for name in missing)
    _ensure_round_trip(text, after, wanted, ours, attempted)
    return after


def is_empty(text: str, attempted: str) -> bool:
    """Say whether a text holds nothing that anybody could miss: no variable, no comment but ours."""
    lines = text.replace(_HEAD, "---\n").splitlines()
    return not _entries(text, attempted) and not any(
        line.strip() not in {"", "---"} for line in lines
    )


def _entries(text: str, attempted: str) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
    """Return the variables of a text, in order, without building what they say."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        seen = f"something else on line {mark.line + 1}" if mark else "something else"
        root = None
    else:
        seen = ""
    if isinstance(root, yaml.ScalarNode) and root.tag == _NULL:
        root = None  # nothing but comments
    if root is not None and not isinstance(root, yaml.MappingNode):
        seen = "something else than a mapping"
    if seen:
        # Raised out here, where no original error carries a piece of the text.
        raise _not_understood(attempted, seen)
    pairs = [] if root is None else root.value
    entries = [(key, value) for key, value in pairs if isinstance(key, yaml.ScalarNode)]
    names = [key.value for key, _ in entries if key.value in ENV_NAMES]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise _not_understood(attempted, f"{', '.join(twice)} twice")
    return entries


def _not_understood(attempted: str, seen: str) -> EnvFileError:
    return EnvFileError(
        attempted,
        expected="YAML: a mapping of variables, each of ours once",
        seen=seen,
        hint="Correct it with `ansible-vault edit`.",
    )


def _says(node: yaml.Node, value: str) -> bool:
    """Say whether Ansible takes a node for just this text, neither for a number nor for a template."""
    tags = {_UNSAFE} if _TEMPLATE.search(value) else {_UNSAFE, _STRING}
    return isinstance(node, yaml.ScalarNode) and node.value == value and node.tag in tags


def _scalar(value: str) -> str:
    """Return a value in double quotes, on one line."""
    dumped = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=float("inf"))
    text = dumped.removesuffix("\n").removesuffix("\n...")
    return f"{_UNSAFE} {text}" if _TEMPLATE.search(value) else text


def _ensure_round_trip(
    before: str, after: str, wanted: Mapping[str, str], names: frozenset[str], attempted: str
) -> None:
    try:
        entries = _entries(after, attempted)
    except EnvFileError:
        entries = []
    ours = {key.value: value for key, value in entries if key.value in names}
    if set(ours) != set(wanted) or not all(_says(ours[name], wanted[name]) for name in wanted):
        raise UnsafeValueError(
            attempted,
            expected="our variables to read back as they were given",
            seen="something else",
            hint="Correct the vault's file with `ansible-vault edit`: variables at its left edge, one a line.",
        )
    if _foreign(before, names, attempted) != _foreign(after, names, attempted):
        raise EnvFileError(
            attempted,
            expected="every other variable to keep its value",
            seen="one that would read differently",
            hint="Correct the vault's file with `ansible-vault edit`.",
        )


def _foreign(text: str, names: frozenset[str], attempted: str) -> list[str]:
    return [
        yaml.serialize(value) + key.value
        for key, value in _entries(text, attempted)
        if key.value not in names
    ]
