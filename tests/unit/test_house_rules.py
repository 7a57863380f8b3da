import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from unit import house_rules
from unit.house_rules import RULES, Complaints

_ROOT = Path(__file__).parents[2]
_PYTHON = "bootstrap/mautic_bootstrap/sample.py"
_TASKS = "roles/sample/tasks/main.yml"
_TEST = "tests/unit/test_sample.py"
_GPL = "# SPDX-License-Identifier: GPL-3.0-or-later\n"
_HOST = ".".join(("org", "pypi")[::-1])

Rule = Callable[[str, str], Complaints]


def _project() -> list[tuple[str, str]]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=_ROOT, capture_output=True, check=True)
    files = []
    for path in listed.stdout.decode().split("\0"):
        try:
            files.append((path, (_ROOT / path).read_text(encoding="utf-8")))
        except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError):
            continue  # deleted but not yet committed, the empty name at the end, or a picture
    return files


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_project_keeps_its_rules(rule: Rule) -> None:
    files = _project()
    assert len(files) > 20
    complaints = [f"{path}:{n}: {what}" for path, text in files for n, what in rule(path, text)]
    assert not complaints, "\n".join([rule.__doc__ or "", *complaints])


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        ("no_settings_by_environment", _TASKS, "env:\n  MAUTIC_API_ENABLED: '1'"),
        ("no_settings_by_environment", _TASKS, "env: MAUTIC_{{ name }}=1"),
        ("no_settings_by_environment", _PYTHON, "env = {'MAUTIC_CONFIG_PARAMETERS': '{}'}"),
        ("no_settings_by_environment", _PYTHON, "argv = ['-e', 'MAUTIC_SITE_URL=x']"),
        ("no_settings_by_environment", _PYTHON, "env = {f'MAUTIC_{name}': 1}"),
        ("no_settings_by_environment", "scripts/x.sh", "export MAUTIC_API_ENABLED=1"),
        ("no_writes_to_local_php", "scripts/x.sh", "sed -i s/a/b/ config/local.php"),
        ("no_writes_to_local_php", "scripts/x.sh", "echo x >> config/parameters_local.php"),
        ("no_writes_to_local_php", _PYTHON, "run(['docker', 'cp', f,\n 'web:/config/local.php'])"),
        ("no_writes_to_local_php", _PYTHON, "(config / 'local.php').write_text(text)"),
        ("no_writes_to_local_php", _TASKS, "- name: X\n  copy:\n    dest: /c/local.php"),
        ("no_writes_to_local_php", _TASKS, "- name: X\n  lineinfile:\n    path: /c/local.php"),
        ("no_sql_writes", _PYTHON, "query('update users set role_id = 1')"),
        ("no_sql_writes", _PYTHON, "query(f'INSERT INTO {table} VALUES (1)')"),
        ("no_sql_writes", _PYTHON, "query('DELETE FROM oauth2_clients')"),
        ("no_sql_writes", _PYTHON, "query('DROP TABLE leads')"),
        ("no_sql_writes", _TASKS, "- command: mariadb -e 'ALTER TABLE users ADD x INT'"),
        ("no_sql_writes", "scripts/x.sh", "mariadb -e 'create table x (id int)'"),
        ("no_mautic_code", "docs/x.twig", "{{ form }}"),
        ("no_mautic_code", "x.php", ""),
        ("no_mautic_code", "x.txt", "\n<?php echo 1;"),
        ("no_registry_hosts", "requirements.txt", f"--index-url https://{_HOST}/simple"),
        ("silence_has_a_reason", _PYTHON, "import os  # noqa"),
        ("silence_has_a_reason", _PYTHON, "import os  # noqa: F401"),
        ("silence_has_a_reason", _PYTHON, "import os  # noqa: F401, E402"),
        ("silence_has_a_reason", _PYTHON, "x = y()  # type: ignore[no-any-return]"),
        ("silence_has_a_reason", _PYTHON, "def x():  # pragma: no cover\n    pass"),
        ("silence_has_a_reason", "scripts/x.sh", "# shellcheck disable=SC2086"),
        ("silence_has_a_reason", _TASKS, "- command: x # noqa: no-changed-when"),
        ("skips_have_a_reason", _TEST, "import pytest\n@pytest.mark.skip\ndef test(): pass"),
        ("skips_have_a_reason", _TEST, "import pytest\n@pytest.mark.skipif(True)\ndef test(): 0"),
        ("skips_have_a_reason", _TEST, "import pytest\n@pytest.mark.xfail()\ndef test(): pass"),
        ("skips_have_a_reason", _TEST, "import pytest\npytest.skip()"),
        ("skips_have_a_reason", _TEST, "import pytest\npytest.skip('')"),
        ("skips_have_a_reason", _TEST, "import pytest\npytest.importorskip('docker')"),
        ("files_stay_short", _PYTHON, "\n" * (house_rules.PYTHON_LINES + 1)),
        ("files_stay_short", _TASKS, "\n" * (house_rules.TASK_LINES + 1)),
        ("package_stays_free_of_ansible", _PYTHON, "import ansible"),
        ("package_stays_free_of_ansible", _PYTHON, "import os, ansible.errors as e"),
        (
            "package_stays_free_of_ansible",
            _PYTHON,
            "def f():\n    from mautic_bootstrap_ansible import x",
        ),
        ("gpl_is_declared", "plugins/x.py", "from ansible.plugins.action import ActionBase"),
        ("gpl_is_declared", "plugins/x.py", "\n" * 9 + _GPL + "import ansible"),
    ],
)
def test_a_breach_is_found(rule: str, path: str, text: str) -> None:
    assert len(list(getattr(house_rules, rule)(path, text))) == 1


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        ("no_settings_by_environment", "README.md", "never MAUTIC_API_ENABLED=1"),
        ("no_settings_by_environment", _TASKS, "env: MAUTIC_DB_HOST=x DOCKER_MAUTIC_ROLE=y"),
        ("no_settings_by_environment", _PYTHON, "MAUTIC_IMAGES = ['MAUTIC_CLIENT_ID']"),
        ("no_writes_to_local_php", _PYTHON, "def f():\n    '''Read local.php; cp it not.'''"),
        ("no_writes_to_local_php", _PYTHON, "run(['test', '-e', 'config/local.php'])"),
        (
            "no_writes_to_local_php",
            _TASKS,
            "- name: A\n  stat:\n    path: local.php\n- name: B\n  copy:\n    dest: x",
        ),
        ("no_sql_writes", _PYTHON, "query('SELECT COUNT(*) FROM users')  # never DELETE FROM it"),
        ("no_sql_writes", "bootstrap/mautic_bootstrap/rehearsal/x.py", "q('DELETE FROM leads')"),
        ("no_mautic_code", _PYTHON, "PROGRAM = '<?php require \"bin/console\";'"),
        ("silence_has_a_reason", _PYTHON, "import os  # noqa: F401, E402  # the tests want it"),
        ("silence_has_a_reason", _PYTHON, "x = y()  # type: ignore[no-any-return]  # untyped"),
        ("silence_has_a_reason", _PYTHON, "text = 'x = 1  # noqa'"),
        ("silence_has_a_reason", _TASKS, "- command: x # noqa: no-changed-when  # only reads"),
        ("skips_have_a_reason", _TEST, "import pytest\npytest.skip('no engine')"),
        ("skips_have_a_reason", _TEST, "import pytest\npytest.mark.skipif(True, reason='x')"),
        ("files_stay_short", _PYTHON, "\n" * house_rules.PYTHON_LINES),
        ("files_stay_short", "CHANGELOG.md", "\n" * 999),
        ("package_stays_free_of_ansible", _PYTHON, "import ansible_free"),
        ("package_stays_free_of_ansible", "plugins/x.py", "import ansible"),
        ("gpl_is_declared", "plugins/x.py", f"{_GPL}import ansible"),
        ("gpl_is_declared", _PYTHON, "import os"),
    ],
)
def test_what_is_no_breach_passes(rule: str, path: str, text: str) -> None:
    assert not list(getattr(house_rules, rule)(path, text))


def test_every_rule_is_shown_to_fail() -> None:
    shown = {parameters[0] for parameters in _parameters(test_a_breach_is_found)}
    assert shown == {rule.__name__ for rule in RULES}


def _parameters(test: Callable[..., None]) -> list[tuple[str, str, str]]:
    marks: list[pytest.Mark] = test.pytestmark  # type: ignore[attr-defined]  # pytest sets it
    parameters: list[tuple[str, str, str]] = marks[0].args[1]
    return parameters
