"""Credentials are replaced while applications make calls, and what was replaced is dead."""

import pytest

from e2e import curl
from e2e.admin_pages import AdminPages, can_log_in
from e2e.callers import Callers, calling
from e2e.mautic import Mautic
from e2e.playbook import Answer
from e2e.targets import ONE_OF_EACH_KIND
from mautic_bootstrap.errors import AuthenticationError, ServerError

_LONG_S = 3600


@pytest.mark.long
@ONE_OF_EACH_KIND
def test_a_rotation_under_load_fails_no_call_and_the_old_client_is_dead(mautic: Mautic) -> None:
    old, token = mautic.env, curl.token(mautic.env)
    with calling(mautic.env_path) as callers:
        answer = _rotate(mautic, "--diff").ok()
    assert callers.failures("rereads", "reloads") == []
    # Without a grace there is no help for those that keep what they read: Mautic says that their client is gone.
    _refused(callers)
    assert answer.changed > 0
    answer.lacks(mautic.env["MAUTIC_CLIENT_SECRET"], old["MAUTIC_CLIENT_SECRET"])
    _replaced(mautic, old, token)
    _one_of_everything(mautic)
    mautic.play("--diff").ok(changed=0)
    assert not mautic.recorder.of("chromium")


@pytest.mark.long
def test_with_a_grace_both_clients_work_until_it_is_ended(mautic: Mautic) -> None:
    old, token = mautic.env, curl.token(mautic.env)
    with calling(mautic.env_path) as callers:
        _rotate(mautic, mautic_rotation_grace_seconds=_LONG_S).ok().says(
            "goes on working until its grace is over"
        )
        assert mautic.env["MAUTIC_CLIENT_ID"] != old["MAUTIC_CLIENT_ID"]
        callers.wait_for_calls()
        mautic.play(mautic_rotation_grace_seconds=_LONG_S).ok(changed=0)
        callers.wait_for_calls()
        assert callers.failures("rereads", "reloads") == []
        assert callers.failures("keeps") == []
        with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
            new, retiring = sorted(pages.client_names())
        assert new == "app"
        assert retiring.startswith("app (retiring 2")
        assert curl.token(old)
        assert curl.token(mautic.env)

        if (
            mautic.target.is_rehearsal
        ):  # that a run is one, only the containers' part of it finds out
            mautic.play().ok()
        else:
            _rotate(mautic, "--tags", "revoke", mautic_rotation_grace_seconds=_LONG_S).ok()
    assert callers.failures("rereads", "reloads") == []
    _refused(callers)
    _replaced(mautic, old, token)
    _one_of_everything(mautic)
    mautic.play().ok(changed=0)
    assert not mautic.recorder.of("chromium")


@pytest.mark.long
def test_a_grace_that_is_over_is_ended_by_the_next_run(mautic: Mautic) -> None:
    old, token = mautic.env, curl.token(mautic.env)
    _rotate(mautic, mautic_rotation_grace_seconds=_LONG_S).ok()
    assert curl.token(old)
    mautic.play(mautic_rotation_grace_seconds=0).ok()
    _replaced(mautic, old, token)
    _one_of_everything(mautic)
    mautic.play().ok(changed=0)


@pytest.mark.long
def test_check_mode_says_what_a_rotation_would_do_and_does_nothing(mautic: Mautic) -> None:
    env = mautic.env_path.read_text()
    answer = _rotate(mautic, "--check", "--diff").ok()
    answer.says("OAuth2 client app: in use", "replaced by a new one")
    assert answer.changed > 0
    assert mautic.env_path.read_text() == env
    _one_of_everything(mautic)
    mautic.play().ok(changed=0)


@pytest.mark.long
def test_the_admin_password_and_the_cache_key_are_replaced(mautic: Mautic) -> None:
    client, password = mautic.env["MAUTIC_CLIENT_ID"], mautic.admin_password
    both = ["admin", "cache_key"]
    _rotate(mautic, "--diff", mautic_rotate=both).ok().lacks(password)
    assert mautic.admin_password != password
    assert not can_log_in(mautic.url, "admin", password)
    assert can_log_in(mautic.url, "admin", mautic.admin_password)
    assert mautic.env["MAUTIC_CLIENT_ID"] == client
    first = mautic.env["MAUTIC_TOKEN_CACHE_KEY"]
    assert "," not in first
    mautic.play().ok(changed=0)
    _rotate(mautic, mautic_rotate="cache_key").ok(changed=1).lacks(first)
    second, before = mautic.env["MAUTIC_TOKEN_CACHE_KEY"].split(",")
    assert (before, second != first) == (first, True)
    mautic.play().ok(changed=0)


def _rotate(mautic: Mautic, *arguments: str, **variables: object) -> Answer:
    return mautic.play(*arguments, playbook="playbooks/rotate.yml", **variables)


def _refused(callers: Callers) -> None:
    """Insist that those that keep what they read end with being refused, and see nothing worse on the way.

    A call that is under way just when its client is deleted is answered 500 (live 7.0.0).
    """
    for caller in callers.of("keeps"):
        kinds = [type(error) for error in caller.failures]
        assert kinds[-1:] == [AuthenticationError], caller.failures
        assert set(kinds) <= {AuthenticationError, ServerError}, caller.failures
        assert kinds.count(ServerError) <= caller.at_a_time, caller.failures


def _replaced(mautic: Mautic, old: dict[str, str], token: str) -> None:
    """Insist that the old client and its token are refused, and that `.env` holds another one that works."""
    for name in ("MAUTIC_CLIENT_ID", "MAUTIC_CLIENT_SECRET"):
        assert mautic.env[name] != old[name]
    assert curl.refused_token(old) == 400
    assert curl.call(old, "GET", "/api/contacts", token)[0] == 401
    assert curl.get(mautic.env, "/api/contacts", curl.token(mautic.env))


def _one_of_everything(mautic: Mautic) -> None:
    with AdminPages(mautic.url, "admin", mautic.admin_password) as pages:
        assert pages.client_names() == ["app"]
        assert sorted(pages.role_names()) == ["Administrator", "mautic-bootstrap: app"]
        assert sorted(pages.usernames()) == ["admin", "mautic-bootstrap-app"]
        assert pages.user("mautic-bootstrap-app")["isPublished"] == "0"
        assert pages.role("mautic-bootstrap: app")["admin"] is False
