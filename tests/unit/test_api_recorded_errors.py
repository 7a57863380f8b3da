"""Every answer that a live Mautic was seen to refuse with becomes its own error, with Mautic's own words.

Source: live 5.1.0 and 7.0.0 (the recordings of `tests/contract`), live 7.1.2 and 7.2.0-rc (`recorded_errors.json`).
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from pydantic import SecretStr

from contract.recordings import load
from mautic_bootstrap.api.credentials import StaticToken
from mautic_bootstrap.api.retries import Retries
from mautic_bootstrap.errors import (
    ApiDisabledError,
    ApiError,
    AuthenticationError,
    ForbiddenError,
    NotFoundError,
    ServerError,
    UnexpectedResponseError,
    ValidationError,
)
from unit.both_clients import Connect
from unit.fake_api import FakeApi

_LATER = json.loads((Path(__file__).parent / "recorded_errors.json").read_text(encoding="utf-8"))
_TOKEN = StaticToken(SecretStr("static-token"))

_LABELS: dict[type[ApiError], set[str]] = {
    ApiDisabledError: {"api disabled: list contacts, no auth", "api disabled: token"},
    AuthenticationError: {
        "api root, no auth",
        "list contacts, bad bearer",
        "list contacts, basic auth wrong",
        "list contacts, no auth",
        "token of a deleted client",
        "token, deleted client",
        "token, limited user's client",
        "token, no client id",
        "token, no secret",
        "token, password grant",
        "token, unknown client",
        "token, wrong secret",
        "unknown path, no auth",
        "users/self, basic auth of a disabled user",
        "v2 contacts, bad bearer",
        "v2 contacts, basic auth wrong",
        "v2 contacts, no auth",
        "v2 docs",
    },
    ForbiddenError: {
        "default rights: list assets",
        "default rights: list forms",
        "default rights: list hooks",
        "default rights: list messages",
        "default rights: list pages",
        "default rights: list points",
        "default rights: list roles",
        "default rights: list stages",
        "default rights: list users",
        "default rights: roles delete",
        "default rights: roles show",
        "default rights: users delete",
        "default rights: users show",
        "list contacts, basic auth off",
        "nothing ticked: list contacts",
        "own alone: contact",
        "scoped: contact delete",
        "scoped: email delete",
        "scoped: list campaigns",
        "scoped: list roles",
        "scoped: list users",
        "token, HTTP Basic client auth (basic auth off)",
    },
    NotFoundError: {
        "/admin, no session",
        "contact delete, unknown",
        "contact, unknown id",
        "role delete, unknown",
        "scoped: email, unknown",
        "unknown path",
        "unknown path with a query",
        "user, unknown",
        "v2 unknown, basic auth",
    },
    ValidationError: {
        "contact new, bad email",
        "contact new, broken JSON",
        "role new, no name",
        "token, code grant without code",
        "token, no grant type",
        "token, refresh grant without token",
        "token, unknown grant",
        "user new, taken",
        "user new, weak password",
    },
    ServerError: {
        "contacts batch new, 201",
        "list contacts, token twice",
        "role new, strange level",
    },
    UnexpectedResponseError: {
        "/s, no session",
        "/s/, no session",
        "config post, no session",
        "dashboard, no session",
        "installer, installed",
        "installer, the address it is sent to",
        "not installed: REST",
        "not installed: login",
        "not installed: root",
        "not installed: the installer's first address",
        "role delete, with a user",
        "root, no session",
    },
}
# One answer in 5.x, another from 7.0 on.
_CHANGED: dict[tuple[str, bool], type[ApiError]] = {
    ("v2 contacts", True): NotFoundError,
    ("v2 contacts", False): AuthenticationError,
    ("api root", True): NotFoundError,
    ("api root", False): AuthenticationError,
}


class Refusal(NamedTuple):
    version: str
    label: str
    answer: dict[str, Any]

    @property
    def error(self) -> type[ApiError]:
        changed = _CHANGED.get((self.label, self.version.startswith("5.")))
        return changed or next(c for c, labels in _LABELS.items() if self.label in labels)

    @property
    def said(self) -> dict[str, Any]:
        """Return what Mautic says of it, an empty object where it says nothing."""
        body: dict[str, Any] = self.answer["body"]
        first: dict[str, Any] = body["errors"][0] if "errors" in body else body
        return first

    def response(self) -> httpx.Response:
        body, headers = self.answer["body"], self.answer["headers"]
        text = f"<title>{body['title']}</title>" if "title" in body else json.dumps(body)
        content = b"" if "empty" in body else text.encode()
        return httpx.Response(self.answer["status"], headers=headers, content=content)


def _recorded() -> Iterator[Refusal]:
    for version in ("5.1", "7.0"):
        recordings = load(version)
        name = recordings["mautic_version"]
        for label, answer in recordings["walk"]["exchanges"].items():
            yield Refusal(name, label, answer)
        for label, exchange in recordings["browser"]["exchanges"].items():
            yield Refusal(f"{name}, browser", label, exchange["response"])
    for version, answers in _LATER.items():
        for label, answer in answers.items():
            yield Refusal(version, label, answer)


_REFUSALS = [refusal for refusal in _recorded() if refusal.answer["status"] >= 300]


@pytest.mark.parametrize("refusal", _REFUSALS, ids=lambda each: f"{each.version}: {each.label}")
def test_each_refusal_is_an_error_of_its_own_in_mautics_own_words(
    api: FakeApi, connect: Connect, refusal: Refusal
) -> None:
    api.will(refusal.response())
    client = connect(credentials=_TOKEN, retries=Retries(attempts=1))
    with pytest.raises(ApiError) as caught:
        client.request("GET", "/api/x")
    error = caught.value
    message = refusal.said.get("message", "")
    assert type(error) is refusal.error
    assert error.status == refusal.answer["status"]
    assert (error.mautic_type, error.mautic_message) == (refusal.said.get("type") or "", message)
    said = f'"{message}"' if message else ""
    assert f"saw HTTP {error.status} {said}" in str(error)
    assert (error.attempts, len(error.request_id)) == (1, 12)
    version = refusal.answer["headers"].get("mautic-version", "")
    assert client.server.mautic_version == version


def test_what_mautic_says_of_a_field_is_kept_by_its_name(api: FakeApi, connect: Connect) -> None:
    refusals = [x for x in _REFUSALS if x.label == "contact new, bad email"]
    assert {x.version for x in refusals} >= {"5.1.0", "7.0.0", "7.1.2", "7.2.0-rc"}
    client = connect(credentials=_TOKEN)
    for refusal in refusals:
        api.will(refusal.response())
        with pytest.raises(ValidationError) as caught:
            client.request("POST", "/api/contacts/new", json={"email": "not-an-email"})
        assert caught.value.fields == {"email": ["not-an-email is invalid."]}


def test_a_refusal_without_a_field_has_none(api: FakeApi, connect: Connect) -> None:
    refusals = [x for x in _REFUSALS if x.label == "contact new, broken JSON"]
    client = connect(credentials=_TOKEN)
    for refusal in refusals:
        api.will(refusal.response())
        with pytest.raises(ValidationError) as caught:
            client.request("POST", "/api/contacts/new", json={})
        assert caught.value.fields == {}


def test_every_label_was_seen() -> None:
    seen = {refusal.label for refusal in _REFUSALS}
    assert seen == set().union(*_LABELS.values()) | {label for label, _ in _CHANGED}
    assert len(_REFUSALS) > 150
