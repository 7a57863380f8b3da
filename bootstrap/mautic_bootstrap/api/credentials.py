"""The three ways an application may authenticate, and what `.env` says of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True)
class OAuth2Credentials:
    """An OAuth2 client that asks for tokens with the grant `client_credentials`."""

    client_id: str
    client_secret: SecretStr


@dataclass(frozen=True)
class BasicCredentials:
    """A Mautic user's name and password; needs HTTP basic auth switched on."""

    username: str
    password: SecretStr


@dataclass(frozen=True)
class StaticToken:
    """A bearer token that somebody else renews."""

    token: SecretStr


Credentials = OAuth2Credentials | BasicCredentials | StaticToken


def from_env_values(values: Mapping[str, str]) -> Credentials | None:
    """Return the credentials that the variables of a `.env` hold, None where they hold no whole set.

    Args:
        values: Variable name to value, as in `.env`.
    """
    if values.get("MAUTIC_CLIENT_ID") and values.get("MAUTIC_CLIENT_SECRET"):
        return OAuth2Credentials(
            values["MAUTIC_CLIENT_ID"], SecretStr(values["MAUTIC_CLIENT_SECRET"])
        )
    if values.get("MAUTIC_USERNAME") and values.get("MAUTIC_PASSWORD"):
        return BasicCredentials(values["MAUTIC_USERNAME"], SecretStr(values["MAUTIC_PASSWORD"]))
    if values.get("MAUTIC_API_TOKEN"):
        return StaticToken(SecretStr(values["MAUTIC_API_TOKEN"]))
    return None
