"""Tasks that carry a password: hidden, and with a rescue that says what went wrong without it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

_ROOT = Path(__file__).parents[2]
_FILES = sorted((_ROOT / "roles").glob("*/tasks/*.yml"))
_OURS = {path.stem for path in (_ROOT / "roles").glob("*/action_plugins/*.py")}
_KEYWORDS = {
    *("name", "when", "register", "loop", "loop_control", "tags", "no_log", "block", "rescue"),
    *("changed_when", "failed_when", "check_mode", "vars", "until", "retries", "delay", "always"),
}
_SECRET = re.compile(r"password|secret|token|__mautic_env|__mautic_database_env", re.IGNORECASE)


@dataclass(frozen=True)
class _Task:
    file: str
    body: dict[str, Any]
    blocks: tuple[dict[str, Any], ...]
    """The blocks around it, the outermost first."""

    @property
    def module(self) -> str:
        (name,) = set(self.body) - _KEYWORDS
        return name

    @property
    def hidden(self) -> bool:
        said = [level["no_log"] for level in (*self.blocks, self.body) if "no_log" in level]
        return bool(said and said[-1])

    def __str__(self) -> str:
        return f"{self.file}:{self.body.get('name')}"


def _tasks(
    file: str, items: list[dict[str, Any]], blocks: tuple[dict[str, Any], ...] = ()
) -> Iterator[_Task]:
    for item in items:
        if "block" in item:
            around = (*blocks, item)
            for part in ("block", "rescue", "always"):
                yield from _tasks(file, item.get(part, []), around)
        else:
            yield _Task(file, item, blocks)


_TASKS = [
    task
    for path in _FILES
    for task in _tasks(str(path.relative_to(_ROOT / "roles")), yaml.safe_load(path.read_text()))
]
_THIRD_PARTY = [
    task
    for task in _TASKS
    if task.module not in _OURS
    and not task.module.startswith(("ansible.builtin.i", "ansible.builtin.d"))
]


def test_there_are_tasks_of_both_kinds() -> None:
    assert {task.module for task in _TASKS} & _OURS
    assert {task.module for task in _THIRD_PARTY} == {
        "community.docker.docker_container",
        "community.docker.docker_network",
    }


@pytest.mark.parametrize("task", _THIRD_PARTY, ids=str)
def test_a_third_party_task_is_hidden_in_a_block_with_a_rescue(task: _Task) -> None:
    assert task.hidden
    assert any(block.get("rescue") for block in task.blocks)


@pytest.mark.parametrize("task", _TASKS, ids=str)
def test_only_hidden_tasks_name_what_holds_a_secret(task: _Task) -> None:
    arguments = str(task.body.get(task.module))
    assert task.hidden or not _SECRET.search(arguments)


@pytest.mark.parametrize(
    "block", [b for t in _TASKS for b in t.blocks if b.get("rescue")], ids=lambda b: b["name"]
)
def test_a_rescue_fails_in_plain_sight_by_one_of_our_actions(block: dict[str, Any]) -> None:
    (rescue,) = block["rescue"]
    assert "mautic_container_failed" in rescue
    assert rescue["no_log"] is False


@pytest.mark.parametrize("task", _TASKS, ids=str)
def test_every_task_has_a_name_that_begins_like_a_sentence(task: _Task) -> None:
    assert task.body["name"][0].isupper()


@pytest.mark.parametrize("task", _TASKS, ids=str)
def test_no_task_puts_anything_into_an_environment_or_a_shell(task: _Task) -> None:
    assert "environment" not in task.body
    assert not task.module.endswith((".command", ".shell", ".raw", ".script"))


def test_secrets_reach_containers_from_files_alone() -> None:
    variables = yaml.safe_load((_ROOT / "roles/mautic_container/vars/main.yml").read_text())
    for name, value in variables["__mautic_database_env"].items():
        assert ("PASSWORD" in name) == ("lookup('ansible.builtin.file'" in value)
