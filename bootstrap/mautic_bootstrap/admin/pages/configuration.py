"""The configuration page, of which only the API tab is ever changed."""

from collections.abc import Mapping

from mautic_bootstrap.admin.model import Switches
from mautic_bootstrap.admin.session import AdminSession

# Source: `ConfigBundle/Resources/views/Config/form.html.twig`, `ConfigBundle/Form/Type/ConfigType.php`,
# `ApiBundle/Form/Type/ConfigType.php`; recordings "config api tab, ..."; same ids 4.4 to 7.2.0-rc.
_FORM = 'form[name="config"]'
_RADIO = "#config_apiconfig_{field}_{value}"
_API = "api_enabled"
_BASIC_AUTH = "api_enable_basic_auth"
_APPLY = "#config_buttons_apply"
# Stands beside the tabs where `config/local.php` cannot be written, also before any save.
# Source: `ConfigBundle/Resources/views/Config/form.html.twig` (`isWritable`); 5.1.0, 7.0.0.
_NOT_WRITABLE = ":has(> .list-group-tabs) > .alert-danger"
# The fields that a save here is meant to change.
ASKED_FIELDS = (f"config[apiconfig][{_API}]", f"config[apiconfig][{_BASIC_AUTH}]")
# What has another name is part of the page's own controls and never saved; token and tab are no settings.
_SETTINGS = "config["
_NO_SETTINGS = ("config[_token]", "config[coreconfig][last_shown_tab]")
# Lists whose order the page's script keeps have no selected option in the markup: their value is the JSON
# list in `data-order`. Source: `LeadBundle/Form/Type/ConfigType.php` (contact_columns; in 7.2 also
# company_columns); live 5.1.0, 7.0.0.
_ORDER = """const order = select => {
    try { return JSON.parse(select.dataset.order || "[]").map(String) } catch { return [] }
}"""
_READ_VALUES = f"""form => {{
    {_ORDER}
    const settings = {{}}
    for (const field of form.elements) {{
        if (!field.name || field.disabled || ["submit", "button"].includes(field.type)) continue
        const values = settings[field.name] ??= []
        if (["radio", "checkbox"].includes(field.type)) {{
            if (field.checked) values.push(field.value)
        }} else if (field.type === "select-multiple") {{
            const selected = [...field.selectedOptions].map(option => option.value)
            values.push(...(selected.length ? selected : order(field)))
        }} else values.push(field.value)
    }}
    return settings
}}"""
# Options are sent in the order they stand in, so the chosen ones are moved, in theirs, to the end.
_SELECT_ORDERED = f"""form => {{
    {_ORDER}
    for (const select of form.querySelectorAll("select[multiple][data-order]")) {{
        if (select.selectedOptions.length) continue
        for (const value of order(select)) {{
            const option = [...select.options].find(option => option.value === value)
            if (option) {{ select.append(option); option.selected = true }}
        }}
    }}
}}"""


class ConfigurationPage:
    """Mautic's configuration, one form over all tabs."""

    PATH = "/s/config/edit?tab=apiconfig"

    def __init__(self, session: AdminSession) -> None:
        self._session = session

    def open(self) -> None:
        """Go to the configuration's API tab, unless Mautic has just sent us there."""
        if not self._session.was_sent_to("/s/config/edit"):
            self._session.open(self.PATH)
        if not self._session.has(_radio(_API, on=True)):
            raise self._session.unexpected("the configuration page with its API settings")

    def switches(self) -> Switches:
        """Return how the two switches stand on the page."""
        return Switches(api=self._is_on(_API), basic_auth=self._is_on(_BASIC_AUTH))

    def values(self) -> Mapping[str, tuple[str, ...]]:
        """Return every setting the form would send: field name to its values, unmasked."""
        read = self._session.page.locator(_FORM).evaluate(_READ_VALUES)
        return {
            name: tuple(values)
            for name, values in read.items()
            if name.startswith(_SETTINGS) and name not in _NO_SETTINGS
        }

    @property
    def is_writable(self) -> bool:
        """Whether Mautic says that it can write its configuration file."""
        return not self._session.has(_NOT_WRITABLE)

    def save(self, switches: Switches) -> None:
        """Set both switches and send the form.

        Raises:
            UnexpectedPageError: A switch does not take its value.
        """
        self._set(_API, on=switches.api)
        self._set(_BASIC_AUTH, on=switches.basic_auth)
        self._session.page.locator(_FORM).evaluate(_SELECT_ORDERED)
        self._session.submit(_APPLY)

    def _is_on(self, field: str) -> bool:
        return self._session.page.locator(_radio(field, on=True)).is_checked()

    def _set(self, field: str, *, on: bool) -> None:
        # A click in the DOM works on 5.1's button groups and on 7.0's toggles, whose radios are hidden.
        self._session.page.locator(_radio(field, on=on)).evaluate("radio => radio.click()")
        if self._is_on(field) is not on:
            raise self._session.unexpected(
                f"the switch {field} to take its value", seen="no change on the page"
            )


def _radio(field: str, *, on: bool) -> str:
    return _RADIO.format(field=field, value=int(on))
