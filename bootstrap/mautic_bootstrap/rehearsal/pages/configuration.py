"""The configuration page: one form with every tab.

Source: fields, defaults and required marks of fresh 5.1.0 and 7.0.0 installations
(`data/configuration-*.json`; long choices shortened); what a save rewrites besides, seen on both.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from mautic_bootstrap.rehearsal.http import Response, redirect
from mautic_bootstrap.rehearsal.pages import forms
from mautic_bootstrap.rehearsal.pages.site import Site, Visit

_API = "config[apiconfig]"
_LABELS = {
    f"{_API}[api_enabled]": "api_enabled",
    f"{_API}[api_enable_basic_auth]": "basic_auth",
    f"{_API}[api_oauth2_access_token_lifetime]": "access_lifetime",
    f"{_API}[api_oauth2_refresh_token_lifetime]": "refresh_lifetime",
}
_SITE_URL = "config[coreconfig][site_url]"
_CLEANED_TEXTS = ("unsubscribe_text", "unsubscribe_message", "resubscribe_message", "webview_text")
_SAML_DEFAULTS = {"email": "EmailAddress", "firstname": "FirstName", "lastname": "LastName"}


@cache
def _tabs(version: str) -> list[dict[str, Any]]:
    """Return the form's tabs of one version ("5.1"), each with its fields."""
    folder = files("mautic_bootstrap.rehearsal").joinpath("data")
    text = folder.joinpath(f"configuration-{version}.json").read_text(encoding="utf-8")
    tabs: list[dict[str, Any]] = json.loads(text)
    return tabs


def _fields(version: str) -> list[dict[str, Any]]:
    return [field for tab in _tabs(version) for field in tab["fields"]]


def show(visit: Visit) -> Response:
    """Show the form with what is saved."""
    return _render(visit, _saved(visit.site), {}, [])


def save(visit: Visit) -> Response:
    """Save the form, or show it again with what is wrong."""
    site = visit.site
    fields = _fields(site.version.key)
    names = [f["name"] for f in fields]
    post = forms.read(visit.request, visit.session, site.texts, "config", names)
    if post.button == "cancel":
        return redirect("/s/dashboard")
    # A field that was not sent is empty, however it was before: a form posts as a whole.
    values = {f["name"]: _value(f, post.values.get(f["name"], [])) for f in fields}
    required = {f["name"] for f in fields if f.get("required")}
    errors = {name: [site.texts("value_required")] for name in required if not values[name]}
    if post.errors or errors:
        return _render(visit, values, errors, post.errors)
    settings = site.settings.read()
    site.settings.write(
        {
            **settings,
            "form": _cleaned(values),
            "site_url": values[_SITE_URL] or settings["site_url"],
        }
    )
    visit.session.flashes.append((site.texts("configuration_saved"), False))
    if post.button == "save":
        return redirect("/s/dashboard")
    tab = values["config[coreconfig][last_shown_tab]"]
    return redirect(f"/s/config/edit?tab={tab}" if tab else "/s/config/edit")


def _value(field: dict[str, Any], sent: list[str]) -> str | list[str]:
    if field["kind"] == "multiple":
        return sent
    return sent[-1] if sent else ""


def _saved(site: Site) -> dict[str, Any]:
    settings = site.settings.read()
    defaults = {f["name"]: f.get("order", f.get("value", "")) for f in _fields(site.version.key)}
    return {**defaults, _SITE_URL: settings["site_url"], **settings.get("form", {})}


def _cleaned(values: dict[str, Any]) -> dict[str, Any]:
    """Return what Mautic writes: its own cleaning changes eight values of an untouched form."""
    cleaned = dict(values)
    for name in _CLEANED_TEXTS:
        key = f"config[emailconfig][{name}]"
        cleaned[key] = cleaned[key].replace("'|URL|'", '"|URL|"')
    bots = "config[coreconfig][do_not_track_bots]"
    cleaned[bots] = "\n".join(line.strip() for line in cleaned[bots].splitlines())
    for attribute, default in _SAML_DEFAULTS.items():
        key = f"config[userconfig][saml_idp_{attribute}_attribute]"
        cleaned[key] = cleaned[key] or default
    return cleaned


def _render(
    visit: Visit, values: dict[str, Any], errors: dict[str, list[str]], form_errors: list[str]
) -> Response:
    site = visit.site
    tabs = [
        {
            "id": tab["id"],
            "label": tab["label"],
            "wrong": any(f["name"] in errors for f in tab["fields"]),
            "fields": [_control(site, f, values[f["name"]], errors) for f in tab["fields"]],
        }
        for tab in _tabs(site.version.key)
    ]
    return site.page(
        "configuration.html.j2",
        site.texts("configuration"),
        visit.session,
        tabs=tabs,
        active=tabs[0]["id"],
        form_errors=form_errors,
        token=visit.session.token("config"),
    )


def _control(
    site: Site, field: dict[str, Any], value: Any, errors: dict[str, list[str]]
) -> dict[str, Any]:
    """Describe one control to the template."""
    name = field["name"]
    words = name.rstrip("[]").rpartition("[")[2] or name
    return {
        "name": name,
        "id": name.replace("][", "_").replace("[", "_").strip("[]_"),
        "kind": field["kind"],
        "label": site.texts(_LABELS[name]) if name in _LABELS else words.replace("_", " "),
        "value": value,
        "options": field.get("options", []),
        "order": _order(field, value),
        "required": field.get("required", False),
        "errors": errors.get(name, []),
    }


def _order(field: dict[str, Any], value: Any) -> str | None:
    """Return the ordered multi-select's value, which its options do not show.

    Without JavaScript nothing is selected there: the value is a JSON list in `data-order`.
    """
    if "order" not in field:
        return None
    return json.dumps(value, separators=(",", ":")) if value else ""
