"""The parser: it loses no byte, and reads what python-dotenv reads."""

import io

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from mautic_bootstrap.env.document import EnvDocument

PIECES = st.one_of(
    st.sampled_from(["A=1\n", "B='x'\r\n", 'export C="y\nz"\n', "# note\n", "\n", "  \n", "\r\n"]),
    st.sampled_from(
        ["D='open\n", 'E="open\n', "F = 2 # why\n", "G\n", "H=#x\n", "I= # x\n", "=\n"]
    ),
    st.sampled_from(["K=a\\\n", "L='a\\'b'\n", 'M="a\\nb"\n', "N=`x`\n", "O='a' b\n", "'J'=1\n"]),
    st.sampled_from(["P=1", "export ", "A=2\n", "\r", "'", '"', "=", "#", "é", " ", "\ufeff"]),
    st.sampled_from(["broken line\n", "\u2028", "\x0b"]),
)
DOCUMENTS = st.lists(PIECES, max_size=12).map("".join)
reproducible = settings(derandomize=True, max_examples=300, deadline=None, database=None)


@reproducible
@given(DOCUMENTS)
def test_the_entries_put_together_are_the_file(text: str) -> None:
    assert EnvDocument.parse(text).text == text


@reproducible
@given(DOCUMENTS)
def test_every_variable_reads_as_python_dotenv_reads_it(text: str) -> None:
    # Opened as text, a file reaches python-dotenv with LF alone.
    as_opened = text.replace("\r\n", "\n").replace("\r", "\n")
    expected = dotenv_values(stream=io.StringIO(as_opened), interpolate=False)
    document = EnvDocument.parse(text)
    names = {entry.name for entry in document.entries if entry.name is not None}
    assert {name: document.get(name) for name in names} == expected


@reproducible
@given(DOCUMENTS)
def test_an_assignment_reads_as_the_new_value_and_nothing_else_changes(text: str) -> None:
    document = EnvDocument.parse(text)
    for index, entry in enumerate(document.entries):
        if entry.name is None or not entry.name.isalpha():
            continue
        changed = EnvDocument.parse(entry.assigned("'new value'"))
        assert [(e.name, e.value) for e in changed.entries] == [(entry.name, "new value")], index


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A=old\n", "A=new\n"),
        ("A=old", "A=new"),
        ("A=old\r\n", "A=new\r\n"),
        ("  export A = old\n", "  export A=new\n"),
        ("A=old # note\n", "A=new # note\n"),
        ("A='old' # it's\n", "A=new # it's\n"),
        ("A='old'#note\n", "A=new #note\n"),
        ("A= # note\n", "A=new # note\n"),
        ("A # note\n", "A=new # note\n"),
        ("A=#old\n", "A=new\n"),
        ("A=\n", "A=new\n"),
        ('A="two\nlines" # note\n', "A=new # note\n"),
        ("'A'=old\n", "A=new\n"),
        ("A=old#er\n", "A=new\n"),
    ],
)
def test_an_assignment_keeps_export_comment_indentation_and_line_ending(
    line: str, expected: str
) -> None:
    (entry,) = EnvDocument.parse(line).entries
    assert entry.assigned("new") == expected


def test_a_comment_cannot_be_assigned_to() -> None:
    (entry,) = EnvDocument.parse("# A=1\n").entries
    with pytest.raises(ValueError, match="line 1 is no assignment"):
        entry.assigned("x")


def test_the_last_of_several_assignments_counts_and_each_line_is_known() -> None:
    document = EnvDocument.parse("A=1\n\n# x\nB=2\r\nexport A='3\n4'\nA=5\n")
    assert document.get("A") == "5"
    assert document.get("C") is None
    assert document.duplicates(["B", "A", "C"]) == ["A"]
    assert document.lines("A") == [1, 5, 7]


def test_a_value_over_two_lines_of_a_crlf_file_reads_with_lf() -> None:
    assert EnvDocument.parse("A='1\r\n2'\r\n").get("A") == "1\n2"


@pytest.mark.parametrize(
    ("text", "newline"),
    [("", "\n"), ("A=1", "\n"), ("A=1\nB=2\r\n", "\n"), ("A=1\r\nB=2\n", "\r\n"), ("A\rB\n", "\n")],
)
def test_the_first_line_decides_about_line_endings(text: str, newline: str) -> None:
    assert EnvDocument.parse(text).newline == newline


def test_no_value_shows_in_the_representation_of_a_document() -> None:
    assert "hidden" not in repr(EnvDocument.parse("A=hidden\n# hidden\nhidden hidden\n"))
