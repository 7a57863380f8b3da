"""What reconcile brings about on both imitated versions, and what it leaves alone."""

import json

import pytest

from browser.conftest import Bring
from mautic_bootstrap.admin.model import Change
from mautic_bootstrap.errors import AmbiguousClientError, CredentialsError, SecretUnreadableError
from mautic_bootstrap.rehearsal.database import update
from mautic_bootstrap.rehearsal.model import clients, people
from mautic_bootstrap.rehearsal.server import RehearsalServer

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shared_browser")]

_API_ON = Change("Mautic's API", "off", "on")
_BASIC_ON = Change("HTTP basic auth for the API", "off", "on")


def _add_clients(mautic: RehearsalServer, *names: str) -> list[int]:
    database = mautic.site.database
    role = people.role(database, 1)
    return [clients.make(database, name, ["https://localhost/"], role) for name in names]


def _posts(mautic: RehearsalServer) -> list[str]:
    return [r.path for r in mautic.requests if r.method != "GET"]


@pytest.fixture
def with_api(rehearsal_7: RehearsalServer) -> RehearsalServer:
    settings = rehearsal_7.site.settings
    form = {"config[apiconfig][api_enabled]": "1", "config[apiconfig][api_enable_basic_auth]": "0"}
    settings.write({**settings.read(), "form": form})
    return rehearsal_7


def test_a_fresh_mautic_gets_api_and_client(rehearsal: RehearsalServer, bring: Bring) -> None:
    outcome = bring(rehearsal.url)

    assert outcome.mautic_version == rehearsal.site.version.number
    assert outcome.changes == (_API_ON, Change("OAuth2 client app", "absent", "present"))
    assert not outcome.adopted
    row = clients.everyone(rehearsal.site.database)[0]
    assert outcome.client is not None
    assert outcome.client.name == "app"
    assert outcome.client.number == row["id"]
    assert outcome.client.client_id == clients.public_id(row)
    assert outcome.client.secret.get_secret_value() == row["secret"]
    assert json.loads(row["redirect_uris"]) == ["https://localhost/callback"]
    assert rehearsal.site.settings.switched_on("api_enabled")
    assert not rehearsal.site.settings.switched_on("api_enable_basic_auth")


def test_a_second_run_adopts_and_changes_nothing(rehearsal: RehearsalServer, bring: Bring) -> None:
    first = bring(rehearsal.url)
    rehearsal.requests.clear()

    second = bring(rehearsal.url)

    assert second.adopted
    assert second.changes == second.also_changed == ()
    assert second.client == first.client
    assert _posts(rehearsal) == ["/s/login_check"]
    assert len(clients.everyone(rehearsal.site.database)) == 1


def test_check_mode_sends_nothing_but_the_login(rehearsal: RehearsalServer, bring: Bring) -> None:
    outcome = bring(rehearsal.url, check=True, basic_auth=True)

    client = Change("OAuth2 client app", "absent", "present")
    assert outcome.changes == (_API_ON, _BASIC_ON, client)
    assert outcome.client is None
    assert _posts(rehearsal) == ["/s/login_check"]
    assert clients.everyone(rehearsal.site.database) == []
    assert not rehearsal.site.settings.switched_on("api_enabled")


def test_check_mode_shows_an_adopted_client(with_api: RehearsalServer, bring: Bring) -> None:
    (number,) = _add_clients(with_api, "app")

    outcome = bring(with_api.url, check=True)

    assert outcome.changes == ()
    assert outcome.adopted
    assert outcome.client is not None
    assert outcome.client.number == number


def test_a_save_tells_every_other_value_it_changed(
    rehearsal: RehearsalServer, bring: Bring
) -> None:
    outcome = bring(rehearsal.url)

    assert [change.what for change in outcome.also_changed] == [
        "config[coreconfig][do_not_track_bots]",
        "config[emailconfig][resubscribe_message]",
        "config[emailconfig][unsubscribe_message]",
        "config[emailconfig][unsubscribe_text]",
        "config[emailconfig][webview_text]",
        "config[userconfig][saml_idp_email_attribute]",
        "config[userconfig][saml_idp_firstname_attribute]",
        "config[userconfig][saml_idp_lastname_attribute]",
    ]
    quotes = outcome.also_changed[3]
    assert "href='|URL|'" in quotes.before
    assert 'href="|URL|"' in quotes.after


def test_a_save_keeps_the_order_of_the_contact_columns(
    rehearsal: RehearsalServer, bring: Bring
) -> None:
    columns = "config[leadconfig][contact_columns][]"
    settings = rehearsal.site.settings
    settings.write({**settings.read(), "form": {columns: ["id", "email", "name"]}})

    outcome = bring(rehearsal.url)

    assert settings.read()["form"][columns] == ["id", "email", "name"]
    assert columns not in [change.what for change in outcome.also_changed]


def test_a_translated_ui_works_alike(rehearsal: RehearsalServer, bring: Bring) -> None:
    rehearsal.site.flags.german = True

    assert bring(rehearsal.url).client is not None
    assert bring(rehearsal.url).adopted


def test_the_page_asked_for_first_is_where_the_login_lands(
    rehearsal: RehearsalServer, bring: Bring
) -> None:
    bring(rehearsal.url, client_name=None)

    assert [(r.method, r.path) for r in rehearsal.requests] == [
        ("GET", "/s/config/edit?tab=apiconfig"),
        ("GET", "/s/login"),
        ("POST", "/s/login_check"),
        ("GET", "/s/config/edit?tab=apiconfig"),
        ("POST", "/s/config/edit"),
        ("GET", "/s/config/edit"),
        ("GET", "/api/contacts"),
    ]


def test_each_step_is_told_as_it_happens(
    rehearsal_7: RehearsalServer, bring: Bring, steps: list[str]
) -> None:
    bring(rehearsal_7.url)

    assert [step.strip().rpartition(":")[0] for step in steps] == [
        "Start Chromium",
        "Log in as admin",
        "Look for the OAuth2 client app",
        "Read the API settings",
        "Save the API settings and read them back",
        "Create the OAuth2 client app",
        "Read its id and secret back from the list",
    ]


def test_basic_auth_alone_makes_no_client(rehearsal: RehearsalServer, bring: Bring) -> None:
    outcome = bring(rehearsal.url, client_name=None, basic_auth=True)

    assert outcome.changes == (_API_ON, _BASIC_ON)
    assert outcome.client is None
    assert not outcome.adopted
    assert rehearsal.site.settings.switched_on("api_enable_basic_auth")
    assert not [r for r in rehearsal.requests if "credentials" in r.path]


def test_basic_auth_goes_off_only_when_asked(rehearsal_7: RehearsalServer, bring: Bring) -> None:
    mautic = rehearsal_7.site.settings
    bring(rehearsal_7.url, basic_auth=True)

    assert bring(rehearsal_7.url, basic_auth=None).changes == ()
    assert mautic.switched_on("api_enable_basic_auth")

    off = bring(rehearsal_7.url, basic_auth=False)

    assert off.changes == (Change("HTTP basic auth for the API", "on", "off"),)
    assert off.also_changed == ()
    assert mautic.switched_on("api_enabled")
    assert not mautic.switched_on("api_enable_basic_auth")


def test_a_client_is_found_on_a_later_page(rehearsal: RehearsalServer, bring: Bring) -> None:
    *_, wanted = _add_clients(rehearsal, *(f"client {n:02}" for n in range(64)), "the wanted one")

    outcome = bring(rehearsal.url, client_name="the wanted one", check=True)

    assert outcome.client is not None
    assert outcome.client.number == wanted
    lists = [r.path for r in rehearsal.requests if r.path.startswith("/s/credentials")]
    assert all("?search=&" in path for path in lists)
    assert len(clients.everyone(rehearsal.site.database)) == 65


def test_only_the_exact_name_counts(with_api: RehearsalServer, bring: Bring) -> None:
    _add_clients(with_api, "App", "my app", "app 2", "application")

    outcome = bring(with_api.url)

    assert not outcome.adopted
    assert len(clients.everyone(with_api.site.database)) == 5


@pytest.mark.parametrize("between", [0, 40])
def test_two_clients_of_the_name_are_listed_and_nothing_is_changed(
    rehearsal: RehearsalServer, bring: Bring, between: int
) -> None:
    numbers = _add_clients(rehearsal, "app", *(f"app {n:02}" for n in range(between)), "app")
    twins = [clients.find(rehearsal.site.database, n) for n in (numbers[0], numbers[-1])]

    with pytest.raises(AmbiguousClientError) as caught:
        bring(rehearsal.url)

    text = caught.value.diagnostics()
    assert "expected one OAuth2 client named app, saw 2: number 1 (id 1_" in text
    assert f"number {numbers[-1]} (id " in text
    assert "choose another mautic_client_name. Nothing was changed." in text
    for twin in twins:
        assert twin is not None
        assert twin["secret"] not in text
        assert clients.public_id(twin) not in text
    assert _posts(rehearsal) == ["/s/login_check"]


def test_a_checked_out_client_is_adopted_because_its_page_is_never_opened(
    with_api: RehearsalServer, bring: Bring
) -> None:
    _add_clients(with_api, "app")
    with_api.site.flags.locked_by = "Somebody Else"

    assert bring(with_api.url).adopted
    assert not [r for r in with_api.requests if "/edit/" in r.path and "credentials" in r.path]


def test_a_client_without_a_secret_in_the_list_is_an_error(
    with_api: RehearsalServer, bring: Bring
) -> None:
    (number,) = _add_clients(with_api, "app")
    update(with_api.site.database, "oauth2_clients", number, {"secret": ""})

    with pytest.raises(SecretUnreadableError, match="client number 1 without them"):
        bring(with_api.url)


def test_a_redirect_uri_that_mautic_refuses_is_quoted(
    rehearsal: RehearsalServer, bring: Bring
) -> None:
    with pytest.raises(CredentialsError) as caught:
        bring(rehearsal.url, redirect_uri="nonsense")

    assert (
        'saw the form again: "client[redirectUris]: nonsense is an invalid URI". '
        "Check mautic_client_name and mautic_client_redirect_uri."
    ) in str(caught.value)
    assert clients.everyone(rehearsal.site.database) == []
