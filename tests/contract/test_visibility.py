"""What can be seen, and pressed, in a browser with JavaScript off.

Source: live 5.1.0 and 7.0.0 in Chromium, JavaScript off: the same tests run against them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from contract.targets import (
    ADMIN_EMAIL,
    ADMIN_PASSWORD,
    ADMIN_USERNAME,
    Target,
    all_targets,
    from_environment,
    stand_in,
)
from mautic_bootstrap.admin.browser import find_chromium
from mautic_bootstrap.errors import BrowserMissingError
from mautic_bootstrap.rehearsal.server import RehearsalServer
from mautic_bootstrap.rehearsal.versions import VERSIONS

pytestmark = pytest.mark.browser

_API = "#config_apiconfig_api_"
_WIDE = ViewportSize(width=1400, height=1000)
_NARROW = ViewportSize(width=800, height=1000)
_TIMEOUT_MS = 60_000
_SECOND_ADMIN = {
    "firstName": "Second",
    "lastName": "Admin",
    "username": "second",
    "email": "second@example.com",
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    try:
        executable = find_chromium(os.environ)
    except BrowserMissingError as exc:
        pytest.skip(exc.sentence())
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=executable, chromium_sandbox=os.geteuid() != 0
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=all_targets(), ids=" ".join)
def place(request: pytest.FixtureRequest) -> Iterator[tuple[Target, str]]:
    """An installed target and its version."""
    name, version = request.param
    if name == "live":
        live = from_environment()
        assert live is not None
        yield live, version
        return
    with RehearsalServer(version) as server:
        server.install(ADMIN_USERNAME, ADMIN_PASSWORD, ADMIN_EMAIL)
        yield stand_in(server), version


@contextmanager
def _tab(chromium: Browser, target: Target) -> Iterator[Page]:
    """A tab without JavaScript and without a session, on the login form."""
    context = chromium.new_context(base_url=target.url, java_script_enabled=False, viewport=_WIDE)
    context.set_default_timeout(_TIMEOUT_MS)
    # Fonts and pictures of other hosts are none of this test's business, and hang where there is no network.
    context.route(lambda url: not url.startswith(target.url), lambda route: route.abort())
    tab = context.new_page()
    tab.goto("/s/config/edit")
    yield tab
    context.close()


@pytest.fixture
def login_form(place: tuple[Target, str], chromium: Browser) -> Iterator[Page]:
    """The login form."""
    with _tab(chromium, place[0]) as tab:
        yield tab


@pytest.fixture(scope="module")
def admin(place: tuple[Target, str], chromium: Browser) -> Iterator[Page]:
    """A tab that is logged in."""
    target, _ = place
    with _tab(chromium, target) as tab:
        tab.fill("#username", target.username)
        tab.fill("#password", target.password)
        _press(tab, 'form[name="login"] [type=submit]')
        assert tab.url.endswith("/s/config/edit")
        yield tab


@pytest.fixture
def configuration(admin: Page) -> Page:
    """The configuration page."""
    if not admin.url.endswith("/s/config/edit"):
        admin.goto("/s/config/edit")
    return admin


def _press(page: Page, button: str) -> None:
    """Press a button and wait for the whole page it leads to."""
    page.click(button)
    page.wait_for_load_state()


def _seen(page: Page, *selectors: str) -> dict[str, bool]:
    """Return which of the selectors show something."""
    return {selector: page.locator(selector).is_visible() for selector in selectors}


def test_login_form_is_visible_and_its_token_is_not(login_form: Page) -> None:
    form = 'form[name="login"]'
    assert _seen(login_form, "#username", "#password", "#remember_me", f"{form} [type=submit]") == {
        "#username": True,
        "#password": True,
        "#remember_me": True,
        f"{form} [type=submit]": True,
    }
    assert not login_form.locator('[name="_csrf_token"]').is_visible()


def test_configuration_shows_its_real_buttons_and_no_clones(
    configuration: Page, place: tuple[Target, str]
) -> None:
    real = [f"#config_buttons_{name}" for name in ("apply", "save", "cancel")]
    assert _seen(configuration, *real) == dict.fromkeys(real, True)
    assert configuration.locator("[id$=_toolbar], [id$=_toolbar_mobile]").count() == 0


def test_configuration_shows_the_api_tab_alone_with_its_lifetimes(
    configuration: Page, place: tuple[Target, str]
) -> None:
    # With JavaScript the lifetimes hide while the API is off.
    assert _seen(
        configuration,
        f"{_API}oauth2_access_token_lifetime",
        f"{_API}oauth2_refresh_token_lifetime",
        "#config_coreconfig_site_url",
    ) == {
        f"{_API}oauth2_access_token_lifetime": True,
        f"{_API}oauth2_refresh_token_lifetime": True,
        "#config_coreconfig_site_url": False,
    }


def test_radios_are_hidden_behind_a_toggle_or_shown_in_a_button_group(
    configuration: Page, place: tuple[Target, str]
) -> None:
    toggles = VERSIONS[place[1]].toggles
    for name in ("enabled", "enable_basic_auth"):
        radios = [f"{_API}{name}_0", f"{_API}{name}_1"]
        assert _seen(configuration, *radios) == dict.fromkeys(radios, not toggles)
        assert configuration.locator(f"{_API}{name}_label").count() == int(toggles)


def test_radios_can_be_clicked_through_the_document_object_model(
    configuration: Page, place: tuple[Target, str]
) -> None:
    for value in ("1", "0"):
        configuration.locator(f"{_API}enabled_{value}").evaluate("radio => radio.click()")
        assert configuration.locator(f"{_API}enabled_{value}").is_checked()


def test_credential_form_leads_to_a_page_that_shows_id_and_secret(
    admin: Page, place: tuple[Target, str]
) -> None:
    admin.goto("/s/credentials/new")
    form = ["#client_name", "#client_redirectUris", "#client_buttons_apply", "#client_buttons_save"]
    assert _seen(admin, *form) == dict.fromkeys(form, True)
    admin.fill("#client_name", "visible")
    admin.fill("#client_redirectUris", "https://localhost/callback")
    _press(admin, "#client_buttons_apply")
    shown = ["#client_publicId", "#client_secret"]
    assert _seen(admin, *shown) == dict.fromkeys(shown, True)
    assert all(admin.locator(field).is_disabled() for field in shown)
    assert admin.url.endswith("/s/credentials/new")


def test_list_hides_ids_and_secrets_in_a_narrow_window(
    admin: Page, place: tuple[Target, str]
) -> None:
    if admin.goto("/s/credentials") and not admin.locator("table.client-list tbody tr").count():
        admin.goto("/s/credentials/new")
        admin.fill("#client_name", "visible")
        admin.fill("#client_redirectUris", "https://localhost/callback")
        _press(admin, "#client_buttons_save")
    secrets = admin.locator("table.client-list tbody tr").first.locator("input[readonly]")
    assert [secrets.nth(i).is_visible() for i in (0, 1)] == [True, True]
    admin.set_viewport_size(_NARROW)
    assert [secrets.nth(i).is_visible() for i in (0, 1)] == [False, False]


def test_a_new_role_shows_its_details_and_hides_its_boxes(
    admin: Page, place: tuple[Target, str]
) -> None:
    admin.goto("/s/roles/new")
    real = [f"#role_buttons_{name}" for name in ("apply", "save", "cancel")]
    box = '[name="role[permissions][lead:leads][]"][value="viewown"]'
    assert _seen(admin, "#role_name", "#role_description", *real, box) == {
        "#role_name": True,
        "#role_description": True,
        **dict.fromkeys(real, True),
        box: False,
    }
    toggles = VERSIONS[place[1]].toggles
    assert _seen(admin, "#role_isAdmin_1") == {"#role_isAdmin_1": not toggles}


def test_boxes_and_the_admin_flag_can_be_clicked_through_the_document_object_model(
    admin: Page, place: tuple[Target, str]
) -> None:
    admin.goto("/s/roles/new")
    admin.fill("#role_name", "visible")
    ticked = admin.locator('[name="role[permissions][lead:leads][]"][value="viewown"]')
    for control in (ticked, admin.locator("#role_isAdmin_1"), admin.locator("#role_isAdmin_0")):
        control.evaluate("control => control.click()")
        assert control.is_checked()
    _press(admin, "#role_buttons_apply")
    assert ticked.is_checked()
    assert admin.locator('form[name="role"]').get_attribute("action") != "/s/roles/new"
    _press(admin, "#role_buttons_cancel")
    assert admin.locator("table.role-list").is_visible()


def test_a_new_user_form_shows_every_field_it_needs(admin: Page, place: tuple[Target, str]) -> None:
    admin.goto("/s/users/new")
    names = ("firstName", "lastName", "role", "position", "username", "email", "timezone")
    fields = [f"#user_{name}" for name in names]
    fields += [f"#user_plainPassword_{name}" for name in ("password", "confirm")]
    fields += [f"#user_buttons_{name}" for name in ("apply", "save", "cancel")]
    assert _seen(admin, *fields) == dict.fromkeys(fields, True)


def test_an_account_has_two_buttons(admin: Page, place: tuple[Target, str]) -> None:
    admin.goto("/s/account")
    buttons = ("#user_buttons_save", "#user_buttons_cancel", "#user_plainPassword_password")
    assert _seen(admin, *buttons) == dict.fromkeys(buttons, True)
    assert admin.locator("#user_buttons_apply").count() == 0


def test_a_form_whose_lock_another_took_over_is_led_to_itself_for_ever(
    admin: Page, place: tuple[Target, str], chromium: Browser
) -> None:
    # Mautic leads back to where the browser came from, and that is the locked form.
    admin.goto("/s/users/new")
    for field, value in _SECOND_ADMIN.items():
        admin.fill(f"#user_{field}", value)
    for field in ("password", "confirm"):
        admin.fill(f"#user_plainPassword_{field}", ADMIN_PASSWORD)
    admin.select_option("#user_role", "1")
    _press(admin, "#user_buttons_save")
    admin.goto("/s/roles/edit/1")
    with _tab(chromium, place[0]) as other:
        other.fill("#username", _SECOND_ADMIN["username"])
        other.fill("#password", ADMIN_PASSWORD)
        _press(other, 'form[name="login"] [type=submit]')
        other.goto("/s/roles/edit/1")
        assert other.locator("table.role-list").is_visible()
        override = other.locator('#flashes a[href^="/s/action/unlock/user.role/1"]')
        assert override.is_visible()
        other.goto(override.get_attribute("href") or "")
        other.goto("/s/roles/edit/1")
        assert other.locator("#role_name").input_value() == "Administrator"
        with admin.expect_event("requestfailed") as failed:
            admin.click("#role_buttons_cancel", no_wait_after=True)
        assert failed.value.failure == "net::ERR_TOO_MANY_REDIRECTS"
        _press(other, "#role_buttons_cancel")
    admin.goto("/s/roles")
    # Every turn left a message. On a real page they pile up over a form's buttons.
    assert admin.locator("#flashes .alert-growl--error").count() > 5
