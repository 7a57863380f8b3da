"""The ways a stand-in can be made to misbehave, and what it then shows.

Source: Mautic's `flashes.ini`; live 5.1.0 and 7.0.0 for weak passwords; 7.1.2's throttling in the fact sheet.
"""

from collections.abc import Iterator

import httpx
import pytest

from contract import page_facts
from contract.route import walk_through
from contract.targets import ADMIN_PASSWORD, ADMIN_USERNAME, Target, stand_in
from contract.walk import Seen, Visitor
from contract.walk_pages import make_client
from mautic_bootstrap.rehearsal.pages.site import Flags
from mautic_bootstrap.rehearsal.server import RehearsalServer
from mautic_bootstrap.rehearsal.versions import VERSIONS

_WRONG = "x9-Right_Strong_But_Wrong"


@pytest.fixture(params=sorted(VERSIONS))
def server(request: pytest.FixtureRequest) -> Iterator[RehearsalServer]:
    with RehearsalServer(request.param) as running:
        running.install(ADMIN_USERNAME, ADMIN_PASSWORD)
        yield running


@pytest.fixture
def visitor(server: RehearsalServer) -> Iterator[Visitor]:
    target = Target("stand-in", server.url, ADMIN_USERNAME, ADMIN_PASSWORD, None)
    with Visitor(target, Seen()) as opened:
        yield opened


def _messages(html: str) -> list[str]:
    return [flash["text"] for flash in page_facts.facts(html)["flashes"]]


def _try(visitor: Visitor, password: str) -> str:
    visitor.open(None, "/s/login")
    return visitor.log_in(None, ADMIN_USERNAME, password)


def test_fourth_try_is_throttled_even_with_the_right_password(
    server: RehearsalServer, visitor: Visitor
) -> None:
    server.site.flags.throttling = True
    for _ in range(3):
        text = "Invalid login. Please verify credentials."
        assert _messages(_try(visitor, _WRONG)) == [text]
    text = "Too many failed login attempts, please try again in 30 minutes."
    assert _messages(_try(visitor, ADMIN_PASSWORD)) == [text]


def test_without_throttling_failures_do_not_count(visitor: Visitor) -> None:
    for _ in range(4):
        _try(visitor, _WRONG)
    assert page_facts.facts(_try(visitor, ADMIN_PASSWORD))["title"] == "Dashboard | Mautic"


def test_disabled_account_is_named_on_request(server: RehearsalServer, visitor: Visitor) -> None:
    server.site.flags.names_disabled_accounts = True
    server.site.database.run([("UPDATE users SET is_published = 0", ())])
    text = "Your account has been disabled. Please contact the site administrator."
    assert _messages(_try(visitor, ADMIN_PASSWORD)) == [text]


@pytest.mark.parametrize("path", ["/s/login", "/api/contacts", "/", "/s/config/edit"])
def test_offline_answers_500_to_everything(server: RehearsalServer, path: str) -> None:
    server.site.flags.offline = True
    answer = httpx.get(server.url + path)
    assert answer.status_code == 500
    assert "The site is currently offline due to encountering an error." in answer.text


def test_locked_client_leads_back_to_the_list_and_says_by_whom(
    server: RehearsalServer, visitor: Visitor
) -> None:
    _try(visitor, ADMIN_PASSWORD)
    make_client(visitor, "app", None)
    server.site.flags.locked_by = "Grace Hopper"
    html = visitor.open(None, "/s/credentials/edit/1")
    assert page_facts.facts(html)["title"] == "API Credentials (Applications) | Mautic"
    [message] = _messages(html)
    assert message.startswith("app is currently checked out by Grace Hopper (checked out on ")


def test_right_but_weak_password_shows_the_reset_form_once(
    server: RehearsalServer, visitor: Visitor
) -> None:
    server.install(ADMIN_USERNAME, "password")
    html = _try(visitor, "password")
    assert _messages(html) == ["Your password is too weak. Please reset it."]
    assert [form["name"] for form in page_facts.facts(html)["forms"]] == ["passwordreset"]
    html = visitor.open(None, "/s/login")
    assert [form["name"] for form in page_facts.facts(html)["forms"]] == ["login"]


@pytest.mark.parametrize("version", sorted(VERSIONS))
def test_german_pages_have_the_same_ids_names_and_answers(version: str) -> None:
    with RehearsalServer(version) as english:
        expected = walk_through(stand_in(english))
    with RehearsalServer(version, Flags(german=True)) as german:
        seen = walk_through(stand_in(german))
    assert (seen.ids, seen.names) == (expected.ids, expected.names)
    assert seen.exchanges.keys() == expected.exchanges.keys()
    for label, page in expected.pages.items():
        other = seen.pages[label]
        assert (other["redirects"], other["status"]) == (page["redirects"], page["status"])
        assert len(other["flashes"]) == len(page["flashes"])
        english_texts = {flash["text"] for flash in page["flashes"]} - {""}
        assert english_texts.isdisjoint(flash["text"] for flash in other["flashes"])
