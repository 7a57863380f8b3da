"""A Mautic in memory: it grants tokens, and its API answers as told."""

import threading
from collections.abc import Callable
from typing import Any, Self

import httpx
import respx
from pydantic import SecretStr

from mautic_bootstrap.api.credentials import OAuth2Credentials

URL = "http://localhost:8080/crm"
SECRET = "s3cret/with+signs&more="
CLIENT = OAuth2Credentials("1_id", SecretStr(SECRET))

Answer = httpx.Response | Exception | Callable[[httpx.Request], Any]
"""What comes back; a callable may be a coroutine function, where the client is awaited."""


class FakeApi:
    """Answers at `URL` for as long as a `with` lasts; whom it does not know gets 401, as at Mautic.

    Where nothing was told, a token request gets the next token ("token-1", "token-2", ...) and a call an empty
    list. Many threads may call it.
    """

    def __init__(self) -> None:
        self.token_requests: list[httpx.Request] = []
        self.requests: list[httpx.Request] = []
        """What came to the API."""
        self.lifetime_s = 3600
        self._grants: list[Answer] = []
        self._answers: list[Answer] = []
        self._valid: set[str] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._router = respx.mock(assert_all_called=False)
        self._router.route().mock(side_effect=self._answer)
        self._router.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._router.stop()

    def will(self, *answers: Answer) -> None:
        """Answer the next calls so."""
        self._answers += answers

    def will_grant(self, *answers: Answer) -> None:
        """Answer the next token requests so."""
        self._grants += answers

    def revoke(self) -> None:
        """Refuse every token from now on that was granted until now."""
        self._valid.clear()

    @property
    def tokens_used(self) -> list[str]:
        """What each call had in `Authorization`."""
        return [each.headers["authorization"].removeprefix("Bearer ") for each in self.requests]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = str(request.url.copy_with(query=None)).removeprefix(URL)
        with self._lock:
            if path == "/oauth/v2/token":
                self.token_requests.append(request)
                answer = self._grants.pop(0) if self._grants else self._grant
            else:
                self.requests.append(request)
                refused = not self._knows(request.headers.get("authorization", ""))
                answer = UNKNOWN_TOKEN if refused else self._next()
        if isinstance(answer, Exception):
            raise answer
        given: httpx.Response = answer if isinstance(answer, httpx.Response) else answer(request)
        return given

    def _next(self) -> Answer:
        return self._answers.pop(0) if self._answers else nothing()

    def _grant(self, _request: httpx.Request) -> httpx.Response:
        token = f"token-{len(self.token_requests)}"
        self._valid.add(token)
        return grant(token, self.lifetime_s)

    def _knows(self, authorization: str) -> bool:
        kind, _, value = authorization.partition(" ")
        return kind == "Basic" or value in self._valid or value.startswith("static-")


def grant(token: str, lifetime_s: int = 3600) -> httpx.Response:
    """Return what the token endpoint answers a client it knows (live 5.1.0, 7.0.0)."""
    body = {"access_token": token, "expires_in": lifetime_s, "token_type": "bearer", "scope": None}
    return httpx.Response(200, json=body)


def nothing() -> httpx.Response:
    """Return an empty list of contacts."""
    return httpx.Response(200, json={"total": "0", "contacts": {}})


def error(status: int, message: str = "", kind: str | None = None, **headers: str) -> Any:
    """Return an error as Mautic writes it; without a message, one without a body."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    if not message:
        return httpx.Response(status, headers=names)
    body = {"errors": [{"message": message, "code": status, "type": kind}]}
    return httpx.Response(status, json=body, headers=names)


UNKNOWN_TOKEN = error(401, "The access token provided is invalid.", "invalid_grant")
ENDED_TOKEN = error(401, "The access token provided has expired.", "invalid_grant")
WRONG_SECRET = error(400, "The client credentials are invalid", "invalid_client")
API_OFF = error(403, "API disabled.", "api_disabled")
