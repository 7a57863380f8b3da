from pathlib import Path
from typing import Any

import pytest

from mautic_bootstrap.rights import words
from mautic_bootstrap.variables import (
    DEFAULT_PERMISSIONS,
    DEFAULT_USER_AGENT,
    Variables,
    load,
    unknown_names,
)

_UNMANAGED = {"mautic_manage_containers": False, "mautic_url": "https://example.com"}


def test_no_variable_has_to_be_set() -> None:
    assert load({}) == Variables()


def test_the_defaults_are_a_managed_mautic_on_loopback() -> None:
    variables = load({})
    assert variables.mautic_url == "http://localhost:8080"
    assert variables.port == 8080
    assert variables.app_user_agent == DEFAULT_USER_AGENT
    assert variables.admin_password() is None
    assert variables.wants_basic_auth is None


@pytest.mark.parametrize(
    "name", sorted(n for n, f in Variables.model_fields.items() if f.default is None)
)
def test_an_unset_variable_may_be_given_as_nothing(name: str) -> None:
    assert load({name: None}) == load({name: ""}) == Variables()


def test_values_as_a_command_line_or_an_environment_gives_them_are_understood() -> None:
    variables = load(
        _UNMANAGED
        | {"mautic_manage_containers": "no", "mautic_block_phone_home": "true"}
        | {"mautic_basic_auth": "yes", "app_env_path": "app/.env", "mautic_url": "https://a/s/"}
    )
    assert variables.mautic_manage_containers is False
    assert variables.mautic_block_phone_home is True
    assert variables.mautic_basic_auth is True
    assert variables.app_env_path == Path("app/.env")
    assert variables.mautic_url == "https://a"


def test_insecure_http_is_accepted_where_it_is_allowed_and_on_loopback() -> None:
    clear = {"mautic_url": "http://example.com", "mautic_manage_containers": False}
    assert load(clear | {"mautic_allow_insecure_http": True}).mautic_url == "http://example.com"
    assert load({"mautic_url": "http://mautic.localhost:81"}).port == 81


def test_a_weak_password_is_no_business_of_ours_where_mautic_already_runs() -> None:
    assert load(_UNMANAGED | {"mautic_admin_password": "password"}).admin_password() == "password"


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, None),
        ({"app_env_auth": "basic"}, True),
        ({"mautic_basic_auth": True}, True),
        ({"mautic_basic_auth": False}, False),
        ({"app_env_auth": "token"}, None),
    ],
)
def test_basic_auth_is_wanted_where_asked_for_or_needed_and_else_left_alone(
    values: dict[str, Any], wanted: bool | None
) -> None:
    assert load(values).wants_basic_auth is wanted


def test_unknown_names_are_those_that_look_like_ours_and_are_none() -> None:
    names = ["mautic_urll", "app_env_pth", "app_user_name", "mautic_url", "ansible_host", "my_var"]
    assert unknown_names(names) == ["app_env_pth", "app_user_name", "mautic_urll"]


def test_beside_a_client_made_by_hand_everything_else_may_be_rotated() -> None:
    by_hand = {"mautic_client_id": "1", "mautic_client_secret": "s"}
    assert load(by_hand | {"mautic_rotate": ["cache_key"]}).mautic_rotate == ("cache_key",)


@pytest.mark.parametrize(
    ("values", "rights"),
    [
        ({}, words(DEFAULT_PERMISSIONS)),
        ({"mautic_api_permissions": {"lead:leads": ["viewown"]}}, "lead:leads viewown"),
        ({"mautic_api_privileges": "admin"}, "admin"),
    ],
)
def test_a_client_is_asked_for_by_mautic_name_and_rights(
    values: dict[str, Any], rights: str
) -> None:
    variables = load({"mautic_client_name": "shop"} | values)
    assert variables.asked_rights == rights
    assert variables.asked_client == ("http://localhost:8080", "shop", rights)
