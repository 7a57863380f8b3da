"""Readers: python-dotenv, the shells and Node get the values that were written, however awkward they are."""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from mautic_bootstrap.env.credentials import read_values
from mautic_bootstrap.env.file import write
from mautic_bootstrap.env.quoting import quote
from mautic_bootstrap.errors import UnsafeValueError

READER_VALUES = {
    "MAUTIC_API_URL": "http://localhost:8080/a",
    "MAUTIC_USERNAME": "it's \u00e9",
    "MAUTIC_PASSWORD": 'a "b" #c $d `e` \\f\n=g!',
    "MAUTIC_USER_AGENT": "my app/1.0 (it is mine)",
    "MAUTIC_ENVIRONMENT": "",
}
FOREIGN = {
    "nothing": "",
    "no line ending": "A=1",
    "a byte-order mark": "\ufeffA=1\n",
    "a placeholder with a comment": "export MAUTIC_USERNAME= # it's \"me\"\nA='1\n2'\n",
    "odd comments": "# it's (odd); $(false) `false` > /x\nMAUTIC_PASSWORD='old' # it's\n",
}


@pytest.fixture
def env(tmp_path: Path) -> Path:
    return tmp_path / ".env"


@pytest.mark.parametrize("text", [*FOREIGN.values(), "\ufeff", "\ufeff# note\r\n"])
@pytest.mark.parametrize("interpolate", [True, False])
def test_python_dotenv_reads_our_values_from_a_whole_file(
    env: Path, text: str, interpolate: bool
) -> None:
    env.write_text(text, newline="")
    write(env, READER_VALUES)
    seen = dotenv_values(env, interpolate=interpolate)
    assert {name: seen[name] for name in READER_VALUES} == READER_VALUES
    assert read_values(env) == READER_VALUES


@pytest.mark.parametrize("text", [*FOREIGN.values(), "\ufeff", "\ufeff# note\n"])
def test_bash_reads_our_values_from_a_whole_file(env: Path, text: str) -> None:
    env.write_text(text)
    write(env, READER_VALUES)
    # It says "command not found" of the line behind a byte-order mark, and goes on.
    program = "set -a; . ./.env 2>/dev/null; exec env -0"
    done = subprocess.run(["bash", "-c", program], cwd=env.parent, capture_output=True, check=True)
    seen = dict(item.split("=", 1) for item in done.stdout.decode().split("\0")[:-1])
    assert {name: seen.get(name) for name in READER_VALUES} == READER_VALUES


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_node_reads_our_values_from_a_whole_file(env: Path, text: str) -> None:
    node = node_with_env_file()
    env.write_text(text)
    write(env, READER_VALUES)
    seen = read_by_node(node, env)
    assert {name: seen.get(name) for name in READER_VALUES} == READER_VALUES


# Any values

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


@settings(derandomize=True, max_examples=20, deadline=None, database=None)
@given(values=st.lists(AWKWARD.filter(quotable), min_size=10, max_size=40))
def test_python_dotenv_and_the_shells_read_back_what_was_quoted(values: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file, expected = written(Path(folder), values)
        assert dotenv_values(file, interpolate=False) == expected
        assert dotenv_values(file, interpolate=True) == expected
        for shell in ("bash", "sh"):
            assert sourced(shell, file, len(values)) == values


@settings(derandomize=True, max_examples=5, deadline=None, database=None)
@given(values=st.lists(AWKWARD.filter(quotable), min_size=20, max_size=60))
def test_node_reads_back_what_was_quoted(values: list[str]) -> None:
    node = node_with_env_file()
    with tempfile.TemporaryDirectory() as folder:
        file, expected = written(Path(folder), values)
        seen = read_by_node(node, file)
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


def read_by_node(node: str, file: Path) -> dict[str, str]:
    argv = [node, f"--env-file={file}", "-p", "JSON.stringify(process.env)"]
    done = subprocess.run(argv, capture_output=True, check=True, env={})
    seen: dict[str, str] = json.loads(done.stdout)
    return seen


def node_with_env_file() -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on PATH to read .env files with")
    usage = subprocess.run([node, "--help"], capture_output=True, text=True, check=True).stdout
    if "--env-file" not in usage:
        pytest.skip("node is older than 20.6 and has no --env-file")
    return node
