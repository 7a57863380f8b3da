"""What a browser with JavaScript saw, and what plain posts get: the same, but for the differences named here.

The recordings were made with JavaScript on; this project drives Mautic without it. So every difference
between the two is written down with its reason, and each has to occur: one that is gone fails as well.

Source: `recordings/<version>.json`, part `browser`, from live 5.1.0 and 7.0.0; fact sheet 4.10 and 5.2.
"""

from typing import Any

import pytest

from contract import normal
from contract.conftest import Walked
from contract.recordings import load
from contract.targets import all_targets

# Label to the URL a plain post ends at; with JavaScript the URL is pushed into the history, or carries the tab.
_URLS = {
    "credential after Apply": "/s/credentials/new",
    "config api tab, saved": "/s/config/edit",
    "role after Apply": "/s/roles/new",
    "user after Apply": "/s/users/new",
}
# Titles follow the form's state. 5.1.0 empties them when JavaScript swaps the content in place.
_EMPTY_TITLE = "| Mautic"
# The head of a list's first column holds a closed menu: 5.1.0 has a text in it that nobody sees.
_CLOSED_MENU = {"5.1": "Delete Selected", "7.0": ""}
# A message that a swap brings has fewer classes than one that comes with its page.
_FLASH_OF_A_SWAP = "alert alert-growl"
_FLASH_OF_A_PAGE = "alert alert-growl alert-dismissable alert-new"

_API = "apiconfig"

_PAGES = [
    pytest.param(target, version, label, id=f"{target} {version}: {label}")
    for target, version in all_targets()
    for label in load(version)["browser"]["pages"]
]
_EXCHANGES = [
    pytest.param(target, version, label, id=f"{target} {version}: {label}")
    for target, version in all_targets()
    for label in load(version)["browser"]["exchanges"]
]


def _page(walked: Walked, target: str, version: str, label: str) -> tuple[Any, Any]:
    """Return a page as recorded with JavaScript, and as seen without."""
    return load(version)["browser"]["pages"][label], walked(target, version).pages[label]


@pytest.mark.parametrize(("target", "version", "label"), _PAGES)
def test_url_is_the_recorded_one_or_a_named_other(
    walked: Walked, target: str, version: str, label: str
) -> None:
    recorded, seen = _page(walked, target, version, label)
    if label in _URLS:
        assert recorded["url"] != seen["url"]
    assert seen["url"] == _URLS.get(label, recorded["url"])


@pytest.mark.parametrize(("target", "version", "label"), _PAGES)
def test_title_is_the_recorded_one_or_was_emptied_by_a_swap(
    walked: Walked, target: str, version: str, label: str
) -> None:
    recorded, seen = _page(walked, target, version, label)
    if recorded["title"] == _EMPTY_TITLE:
        assert version == "5.1"
        assert seen["title"] != _EMPTY_TITLE
    else:
        assert seen["title"] == recorded["title"]


@pytest.mark.parametrize(("target", "version", "label"), _PAGES)
def test_forms_have_the_recorded_names_and_addresses(
    walked: Walked, target: str, version: str, label: str
) -> None:
    recorded, seen = _page(walked, target, version, label)
    kept = ("name", "method", "action", "novalidate")
    assert [{k: form[k] for k in kept} for form in seen["forms"]] == [
        {k: form[k] for k in kept} for form in recorded["forms"]
    ]


@pytest.mark.parametrize(("target", "version", "label"), _PAGES)
def test_fields_have_the_recorded_ids_names_labels_and_states(
    walked: Walked, target: str, version: str, label: str
) -> None:
    recorded, seen = _page(walked, target, version, label)
    expected = [f for form in recorded["forms"] for f in form["fields"]]
    found = [f for form in seen["forms"] for f in form["fields"]]
    assert [_field(f) for f in found] == [_field(f) for f in expected]


def _field(field: dict[str, Any]) -> dict[str, Any]:
    """Return what both ways of looking know of a field: all but its visibility and its value."""
    kept = {k: field.get(k) or "" for k in ("tag", "type", "name", "id", "label")}
    # A hidden field's label, and whether a box is required, are the same; absent ids are "".
    return {
        **kept,
        "required": field["required"],
        "disabled": field["disabled"],
        "checked": field.get("checked", False),
    }


@pytest.mark.parametrize(("target", "version", "label"), _PAGES)
def test_buttons_are_the_hidden_originals_of_the_visible_clones(
    walked: Walked, target: str, version: str, label: str
) -> None:
    # JavaScript clones a form's buttons into the toolbar and hides them: without it they are the real ones.
    recorded, seen = _page(walked, target, version, label)
    clones = {b["id"] for b in recorded["buttons"] if "_toolbar" in (b["id"] or "")}
    originals = [b for b in recorded["buttons"] if b["id"] not in clones]
    assert not any(b["visible"] for b in originals if "_buttons_" in (b["id"] or ""))
    assert {b["id"] for b in seen["buttons"]} & clones == set()
    assert [(b["id"], b["text"]) for b in seen["buttons"]] == [
        (b["id"] or "", b["text"]) for b in originals
    ]


@pytest.mark.parametrize(("target", "version", "label"), _PAGES)
def test_messages_are_the_recorded_ones(
    walked: Walked, target: str, version: str, label: str
) -> None:
    recorded, seen = _page(walked, target, version, label)
    assert [f["text"] for f in seen["flashes"]] == [f["text"] for f in recorded["flashes"]]
    for plain, swapped in zip(seen["flashes"], recorded["flashes"], strict=True):
        expected = swapped["class"]
        assert plain["class"] == (_FLASH_OF_A_PAGE if expected == _FLASH_OF_A_SWAP else expected)


@pytest.mark.parametrize(("target", "version", "label"), _PAGES)
def test_errors_are_the_recorded_ones(
    walked: Walked, target: str, version: str, label: str
) -> None:
    recorded, seen = _page(walked, target, version, label)
    # The recordings have the field's label before its message.
    found = [" ".join(text.split()) for text in recorded["errors"]]
    assert len(seen["errors"]) == len(found)
    assert all(text.endswith(ours) for text, ours in zip(found, seen["errors"], strict=True))
    assert [bool(text) for text in found] == [bool(text) for text in seen["errors"]]


@pytest.mark.parametrize(("target", "version", "label"), _PAGES)
def test_switches_and_lists_are_the_recorded_ones(
    walked: Walked, target: str, version: str, label: str
) -> None:
    recorded, seen = _page(walked, target, version, label)
    switches = [{k: s[k] for k in ("id", "aria_checked")} for s in recorded["switches"]]
    # Of the configuration page the recordings keep the API tab alone.
    shown = [s for s in seen["switches"] if not s["id"].startswith("config_") or _API in s["id"]]
    assert shown == switches
    assert len(seen["tables"]) == len(recorded["tables"])
    for ours, theirs in zip(seen["tables"], recorded["tables"], strict=True):
        first = "" if "client-list" in ours["class"] else _CLOSED_MENU[version]
        assert (theirs["head"][0], ours["head"][0]) == ("", first)
        assert (ours["class"], ours["head"][1:]) == (theirs["class"], theirs["head"][1:])
        assert len(ours["ids"]) == theirs["rows"]
        assert _row(ours["first_row"]) == _row(theirs["first_row"])


def _row(row: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """Return a table row in one form, whichever way it was read."""
    if row is None:
        return None
    return [
        {
            "class": cell["class"],
            "text": cell["text"],
            "inputs": [
                (i["type"], i.get("name", ""), i["readonly"]) for i in cell.get("inputs", [])
            ],
            "links": cell.get("links", []),
        }
        for cell in row
    ]


@pytest.mark.parametrize(("target", "version"), all_targets())
def test_permission_boxes_are_the_recorded_ones(walked: Walked, target: str, version: str) -> None:
    recorded = load(version)["browser"]["pages"]["role new"]["boxes"]
    seen = walked(target, version).boxes["role new"]
    assert {name: [row[:2] for row in rows] for name, rows in seen.items()} == recorded
    assert list(seen) == list(recorded)


@pytest.mark.parametrize(("target", "version", "label"), _PAGES)
def test_version_stands_in_the_footer_of_admin_pages(
    walked: Walked, target: str, version: str, label: str
) -> None:
    recorded, seen = _page(walked, target, version, label)
    assert seen["version"] == recorded["version"]


@pytest.mark.parametrize(("target", "version", "label"), _EXCHANGES)
def test_exchange_answers_as_recorded(
    walked: Walked, target: str, version: str, label: str
) -> None:
    recorded = load(version)["browser"]["exchanges"][label]["response"]
    seen = walked(target, version).exchanges[label]
    assert seen["status"] == recorded["status"]
    assert seen["headers"] == normal.headers(recorded["headers"], "http://recorded")
    assert seen["set_cookies"] == normal.cookies(recorded["set_cookies"])
    assert _cut(seen["body"]) == _cut(_body(recorded["body"]))


def _body(body: Any) -> Any:
    """Return a recorded body in the walk's form; of HTML only its title was kept by both."""
    if not isinstance(body, dict) or "_text" not in body:
        return normal.body(body)
    if not body["_bytes"]:
        return {"empty": True}
    return {"title": None}


def _cut(body: Any) -> Any:
    """Take away what the recordings left out: titles of HTML, permissions of roles, what follows in lists."""
    if isinstance(body, dict):
        if "title" in body and len(body) == 1:
            return {"title": None}
        left_out = {"rawPermissions"}
        return {key: _cut(value) for key, value in body.items() if key not in left_out}
    if isinstance(body, list):
        return [_cut(item) for item in body[:3]]
    return body
