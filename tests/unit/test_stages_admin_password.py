"""A new password for the admin, and every state in which a run may have died over it."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import SecretStr

from mautic_bootstrap import passwords
from mautic_bootstrap.admin import password as account
from mautic_bootstrap.admin.model import Wish
from mautic_bootstrap.errors import (
    BootstrapError,
    LoginRejectedError,
    SaveNotConfirmedError,
    SecretLostError,
    UnreachableError,
)
from mautic_bootstrap.run import Run, State
from mautic_bootstrap.stages import admin_password
from unit.fakes import NewRun

_ERROR: dict[str, Any] = {"expected": "x", "seen": "y", "hint": "z."}


class _Killed(BaseException):
    """No error: the process is gone."""


@dataclass
class _Mautic:
    """The admin's account; `locked` is what 7.1 and later do to a name after too many failures."""

    password: str = "old-password"
    locked: bool = False
    gone: bool = False
    takes: bool = True
    dies: str = ""
    """"before" or "after" Mautic took a new password."""
    tried: list[str] = field(default_factory=list)

    def log_in(self, _wish: Wish, password: SecretStr, **_: object) -> None:
        if self.gone:
            raise UnreachableError("log in", **_ERROR)
        self.tried.append(password.get_secret_value())
        if self.locked or password.get_secret_value() != self.password:
            raise LoginRejectedError("log in", **_ERROR)

    def works(self, wish: Wish, password: SecretStr, **_: object) -> bool:
        try:
            self.log_in(wish, password)
        except LoginRejectedError:
            return False
        return True

    def change(self, wish: Wish, new: SecretStr, **_: object) -> None:
        self.log_in(wish, wish.password)
        if self.dies == "before":
            raise _Killed
        if not self.takes:
            raise SaveNotConfirmedError("change the password", **_ERROR)
        self.password = new.get_secret_value()
        if self.dies == "after":
            raise _Killed


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> _Mautic:
    mautic = _Mautic()
    for name in ("works", "change", "log_in"):
        monkeypatch.setattr(account, name, getattr(mautic, name))
    numbers = iter(range(1, 10))
    monkeypatch.setattr(passwords, "generate", lambda: f"new-password-{next(numbers)}")
    return mautic


@pytest.fixture
def run(new_run: NewRun) -> Run:
    run = new_run()
    run.secrets.write("admin_password", "old-password")
    return run


def _kept(run: Run) -> tuple[str | None, str | None]:
    return run.secrets.read("admin_password"), run.secrets.read("admin_password.next")


def test_a_new_password_is_set_and_only_that_one_kept(run: Run, there: _Mautic) -> None:
    result = admin_password.run(run, State())
    assert there.password == "new-password-1"
    assert _kept(run) == ("new-password-1", None)
    assert not admin_password.was_interrupted(run)
    assert result.changed
    assert (result.before, result.after) == (
        "password of admin: the old one",
        "password of admin: a new one",
    )
    assert result.message == "admin has a new password"
    assert "new-password" not in repr(result)
    assert run.redactor.mask("new-password-1") == "********"


def test_the_new_password_is_on_the_disk_before_mautic_has_it(
    run: Run, there: _Mautic, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str | None, str | None]] = []

    def change(*_: object, **__: object) -> None:
        seen.append(_kept(run))

    monkeypatch.setattr(account, "change", change)
    admin_password.run(run, State())
    assert seen == [("old-password", "new-password-1")]


def test_check_mode_says_so_and_changes_nothing(new_run: NewRun, there: _Mautic) -> None:
    run = new_run(check=True)
    result = admin_password.run(run, State())
    assert result.changed
    assert result.message == "admin would get a new password"
    assert there.tried == []
    assert not run.secrets.exists()


def test_a_password_that_is_lost_cannot_be_replaced(new_run: NewRun, there: _Mautic) -> None:
    run = new_run()
    with pytest.raises(SecretLostError):
        admin_password.run(run, State())
    assert there.tried == []
    assert _kept(run) == (None, None)


@pytest.mark.parametrize(
    ("dies", "counts"), [("before", "old-password"), ("after", "new-password-1")]
)
def test_a_run_that_died_is_finished_by_asking_mautic(
    run: Run, there: _Mautic, dies: str, counts: str
) -> None:
    there.dies = dies
    with pytest.raises(_Killed):
        admin_password.run(run, State())
    assert _kept(run) == ("old-password", "new-password-1")
    assert admin_password.was_interrupted(run)
    there.tried.clear()
    admin_password.finish_interrupted(run)
    assert _kept(run) == (counts, None)
    assert there.password == counts
    assert not admin_password.was_interrupted(run)
    assert there.tried[0] == "new-password-1"


@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_second_rotation_finishes_the_first_one_and_so_never_loses_the_password(
    run: Run, there: _Mautic, dies: str
) -> None:
    for last in ("new-password-1", "new-password-2"):
        there.dies = dies
        with pytest.raises(_Killed):
            admin_password.run(run, State())
        assert there.password in _kept(run)
        assert _kept(run)[1] == last
    there.dies = ""
    admin_password.run(run, State())
    assert _kept(run) == (there.password, None) == ("new-password-3", None)


@pytest.mark.parametrize("counts", ["old-password", "new-password-1"])
def test_a_locked_name_is_no_proof_against_the_new_password(
    run: Run, there: _Mautic, counts: str
) -> None:
    run.secrets.write("admin_password.next", "new-password-1")
    there.password, there.locked = counts, True
    with pytest.raises(LoginRejectedError):
        admin_password.finish_interrupted(run)
    assert _kept(run) == ("old-password", "new-password-1")
    there.locked = False
    admin_password.finish_interrupted(run)
    assert _kept(run) == (counts, None)


def test_neither_password_is_let_go_where_mautic_takes_none_or_does_not_answer(
    run: Run, there: _Mautic
) -> None:
    run.secrets.write("admin_password.next", "new-password-1")
    there.password = "changed by a person"
    with pytest.raises(LoginRejectedError):
        admin_password.finish_interrupted(run)
    assert there.tried == ["new-password-1", "old-password"]
    there.gone = True
    with pytest.raises(UnreachableError):
        admin_password.finish_interrupted(run)
    with pytest.raises(BootstrapError):
        admin_password.run(run, State())
    assert _kept(run) == ("old-password", "new-password-1")


def test_a_password_that_mautic_does_not_take_leaves_the_old_one_and_heals(
    run: Run, there: _Mautic
) -> None:
    there.takes = False
    with pytest.raises(SaveNotConfirmedError):
        admin_password.run(run, State())
    assert _kept(run) == ("old-password", "new-password-1")
    admin_password.finish_interrupted(run)
    assert _kept(run) == ("old-password", None)


def test_nothing_interrupted_costs_no_login(run: Run, there: _Mautic) -> None:
    assert not admin_password.was_interrupted(run)
    admin_password.finish_interrupted(run)
    assert there.tried == []


def test_a_password_that_is_given_is_never_an_interrupted_one(new_run: NewRun) -> None:
    run = new_run(mautic_admin_password="gorse-lantern-42-quietly")
    run.secrets.write("admin_password.next", "new-password-1")
    assert not admin_password.was_interrupted(run)


def test_an_interrupted_password_is_masked_by_the_run_that_finishes_it(
    run: Run, new_run: NewRun, there: _Mautic
) -> None:
    run.secrets.write("admin_password.next", "new-password-1")
    assert new_run().redactor.mask("new-password-1 old-password") == "******** ********"
