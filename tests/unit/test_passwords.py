import string

import pytest

from mautic_bootstrap.passwords import generate, too_weak


def test_generated_passwords_differ_and_are_as_long_as_asked() -> None:
    made = {generate() for _ in range(50)}
    assert len(made) == 50
    assert {len(password) for password in made} == {32}
    assert len(generate(8)) == 8


def test_generated_passwords_need_no_quoting_anywhere() -> None:
    plain = set(string.ascii_letters + string.digits + "-_")
    assert set("".join(generate() for _ in range(50))) <= plain


def test_generated_passwords_pass_mautics_own_rule() -> None:
    assert too_weak(generate()) == ""


@pytest.mark.parametrize("password", ["", "a", "Ab1!x"])
def test_a_short_password_is_told_by_its_length(password: str) -> None:
    assert too_weak(password) == f"it has {len(password)} characters, Mautic wants at least 6"


@pytest.mark.parametrize(
    "password", ["password", "mautic123", "Company1", "qwertyuiop", "aaaaaaaa"]
)
def test_a_guessable_password_is_told_by_its_score_and_not_repeated(password: str) -> None:
    why = too_weak(password)
    assert why.startswith("zxcvbn scores it ")
    assert why.endswith(" of 4, Mautic wants at least 3")
    assert password not in why


def test_mautics_own_words_count_as_guessable() -> None:
    assert too_weak("mauticbundle")
    assert not too_weak("gorselantern")


def test_a_strong_password_is_not_too_weak() -> None:
    assert too_weak("tr0ub4dour-and-3-more") == ""


def test_a_very_long_password_is_judged_in_good_time() -> None:
    assert too_weak("correct horse battery staple " * 100) == ""
