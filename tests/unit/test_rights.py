"""What may be done, how that differs from what was asked for, and what Mautic adds by itself."""

from typing import Any

import pytest

from mautic_bootstrap import rights
from mautic_bootstrap.rights import Drift, drift
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS

# The boxes that a role form shows as ticked once the default rights were saved (live 5.1.0, 7.0.0).
_READ_BACK = {
    "campaign:campaigns": ["viewown", "viewother"],
    "campaign:categories": ["view"],
    "email:categories": ["view"],
    "email:emails": ["viewown", "viewother", "editown", "editother", "create"],
    "lead:leads": ["viewown", "viewother", "editown", "editother", "create"],
    "lead:lists": ["viewown", "viewother"],
}


def _with(name: str, *more: str) -> dict[str, list[str]]:
    return _READ_BACK | {name: [*_READ_BACK.get(name, []), *more]}


def _without(name: str, *less: str) -> dict[str, list[str]]:
    return _READ_BACK | {name: [right for right in _READ_BACK[name] if right not in less]}


def test_the_default_rights_as_mautic_reads_them_back_are_no_drift() -> None:
    assert not drift(DEFAULT_PERMISSIONS, _READ_BACK)
    assert not drift(DEFAULT_PERMISSIONS, DEFAULT_PERMISSIONS)
    assert str(drift(DEFAULT_PERMISSIONS, _READ_BACK)) == ""


@pytest.mark.parametrize(
    ("held", "extra", "missing"),
    [
        (_with("lead:leads", "deleteown"), ["lead:leads deleteown"], []),
        (_with("user:users", "view"), ["user:users view"], []),
        (_with("email:categories", "create"), ["email:categories create"], []),
        (_with("lead:leads", "full"), ["lead:leads full"], []),
        (
            _with("lead:lists", "editother", "create"),
            ["lead:lists create", "lead:lists editother"],
            [],
        ),
        (_without("lead:leads", "create"), [], ["lead:leads create"]),
        (
            _without("lead:lists", "viewown", "viewother"),
            [],
            ["lead:lists viewother", "lead:lists viewown"],
        ),
        (
            _without("email:emails", "editown") | {"asset:assets": ["viewown"]},
            ["asset:assets viewown"],
            ["email:emails editown"],
        ),
    ],
)
def test_every_single_difference_is_named(
    held: dict[str, list[str]], extra: list[str], missing: list[str]
) -> None:
    found = drift(DEFAULT_PERMISSIONS, held)
    assert (list(found.extra), list(found.missing)) == (extra, missing)
    assert found


@pytest.mark.parametrize("held", [{}, {"lead:leads": []}])
def test_rights_that_are_all_gone_are_all_missing(held: dict[str, list[str]]) -> None:
    found = drift(DEFAULT_PERMISSIONS, held)
    assert found.extra == ()
    assert len(found.missing) == sum(len(names) for names in DEFAULT_PERMISSIONS.values())


def test_the_kind_of_collection_and_the_order_do_not_count() -> None:
    assert not drift({"a:b": ("x", "y")}, {"a:b": ["y", "x", "x"]})
    assert not drift({"a:b": {"x"}}, {"a:b": frozenset("x")})


def test_drift_says_both_sides_in_words() -> None:
    found = drift({"lead:leads": ["viewown", "create"]}, {"lead:leads": ["viewown", "deleteown"]})
    assert str(found) == "also lead:leads deleteown; without lead:leads create"
    assert str(Drift(("a b", "c d"), ())) == "also a b, c d"
    assert str(Drift((), ("a b",))) == "without a b"


# What the role form shows after a role with the left side was saved: `analyzePermissions` of
# `AbstractPermissions` and `LeadPermissions` (5.1.0, 7.0.0).
_ADDED: list[tuple[Any, Any]] = [
    ({"lead:leads": ["viewother"]}, {"lead:leads": ["viewown"]}),
    ({"lead:leads": ["create"]}, {"lead:leads": ["viewown"]}),
    ({"lead:leads": ["editown"]}, {"lead:leads": ["viewown"]}),
    ({"lead:leads": ["editother"]}, {"lead:leads": ["viewother", "viewown"]}),
    ({"lead:leads": ["deleteown"]}, {"lead:leads": ["viewown"]}),
    ({"lead:leads": ["deleteother"]}, {"lead:leads": ["editother", "viewother", "viewown"]}),
    ({"email:emails": ["publishown"]}, {"email:emails": ["viewown"]}),
    ({"email:emails": ["publishother"]}, {"email:emails": ["viewother", "viewown"]}),
    ({"user:users": ["edit"]}, {"user:users": ["view"]}),
    ({"user:users": ["create"]}, {"user:users": ["view"]}),
    ({"user:users": ["delete"]}, {"user:users": ["edit", "view"]}),
    ({"lead:imports": ["publish"]}, {"lead:imports": ["view"]}),
    ({"lead:lists": ["viewown"]}, {"lead:leads": ["viewown"]}),
    ({"lead:fields": ["full"]}, {"lead:leads": ["viewown"]}),
    ({"email:emails": ["viewown"]}, {"email:categories": ["view"]}),
    ({"page:pages": ["create"]}, {"page:pages": ["viewown"], "page:categories": ["view"]}),
]


@pytest.mark.parametrize(("asked", "added"), _ADDED)
def test_what_mautic_adds_to_rights_is_no_drift(
    asked: dict[str, list[str]], added: dict[str, list[str]]
) -> None:
    held = {name: [*asked.get(name, []), *added.get(name, [])] for name in {*asked, *added}}
    assert not drift(asked, held)
    assert rights.pairs(added) <= rights.pairs(rights.effective(asked))


@pytest.mark.parametrize(("asked", "added"), _ADDED)
def test_whether_mautic_has_added_it_yet_does_not_matter(
    asked: dict[str, list[str]], added: dict[str, list[str]]
) -> None:
    assert added
    assert not drift(asked, asked)


@pytest.mark.parametrize(
    ("asked", "held", "extra"),
    [
        ({"lead:leads": ["viewown"]}, {"lead:leads": ["viewother"]}, "lead:leads viewother"),
        ({"lead:leads": ["editown"]}, {"lead:leads": ["editother"]}, "lead:leads editother"),
        ({"lead:leads": ["editother"]}, {"lead:leads": ["create"]}, "lead:leads create"),
        ({"lead:leads": ["editother"]}, {"lead:leads": ["deleteown"]}, "lead:leads deleteown"),
        ({"user:users": ["view"]}, {"user:users": ["edit"]}, "user:users edit"),
        ({"user:users": ["edit"]}, {"user:roles": ["view"]}, "user:roles view"),
        ({"lead:leads": ["viewown"]}, {"lead:lists": ["viewown"]}, "lead:lists viewown"),
        ({"asset:assets": ["viewown"]}, {"lead:leads": ["viewown"]}, "lead:leads viewown"),
        ({"asset:assets": ["viewown"]}, {"page:categories": ["view"]}, "page:categories view"),
        ({"email:emails": ["viewown"]}, {"email:categories": ["edit"]}, "email:categories edit"),
    ],
)
def test_what_looks_like_an_addition_but_is_none_is_drift(
    asked: dict[str, list[str]], held: dict[str, list[str]], extra: str
) -> None:
    both = {n: [*asked.get(n, []), *held.get(n, [])] for n in {*asked, *held}}
    assert drift(asked, both).extra == (extra,)


def test_full_asked_for_covers_every_right_of_its_permission_and_of_no_other() -> None:
    asked = {"lead:leads": ["full"]}
    held = {"lead:leads": ["viewown", "deleteother", "full"], "lead:categories": ["view"]}
    assert not drift(asked, held)
    assert drift(asked, held | {"email:emails": ["viewown"]}).extra == ("email:emails viewown",)
    assert drift(asked, {"lead:leads": ["viewown", "viewother"]}).missing == ("lead:leads full",)


def test_nothing_asked_for_makes_everything_drift() -> None:
    assert len(drift({}, _READ_BACK).extra) == len(rights.pairs(_READ_BACK))
    assert not drift({}, {})


@pytest.mark.parametrize("asked", [DEFAULT_PERMISSIONS, *(asked for asked, _ in _ADDED)])
def test_the_rights_of_a_saved_role_are_those_asked_for_and_what_is_added(asked: Any) -> None:
    effective = rights.effective(asked)
    assert rights.pairs(asked) <= rights.pairs(effective)
    assert rights.pairs(effective) == rights.pairs(asked) | rights.pairs(
        rights.added_by_mautic(asked)
    )
    assert not drift(asked, effective)
    again = rights.effective(effective)
    assert rights.pairs(again) == rights.pairs(effective), "what is added adds nothing more"


def test_nothing_given_is_changed() -> None:
    asked = {"lead:lists": {"viewother"}}
    rights.effective(asked)["lead:lists"].add("create")
    drift(asked, {})
    assert asked == {"lead:lists": {"viewother"}}


@pytest.mark.parametrize(
    ("held", "granted"),
    [
        ({"lead:leads": ["viewown"]}, True),
        ({"lead:leads": ["full"]}, True),
        ({"lead:leads": ["create"]}, False),
        ({"lead:leads": []}, False),
        ({"lead:lists": ["viewown"]}, False),
        ({}, False),
    ],
)
def test_one_of_the_rights_or_all_of_them_grants(held: dict[str, list[str]], granted: bool) -> None:
    assert rights.grants(held, "lead:leads", "viewown", "viewother") is granted


def test_rights_in_words_are_in_order_of_their_permissions() -> None:
    assert rights.words({"b:b": ["y", "x"], "a:a": ["z"]}) == "a:a z; b:b y, x"
    assert rights.words({}) == ""
