"""What the admin UI does not show of a client, asked as that client."""

import httpx
import pytest
from pydantic import SecretStr

from mautic_bootstrap.errors import (
    ApiDisabledError,
    AuthenticationError,
    RightsNotProvenError,
    RotationError,
    ServerError,
    UnreachableError,
)
from mautic_bootstrap.run import Run
from mautic_bootstrap.stages.client_calls import ClientCalls
from mautic_bootstrap.variables import DEFAULT_PERMISSIONS
from unit.admin_values import client
from unit.fake_mautic import ADMINISTRATOR, FakeMautic, our_role
from unit.fakes import NewRun

_CLIENT = client()


@pytest.fixture
def run(new_run: NewRun) -> Run:
    return new_run()


@pytest.fixture
def calls(run: Run) -> ClientCalls:
    return ClientCalls(run)


def test_a_client_tells_its_role_and_rights(calls: ClientCalls, mautic: FakeMautic) -> None:
    mautic.clients["2_id"] = ("secret-2", "app (next 20261123T120000Z)")
    mautic.roles["app (next 20261123T120000Z)"] = ADMINISTRATOR
    first, second = calls.who(_CLIENT), calls.who(client(2))
    assert first is not None
    assert first.role is not None
    assert (first.username, first.role.id, first.role.is_admin) == ("app [1]", 7, False)
    assert second is not None
    assert second.role is not None
    assert (second.username, second.role.is_admin) == ("app (next 20261123T120000Z) [2]", True)
    asked = ["POST /oauth/v2/token", "GET /api/users/self"]
    assert mautic.calls == [*asked, "GET /api/contacts", *asked]


def test_a_role_without_any_right_goes_on_naming_those_it_had(
    calls: ClientCalls, mautic: FakeMautic
) -> None:
    mautic.broken["/api/contacts"] = httpx.Response(403, json={"errors": []})
    user = calls.who(_CLIENT)
    assert user is not None
    assert user.role is not None
    assert (user.role.id, user.role.is_admin, user.role.permissions) == (7, False, {})


def test_nothing_is_known_of_a_client_that_gets_no_token(
    calls: ClientCalls, mautic: FakeMautic
) -> None:
    assert calls.who(client(9)) is None
    assert calls.token(client(9)) is None
    mautic.api = False
    assert calls.who(_CLIENT) is None
    assert calls.token(_CLIENT) is None


def test_a_mautic_that_does_not_answer_is_no_answer_about_a_client(
    calls: ClientCalls, mautic: FakeMautic
) -> None:
    mautic.broken["/oauth/v2/token"] = httpx.Response(502, html="Bad Gateway")
    with pytest.raises(ServerError):
        calls.who(_CLIENT)
    with pytest.raises(ServerError):
        calls.token(_CLIENT)
    with pytest.raises(ServerError):
        calls.prove_dead(_CLIENT, None)


def test_a_token_is_masked_from_then_on(calls: ClientCalls, run: Run, mautic: FakeMautic) -> None:
    token = calls.token(_CLIENT)
    assert token == SecretStr("token-1")
    assert run.redactor.mask("it is token-1") == "it is ********"


def test_rights_are_proven_as_that_client(calls: ClientCalls, mautic: FakeMautic) -> None:
    calls.prove(_CLIENT, DEFAULT_PERMISSIONS)
    assert mautic.calls == [
        "POST /oauth/v2/token",
        *(
            f"GET /api/{name}"
            for name in ("users/self", "contacts", "campaigns", "emails", "segments")
        ),
        *(f"GET /api/{name}" for name in ("users", "roles")),
    ]


@pytest.mark.parametrize("role", [ADMINISTRATOR, our_role({}), our_role(isAdmin=True)])
def test_other_rights_are_not_proven(
    calls: ClientCalls, mautic: FakeMautic, role: dict[str, object]
) -> None:
    mautic.roles["app"] = role
    with pytest.raises(RightsNotProvenError):
        calls.prove(_CLIENT, DEFAULT_PERMISSIONS)


def test_a_client_that_gets_no_token_proves_nothing(calls: ClientCalls, mautic: FakeMautic) -> None:
    with pytest.raises(AuthenticationError):
        calls.prove(client(9), DEFAULT_PERMISSIONS)


def test_a_deleted_client_and_its_token_are_dead(calls: ClientCalls, mautic: FakeMautic) -> None:
    token = calls.token(_CLIENT)
    del mautic.clients["1_id"]
    mautic.calls.clear()
    calls.prove_dead(_CLIENT, token)
    assert mautic.calls == ["POST /oauth/v2/token", "GET /api/users/self"]


def test_without_a_token_only_the_client_is_tried(calls: ClientCalls, mautic: FakeMautic) -> None:
    del mautic.clients["1_id"]
    calls.prove_dead(_CLIENT, None)
    assert mautic.calls == ["POST /oauth/v2/token"]


_ALIVE = (
    "revoke the OAuth2 client app of http://localhost:8080: expected it and its tokens refused (HTTP 400 and 401),"
    " saw {}. Is there a cache between here and Mautic? Run playbooks/rotate.yml --tags revoke again."
)


def test_a_client_that_still_gets_tokens_is_not_dead(
    calls: ClientCalls, mautic: FakeMautic
) -> None:
    for token in (None, SecretStr("token-0")):
        with pytest.raises(RotationError) as caught:
            calls.prove_dead(_CLIENT, token)
        assert str(caught.value) == _ALIVE.format("it still gets tokens")
        assert caught.value.code == 37


def test_a_token_that_is_still_accepted_is_not_dead(calls: ClientCalls, mautic: FakeMautic) -> None:
    token = calls.token(_CLIENT)
    del mautic.clients["1_id"]
    mautic.broken["/api/users/self"] = httpx.Response(200, json={"username": "app [1]"})
    with pytest.raises(RotationError) as caught:
        calls.prove_dead(_CLIENT, token)
    assert str(caught.value) == _ALIVE.format("a token of it is still accepted")
    assert "token-1" not in str(caught.value)


@pytest.mark.parametrize("answer", [403, 404, 500])
def test_what_is_no_refusal_of_the_token_does_not_prove_its_death(
    calls: ClientCalls, mautic: FakeMautic, answer: int
) -> None:
    token = calls.token(_CLIENT)
    del mautic.clients["1_id"]
    mautic.broken["/api/users/self"] = httpx.Response(answer)
    with pytest.raises(Exception, match=str(answer)) as caught:
        calls.prove_dead(_CLIENT, token)
    assert not isinstance(caught.value, AuthenticationError)


@pytest.mark.parametrize("deleted", [True, False])
@pytest.mark.parametrize("token", [None, SecretStr("token-0")])
def test_an_api_that_is_off_proves_no_death(
    calls: ClientCalls, mautic: FakeMautic, deleted: bool, token: SecretStr | None
) -> None:
    mautic.api = False
    if deleted:
        del mautic.clients["1_id"]
    with pytest.raises(ApiDisabledError):
        calls.prove_dead(_CLIENT, token)
    assert mautic.calls == ["POST /oauth/v2/token"]


def test_an_api_that_is_switched_off_in_between_proves_no_death_of_the_token(
    calls: ClientCalls, mautic: FakeMautic
) -> None:
    token = calls.token(_CLIENT)
    del mautic.clients["1_id"]
    disabled = {"errors": [{"code": 403, "message": "API disabled.", "type": "api_disabled"}]}
    mautic.broken["/api/users/self"] = httpx.Response(403, json=disabled)
    with pytest.raises(ApiDisabledError):
        calls.prove_dead(_CLIENT, token)


def test_a_mautic_that_is_gone_proves_no_death(new_run: NewRun) -> None:
    calls = ClientCalls(new_run(mautic_url="http://127.0.0.1:1"))
    with pytest.raises(UnreachableError):
        calls.prove_dead(_CLIENT, SecretStr("token-0"))
