"""What reconcile brings about on both imitated versions, and what it leaves alone."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from browser.conftest import Bring, bringer
from browser.mautics import ROLE, USUAL, Mautic
from contract.targets import ADMIN_PASSWORD, ADMIN_USERNAME
from mautic_bootstrap.admin import launch
from mautic_bootstrap.admin.model import Change, OAuth2Client, Outcome
from mautic_bootstrap.errors import AmbiguousClientError, CredentialsError, SecretUnreadableError
from mautic_bootstrap.rehearsal.database import update
from mautic_bootstrap.rehearsal.model import clients, people
from mautic_bootstrap.rehearsal.server import RehearsalServer
from mautic_bootstrap.rehearsal.versions import VERSIONS
from mautic_bootstrap.rights import words
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("shared_browser")]

_API_ON = Change("Mautic's API", "off", "on")
_BASIC_ON = Change("HTTP basic auth for the API", "off", "on")
_CLIENT_MADE = Change("OAuth2 client app", "absent", "present")
_ROLE_MADE = Change("role mautic-bootstrap: app", "absent", words(DEFAULT_PERMISSIONS))


@dataclass(frozen=True)
class FirstRun:
    """A fresh stand-in after one run, which several tests look at and none changes."""

    mautic: Mautic
    outcome: Outcome
    client: OAuth2Client
    steps: list[str]


@pytest.fixture(scope="module", params=sorted(VERSIONS))
def first_run(
    request: pytest.FixtureRequest, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FirstRun]:
    steps: list[str] = []
    with Mautic(request.param) as mautic, pytest.MonkeyPatch.context() as patch:
        mautic.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        patch.setattr(launch, "_start", lambda *_: chromium)
        outcome = bringer(tmp_path_factory.mktemp("evidence"), steps)(mautic.url)
        assert outcome.client is not None
        yield FirstRun(mautic, outcome, outcome.client, steps)


def _add_clients(mautic: RehearsalServer, *names: str) -> list[int]:
    database = mautic.site.database
    role = people.role(database, 1)
    return [clients.make(database, name, ["https://localhost/"], role) for name in names]


def _posts(mautic: RehearsalServer) -> list[str]:
    return [r.path for r in mautic.requests if r.method != "GET"]


def test_a_fresh_mautic_gets_api_and_client(first_run: FirstRun) -> None:
    site, outcome = first_run.mautic.site, first_run.outcome

    assert outcome.mautic_version == site.version.number
    assert outcome.changes == (_API_ON, _CLIENT_MADE, _ROLE_MADE)
    assert not outcome.adopted
    assert site.settings.switched_on("api_enabled")
    assert not site.settings.switched_on("api_enable_basic_auth")


def test_the_client_acts_by_a_role_of_ours_with_just_the_rights_asked_for(
    first_run: FirstRun,
) -> None:
    assert first_run.mautic.holdings() == USUAL
    assert first_run.mautic.were_admins == {"Administrator", ROLE}
    assert first_run.mautic.checked_out() == []


def test_id_and_secret_are_those_of_the_client_that_was_made(first_run: FirstRun) -> None:
    (row,) = clients.everyone(first_run.mautic.site.database)

    assert first_run.client.name == row["name"] == "app"
    assert first_run.client.number == row["id"]
    assert first_run.client.client_id == clients.public_id(row)
    assert first_run.client.secret.get_secret_value() == row["secret"]
    assert json.loads(row["redirect_uris"]) == ["https://localhost/callback"]


def test_a_save_tells_every_other_value_it_changed(first_run: FirstRun) -> None:
    also = first_run.outcome.also_changed

    assert [change.what for change in also] == [
        "config[coreconfig][do_not_track_bots]",
        "config[emailconfig][resubscribe_message]",
        "config[emailconfig][unsubscribe_message]",
        "config[emailconfig][unsubscribe_text]",
        "config[emailconfig][webview_text]",
        "config[userconfig][saml_idp_email_attribute]",
        "config[userconfig][saml_idp_firstname_attribute]",
        "config[userconfig][saml_idp_lastname_attribute]",
    ]
    assert "href='|URL|'" in also[3].before
    assert 'href="|URL|"' in also[3].after


def test_each_step_is_told_as_it_happens(first_run: FirstRun) -> None:
    assert [step.strip().rpartition(":")[0] for step in first_run.steps] == [
        "Start Chromium",
        "Log in as admin",
        "Look for the OAuth2 client app",
        "Look for its role and user",
        "Read the API settings",
        "Save the API settings and read them back",
        "Create the role mautic-bootstrap: app",
        "Have the user mautic-bootstrap-app hold it",
        "Create the OAuth2 client app as that user",
        "Reduce the role to the rights asked for, and read them back",
        "Keep the user from logging in",
        "Read the client's id and secret back from the list",
        "Prove its rights by real calls",
    ]


def test_a_second_run_adopts_and_changes_nothing(first_run: FirstRun, bring: Bring) -> None:
    first_run.mautic.requests.clear()

    second = bring(first_run.mautic.url)

    assert second.adopted
    assert second.changes == second.also_changed == ()
    assert second.client == first_run.client
    assert set(_posts(first_run.mautic)) == {"/s/login_check", "/oauth/v2/token"}
    assert len(clients.everyone(first_run.mautic.site.database)) == 1


def test_check_mode_shows_an_adopted_client(first_run: FirstRun, bring: Bring) -> None:
    outcome = bring(first_run.mautic.url, check=True)

    assert outcome.changes == ()
    assert outcome.adopted
    assert outcome.client == first_run.client


def test_check_mode_sends_nothing_but_the_login(rehearsal: RehearsalServer, bring: Bring) -> None:
    outcome = bring(rehearsal.url, check=True, basic_auth=True)

    assert outcome.changes == (_API_ON, _BASIC_ON, _CLIENT_MADE, _ROLE_MADE)
    assert outcome.client is None
    assert _posts(rehearsal) == ["/s/login_check"]
    assert clients.everyone(rehearsal.site.database) == []
    assert not rehearsal.site.settings.switched_on("api_enabled")


def test_a_save_keeps_the_order_of_the_contact_columns(
    rehearsal_7: RehearsalServer, bring: Bring
) -> None:
    columns = "config[leadconfig][contact_columns][]"
    settings = rehearsal_7.site.settings
    settings.write({**settings.read(), "form": {columns: ["id", "email", "name"]}})

    outcome = bring(rehearsal_7.url, login="admin", permissions=None)

    assert settings.read()["form"][columns] == ["id", "email", "name"]
    assert columns not in [change.what for change in outcome.also_changed]


def test_a_translated_ui_works_alike(rehearsal: RehearsalServer, bring: Bring) -> None:
    rehearsal.site.flags.german = True

    assert bring(rehearsal.url).changes == (_API_ON, _CLIENT_MADE, _ROLE_MADE)


def test_basic_auth_alone_makes_no_client_and_loads_no_page_twice(
    rehearsal: RehearsalServer, bring: Bring
) -> None:
    outcome = bring(rehearsal.url, login="admin", permissions=None, basic_auth=True)

    assert outcome.changes == (_API_ON, _BASIC_ON)
    assert outcome.client is None
    assert not outcome.adopted
    assert rehearsal.site.settings.switched_on("api_enable_basic_auth")
    assert [(r.method, r.path) for r in rehearsal.requests] == [
        ("GET", "/s/config/edit?tab=apiconfig"),
        ("GET", "/s/login"),
        ("POST", "/s/login_check"),
        ("GET", "/s/config/edit?tab=apiconfig"),
        ("POST", "/s/config/edit"),
        ("GET", "/s/config/edit"),
        ("GET", "/api/contacts"),
    ]


def test_basic_auth_goes_off_only_when_asked(rehearsal_7: RehearsalServer, bring: Bring) -> None:
    settings = rehearsal_7.site.settings
    both = ("api_enabled", "api_enable_basic_auth")
    on = {f"config[apiconfig][{name}]": "1" for name in both}
    settings.write({**settings.read(), "form": on})

    assert bring(rehearsal_7.url, login="admin", permissions=None).changes == ()
    assert [settings.switched_on(name) for name in both] == [True, True]

    outcome = bring(rehearsal_7.url, login="admin", permissions=None, basic_auth=False)

    assert outcome.changes == (Change("HTTP basic auth for the API", "on", "off"),)
    assert [settings.switched_on(name) for name in both] == [True, False]


def test_a_client_is_found_on_a_later_page(rehearsal: RehearsalServer, bring: Bring) -> None:
    *_, wanted = _add_clients(rehearsal, *(f"client {n:02}" for n in range(64)), "the wanted one")

    outcome = bring(rehearsal.url, client_name="the wanted one", check=True)

    assert outcome.client is not None
    assert outcome.client.number == wanted
    lists = [r.path for r in rehearsal.requests if r.path.startswith("/s/credentials")]
    assert all("?search=&" in path for path in lists)


def test_only_the_exact_name_counts(rehearsal_7: RehearsalServer, bring: Bring) -> None:
    _add_clients(rehearsal_7, "App", "my app", "app 2", "application", "app,app")

    outcome = bring(rehearsal_7.url, check=True)

    assert _CLIENT_MADE in outcome.changes
    assert not outcome.adopted


def test_two_clients_of_the_name_are_listed_and_nothing_is_changed(
    rehearsal: RehearsalServer, bring: Bring
) -> None:
    numbers = _add_clients(rehearsal, "app", *(f"app {n:02}" for n in range(40)), "app")
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
    rehearsal_7: RehearsalServer, bring: Bring
) -> None:
    _add_clients(rehearsal_7, "app")
    rehearsal_7.site.flags.locked_by = "Somebody Else"

    assert bring(rehearsal_7.url, check=True).adopted
    assert not [r for r in rehearsal_7.requests if "/s/credentials/edit/" in r.path]


def test_a_client_without_a_secret_in_the_list_is_an_error(
    rehearsal_7: RehearsalServer, bring: Bring
) -> None:
    (number,) = _add_clients(rehearsal_7, "app")
    update(rehearsal_7.site.database, "oauth2_clients", number, {"secret": ""})

    with pytest.raises(SecretUnreadableError, match="client number 1 without them"):
        bring(rehearsal_7.url)


def test_a_redirect_uri_that_mautic_refuses_is_quoted(
    rehearsal_7: RehearsalServer, bring: Bring
) -> None:
    with pytest.raises(CredentialsError) as caught:
        bring(rehearsal_7.url, redirect_uri="nonsense")

    assert (
        'saw the form again: "client[redirectUris]: nonsense is an invalid URI". '
        "Check mautic_client_name and mautic_client_redirect_uri."
    ) in str(caught.value)
    assert clients.everyone(rehearsal_7.site.database) == []
