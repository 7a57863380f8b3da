"""Quoting: what the rule writes, what it refuses, and that every reader reads it back."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from mautic_bootstrap.env.quoting import quote
from mautic_bootstrap.errors import UnsafeValueError

AWKWARD = st.lists(
    st.one_of(
        st.sampled_from(
            ["${C}", "$C", "$$", "$(id)", "`id`", " #", "#", "\\n", "\\", "'", '"', "export "]
        ),
        st.sampled_from("\n\t =!%~&;|()<>*?{}[]"),
        st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=4),
        st.text("abcXYZ019._-", max_size=4),
    ),
    max_size=8,
).map("".join)


def quotable(value: str) -> bool:
    try:
        quote("V", value)
    except UnsafeValueError:
        return False
    return True


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


@settings(derandomize=True, max_examples=20, deadline=None, database=None)
@given(values=st.lists(AWKWARD.filter(quotable), min_size=10, max_size=40))
def test_python_dotenv_and_the_shells_read_back_what_was_quoted(values: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, expected = written(Path(folder), values)
        assert dotenv_values(file, interpolate=False) == expected
        assert dotenv_values(file, interpolate=True) == expected
        for shell in ("bash", "dash"):
            assert sourced(shell, file, len(values)) == values


@settings(derandomize=True, max_examples=5, deadline=None, database=None)
@given(values=st.lists(AWKWARD.filter(quotable), min_size=20, max_size=60))
def test_node_reads_back_what_was_quoted(values: list[str]) -> None:
    node = node_with_env_file()
    with tempfile.TemporaryDirectory() as folder:
        file, expected = written(Path(folder), values)
        program = "console.log(JSON.stringify(process.env))"
        done = subprocess.run(
            [node, f"--env-file={file}", "-e", program], capture_output=True, check=True, env={}
        )
    seen = json.loads(done.stdout)
    assert {name: seen.get(name) for name in expected} == expected


def written(folder: Path, values: list[str]) -> tuple[Path, dict[str, str]]:
    expected = {f"V{number}": value for number, value in enumerate(values)}
    file = folder / ".env"
    text = "".join(f"{name}={quote(name, value)}\n" for name, value in expected.items())
    file.write_bytes(text.encode())
    return file, expected


def sourced(shell: str, file: Path, count: int) -> list[str]:
    names = " ".join(f'"$V{number}"' for number in range(count))
    program = f"set -a; . {file}; printf '%s\\0' {names}"
    done = subprocess.run(
        [shutil.which(shell) or shell, "-c", program], capture_output=True, check=True, env={}
    )
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


def node_with_env_file() -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on PATH to read .env files with")
    if (
        "--env-file"
        not in subprocess.run([node, "--help"], capture_output=True, text=True, check=True).stdout
    ):
        pytest.skip("node is older than 20.6 and has no --env-file")
    return node
