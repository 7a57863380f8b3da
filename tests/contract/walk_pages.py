"""The walk's steps in the admin UI: login, configuration, credentials."""

from typing import Any

from contract import page_facts
from contract.targets import Target
from contract.walk import Seen, Visitor

_BOTS = "config[coreconfig][do_not_track_bots]"
# Three hundred lines of bots; and what depends on where the instance is.
_NOT_COMPARED = {_BOTS, "config[coreconfig][site_url]", "config[userconfig][saml_idp_entity_id]"}
_API = "config[apiconfig]"
CALLBACK = "https://localhost/callback"
MANY = 33
"""Clients made to fill more than one page of the list."""


def log_in_and_enable_api(visitor: Visitor, target: Target, seen: Seen) -> None:
    """From no session to an enabled API."""
    visitor.open("login", "/s/login")
    visitor.log_in("login refused", target.username, "x9-Right_Strong_But_Wrong")
    visitor.log_in("login refused, unknown user", "nobody", "x9-Right_Strong_But_Wrong")
    visitor.log_in("login refused, weak password", target.username, "wrong")
    visitor.open("login, after a weak password", "/s/login")
    visitor.open("deep link, no session", "/s/config/edit?tab=apiconfig")
    visitor.log_in("config, after login from deep link", target.username, target.password)
    visitor.open("login, logged in", "/s/login")
    visitor.open("credentials list, API off, none", "/s/credentials")
    visitor.open("config api tab, off", "/s/config/edit?tab=apiconfig")
    _refused_configurations(visitor)
    before = page_facts.every_field(visitor.open(None, "/s/config/edit?tab=apiconfig"), "config")
    _set_api(visitor, "config api tab, saved", enabled="1", basic="1")
    page = visitor.open("config api tab, reloaded", "/s/config/edit?tab=apiconfig")
    _note_fields(seen, before, page_facts.every_field(page, "config"))
    visitor.submit("config, cancelled", "config", {f"{_API}[api_enabled]": "0"}, "cancel")
    visitor.open("config, after cancel", "/s/config/edit?tab=apiconfig")


def _note_fields(seen: Seen, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Keep the form's fields, and which a save changed; long or local values are left out.

    7.0.0's theme tab also has radios outside the form's own names, a preview that nothing is saved from.
    """
    for name, field in before.items():
        if not name.startswith("config["):
            continue
        kept = {**field, "value": None} if name in _NOT_COMPARED else field
        seen.fields[name] = {**kept, "ids": sorted(set(kept["ids"]))[:2]}
        if name in after and after[name]["value"] != field["value"] and name not in _NOT_COMPARED:
            seen.fields[name]["saved"] = after[name]["value"]
        if name == _BOTS:
            seen.fields[name]["changed"] = after[name]["value"] != field["value"]


def _refused_configurations(visitor: Visitor) -> None:
    """Posts that Mautic does not save; each from a fresh form."""
    refused: dict[str, dict[str, str | None]] = {
        "config, no columns": {"config[leadconfig][contact_columns][]": None},
        "config, bad token": {"config[_token]": "nonsense"},
        "config, strange field": {f"{_API}[stray]": "1"},
        "config, no lifetime": {f"{_API}[api_oauth2_access_token_lifetime]": ""},
    }
    for label, changes in refused.items():
        visitor.open(None, "/s/config/edit?tab=apiconfig")
        visitor.submit(label, "config", changes)


def _set_api(visitor: Visitor, label: str, *, enabled: str, basic: str) -> None:
    changes = {f"{_API}[api_enabled]": enabled, f"{_API}[api_enable_basic_auth]": basic}
    visitor.submit(label, "config", {**changes})


def make_client(visitor: Visitor, name: str, label: str | None, button: str = "apply") -> str:
    """Make a client from the empty form; return the page that answers."""
    visitor.open(None, "/s/credentials/new")
    fields: dict[str, str | None] = {"client[name]": name, "client[redirectUris]": CALLBACK}
    return visitor.submit(label, "client", fields, button)


def first_client(visitor: Visitor) -> str:
    """Refused tries, then a client; return the page with its id and secret."""
    visitor.open("credential new", "/s/credentials/new")
    for label, name, uri, more in (
        ("credential new, empty submitted", "", "", {}),
        ("credential new, bad redirect URI", "recorded", "not-a-uri", {}),
        ("credential new, bad token", "recorded", CALLBACK, {"client[_token]": "nonsense"}),
        ("credential new, strange field", "recorded", CALLBACK, {"client[stray]": "1"}),
        ("credential new, name too long", "r" * 300, CALLBACK, {}),
    ):
        visitor.open(None, "/s/credentials/new")
        fields = {"client[name]": name, "client[redirectUris]": uri, **more}
        visitor.submit(label, "client", {**fields})
    page = make_client(visitor, "recorded", "credential after Apply")
    visitor.open("credentials list, one", "/s/credentials")
    visitor.open("credentials list, searched", "/s/credentials?search=recorded")
    visitor.open("credential edit", "/s/credentials/edit/1")
    visitor.submit("credential edit, saved", "client", {"client[name]": "recorded"})
    visitor.open(None, "/s/credentials/edit/1")
    renamed = {"client[name]": "recorded (retiring)"}
    visitor.submit("credential edit, renamed and closed", "client", renamed, "save")
    visitor.open(None, "/s/credentials/edit/1")
    visitor.submit(None, "client", {"client[name]": "recorded"}, "save")
    visitor.open("credential edit, unknown", "/s/credentials/edit/999")
    visitor.open("credential delete, opened", "/s/credentials/delete/1")
    visitor.open("dashboard", "/s/dashboard")
    visitor.open("unknown page", "/s/nope")
    return page


def delete_client(visitor: Visitor) -> None:
    """After the scoped client: the list again, and a deletion."""
    visitor.open(None, "/s/credentials?search=recorded")
    visitor.open("credentials list, two", "/s/credentials")
    visitor.post("credential deleted", "/s/credentials/delete/1", [])
    visitor.post("credential deleted, unknown", "/s/credentials/delete/999", [])


def switch_basic_off(visitor: Visitor) -> None:
    """Switch basic auth off again."""
    visitor.open(None, "/s/config/edit?tab=apiconfig")
    _set_api(visitor, "config, basic auth off", enabled="1", basic="0")


def many_clients(visitor: Visitor) -> None:
    """More clients than a page of the list shows, odd names among them."""
    make_client(visitor, "a <b>\"x\"</b> & 'y'", "credential new, odd name")
    make_client(visitor, "Zed", "credential new, saved and closed", "save")
    make_client(visitor, "never", "credential new, cancelled", "cancel")
    for number in range(MANY):
        make_client(visitor, f"page{MANY - number:02d}", None)
    for label, path in {
        "credentials list, page 1": "/s/credentials?search=",
        "credentials list, page 2": "/s/credentials/2?search=",
        "credentials list, page beyond": "/s/credentials/9?search=",
        "credentials list, found": "/s/credentials?search=AGE07",
        "credentials list, search remembered": "/s/credentials",
        "credentials list, nothing found": "/s/credentials?search=nothinglikeit",
        "credentials list, search cleared": "/s/credentials?search=",
    }.items():
        visitor.open(label, path)


def log_out(visitor: Visitor) -> None:
    """Leave."""
    visitor.open("after logout", "/s/logout")
    visitor.open("credentials list, no session", "/s/credentials")
