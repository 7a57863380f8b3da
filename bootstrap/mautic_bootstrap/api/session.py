"""A pooled connection to one Mautic's API with one set of credentials."""

import time
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from mautic_bootstrap.api.connection import BearerAuth, is_bearer_token, open_client
from mautic_bootstrap.api.credentials import BasicCredentials, Credentials, OAuth2Credentials
from mautic_bootstrap.api.responses import json_object, to_error
from mautic_bootstrap.errors import (
    AuthenticationError,
    ForbiddenError,
    RequestTimeoutError,
    UnexpectedResponseError,
    UnreachableError,
)
from mautic_bootstrap.redaction import Redactor

# Source: `rehearsal/listener.py`.
STAND_IN = "Rehearsal"


class ApiSession:
    """Calls to Mautic's REST API, authenticated; one connection pool, given up after 10 s of silence.

    Args:
        base_url: Mautic's base URL, without `/api`.
        credentials: How to authenticate.
        user_agent: Sent with every request.
        ca_bundle: A private certificate authority for an https:// Mautic.
        redactor: Learns the secrets and masks them in every error.
    """

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        *,
        user_agent: str,
        ca_bundle: Path | None,
        redactor: Redactor,
    ) -> None:
        self.base_url = base_url
        self._credentials = credentials
        self._redactor = redactor
        self._client = open_client(base_url, user_agent=user_agent, ca_bundle=ca_bundle)
        self._auth: httpx.Auth | None = None
        self.mautic_version = ""
        """As the last answer of API v1 named it; empty before the first one."""
        self.is_stand_in = False
        """Whether the rehearsal answered, which says so in its `Server` header."""

    def __enter__(self) -> Self:
        """Return the session itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._client.close()

    def request_token(self) -> tuple[str, int]:
        """Ask the token endpoint for a bearer token; return it and the seconds it lives.

        The secret travels in the form body: client authentication by HTTP Basic is answered with 403 while
        basic auth is off (live 5.1.0, 7.0.0). There is no refresh token for this grant.

        Raises:
            ApiDisabledError: The API is switched off.
            AuthenticationError: The client is unknown or its secret wrong.
            UnreachableError, RequestTimeoutError, UnexpectedResponseError: As named.
        """
        credentials = self._credentials
        if not isinstance(credentials, OAuth2Credentials):
            raise TypeError("only an OAuth2 client can ask for a token")
        attempted = f"ask {self.base_url} for a token"
        secret = credentials.client_secret.get_secret_value()
        self._redactor.add(secret)
        form = {
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": secret,
        }
        response = self._send("POST", "/oauth/v2/token", None, attempted=attempted, data=form)
        body = json_object(response)
        if response.status_code != 200:
            raise to_error(
                response, attempted=attempted, expected="a bearer token", redactor=self._redactor
            )
        token, lifetime_s = body.get("access_token"), body.get("expires_in")
        if not (is_bearer_token(token) and isinstance(lifetime_s, int)):
            raise UnexpectedResponseError(
                attempted,
                expected="an access token and its life in seconds",
                seen=f"the keys {sorted(body)}",
                hint="Is there a proxy between here and Mautic that answers instead?",
                status=200,
            )
        self._redactor.add(token)
        return token, lifetime_s

    def authenticate(self) -> float:
        """Make the session ready to call; return the seconds that took (0 without a token call).

        Raises:
            AuthenticationError: A static token that cannot be one; whatever else `request_token` raises.
        """
        credentials = self._credentials
        if isinstance(credentials, BasicCredentials):
            password = credentials.password.get_secret_value()
            self._redactor.add(password)
            # What the header carries, should anything ever quote it.
            self._redactor.add(b64encode(f"{credentials.username}:{password}".encode()).decode())
            self._auth = httpx.BasicAuth(credentials.username, password)
            return 0.0
        started = time.monotonic()
        if isinstance(credentials, OAuth2Credentials):
            token, _lifetime_s = self.request_token()
        else:
            token = credentials.token.get_secret_value()
            self._redactor.add(token)
            if not is_bearer_token(token):
                raise AuthenticationError(
                    f"use a bearer token for {self.base_url}",
                    expected="letters, digits and -._~+/ with = at the end",
                    seen="other characters in it",
                    hint="Run the playbook: it writes a new token.",
                )
        self._auth = BearerAuth(token)
        return time.monotonic() - started

    def get(self, path: str, params: Mapping[str, str | int] | None = None) -> httpx.Response:
        """Send an authenticated GET and return the answer, whatever its status.

        Args:
            path: Path below the base URL, with its leading slash.
            params: Query parameters; never a secret, Mautic's 404 echoes them.

        Raises:
            UnreachableError, RequestTimeoutError: No answer came.
        """
        if self._auth is None:
            self.authenticate()
        attempted = f"GET {path} on {self.base_url}"
        return self._send("GET", path, self._auth, attempted=attempted, params=params)

    def get_object(
        self, path: str, params: Mapping[str, str | int] | None = None
    ) -> dict[str, Any]:
        """Send an authenticated GET and return its JSON object.

        Raises:
            ApiError: The typed error for any answer but 200.
            UnreachableError: No answer came.
        """
        return json_object(self._ok(path, params))

    def whoami(self) -> tuple[dict[str, Any], str]:
        """Return `GET /api/users/self` and Mautic's version.

        A client_credentials call sees a pseudo user without `id`, whose `username` is "<client name> [<number>]"
        (live 5.1.0, 7.0.0).

        Raises:
            ApiError: The typed error for any answer but 200.
            UnreachableError: No answer came.
        """
        return json_object(self._ok("/api/users/self")), self.mautic_version

    def basic_auth_is_on(self) -> bool:
        """Say whether HTTP basic auth is on, by offering a user that does not exist.

        Mautic answers 403 "Basic Auth disabled" while it is off and 401 while it is on (live 5.1.0, 7.0.0); API
        logins are not counted by the login throttling of 7.1 and later (live 7.1.2).

        Raises:
            ApiError: Any other answer, that of a switched-off API included.
            UnreachableError: No answer came.
        """
        nobody = httpx.BasicAuth("mautic-bootstrap-probe", "nobody")
        attempted = f"ask {self.base_url} whether HTTP basic auth is on"
        answer = self._send("GET", "/api/users/self", nobody, attempted=attempted)
        if answer.status_code == 401:
            return True
        error = to_error(
            answer, attempted=attempted, expected="HTTP 401 or 403", redactor=self._redactor
        )
        if isinstance(error, ForbiddenError):
            return False
        raise error

    def _ok(self, path: str, params: Mapping[str, str | int] | None = None) -> httpx.Response:
        response = self.get(path, params)
        if response.status_code != 200:
            raise to_error(
                response,
                attempted=f"GET {path} on {self.base_url}",
                expected="HTTP 200",
                redactor=self._redactor,
            )
        self.mautic_version = response.headers.get("mautic-version", self.mautic_version)
        self.is_stand_in = response.headers.get("server") == STAND_IN
        return response

    def _send(
        self,
        method: str,
        path: str,
        auth: httpx.Auth | None,
        *,
        attempted: str,
        params: Mapping[str, str | int] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        started = time.monotonic()
        try:
            return self._client.request(method, path, params=params, data=data, auth=auth)
        except httpx.TimeoutException as exc:
            raise RequestTimeoutError(
                attempted,
                expected="an answer",
                seen="none",
                hint="Mautic is overloaded or hangs; look at its log.",
                waited_s=time.monotonic() - started,
            ) from exc
        except httpx.DecodingError as exc:
            raise UnexpectedResponseError(
                attempted,
                expected="an answer that can be decoded",
                seen=self._redactor.mask(str(exc)) or type(exc).__name__,
                hint="Is there a proxy between here and Mautic that answers instead?",
            ) from exc
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise UnreachableError(
                attempted,
                expected="an answer",
                seen=self._redactor.mask(str(exc)) or type(exc).__name__,
                hint="Check mautic_url, the network and, for https://, mautic_ca_bundle.",
            ) from exc
