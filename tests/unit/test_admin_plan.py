"""From wish and observation to plan: the decision table."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from mautic_bootstrap.admin.model import Change, OAuth2Client, Switches, Wish
from mautic_bootstrap.admin.plan import Observed, Plan, make_plan

_CLIENT = OAuth2Client(3, "app", "3_abc", SecretStr("s3cret-of-the-client"))
_API = Change("Mautic's API", "off", "on")
_BASIC_ON = Change("HTTP basic auth for the API", "off", "on")
_BASIC_OFF = Change("HTTP basic auth for the API", "on", "off")
_MADE = Change("OAuth2 client app", "absent", "present")


def _wish(*, basic_auth: bool | None = None, client_name: str | None = "app") -> Wish:
    return Wish(
        base_url="http://localhost:8080",
        username="admin",
        password=SecretStr("the-admins-password"),
        basic_auth=basic_auth,
        client_name=client_name,
        redirect_uri="https://localhost/callback",
        ca_bundle=None,
        evidence_dir=Path("/unused"),
    )


@pytest.mark.parametrize(
    ("api", "basic", "client", "wish", "expected"),
    [
        (True, False, _CLIENT, _wish(), Plan(None, None, ())),
        (True, True, _CLIENT, _wish(), Plan(None, None, ())),
        (True, False, None, _wish(client_name=None), Plan(None, None, ())),
        (True, False, None, _wish(), Plan(None, "app", (_MADE,))),
        (False, False, _CLIENT, _wish(), Plan(Switches(True, False), None, (_API,))),
        (False, True, None, _wish(), Plan(Switches(True, True), "app", (_API, _MADE))),
        (
            True,
            False,
            _CLIENT,
            _wish(basic_auth=True),
            Plan(Switches(True, True), None, (_BASIC_ON,)),
        ),
        (
            True,
            True,
            _CLIENT,
            _wish(basic_auth=False),
            Plan(Switches(True, False), None, (_BASIC_OFF,)),
        ),
        (
            False,
            False,
            None,
            _wish(basic_auth=True),
            Plan(Switches(True, True), "app", (_API, _BASIC_ON, _MADE)),
        ),
    ],
)
def test_only_what_is_missing_is_planned(
    api: bool, basic: bool, client: OAuth2Client | None, wish: Wish, expected: Plan
) -> None:
    assert make_plan(wish, Observed(Switches(api, basic), client)) == expected


def test_no_value_shows_a_secret_when_printed() -> None:
    shown = repr((_wish(), Observed(Switches(True, True), _CLIENT)))

    assert "the-admins-password" not in shown
    assert "s3cret-of-the-client" not in shown
