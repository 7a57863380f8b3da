"""What people rely on, said in five places: the model, the role defaults, the argument specs, the README, the issue."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from mautic_bootstrap import errors
from mautic_bootstrap.variables import DEFAULT_USER_AGENT, Variables

_ROOT = Path(__file__).parents[2]
_DASH = "\N{EN DASH}"
_DEFAULTS = _ROOT / "roles/mautic_preflight/defaults/main.yml"
_ROLES = sorted(path for path in (_ROOT / "roles").iterdir() if path.is_dir())
_ACTIONS = sorted((_ROOT / "roles").glob("*/action_plugins/*.py"))

# The names are fixed: renaming one, or changing a default, breaks the people who use it.
_FIXED: dict[str, Any] = {
    "mautic_url": "http://localhost:8080",
    "mautic_allow_insecure_http": False,
    "mautic_ca_bundle": None,
    "mautic_manage_containers": True,
    "mautic_instance": "mautic",
    "mautic_image": "mautic/mautic:7-apache",
    "mautic_db_image": "mariadb:10.11",
    "mautic_image_archive": None,
    "mautic_bind_address": "127.0.0.1",
    "mautic_background_roles": ["cron", "worker"],
    "mautic_block_phone_home": "auto",
    "mautic_cli_argv": None,
    "mautic_admin_username": "admin",
    "mautic_admin_email": "admin@example.com",
    "mautic_admin_password": None,
    "mautic_admin_password_file": None,
    "mautic_basic_auth": None,
    "mautic_client_name": "app",
    "mautic_client_redirect_uri": "https://localhost/callback",
    "mautic_client_id": None,
    "mautic_client_secret": None,
    "mautic_api_privileges": "scoped",
    "mautic_api_permissions": {
        "lead:leads": ["viewown", "viewother", "editown", "editother", "create"],
        "lead:lists": ["viewown", "viewother"],
        "campaign:campaigns": ["viewown", "viewother"],
        "email:emails": ["viewown", "viewother", "editown", "editother", "create"],
    },
    "mautic_rotate": [],
    "mautic_rotation_grace_seconds": 0,
    "mautic_browser_trace": False,
    "mautic_fallback": "none",
    "mautic_rehearsal_version": "7.0",
    "mautic_remove_volumes": False,
    "app_env_path": ".env",
    "app_env_auth": "oauth2",
    "app_secret_sink": "env",
    "app_secret_path": None,
    "app_secret_vault_password_file": None,
    "app_user_agent": None,
}


def _plain(value: Any) -> Any:
    """Return a default as YAML has it; the user agent's is made of the version and so is unset there."""
    if value == DEFAULT_USER_AGENT:
        return None
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return str(value) if isinstance(value, Path) else value


def _specs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for role in _ROLES:
        spec = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]
        assert list(spec) == ["main"]
        for name, option in spec["main"].get("options", {}).items():
            yield role.name, name, option


def _readme_table() -> dict[str, str]:
    section = (
        (_ROOT / "README.md").read_text().partition("## Variables")[2].partition("What stands")[0]
    )
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.+) \|$", section, re.MULTILINE)
    return {name: default for name, default, _meaning in rows}


def test_the_model_has_the_fixed_names_and_defaults() -> None:
    fields = Variables.model_fields
    assert {name: _plain(field.default) for name, field in fields.items()} == _FIXED


def test_the_role_defaults_are_the_model_s_and_name_the_unset_ones_as_comments() -> None:
    text = _DEFAULTS.read_text()
    assert yaml.safe_load(text) == {n: v for n, v in _FIXED.items() if v is not None}
    assert re.findall(r"^# (\w+):(?: |$)", text, re.MULTILINE) == [
        name
        for name in re.findall(r"^(?:# )?(\w+):(?: |$)", text, re.MULTILINE)
        if _FIXED[name] is None
    ]
    assert set(re.findall(r"^(?:# )?(\w+):(?: |$)", text, re.MULTILINE)) == set(_FIXED)


def test_no_other_role_has_defaults_of_its_own() -> None:
    assert [path.parent.parent.name for path in (_ROOT / "roles").glob("*/defaults/*")] == [
        "mautic_preflight"
    ]


def test_the_argument_specs_together_are_the_model() -> None:
    assert {name for _role, name, _option in _specs()} == set(_FIXED)


@pytest.mark.parametrize(("role", "name", "option"), list(_specs()))
def test_each_argument_spec_says_what_the_model_says(
    role: str, name: str, option: dict[str, Any]
) -> None:
    default = _FIXED[name]
    assert option.get("default") == default
    assert option["description"]
    if default is not None and option["type"] != "raw":
        kinds = {"str": str, "bool": bool, "list": list, "path": str, "dict": dict, "int": int}
        assert isinstance(default, kinds[option["type"]])
    assert "choices" not in option or not name.endswith(("password", "secret"))


def test_the_readme_s_table_has_every_variable_with_its_default() -> None:
    told = _readme_table()
    assert list(told) == sorted(told, key=list(told).index)
    assert set(told) == set(_FIXED)
    said_otherwise = {
        "mautic_cli_argv": "derived",
        "mautic_api_permissions": "see [below](#least-privilege)",
        "mautic_admin_password": "generated where we install",
        "app_user_agent": "`mautic-bootstrap/<version>`",
        "mautic_rehearsal_version": '`"7.0"`',
    }
    for name, default in _FIXED.items():
        yaml_form = (
            json.dumps(default) if isinstance(default, bool) else str(default).replace("'", "")
        )
        expected = "unset" if default is None else f"`{yaml_form}`"
        assert told[name] == said_otherwise.get(name, expected), name


def test_the_readme_s_table_of_codes_has_every_error_with_a_code() -> None:
    section = (_ROOT / "README.md").read_text().partition("## When something goes wrong")[2]
    told: dict[int, str] = {}
    for codes, names in re.findall(rf"^\| ([\d{_DASH}]+) \| (.*?) \|", section, re.MULTILINE):
        first, _, last = codes.partition(_DASH)
        told |= dict.fromkeys(range(int(first), int(last or first) + 1), names)
    for name, error in vars(errors).items():
        if not (isinstance(error, type) and issubclass(error, errors.BootstrapError)):
            continue
        if error is errors.BootstrapError:
            continue
        in_words = f"`{name}`" in told[error.code] or "and below" in told[error.code]
        assert in_words, name


@pytest.mark.parametrize("action", _ACTIONS, ids=lambda path: path.stem)
def test_every_action_has_a_module_of_its_name_with_documentation(action: Path) -> None:
    module = action.parents[1] / "library" / action.name
    assigned = {
        target.id
        for node in ast.parse(module.read_text()).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert assigned >= {"DOCUMENTATION", "EXAMPLES", "RETURN"}
    assert f"library = {action.stem}" not in module.read_text()


def test_every_documented_module_has_an_action() -> None:
    modules = {path.stem for path in (_ROOT / "roles").glob("*/library/*.py")}
    assert modules == {path.stem for path in _ACTIONS}


def test_ansible_finds_every_library() -> None:
    configured = re.search(r"^library = (.*)$", (_ROOT / "ansible.cfg").read_text(), re.MULTILINE)
    assert configured is not None
    folders = {str(path.relative_to(_ROOT)) for path in (_ROOT / "roles").glob("*/library")}
    assert set(configured[1].split(":")) == folders


def test_ansible_doc_prints_every_action() -> None:
    command = Path(sys.executable).with_name("ansible-doc")
    names = [path.stem for path in _ACTIONS]
    done = subprocess.run(
        [command, "--type", "module", "--json", *names],
        cwd=_ROOT,
        env=os.environ | {"ANSIBLE_CONFIG": str(_ROOT / "ansible.cfg")},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    documented = json.loads(done.stdout)
    assert set(documented) == set(names)
    for name in names:
        doc = documented[name]["doc"]
        assert doc["short_description"]
        assert set(doc["attributes"]) == {"check_mode", "diff_mode", "idempotent"}
        assert documented[name]["examples"]
        assert set(documented[name]["return"]) >= {"msg", "code"}
