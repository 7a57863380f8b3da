"""What the admin UI does not show of an OAuth2 client, asked of Mautic's API as that client."""

from contextlib import suppress

from pydantic import SecretStr

from mautic_bootstrap.admin.model import OAuth2Client
from mautic_bootstrap.api.client import MauticClient
from mautic_bootstrap.api.credentials import OAuth2Credentials, StaticToken
from mautic_bootstrap.api.models import User
from mautic_bootstrap.errors import (
    ApiDisabledError,
    AuthenticationError,
    ForbiddenError,
    RotationError,
)
from mautic_bootstrap.rights import Permissions
from mautic_bootstrap.run import Run
from mautic_bootstrap.stages import proofs


class ClientCalls:
    """Calls as one or another client of a run's Mautic; `admin.model.Calls` describes them."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def who(self, client: OAuth2Client) -> User | None:
        """Return who a client is to Mautic; None where it gets no token, as while the API is off."""
        try:
            with self._run.api_client(_credentials(client)) as api:
                return _as_it_is(api, api.users.self())
        except (ApiDisabledError, AuthenticationError):
            return None

    def prove(self, client: OAuth2Client, permissions: Permissions) -> None:
        """Return if a client may do just this."""
        with self._run.api_client(_credentials(client)) as api:
            proofs.whole(api, api.users.self(), permissions)

    def token(self, client: OAuth2Client) -> SecretStr | None:
        """Return a token of a client; None where it gets none."""
        try:
            with self._run.api_client(_credentials(client)) as api:
                token, _lifetime_s = api.request_token()
        except (ApiDisabledError, AuthenticationError):
            return None
        self._run.redactor.add(token)
        return SecretStr(token)

    def prove_dead(self, client: OAuth2Client, token: SecretStr | None) -> None:
        """Return if Mautic knows neither the client (400) nor its token (401) any more.

        Source: recordings "token, deleted client", "bearer of a deleted client"; 5.1.0, 7.0.0.
        """
        with suppress(AuthenticationError):
            with self._run.api_client(_credentials(client)) as api:
                api.request_token()
            raise self._alive(client, "it still gets tokens")
        if token is None:
            return
        try:
            with self._run.api_client(StaticToken(token)) as api:
                api.users.self()
        except AuthenticationError:
            return
        raise self._alive(client, "a token of it is still accepted")

    def _alive(self, client: OAuth2Client, seen: str) -> RotationError:
        return RotationError(
            f"revoke the OAuth2 client {client.name} of {self._run.variables.mautic_url}",
            expected="it and its tokens refused (HTTP 400 and 401)",
            seen=seen,
            hint="Is there a cache between here and Mautic? Run playbooks/rotate.yml --tags revoke again.",
        )


def _as_it_is(api: MauticClient, user: User) -> User:
    """Return a user without the rights that its role goes on naming after its last box was unticked.

    Source: `UserBundle/Model/RoleModel.php` (`setRolePermissions`); live 5.1.0, 7.0.0.
    """
    role = user.role
    if role is None or role.is_admin:
        return user
    try:
        proofs.lists(api, role.permissions or {}, at_most=1)
    except ForbiddenError:
        return user.model_copy(update={"role": role.model_copy(update={"permissions": {}})})
    return user


def _credentials(client: OAuth2Client) -> OAuth2Credentials:
    return OAuth2Credentials(client.client_id, client.secret)
