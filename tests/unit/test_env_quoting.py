"""Quoting: what the rule writes, and what it refuses."""

import pytest

from mautic_bootstrap.env.quoting import quote
from mautic_bootstrap.errors import UnsafeValueError


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("http://localhost:8080/a_b.c@d%20+e,f=g-h", "http://localhost:8080/a_b.c@d%20+e,f=g-h"),
        ("", "''"),
        ("a b", "'a b'"),
        ("#ab", "'#ab'"),
        ('p$ss`x`"y"', "'p$ss`x`\"y\"'"),
        ("a\\b", "'a\\b'"),
        ("two\nlines", "'two\nlines'"),
        ("é", "'é'"),
        ("it's", '"it\'s"'),
        ("it's #1!", '"it\'s #1!"'),
    ],
)
def test_a_value_is_written_in_the_plainest_form_that_carries_it(value: str, written: str) -> None:
    assert quote("MAUTIC_PASSWORD", value) == written


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("hidden\0", "a NUL or carriage return character"),
        ("hidden\r\n", "a NUL or carriage return character"),
        ("hidden\udc80", "bytes that are no UTF-8"),
        ("hidden\\\\x", "two backslashes in a row or one at the end"),
        ("hidden\\", "two backslashes in a row or one at the end"),
        ("hidden${x}", "a dollar sign followed by a brace"),
        ("hidden'\"", "a single quote together with"),
        ("hidden'$", "a single quote together with"),
        ("hidden'\\x", "a single quote together with"),
        ("hidden'`", "a single quote together with"),
    ],
)
def test_a_value_readers_disagree_about_is_refused_by_name_and_never_shown(
    value: str, seen: str
) -> None:
    with pytest.raises(UnsafeValueError) as caught:
        quote("MAUTIC_PASSWORD", value)
    text = caught.value.diagnostics()
    assert text.startswith("[41] UnsafeValueError: quote the value of MAUTIC_PASSWORD: expected")
    assert seen in text
    assert "hidden" not in text
    assert "hidden" not in repr(caught.value.args)
