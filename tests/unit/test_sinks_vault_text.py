"""Our variables in a YAML text: set, kept apart from what is foreign, and read back."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mautic_bootstrap.errors import EnvFileError, UnsafeValueError
from mautic_bootstrap.sinks.vault_text import is_empty, values, with_values
from unit.fakes import reproducible

HEAD = "---\n# The variables MAUTIC_* below are kept by mautic-bootstrap.\n"
ID = {"MAUTIC_CLIENT_ID": "new"}


def put(text: str, **wanted: str) -> str:
    return with_values(text, wanted, "write it")


def test_a_new_text_says_whose_variables_it_holds_in_one_order() -> None:
    assert put("", MAUTIC_CLIENT_ID="1_a", MAUTIC_API_URL="http://x") == (
        f'{HEAD}MAUTIC_API_URL: "http://x"\nMAUTIC_CLIENT_ID: "1_a"\n'
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: 1", 'a: 1\nMAUTIC_CLIENT_ID: "new"\n'),
        ("MAUTIC_CLIENT_ID: old # mine\na: 1\n", 'MAUTIC_CLIENT_ID: "new" # mine\na: 1\n'),
        ("MAUTIC_CLIENT_ID: 'old'\n", 'MAUTIC_CLIENT_ID: "new"\n'),
        ("MAUTIC_CLIENT_ID:\na: 1\n", 'MAUTIC_CLIENT_ID: "new"\na: 1\n'),
        ("MAUTIC_CLIENT_ID: !unsafe old\n", 'MAUTIC_CLIENT_ID: "new"\n'),
        ("MAUTIC_CLIENT_ID: |\n  old\na: 1\n", 'MAUTIC_CLIENT_ID: "new"\na: 1\n'),
        ("MAUTIC_CLIENT_ID: [old,\n  x]\n", 'MAUTIC_CLIENT_ID: "new"\n'),
        ("MAUTIC_CLIENT_ID: new # as it is\n", "MAUTIC_CLIENT_ID: new # as it is\n"),
        ("MAUTIC_PASSWORD: old\n# note\na: 1\n", '# note\na: 1\nMAUTIC_CLIENT_ID: "new"\n'),
        ("a: 1\nMAUTIC_PASSWORD: old", 'a: 1\nMAUTIC_CLIENT_ID: "new"\n'),
        ("a: 1\r\n", 'a: 1\r\nMAUTIC_CLIENT_ID: "new"\n'),
        ("mautic_client_id: theirs\n", 'mautic_client_id: theirs\nMAUTIC_CLIENT_ID: "new"\n'),
    ],
)
def test_only_our_variables_change(before: str, after: str) -> None:
    assert put(before, **ID) == after
    assert put(after, **ID) == after
    assert values(after, "read it") == ID


@pytest.mark.parametrize("value", ["123", "yes", "1_000", "null", "2024-01-01", "~"])
def test_a_value_that_looks_like_something_else_is_text(value: str) -> None:
    for before in ("", f"MAUTIC_PASSWORD: {value}\n"):
        after = put(before, MAUTIC_PASSWORD=value)
        assert yaml.safe_load(after) == {"MAUTIC_PASSWORD": value}


@pytest.mark.parametrize("value", ["a{{ b }}", "{% x %}", "{#"])
def test_a_value_with_braces_is_no_template(value: str) -> None:
    after = put("", MAUTIC_PASSWORD=value)
    assert f'MAUTIC_PASSWORD: !unsafe "{value}"\n' in after
    assert put(f'MAUTIC_PASSWORD: "{value}"\n', MAUTIC_PASSWORD=value) == after.removeprefix(HEAD)
    assert put(after, MAUTIC_PASSWORD=value) == after


@reproducible
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), min_size=1))
def test_any_line_of_text_reads_back(value: str) -> None:
    after = put("theirs: 1\n", MAUTIC_PASSWORD=value)
    assert values(after, "read it") == {"MAUTIC_PASSWORD": value}
    assert after.startswith("theirs: 1\nMAUTIC_PASSWORD: ")
    assert after.count("\n") == 2
    assert put(after) == "theirs: 1\n"


@pytest.mark.parametrize(
    "before",
    ["{a: 1}\n", "a: 1\n...\n", "  a: 1\n", "b: &x 1\nMAUTIC_PASSWORD: &y old\nc: *y\n"],
)
def test_a_text_that_cannot_be_added_to_is_refused(before: str) -> None:
    with pytest.raises(EnvFileError) as caught:
        put(before, **ID)
    assert "ansible-vault edit" in str(caught.value)
    assert "old" not in str(caught.value)


def test_what_does_not_read_back_is_refused() -> None:
    with pytest.raises(UnsafeValueError, match="expected our variables to read back"):
        put("? [complex]\n: x\n", MAUTIC_PASSWORD="x", NOT_OURS="y")


@pytest.mark.parametrize(
    ("text", "empty"),
    [("", True), ("---\n", True), (HEAD, True), ("a: 1\n", False), ("# a note\n", False)],
)
def test_a_text_that_nobody_could_miss_is_known(text: str, *, empty: bool) -> None:
    assert is_empty(text, "write it") is empty
