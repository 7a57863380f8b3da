"""Merging: ours where it belongs, and not one foreign byte changed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mautic_bootstrap.env.credentials import CREDENTIAL_NAMES, ENV_NAMES
from mautic_bootstrap.env.document import EnvDocument
from mautic_bootstrap.env.merge import merge

URL = "MAUTIC_API_URL"
OAUTH = {URL: "http://localhost:8080", "MAUTIC_CLIENT_ID": "1_a", "MAUTIC_CLIENT_SECRET": "s"}
BEGIN = (
    "# BEGIN mautic-bootstrap - its next run replaces what stands between here and the END line\n"
)
END = "# END mautic-bootstrap\n"
LINES = "MAUTIC_API_URL=http://localhost:8080\nMAUTIC_CLIENT_ID=1_a\nMAUTIC_CLIENT_SECRET=s\n"
BLOCK = f"{BEGIN}{LINES}{END}"


def merged(text: str, values: dict[str, str] | None = None) -> str:
    chosen = OAUTH if values is None else values
    return merge(EnvDocument.parse(text), chosen, CREDENTIAL_NAMES.difference(chosen))


def test_an_empty_file_gets_the_block_alone() -> None:
    assert merged("") == BLOCK


@pytest.mark.parametrize(
    ("text", "between"),
    [
        ("A=1\n", "\n"),
        ("A=1", "\n\n"),
        ("A=1\n\n", ""),
        ("A=1\n\n\n", ""),
        ("# note", "\n\n"),
        ("A=1\n  ", "\n"),
        ("A=1\\\n", "\n"),
    ],
)
def test_the_block_is_appended_behind_one_blank_line(text: str, between: str) -> None:
    assert merged(text) == f"{text}{between}{BLOCK}"


def test_the_block_has_the_line_endings_of_the_file() -> None:
    assert merged("A=1\r\n") == "A=1\r\n\r\n" + BLOCK.replace("\n", "\r\n")


def test_a_value_over_two_lines_keeps_its_lf_in_a_crlf_file() -> None:
    assert "MAUTIC_USERNAME='a\nb'\r\n" in merged("A=1\r\n", {"MAUTIC_USERNAME": "a\nb"})


def test_the_block_keeps_its_place_and_is_written_anew() -> None:
    old = f"A=1\n{BEGIN}MAUTIC_CLIENT_ID=old\n{END}B=2\n"
    assert merged(old) == f"A=1\n{BLOCK}B=2\n"


def test_a_variable_outside_the_block_is_set_in_its_place_and_not_repeated() -> None:
    old = "A=1\nexport MAUTIC_CLIENT_SECRET='old' # mine\nB=2\n"
    rest = BLOCK.replace("MAUTIC_CLIENT_SECRET=s\n", "")
    assert merged(old) == f"A=1\nexport MAUTIC_CLIENT_SECRET=s # mine\nB=2\n\n{rest}"


def test_a_block_that_would_be_empty_is_not_written() -> None:
    old = "MAUTIC_API_URL=\nMAUTIC_CLIENT_ID=\nMAUTIC_CLIENT_SECRET="
    assert merged(old) == LINES.rstrip("\n")
    assert merged(f"{old}\n{BEGIN}{END}A=1\n") == f"{LINES}A=1\n"


@pytest.mark.parametrize("name", sorted(CREDENTIAL_NAMES - set(OAUTH)))
def test_credentials_that_are_not_written_are_removed_wherever_they_stand(name: str) -> None:
    assert merged(f"A=1\n\nexport {name}=x # old\nB=2\n\n{BLOCK}") == f"A=1\n\nB=2\n\n{BLOCK}"
    assert merged(f"{BEGIN}{name}=x\n{LINES}{END}") == BLOCK


@pytest.mark.parametrize("name", ["MAUTIC_USER_AGENT", "MAUTIC_ENVIRONMENT"])
def test_other_variables_that_are_not_written_are_removed_from_the_block_alone(name: str) -> None:
    assert merged(f"{name}=x\n\n{BLOCK}") == f"{name}=x\n\n{BLOCK}"
    assert merged(f"{BEGIN}{name}=x\n{LINES}{END}") == BLOCK


def test_a_commented_variable_is_a_comment_and_stays() -> None:
    assert merged(f"# MAUTIC_PASSWORD=x\n\n{BLOCK}") == f"# MAUTIC_PASSWORD=x\n\n{BLOCK}"


def test_a_variable_inside_somebody_elses_quoted_text_is_not_ours() -> None:
    foreign = f"A='\nMAUTIC_PASSWORD=x\n{BEGIN}{END}'\n"
    assert merged(f"{foreign}\n{BLOCK}") == f"{foreign}\n{BLOCK}"


def test_what_somebody_wrote_into_the_block_follows_it_from_then_on() -> None:
    old = f"A=1\n\n{BEGIN}B=2\n{LINES}\n# note\n{END}C=3\n"
    assert merged(old) == f"A=1\n\n{BLOCK}B=2\n\n# note\nC=3\n"


@pytest.mark.parametrize("stray", [BEGIN, END, f"{END}{BEGIN}", "# BEGIN mautic-bootstrap\n"])
def test_a_marker_without_its_counterpart_makes_no_block(stray: str) -> None:
    assert merged(f"{stray}{LINES}A=1\n") == f"{LINES}A=1\n"


def test_of_two_blocks_the_first_stays() -> None:
    second = f"{BEGIN}MAUTIC_CLIENT_ID=x\n{END}"
    old = f"{BEGIN}MAUTIC_API_URL=x\n{END}A=1\n{second}B=2\n"
    rest = BLOCK.replace("MAUTIC_CLIENT_ID=1_a\n", "")
    assert merged(old) == f"{rest}A=1\nMAUTIC_CLIENT_ID=1_a\nB=2\n"


def test_a_comment_that_only_resembles_a_marker_is_somebody_elses() -> None:
    comment = "# BEGIN mautic-bootstrapping is fun\n"
    assert merged(f"{comment}\n{BLOCK}") == f"{comment}\n{BLOCK}"


def test_a_byte_order_mark_stays_and_does_not_become_part_of_our_name() -> None:
    assert merged("\ufeffA=1\n") == f"\ufeffA=1\n\n{BLOCK}"
    assert merged("\ufeff") == f"\ufeff{BLOCK}"
    assert merged("\ufeffMAUTIC_CLIENT_ID=x\nA=1\n") == f"\ufeffA=1\n\n{BLOCK}"
    assert merged("\ufeffMAUTIC_USER_AGENT=x\n") == f"\ufeffMAUTIC_USER_AGENT=x\n\n{BLOCK}"


def test_our_variables_come_in_a_fixed_order() -> None:
    values = dict.fromkeys(reversed(ENV_NAMES), "x")
    lines = "".join(f"{name}=x\n" for name in ENV_NAMES)
    assert merged("", values) == f"{BEGIN}{lines}{END}"


FOREIGN = st.one_of(
    st.sampled_from(["A=1", "B='x'", "export C=2 # why", "D", "E=é", 'F="a\nb"', "G=\t1"]),
    st.sampled_from(["# note", "# MAUTIC_PASSWORD=x", "", "  ", "not an assignment"]),
)
OURS = st.lists(st.sampled_from(ENV_NAMES), unique=True, max_size=4).map(
    lambda names: [f"{name}=old" for name in names]
)
MARKERS = st.lists(st.sampled_from([BEGIN.rstrip("\n"), END.rstrip("\n")]), max_size=3)
VALUES = st.dictionaries(st.sampled_from(ENV_NAMES), st.sampled_from(["x", "a b", "it's", ""]))


@settings(derandomize=True, max_examples=300, deadline=None, database=None)
@given(
    lines=st.tuples(st.lists(FOREIGN, max_size=8), OURS, MARKERS)
    .map(lambda parts: [*parts[0], *parts[1], *parts[2]])
    .flatmap(st.permutations),
    newline=st.sampled_from(["\n", "\r\n"]),
    ended=st.booleans(),
    bom=st.sampled_from(["", "\ufeff"]),
    values=VALUES,
)
def test_whatever_the_file_the_foreign_stays_ours_reads_back_and_a_second_merge_changes_nothing(
    lines: list[str], newline: str, ended: bool, bom: str, values: dict[str, str]
) -> None:
    text = bom + newline.join(lines) + (newline if ended and lines else "")
    before = EnvDocument.parse(text)
    after = EnvDocument.parse(merge(before, values, CREDENTIAL_NAMES.difference(values)))
    assert foreign(after) == foreign(before)
    assert after.bom == bom
    assert {name: after.get(name) for name in values} == values
    assert not after.duplicates(ENV_NAMES)
    assert not any(after.get(name) for name in CREDENTIAL_NAMES - set(values))
    assert merge(after, values, CREDENTIAL_NAMES.difference(values)) == after.text


def foreign(document: EnvDocument) -> list[str]:
    """What is not ours, without blank lines: a block is set apart by one."""
    return [
        entry.text.rstrip("\r\n")
        for entry in document.entries
        if entry.text.strip()
        and entry.name not in ENV_NAMES
        and not entry.text.startswith(("# BEGIN mautic-b", "# END mautic-b"))
    ]
