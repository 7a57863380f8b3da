"""A Mautic that answers as told, for what the client's methods ask and make of the answers."""

import json
from collections.abc import Callable
from typing import Any, Self

import httpx
import respx
from pydantic import SecretStr

from mautic_bootstrap.api.client import AsyncMauticClient, MauticClient
from mautic_bootstrap.api.credentials import BasicCredentials
from mautic_bootstrap.api.retries import Retries

URL = "http://localhost:8080"
AT_ONCE = Retries(first_s=0, longest_s=0)
CREDENTIALS = BasicCredentials("admin", SecretStr("admin-password"))

Told = httpx.Response | Exception | dict[str, Any] | Callable[[httpx.Request], httpx.Response]


class ScriptedMautic:
    """Answers one request after the other, for as long as a `with` lasts; fails the test beyond that."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self._answers: list[Told] = []

    def __enter__(self) -> Self:
        self._router = respx.mock(assert_all_called=False)
        self._router.route().mock(side_effect=self._answer)
        self._router.start()
        self.client = MauticClient(URL, CREDENTIALS, retries=AT_ONCE)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._router.stop()

    def new_async_client(self) -> AsyncMauticClient:
        """Return a client to be awaited, of the same Mautic."""
        return AsyncMauticClient(URL, CREDENTIALS, retries=AT_ONCE)

    def will(self, *answers: Told) -> None:
        """Answer the next requests so; an object stands for a 200 with it."""
        self._answers += answers

    @property
    def asked(self) -> list[str]:
        """Method and path of every request."""
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def body(self, number: int = -1) -> Any:
        """Return the JSON of a request; of the last one, where nothing is said."""
        return json.loads(self.requests[number].content)

    def params(self, number: int = -1) -> dict[str, str]:
        """Return the query of a request; of the last one, where nothing is said."""
        return dict(self.requests[number].url.params)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        assert self._answers, f"nobody expected {request.method} {request.url.path}"
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, dict):
            return httpx.Response(200, json=answer)
        return answer if isinstance(answer, httpx.Response) else answer(request)


def contact(contact_id: int, email: str | None = None, **fields: object) -> dict[str, Any]:
    """Return a contact as Mautic writes it, in short (live 5.1.0, 7.0.0)."""
    everything = {"id": str(contact_id), "email": email, **fields}
    core = {alias: {"alias": alias, "value": value} for alias, value in everything.items()}
    return {
        "id": contact_id,
        "isPublished": True,
        "dateAdded": "2026-11-23T17:28:08+00:00",
        "dateModified": None,
        "points": 0,
        "tags": [],
        "doNotContact": [],
        "fields": {"core": core, "social": [], "all": everything},
    }


def error(code: int, message: str, **details: list[str]) -> httpx.Response:
    """Return an error as Mautic writes it (live 5.1.0, 7.0.0)."""
    said = {"code": code, "message": message, "details": details or []}
    return httpx.Response(code, json={"errors": [said]})


NOT_FOUND = error(404, "Item was not found.")
BROKEN = error(500, "Looks like I encountered an error (error #500).")
