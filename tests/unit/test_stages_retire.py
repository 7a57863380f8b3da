"""Stage 7: what it hands to the admin UI, and what it tells."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mautic_bootstrap.admin import retire as admin_retire
from mautic_bootstrap.admin.model import Change, Wish
from mautic_bootstrap.admin.retire import Ending
from mautic_bootstrap.errors import RotationError, SecretLostError
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.run import State
from mautic_bootstrap.stages import retire
from unit.admin_values import STAMP, client, seen, wish
from unit.fakes import RIGHTS, NewRun

_PASSWORD = {"mautic_admin_password": "gorse-lantern-42-quietly"}
_URL = "http://localhost:8080"
_REVOKED = Change("OAuth2 client number 1", "replaced", "revoked")
_RENAMED = Change("OAuth2 client number 2", f"app (next {STAMP})", "app")
_GOES_ON = (
    "goes on working until its grace is over: the next run after that, or playbooks/rotate.yml --tags revoke,"
    " revokes it"
)
_WAITING = client(1, f"app (retiring {STAMP})")


class _AdminUi:
    """Comes to an ending; notes how it was asked."""

    def __init__(self) -> None:
        self.ending = Ending()
        self.asked: list[tuple[Wish, timedelta, bool]] = []
        self.replaces: list[int | None] = []

    def retire(
        self,
        wish: Wish,
        _calls: object,
        *,
        grace: timedelta,
        replaces: int | None,
        check: bool,
        **_: object,
    ) -> Ending:
        self.replaces.append(replaces)
        self.asked.append((wish, grace, check))
        return self.ending


@pytest.fixture
def ui(monkeypatch: pytest.MonkeyPatch) -> _AdminUi:
    ui = _AdminUi()
    monkeypatch.setattr(admin_retire, "retire", ui.retire)
    return ui


def _write_env(root: Path) -> None:
    (root / ".env").write_text(
        f"MAUTIC_API_URL={_URL}\nMAUTIC_CLIENT_ID=2_id\nMAUTIC_CLIENT_SECRET=secret-2\n"
    )


def test_what_was_done_is_told_and_shown_as_a_difference(
    new_run: NewRun, ui: _AdminUi, tmp_path: Path
) -> None:
    _write_env(tmp_path)
    ui.ending = Ending(revoked=(client(1),), changes=(_RENAMED, _REVOKED))
    result = retire.run(new_run(**_PASSWORD), State(unfinished=True), at_once=False)
    assert result.changed
    assert result.before == (
        f"OAuth2 client number 2: app (next {STAMP})\nOAuth2 client number 1: replaced"
    )
    assert result.after == "OAuth2 client number 2: app\nOAuth2 client number 1: revoked"
    assert result.message == (
        f"OAuth2 client number 2: app (next {STAMP}) -> app; OAuth2 client number 1: replaced -> revoked"
    )
    assert not result.state.unfinished
    assert "secret" not in repr(result)
    ((asked, grace, check),) = ui.asked
    assert (asked.in_use, grace, check) == ("2_id", timedelta(0), False)


def test_nothing_to_do_is_no_change(new_run: NewRun, ui: _AdminUi) -> None:
    result = retire.run(new_run(**_PASSWORD), State(unfinished=True), at_once=False)
    assert not result.changed
    assert (result.before, result.after) == ("", "")
    assert result.message == "nothing is left to revoke"
    assert not result.state.unfinished


@pytest.mark.parametrize("replaces", [None, 1])
def test_the_client_that_this_run_has_replaced_is_handed_on(
    new_run: NewRun, ui: _AdminUi, replaces: int | None
) -> None:
    retire.run(new_run(**_PASSWORD), State(replaces=replaces), at_once=False)
    assert ui.replaces == [replaces]


def test_what_is_in_its_grace_stays_unfinished_and_is_told(new_run: NewRun, ui: _AdminUi) -> None:
    ui.ending = Ending(waiting=(_WAITING,))
    said: list[str] = []
    result = retire.run(new_run(said=said, **_PASSWORD), State(), at_once=False)
    assert result.state.unfinished
    assert not result.changed
    assert result.message == f"{_WAITING.name} {_GOES_ON}"
    assert result.message in "".join(said)


def test_what_was_just_renamed_is_told_by_the_name_it_has_now(
    new_run: NewRun, ui: _AdminUi
) -> None:
    ui.ending = Ending(renames=((client(1), _WAITING.name),), waiting=(client(1),))
    result = retire.run(new_run(**_PASSWORD), State(), at_once=False)
    assert result.message == f"{_WAITING.name} {_GOES_ON}"


def test_what_may_be_somebody_else_s_is_left_with_a_warning_by_the_name_it_has_now(
    new_run: NewRun, ui: _AdminUi
) -> None:
    name = f"app (replaced {STAMP})"
    told = Change("OAuth2 client number 1", "app", name)
    ui.ending = Ending(renames=((client(1), name),), left=(client(1),), changes=(told,))
    result = retire.run(new_run(**_PASSWORD), State(unfinished=True), at_once=True)
    assert result.changed
    (warning,) = result.warnings
    assert warning == (
        f"The OAuth2 client {name} was replaced here, but the application did not have it, so somebody else may: it"
        " still works. Delete it in Mautic's API Credentials once nobody needs it."
    )
    assert not result.state.unfinished
    assert "secret" not in repr(result)


@pytest.mark.parametrize(
    ("grace_s", "at_once", "grace"),
    [
        (0, False, timedelta(0)),
        (90, False, timedelta(seconds=90)),
        (90, True, timedelta(0)),
        (0, True, timedelta(0)),
    ],
)
def test_the_grace_is_the_variable_s_unless_all_is_to_end_at_once(
    *, new_run: NewRun, ui: _AdminUi, grace_s: int, at_once: bool, grace: timedelta
) -> None:
    run = new_run(mautic_rotation_grace_seconds=grace_s, **_PASSWORD)
    retire.run(run, State(), at_once=at_once)
    assert [asked for _wish, asked, _check in ui.asked] == [grace]


def test_check_mode_looks_at_what_an_earlier_rotation_left_and_says_it(
    new_run: NewRun, ui: _AdminUi, tmp_path: Path
) -> None:
    ui.ending = Ending(changes=(_REVOKED,))
    result = retire.run(new_run(check=True, **_PASSWORD), State(unfinished=True), at_once=True)
    assert result.changed
    assert result.after == "OAuth2 client number 1: revoked"
    assert [check for _wish, _grace, check in ui.asked] == [True]
    assert list(tmp_path.iterdir()) == []


def test_check_mode_cannot_look_at_what_the_rotation_itself_would_leave(
    new_run: NewRun, ui: _AdminUi
) -> None:
    run = new_run(check=True, mautic_rotate="client", **_PASSWORD)
    result = retire.run(run, State(unfinished=True), at_once=False)
    assert (result.changed, ui.asked) == (False, [])
    assert result.message == "the client that is replaced would be revoked once its grace is over"


@pytest.mark.parametrize(
    "values",
    [
        {"app_env_auth": "basic"},
        {"app_env_auth": "basic", "mautic_api_privileges": "admin"},
        {"mautic_client_id": "1_id", "mautic_client_secret": "secret-1"},
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_where_there_is_no_client_of_ours_no_browser_starts(
    new_run: NewRun, ui: _AdminUi, values: dict[str, Any], check: bool
) -> None:
    result = retire.run(new_run(check=check, **values, **_PASSWORD), State(), at_once=True)
    assert (result.changed, ui.asked) == (False, [])
    assert result.message == "no client of ours, nothing to revoke"


def test_a_lost_admin_password_is_told_without_a_login(new_run: NewRun, ui: _AdminUi) -> None:
    with pytest.raises(SecretLostError):
        retire.run(new_run(), State(), at_once=True)
    assert ui.asked == []


@pytest.mark.parametrize(("token", "in_use"), [("token-2", "2_id"), ("token-1", None), ("", None)])
def test_for_a_token_the_client_that_made_the_one_in_env_is_the_one_in_use(
    new_run: NewRun, ui: _AdminUi, tmp_path: Path, token: str, in_use: str | None
) -> None:
    """A run that died before `.env` was written has kept the new client: its token is not the one in `.env`."""
    run = new_run(app_env_auth="token", **_PASSWORD)
    KeptClient(_URL, "app", "2_id", "secret-2", RIGHTS).with_token("token-2", 3600).save(
        run.secrets
    )
    (tmp_path / ".env").write_text(f"MAUTIC_API_URL={_URL}\nMAUTIC_API_TOKEN={token}\n")
    retire.run(run, State(), at_once=True)
    assert [asked.in_use for asked, _grace, _check in ui.asked] == [in_use]


@pytest.mark.parametrize(
    ("in_use", "fine"), [("2_id", True), ("1_id", False), (None, False), ("", False)]
)
def test_nothing_is_revoked_before_the_application_has_the_newest_client(
    in_use: str | None, fine: bool
) -> None:
    session: Any = SimpleNamespace(attempted=f"end the rotation on {_URL}", base_url=_URL)
    found = seen(client(2, f"app (next {STAMP})"), client(1))
    if fine:
        admin_retire._refuse_other_client(session, wish(in_use=in_use), found)
        return
    with pytest.raises(RotationError) as caught:
        admin_retire._refuse_other_client(session, wish(in_use=in_use), found)
    assert str(caught.value) == (
        f"end the rotation on {_URL}: expected the application to have the client app (next {STAMP}), saw another one,"
        " or none. Run the whole playbook first: it writes the current client. Nothing was revoked."
    )
