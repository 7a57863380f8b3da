"""What else a save changed, fit to be shown."""

import pytest

from mautic_bootstrap.admin.differences import differences
from mautic_bootstrap.admin.model import Change
from mautic_bootstrap.redaction import MASK, Redactor

Values = dict[str, tuple[str, ...]]


def _differences(before: Values, after: Values) -> tuple[Change, ...]:
    return differences(before, after, asked={"asked"}, redactor=Redactor(["known-secret"]))


def test_equal_settings_are_no_difference() -> None:
    assert _differences({"a": ("x", "y"), "b": ()}, {"b": (), "a": ("x", "y")}) == ()


def test_what_was_asked_for_is_left_out() -> None:
    assert _differences({"asked": ("0",)}, {"asked": ("1",)}) == ()


def test_the_rest_is_listed_by_name() -> None:
    changed = _differences({"b": ("1",), "a": ("",)}, {"b": ("2",), "a": ("x",)})

    assert changed == (Change("a", '""', '"x"'), Change("b", '"1"', '"2"'))


def test_a_changed_order_is_a_difference() -> None:
    assert _differences({"a": ("x", "y")}, {"a": ("y", "x")}) == (Change("a", '"x, y"', '"y, x"'),)


def test_a_field_that_comes_or_goes_is_called_absent() -> None:
    assert _differences({"a": ()}, {"b": ("1",)}) == (
        Change("a", '""', "absent"),
        Change("b", "absent", '"1"'),
    )


def test_a_trailing_space_is_visible() -> None:
    assert _differences({"a": ("x ",)}, {"a": ("x",)}) == (Change("a", '"x "', '"x"'),)


def test_a_long_text_is_cut_to_where_it_differs() -> None:
    (change,) = _differences({"a": ("x" * 500 + "ONE" + "y" * 500,)}, {"a": ("x" * 500,)})

    assert change.before == f"...{'x' * 20}ONE{'y' * 37}..."
    assert change.after == f'...{"x" * 20}"'


def test_line_breaks_do_not_break_the_line() -> None:
    (change,) = _differences({"a": ("one\ntwo",)}, {"a": ("one\nthree",)})

    assert (change.before, change.after) == ('"one two"', '"one three"')


@pytest.mark.parametrize(
    "name",
    [
        "config[emailconfig][mailer_dsn][password]",
        "config[coreconfig][ip_lookup_auth]",
        "config[userconfig][saml_idp_own_private_key]",
        "config[messengerconfig][messenger_dsn_email][user]",
        "config[x][API_Token]",
    ],
)
def test_a_setting_that_may_be_secret_is_masked(name: str) -> None:
    assert _differences({name: ("old",)}, {name: ("new",)}) == (Change(name, MASK, MASK),)


def test_a_known_secret_is_masked_anywhere() -> None:
    (change,) = _differences({"a": ("1",)}, {"a": ("it is known-secret",)})

    assert change.after == f'"it is {MASK}"'
