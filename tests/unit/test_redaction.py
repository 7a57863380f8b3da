import html
import json
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mautic_bootstrap.redaction import MASK, Redactor
from unit.fakes import reproducible

_SECRET = "p@ss/w\"rd & 'more' <é> \\n"

# The asterisk is left out: a secret made of it would be found in the mask itself.
_SECRETS = st.text(st.characters(exclude_characters="*", exclude_categories=["Cs"]), min_size=4)


@pytest.mark.parametrize(
    "form",
    [
        str,
        lambda s: quote(s, safe=""),
        quote_plus,
        lambda s: urlencode({"password": s}),
        lambda s: json.dumps({"password": s}),
        lambda s: json.dumps({"password": s}).replace("/", "\\/"),
        html.escape,
        lambda s: html.escape(s).replace("&#x27;", "&#039;"),
        lambda s: b64encode(s.encode()).decode(),
        repr,
        lambda s: repr(s.encode()),
        lambda s: str(ValueError({"password": s})),
    ],
)
def test_a_secret_is_masked_in_every_form_it_is_likely_to_take(form: Callable[[str], str]) -> None:
    shown = f"before {form(_SECRET)} after"
    masked = Redactor([_SECRET]).mask(shown)
    assert MASK in masked
    assert "w\\" not in masked
    assert "more" not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")


@reproducible
@given(_SECRETS, st.text(), st.text())
def test_no_secret_survives_whatever_stands_around_it(secret: str, before: str, after: str) -> None:
    assume("*" not in before + after)
    assert secret not in Redactor([secret]).mask(before + secret + after)


@reproducible
@given(st.lists(_SECRETS, min_size=1, max_size=4))
def test_of_many_secrets_none_survives(secrets: list[str]) -> None:
    masked = Redactor(secrets).mask(" ".join(secrets))
    assert not any(secret in masked for secret in secrets)


def test_the_longer_of_two_nested_secrets_goes_first() -> None:
    assert Redactor(["word", "password1"]).mask("password1 word") == f"{MASK} {MASK}"


@pytest.mark.parametrize("secret", [None, "", "a", "abc"])
def test_what_is_too_short_to_hide_is_left_alone(secret: str | None) -> None:
    assert Redactor([secret]).mask("abc of a thing") == "abc of a thing"


def test_four_characters_are_hidden() -> None:
    assert Redactor(["abcd"]).mask("abcd") == MASK


def test_a_secret_learnt_later_is_hidden_from_then_on() -> None:
    redactor = Redactor()
    assert redactor.mask("learnt-later") == "learnt-later"
    redactor.add("learnt-later")
    assert redactor.mask("learnt-later") == MASK


def test_values_are_masked_at_every_depth_and_in_keys() -> None:
    redactor = Redactor(["hidden"])
    value = {"hidden": [{"x": "is hidden"}, ("hidden", 1)], 2: None, "n": 1.5, "b": True}
    assert redactor.mask_all(value) == {
        MASK: [{"x": f"is {MASK}"}, [MASK, 1]],
        "2": None,
        "n": 1.5,
        "b": True,
    }
    assert "hidden" in value, "the original stays as it is"


def test_a_text_without_a_secret_stays_as_it_is() -> None:
    assert Redactor(["hidden"]).mask("nothing here\n") == "nothing here\n"
