"""What a served page says, in the shape of the recordings: forms, buttons, tables, messages.

Nothing of a page's look: only what a browser or this project can key on. Values that are secrets or change
with every visit are replaced by `<redacted>`.
"""

from typing import Any

from contract import normal
from contract.html_tree import Node, parse

REDACTED = "<redacted>"
_SECRET_IDS = ("_token", "_publicId", "_secret")
_CONTROLS = ("input", "select", "textarea")
_SHOWN_OF_CONFIG = ("config[apiconfig]", "config[_token]")
_BOX = "role[permissions]["
_LISTS = {"client-list": 1, "role-list": 1, "user-list": 2}
"""Class of a list's table to the number of the column that names its entities."""


def facts(html: str) -> dict[str, Any]:
    """Return a page's facts."""
    root = parse(html)
    titles = root.find("title")
    footers = [node for node in root.walk() if node.get("id") == "app-footer"]
    return {
        "title": titles[0].text() if titles else "",
        "forms": [_form(root, node) for node in root.find("form")],
        "buttons": [_button(node) for node in root.find("button") if node.get("type") == "submit"],
        "switches": [
            {"id": node.get("id"), "aria_checked": node.get("aria-checked")}
            for node in root.walk()
            if node.get("role") == "switch"
        ],
        "tables": [
            _table(node, column)
            for class_, column in _LISTS.items()
            for node in root.find("table", class_)
        ],
        "flashes": [_flash(node) for node in root.find("div", "alert-growl")],
        "errors": [_error(node) for node in root.find("div", "has-error")],
        "version": footers[0].text().rpartition(" ")[2] if footers else None,
    }


def ids_and_names(html: str) -> tuple[set[str], set[str]]:
    """Return every id, and every name of a form or control, on a page."""
    nodes = list(parse(html).walk())
    names = {n.get("name") for n in nodes if n.tag in (*_CONTROLS, "form", "button")}
    return {n.get("id") for n in nodes} - {""}, names - {""}


def boxes(html: str) -> dict[str, list[list[str]]]:
    """Return the permission boxes of a role form: name to value, id and label of each."""
    found: dict[str, list[list[str]]] = {}
    for label in parse(html).find("label"):
        for box in label.find("input"):
            if box.get("name").startswith(_BOX):
                row = [box.get("value"), box.get("id"), label.text()]
                found.setdefault(box.get("name"), []).append(row)
    return found


def posted(html: str, form: str) -> list[tuple[str, str]]:
    """Return what a browser without JavaScript would post of a form, buttons left out.

    An ordered multi-select shows its value in `data-order` alone; it is posted from there, as a person would
    select it.
    """
    root = parse(html)
    node = next(f for f in root.find("form") if f.get("name") == form)
    pairs: list[tuple[str, str]] = []
    for control in node.walk():
        name, kind = control.get("name"), control.get("type", "text")
        if control.tag not in _CONTROLS or not name or control.has("disabled"):
            continue
        if kind in {"radio", "checkbox"} and not control.has("checked"):
            continue
        if kind not in {"file", "submit", "button"}:
            pairs += [(name, value) for value in _values(control)]
    return pairs


def every_field(html: str, form: str) -> dict[str, dict[str, Any]]:
    """Return a form's controls by name: id, kind and value of each; radios and boxes of a name as one."""
    node = next(f for f in parse(html).find("form") if f.get("name") == form)
    values: dict[str, list[str]] = {}
    for name, value in posted(html, form):
        values.setdefault(name, []).append(value)
    fields: dict[str, dict[str, Any]] = {}
    for control in node.walk():
        name = control.get("name")
        if control.tag in _CONTROLS and name and not name.endswith("[_token]"):
            kind = _field(control, {})["type"]
            fields.setdefault(name, {"ids": [], "type": kind, "value": values.get(name, [])})
            fields[name]["ids"].append(control.get("id"))
    return fields


def control_value(html: str, control_id: str) -> str:
    """Return the value of the control with this id."""
    return next(n.get("value") for n in parse(html).walk() if n.get("id") == control_id)


def _values(control: Node) -> list[str]:
    if control.tag == "textarea":
        text = "".join(child for child in control.children if isinstance(child, str))
        return [text.removeprefix("\n")]
    if control.tag != "select":
        return [control.get("value", "on" if control.get("type") == "checkbox" else "")]
    options = control.find("option")
    chosen = [o.get("value") for o in options if o.has("selected")]
    if control.has("multiple"):
        ordered = control.get("data-order").strip("[]")
        return chosen or [item.strip('"') for item in ordered.split(",") if item]
    return chosen or [o.get("value") for o in options[:1]]


def _form(root: Node, node: Node) -> dict[str, Any]:
    labels = {label.get("for"): label.text() for label in root.find("label") if label.has("for")}
    for label in node.find("label"):
        for control in label.find("input"):
            labels.setdefault(control.get("id"), label.text())
    # The configuration page has some two hundred controls; `every_field` keeps the others.
    controls = [
        n
        for n in node.walk()
        if n.tag in _CONTROLS
        and n.get("name")
        and (node.get("name") != "config" or n.get("name").startswith(_SHOWN_OF_CONFIG))
    ]
    # A role has some three hundred boxes: the ticked ones count, and `boxes` keeps them all.
    permissions = [
        n for n in controls if n.get("name").startswith(_BOX) and n.get("id")[-1:].isdigit()
    ]
    ticked: dict[str, list[str]] = {}
    for box in permissions:
        if box.has("checked"):
            ticked.setdefault(box.get("name"), []).append(box.get("value"))
    form = {
        "name": node.get("name"),
        "method": node.get("method"),
        "action": node.get("action"),
        "novalidate": node.has("novalidate"),
        "fields": [_field(n, labels) for n in controls if n not in permissions],
    }
    return {**form, "ticked": ticked} if permissions else form


def _field(control: Node, labels: dict[str, str]) -> dict[str, Any]:
    kind = control.get("type", "text")
    shown: dict[str, Any] = {
        "tag": control.tag,
        "type": {"select": "select", "textarea": "textarea"}.get(control.tag, kind),
        "name": control.get("name"),
        "id": control.get("id"),
        "label": labels.get(control.get("id"), ""),
        "required": control.has("required"),
        "disabled": control.has("disabled"),
    }
    if kind in {"radio", "checkbox"}:
        return {**shown, "value": control.get("value", "on"), "checked": control.has("checked")}
    secret = control.get("id").endswith(_SECRET_IDS) or "token" in control.get("name")
    values = _values(control)
    return {**shown, "value": REDACTED if secret and any(values) else values}


def _button(node: Node) -> dict[str, str]:
    return {"id": node.get("id"), "name": node.get("name"), "text": node.text()}


def _flash(node: Node) -> dict[str, Any]:
    texts = node.find("span")
    return {
        "class": node.get("class"),
        "text": normal.moments(texts[0].text()) if texts else "",
        "links": [normal.local(link.get("href")) for link in node.find("a")],
    }


def _error(node: Node) -> str:
    """Return the messages of an element marked as wrong."""
    return " ".join(message.text() for message in node.find("div", "help-block"))


def _table(node: Node, naming: int) -> dict[str, Any]:
    rows = [row for body in node.find("tbody") for row in body.find("tr")]
    return {
        "class": node.get("class"),
        "head": [cell.text() for cell in node.find("th")],
        "names": [row.find("td")[naming].text() for row in rows],
        "ids": [row.find("td")[-1].text() for row in rows],
        "first_row": [_cell(cell) for cell in rows[0].find("td")] if rows else None,
    }


def _cell(cell: Node) -> dict[str, Any]:
    inputs = [
        {"type": n.get("type"), "name": n.get("name"), "readonly": n.has("readonly")}
        for n in cell.find("input")
    ]
    links = [
        {"href": link.get("href"), "toggle": link.get("data-toggle")}
        for link in cell.find("a")
        if link.get("data-toggle") in {"ajax", "confirmation"}
    ]
    text = "" if inputs or len(links) > 1 else normal.moments(cell.text())
    return {"class": cell.get("class"), "text": text, "inputs": inputs, "links": links}


def form_action(html: str, form: str) -> str:
    """Return the address a form posts to."""
    return next(f.get("action") for f in parse(html).find("form") if f.get("name") == form)
