"""What an application does with the credentials in `.env`, by the project's own client."""

from pathlib import Path

import pytest

from e2e.mautic import Mautic
from mautic_bootstrap import MauticClient
from mautic_bootstrap.settings import MauticSettings

_EMAILS = [f"e2e-{n}@example.com" for n in range(3)]


@pytest.fixture
def settings(mautic: Mautic, tmp_path: Path) -> MauticSettings:
    """Those of `.env`, with a state folder that nobody else uses."""
    environ = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    return MauticSettings.from_env(mautic.env_path, environ)


def test_the_credentials_in_env_are_all_that_the_client_needs(
    mautic: Mautic, settings: MauticSettings
) -> None:
    with MauticClient.from_settings(settings) as client:
        user = client.users.self()
        assert user.username.startswith("app [")
        assert list(client.campaigns.iterate()) == []
        budget = client.budget
    assert budget is not None
    assert (budget.limit, budget.used) == (100, 2)


def test_a_token_outlives_its_process_and_is_nowhere_in_clear(
    mautic: Mautic, settings: MauticSettings
) -> None:
    with MauticClient.from_settings(settings) as client:
        assert client.authenticate() > 0
    with MauticClient.from_settings(settings) as client:
        assert client.authenticate() == 0
    assert settings.token_cache is not None
    files = [path for path in settings.token_cache.iterdir() if path.is_file()]
    assert files
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files)


def test_contacts_are_made_once_found_edited_and_read_in_pages(
    mautic: Mautic, settings: MauticSettings
) -> None:
    if mautic.target.is_rehearsal:
        pytest.skip("the stand-in keeps no contacts' fields")
    with MauticClient.from_settings(settings) as client:
        contact, created = client.contacts.upsert(
            email=_EMAILS[0], firstname="Ada", tags=["signup"]
        )
        again, created_again = client.contacts.upsert(email=_EMAILS[0].upper(), lastname="L")
        assert (created, created_again, again.id) == (True, False, contact.id)
        rows = [{"email": email} for email in _EMAILS] + [{"email": "no address"}]
        results = client.contacts.upsert_many(rows)
        assert [result.contact_id is not None for result in results] == [True, True, True, False]
        found = list(client.contacts.iterate(search="e2e-", page_size=2))
        assert {contact.email for contact in found} == set(_EMAILS)
        assert client.contacts.edit(again.id, firstname="Augusta").firstname == "Augusta"
