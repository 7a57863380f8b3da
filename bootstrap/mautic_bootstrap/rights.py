"""What an application may do in Mautic, and how that differs from what was asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

Permissions = Mapping[str, Collection[str]]
"""Mautic's own names of permissions to those of rights: `{"lead:leads": ["viewown", "viewother"]}`."""

FULL = "full"
_VIEW = {"view", "viewown", "viewother", FULL}
# Source: `CoreBundle/Security/Permissions/AbstractPermissions.php` (`analyzePermissions`); 5.1.0, 7.0.0. Rights
# with "own" and "other" have synonyms without, where a permission knows only those.
_IMPLIED = {
    "editother": {"viewother", "viewown"},
    "edit": {"view"},
    "deleteother": {"editother", "viewother", "viewown"},
    "delete": {"edit", "view"},
    "publishother": {"viewother", "viewown"},
    "publish": {"view"},
    "viewother": {"viewown"},
    "editown": {"viewown"},
    "deleteown": {"viewown"},
    "publishown": {"viewown"},
    "create": {"viewown", "view"},
}


@dataclass(frozen=True)
class Drift:
    """How the rights that are held differ from those asked for; each right as "lead:leads deleteown"."""

    extra: tuple[str, ...]
    missing: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether there is any difference."""
        return bool(self.extra or self.missing)

    def __str__(self) -> str:
        """Both sides in words."""
        parts = [("also", self.extra), ("without", self.missing)]
        return "; ".join(f"{word} {', '.join(rights)}" for word, rights in parts if rights)


def drift(asked: Permissions, held: Permissions) -> Drift:
    """Compare rights; what Mautic adds by itself to those asked for is no difference."""
    wanted = pairs(asked)
    fine = pairs(effective(asked))
    whole = {name for name, rights in asked.items() if FULL in rights}
    has = pairs(held)
    extra = {(name, right) for name, right in has - fine if name not in whole}
    return Drift(_words(extra), _words(wanted - has))


def effective(asked: Permissions) -> dict[str, set[str]]:
    """Return the rights that a role has once it is saved with those asked for."""
    whole = added_by_mautic(asked)
    for name, rights in asked.items():
        whole.setdefault(name, set()).update(rights)
    return whole


def added_by_mautic(asked: Permissions) -> dict[str, set[str]]:
    """Return the rights that Mautic adds when a role with these is saved.

    Source: `analyzePermissions` of `AbstractPermissions` and `LeadBundle/Security/Permissions/LeadPermissions.php`;
    5.1.0, 7.0.0.
    """
    added: dict[str, set[str]] = {}
    for name, rights in asked.items():
        bundle = name.partition(":")[0]
        added.setdefault(name, set()).update(*(_IMPLIED.get(right, set()) for right in rights))
        if _VIEW & {*rights, *added[name]}:
            added.setdefault(f"{bundle}:categories", set()).add("view")
        if name in {"lead:lists", "lead:fields"}:
            added.setdefault("lead:leads", set()).add("viewown")
    return added


def grants(permissions: Permissions, name: str, *rights: str) -> bool:
    """Say whether one of these rights, or all of them by "full", is among the permissions."""
    return bool({*rights, FULL} & set(permissions.get(name, ())))


def words(permissions: Permissions) -> str:
    """Return rights as the diff shows them."""
    return "; ".join(f"{name} {', '.join(rights)}" for name, rights in sorted(permissions.items()))


def pairs(permissions: Permissions) -> set[tuple[str, str]]:
    """Return each right with the name of its permission."""
    return {(name, right) for name, rights in permissions.items() for right in rights}


def _words(rights: set[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"{name} {right}" for name, right in sorted(rights))
