"""From wish and observation to plan: the switches of the API tab."""

from typing import Any

import pytest

from mautic_bootstrap.admin.clients import Generations
from mautic_bootstrap.admin.model import Change, Switches
from mautic_bootstrap.admin.plan import Observed, plan_switches
from unit.admin_values import client, wish

_API = Change("Mautic's API", "off", "on")
_BASIC_ON = Change("HTTP basic auth for the API", "off", "on")
_BASIC_OFF = Change("HTTP basic auth for the API", "on", "off")


@pytest.mark.parametrize(
    ("api", "basic", "wanted", "saved", "changes"),
    [
        (True, False, None, None, ()),
        (True, True, None, None, ()),
        (True, True, True, None, ()),
        (True, False, False, None, ()),
        (False, False, None, Switches(True, False), (_API,)),
        (False, True, None, Switches(True, True), (_API,)),
        (True, False, True, Switches(True, True), (_BASIC_ON,)),
        (True, True, False, Switches(True, False), (_BASIC_OFF,)),
        (False, False, True, Switches(True, True), (_API, _BASIC_ON)),
        (False, True, False, Switches(True, False), (_API, _BASIC_OFF)),
    ],
)
def test_switches_are_saved_only_where_one_is_not_as_wished_and_the_api_is_never_switched_off(
    api: bool, basic: bool, wanted: bool | None, saved: Switches | None, changes: tuple[Any, ...]
) -> None:
    assert plan_switches(wish(basic_auth=wanted), Switches(api, basic)) == (saved, changes)


def test_no_value_shows_a_secret_when_printed() -> None:
    shown = repr((wish(), Observed(Switches(True, True), Generations(client(), ()))))
    assert "the-admins-password" not in shown
    assert "secret-1" not in shown
