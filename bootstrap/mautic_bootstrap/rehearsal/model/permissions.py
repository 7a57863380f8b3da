"""Permissions: what a version knows, what Mautic adds when a role is saved, what a right allows.

A permission ("lead:leads") has levels ("viewown"), each a bit. What was ticked and what is granted are two
things: the first is kept as it came and shown over REST, the second is the sum of the bits, and what calls
and the role form go by.

Source: boxes of the role form of live 5.1.0 and 7.0.0 (`data/permissions-*.json`), bits from the permission
objects of both; `CoreBundle/Security/Permissions/{Core,Abstract}Permissions.php` and
`LeadBundle/Security/Permissions/LeadPermissions.php` for what is added (the same in 5.1.0 and 7.0.0),
compared with both live over a few hundred combinations.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from mautic_bootstrap.rehearsal.versions import VERSIONS

Ticked = dict[str, list[str]]
"""Permission name ("lead:leads") to levels, in the order they came."""

_LEVELS_OF_BIT = {
    1: ("editusername",),
    2: ("viewown", "editemail"),
    4: ("viewother", "view", "editposition"),
    8: ("editown", "associate", "editname"),
    16: ("editother", "edit"),
    32: ("create",),
    64: ("deleteown",),
    128: ("deleteother", "delete"),
    256: ("publishown",),
    512: ("publishother", "publish"),
    1024: ("full", "manage", "enable"),
}
_BITS = {level: bit for bit, row in _LEVELS_OF_BIT.items() for level in row}
_ODD_BITS = {("lead:fields", "view"): 1}
# The form offers this box, and saving it ends in an error page.
_BROKEN = {("tagManager:tagManager", "publish")}
# What a level needs besides.
_NEEDED = {
    **dict.fromkeys(("editother", "edit"), ("viewother", "viewown")),
    **dict.fromkeys(("deleteother", "delete"), ("editother", "viewother", "viewown")),
    **dict.fromkeys(("publishother", "publish"), ("viewother", "viewown")),
    **dict.fromkeys(("viewother", "editown", "deleteown", "publishown", "create"), ("viewown",)),
}
_SEEING_CONTACTS = ["viewown", "viewother", "full"]


class UnknownPermissionError(Exception):
    """A permission or level that this version does not have; Mautic answers it with an error page."""


@dataclass(frozen=True)
class Bundle:
    """The permissions of one of Mautic's bundles, as a tab of the role form shows them."""

    name: str
    label: str
    permissions: dict[str, dict[str, str]]
    """Permission name to its levels, each with its label."""


@cache
def bundles(version_key: str, *, api_on: bool = True) -> tuple[Bundle, ...]:
    """Return a version's bundles in the order of the role form.

    Args:
        version_key: "5.1" or "7.0".
        api_on: Without the API nobody can be given a right to it: its boxes are gone.
    """
    folder = files("mautic_bootstrap.rehearsal").joinpath("data")
    text = folder.joinpath(f"permissions-{version_key}.json").read_text(encoding="utf-8")
    rows = [Bundle(row["bundle"], row["label"], row["permissions"]) for row in json.loads(text)]
    return tuple(row for row in rows if api_on or row.name != "api")


@cache
def levels(version_key: str, *, api_on: bool = True) -> dict[str, frozenset[str]]:
    """Return the levels of every permission of a version."""
    known = bundles(version_key, api_on=api_on)
    return {name: frozenset(row) for bundle in known for name, row in bundle.permissions.items()}


@cache
def _every_level() -> dict[str, frozenset[str]]:
    """Return the levels of every permission of any version: a permission never changes its kind."""
    known = [levels(key) for key in VERSIONS]
    names = {name for of_one in known for name in of_one}
    return {n: frozenset().union(*(of.get(n, frozenset()) for of in known)) for n in names}


def generate(ticked: Ticked, version_key: str, *, api_on: bool) -> dict[str, int]:
    """Return the bits that a role is given for its ticked boxes.

    A level that is named twice is added twice, and becomes another one: so does Mautic.

    Raises:
        UnknownPermissionError: A permission or level that this version does not have.
    """
    known = levels(version_key, api_on=api_on)
    rights: dict[str, int] = {}
    for bundle in {name.partition(":")[0]: None for name in ticked}:
        ours = {name: list(row) for name, row in ticked.items() if name.startswith(f"{bundle}:")}
        _add_needed(bundle, ours, known)
        for name, row in ours.items():
            if any(level not in known.get(name, ()) or (name, level) in _BROKEN for level in row):
                raise UnknownPermissionError(name)
            rights[name] = sum(_bit(name, level) for level in row)
    return rights


def _add_needed(bundle: str, ticked: Ticked, known: dict[str, frozenset[str]]) -> None:
    """Add to one bundle's boxes what Mautic adds by itself."""
    sees = False
    for name, row in ticked.items():
        for level in list(row):
            for needed in _NEEDED.get(level, ()):
                same = _synonym(name, needed)
                if same in known.get(name, ()) and same not in row:
                    row.append(same)
        sees = not sees and ("view" in row or "viewown" in row)  # so it is written there, too
    categories = f"{bundle}:categories"
    if sees and categories in known and "view" not in ticked.get(categories, []):
        ticked.setdefault(categories, []).append("view")
    if bundle == "lead" and {"lead:lists", "lead:fields"} & set(ticked):
        contacts = ticked.setdefault("lead:leads", [])
        if not contacts or set(_SEEING_CONTACTS) <= set(contacts):
            contacts.append("viewown")


def shown(rights: dict[str, int], version_key: str) -> Ticked:
    """Return the boxes the role form shows as ticked."""
    boxes = {
        name: [level for level in row if bits & _bit(name, level) and (name, level) not in _BROKEN]
        for bundle in bundles(version_key)
        for name, row in bundle.permissions.items()
        if (bits := rights.get(name, 0))
    }
    return {name: row for name, row in boxes.items() if row}


def allows(rights: dict[str, int], name: str, level: str) -> bool:
    """Say whether bits allow a level; "full" allows every level of its permission."""
    bits = rights.get(name, 0)
    full = "full" in _every_level().get(name, ()) and bits & _BITS["full"]
    return bool(full or bits & _bit(name, _synonym(name, level)))


def _synonym(name: str, level: str) -> str:
    """Translate between permissions that tell own from others' and those that do not."""
    known = _every_level().get(name, frozenset())
    stem = level.removesuffix("own").removesuffix("other")
    if stem != level:
        return stem if stem in known else level
    return f"{level}own" if f"{level}own" in known else level


def _bit(name: str, level: str) -> int:
    return _ODD_BITS.get((name, level), _BITS[level])
