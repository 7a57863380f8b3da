import pytest

from mautic_bootstrap.api.credentials import (
    BasicCredentials,
    OAuth2Credentials,
    StaticToken,
    from_env_values,
)

_CLIENT = {"MAUTIC_CLIENT_ID": "1_id", "MAUTIC_CLIENT_SECRET": "hidden-secret"}
_USER = {"MAUTIC_USERNAME": "admin", "MAUTIC_PASSWORD": "hidden-password"}
_TOKEN = {"MAUTIC_API_TOKEN": "hidden-token"}


def test_each_whole_set_is_read() -> None:
    client, user, token = (from_env_values(values) for values in (_CLIENT, _USER, _TOKEN))
    assert isinstance(client, OAuth2Credentials)
    assert (client.client_id, client.client_secret.get_secret_value()) == ("1_id", "hidden-secret")
    assert isinstance(user, BasicCredentials)
    assert (user.username, user.password.get_secret_value()) == ("admin", "hidden-password")
    assert isinstance(token, StaticToken)
    assert token.token.get_secret_value() == "hidden-token"


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"MAUTIC_API_URL": "http://localhost:8080"},
        *({name: value} for name, value in (_CLIENT | _USER).items()),
        _CLIENT | {"MAUTIC_CLIENT_SECRET": ""},
        _USER | {"MAUTIC_USERNAME": ""},
        {"MAUTIC_API_TOKEN": ""},
    ],
)
def test_a_set_that_is_not_whole_is_none(values: dict[str, str]) -> None:
    assert from_env_values(values) is None


def test_half_a_client_does_not_hide_a_whole_user() -> None:
    values = {"MAUTIC_CLIENT_ID": "1_id"} | _USER
    assert isinstance(from_env_values(values), BasicCredentials)


@pytest.mark.parametrize("values", [_CLIENT, _USER, _TOKEN])
def test_the_text_of_credentials_hides_the_secret(values: dict[str, str]) -> None:
    credentials = from_env_values(values)
    assert "hidden" not in repr(credentials) + str(credentials)
