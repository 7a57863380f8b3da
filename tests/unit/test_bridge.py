# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: the mautic-bootstrap authors
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible.utils.display import Display

from mautic_bootstrap import run_lock
from mautic_bootstrap.errors import EnvFileError, InsecurePathError, RunLockedError
from mautic_bootstrap.redaction import MASK
from mautic_bootstrap.run import Run, StageResult, State
from mautic_bootstrap_ansible import STATE_FACT, StageAction

_PASSWORD = "canary-5f1d-password"
_ESC = "\x1b]0;owned\x07"


class _Stage(StageAction):
    """A stage that notes what it is given and returns, or raises, what the test wants."""

    stage_name = "verify"
    result: ClassVar[StageResult | Exception]
    seen: ClassVar[list[tuple[Run, State]]]

    def stage(self, run: Run, state: State) -> StageResult:
        type(self).seen.append((run, state))
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


class _First(_Stage):
    begins = True


def _run(kind: type[_Stage] = _Stage, *, check: bool = False, **task_vars: Any) -> dict[str, Any]:
    kind.seen = []
    task: Any = SimpleNamespace(async_val=0, check_mode=check, args={}, action="any")
    connection: Any = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    loader, no_context = DataLoader(), cast("Any", None)
    action = kind(task, connection, no_context, loader, Templar(loader=loader), None)
    return action.run(task_vars={"mautic_manage_containers": False} | task_vars)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_Stage, "result", StageResult(State()), raising=False)


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The locks that are asked for; none is taken."""
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(run_lock, "hold", lambda url, **how: asked.append({"url": url} | how))
    return asked


@pytest.mark.parametrize(
    "value", ["{{ canary }}", "a{% canary %}", "{{ 'x' | canary }}", "{{ canary"]
)
def test_of_a_secret_that_is_taken_for_a_template_nothing_is_said(value: str) -> None:
    answer = _run(mautic_admin_password=trust_as_template(value))
    assert answer["failed"]
    assert answer["msg"].startswith(
        "mautic_admin_password is a template that Ansible cannot resolve ("
    )
    assert "mark a value with braces in it as !unsafe\nNothing was touched." in answer["msg"]
    assert "canary" not in str(answer)
    assert not _Stage.seen


def test_of_another_variable_it_is_said_what_does_not_resolve() -> None:
    answer = _run(mautic_url=trust_as_template("{{ nowhere }}"))
    assert (
        "mautic_url is a template that Ansible cannot resolve ('nowhere' is undefined)"
        in (answer["msg"])
    )


def test_a_secret_is_masked_in_an_error_that_comes_before_the_run() -> None:
    answer = _run(mautic_admin_password=_PASSWORD, mautic_instance=_PASSWORD.upper())
    assert "mautic_instance is" in answer["msg"]
    answer = _run(mautic_admin_password=_PASSWORD, mautic_admin_email=f"{_PASSWORD}@")
    assert answer["msg"].startswith(f"mautic_admin_email is '{MASK}@'")


def test_a_secret_is_masked_in_an_unexpected_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Stage, "result", KeyError(f"{_PASSWORD}{_ESC}"))
    answer = _run(mautic_admin_password=_PASSWORD)
    assert answer["failed"]
    assert answer["code"] == 1
    assert MASK in str(answer["traceback"])
    assert _PASSWORD not in str(answer)


def test_what_a_server_names_itself_is_masked_and_steers_no_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = f"{_PASSWORD}{_ESC}"
    state = State(facts={"mautic_version": said})
    done = StageResult(state, True, said, said, said, [said], {"summary": [said]})
    monkeypatch.setattr(_Stage, "result", done)
    answer = _run(mautic_admin_password=_PASSWORD)
    shown = f"{MASK}\N{REPLACEMENT CHARACTER}]0;owned\N{REPLACEMENT CHARACTER}"
    facts = answer["ansible_facts"]
    assert facts["bootstrap_summary"] == [shown]
    assert facts[STATE_FACT]["facts"] == {"mautic_version": shown}
    assert answer["msg"] == shown
    assert answer["warnings"] == [shown]
    assert answer["diff"] == {"before": f"{shown}\n", "after": f"{shown}\n"}


def _facts(process: int) -> dict[str, Any]:
    rehearsal = State(rehearsal=True, overrides={"mautic_instance": "mautic-rehearsal"})
    return {"bootstrap_process": process, STATE_FACT: rehearsal.model_dump(mode="json")}


def test_a_stage_goes_on_from_what_the_one_before_said() -> None:
    said = _run()["ansible_facts"]
    assert said["bootstrap_process"] == os.getppid()
    _run(ansible_facts=_facts(os.getppid()))
    ((run, state),) = _Stage.seen
    assert state.rehearsal
    assert run.variables.mautic_instance == "mautic-rehearsal"


@pytest.mark.parametrize(("kind", "process"), [(_First, os.getppid()), (_Stage, 1)])
def test_what_another_run_said_does_not_count(kind: type[_Stage], process: int) -> None:
    _run(kind, ansible_facts=_facts(process))
    ((run, state),) = kind.seen
    assert state == State()
    assert run.variables.mautic_instance == "mautic"


@pytest.mark.parametrize(
    ("name", "mine", "theirs", "own"),
    [
        ("app_env_path", ".env", None, "a file"),
        ("app_env_path", "a/.env", "./b/../a/.env", "a file"),
        ("app_secret_path", "secrets", "./a/../secrets", "a place"),
        ("mautic_instance", None, None, "one"),
        ("mautic_instance", "shop", "shop", "one"),
    ],
)
def test_two_hosts_that_would_share_a_place_are_refused(
    name: str, mine: str | None, theirs: str | None, own: str
) -> None:
    hostvars: dict[str, dict[str, str | None]] = {
        host: {
            "app_env_path": host,
            "mautic_instance": host,
            "mautic_client_name": host,
            name: value,
        }
        for host, value in (("one", mine), ("two", theirs), ("three", "three"))
    }
    answer = _run(
        ansible_play_hosts_all=list(hostvars), hostvars=hostvars, inventory_hostname="one"
    )
    default = {"app_env_path": ".env", "mautic_instance": "mautic"}.get(name)
    assert answer["msg"] == (
        f"{name} is {mine or default} for one and for two; each host needs {own} of its own\n"
        "Nothing was touched."
    )


def test_modules_with_passwords_in_them_are_not_left_on_the_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANSIBLE_KEEP_REMOTE_FILES", "1")
    assert _run(mautic_manage_containers=True)["msg"] == (
        "ANSIBLE_KEEP_REMOTE_FILES (or keep_remote_files) is on, which leaves the database passwords in Ansible's"
        " temporary folder; switch it off\nNothing was touched."
    )
    assert "failed" not in _run(mautic_manage_containers=False)


def test_a_secret_that_is_not_set_hides_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Stage, "result", StageResult(State(), message="None of it"))
    assert _run(mautic_admin_password=None)["msg"] == "None of it"


def test_hosts_that_share_nothing_go_on() -> None:
    for own in ({"mautic_client_name": "two"}, {"mautic_url": "http://localhost:8081"}):
        assert "failed" not in _two_hosts({}, own)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("http://localhost:8080", None),
        ("https://mautic.example.com", "https://MAUTIC.example.com:443/s/"),
        ("http://localhost:8080", "http://127.0.0.1:8080/"),
    ],
)
def test_two_hosts_with_one_client_of_one_mautic_are_refused(mine: str, theirs: str | None) -> None:
    answer = _two_hosts({"mautic_url": mine}, {"mautic_url": theirs})
    assert answer["msg"] == (
        f"mautic_url is {mine} and mautic_client_name is app for one and for two; each host needs a client of its"
        " own: give each another name\nNothing was touched."
    )
    assert not _Stage.seen


def test_of_a_host_whose_url_is_none_only_that_is_said() -> None:
    assert "failed" not in _two_hosts({}, {"mautic_url": "?"})


def _two_hosts(one: dict[str, Any], two: dict[str, Any]) -> dict[str, Any]:
    """Run the stage for `one`, which shares neither `.env` nor instance with `two`."""
    hostvars = {
        host: {"app_env_path": host, "mautic_instance": host} | own
        for host, own in (("one", one), ("two", two))
    }
    return _run(ansible_play_hosts_all=list(hostvars), hostvars=hostvars, inventory_hostname="one")


def test_where_a_run_begins_it_takes_the_locks_of_its_mautics(held: list[dict[str, Any]]) -> None:
    hostvars = {
        host: {"app_env_path": host, "mautic_instance": host, "mautic_url": url}
        for host, url in (("one", "http://127.0.0.1:1/s"), ("two", "https://two"), ("bad", "?"))
    }
    answer = _run(
        _First,
        mautic_url="http://127.0.0.1:1",
        ansible_play_hosts_all=list(hostvars),
        hostvars=hostvars,
        inventory_hostname="one",
    )
    assert "failed" not in answer
    (asked,) = held
    assert (asked["url"], asked["run"]) == ("http://127.0.0.1:1", os.getppid())
    assert asked["others"] == ["http://127.0.0.1:1", "https://two"]


def test_neither_a_look_nor_a_later_stage_waits_for_another_run(
    held: list[dict[str, Any]],
) -> None:
    assert "failed" not in _run(_First, check=True)
    assert "failed" not in _run()
    assert held == []


def test_a_mautic_that_another_run_does_not_leave_fails_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise RunLockedError("begin", expected="nobody", seen="process 7", hint="Wait.")

    monkeypatch.setattr(run_lock, "hold", locked)
    answer = _run(_First)
    assert (answer["failed"], answer["code"], answer["error"]) == (True, 14, "RunLockedError")
    assert not _First.seen


def test_where_no_lock_can_be_made_the_run_goes_on_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_home(*_: object, **__: object) -> None:
        raise EnvFileError("make it", expected="a home", seen="none", hint="Make one.")

    said: list[str] = []
    monkeypatch.setattr(Display, "display", lambda _self, text, **_: said.append(text))
    monkeypatch.setattr(run_lock, "hold", no_home)
    assert "failed" not in _run(_First)
    assert said == [
        "  Mind not to start a second run at the same time: make it: expected a home, saw none. Make one."
    ]


def test_a_lock_that_others_could_hold_or_remove_fails_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def others_may_write(*_: object, **__: object) -> None:
        raise InsecurePathError("lock it", expected="no others", seen="0777", hint="Look.")

    monkeypatch.setattr(run_lock, "hold", others_may_write)
    answer = _run(_First)
    assert (answer["failed"], answer["error"]) == (True, "InsecurePathError")
    assert answer["msg"] == "lock it: expected no others, saw 0777. Look."
    assert not _First.seen
