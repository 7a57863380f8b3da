"""Planning and writing: what changes, what stays, and what a reader sees afterwards."""

import os
import subprocess
from pathlib import Path

import pytest

from mautic_bootstrap.env import file
from mautic_bootstrap.env.credentials import read_values
from mautic_bootstrap.env.file import EnvUpdate, plan, write
from mautic_bootstrap.errors import EnvFileError, UnsafeValueError

VALUES = {
    "MAUTIC_API_URL": "http://localhost:8080",
    "MAUTIC_CLIENT_ID": "1_client",
    "MAUTIC_CLIENT_SECRET": "marker-of-the-secret",
}
BASIC = {"MAUTIC_API_URL": "http://x/", "MAUTIC_USERNAME": "me", "MAUTIC_PASSWORD": "it's marker"}


@pytest.fixture
def env(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def snapshot(path: Path) -> tuple[int, int, int, bytes]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, path.read_bytes()


def test_a_new_file_holds_the_block_alone_and_is_readable_by_its_owner_only(env: Path) -> None:
    update = write(env, VALUES)
    assert env.read_text() == (
        "# BEGIN mautic-bootstrap - its next run replaces what stands between here and the END line\n"
        "MAUTIC_API_URL=http://localhost:8080\n"
        "MAUTIC_CLIENT_ID=1_client\n"
        "MAUTIC_CLIENT_SECRET=marker-of-the-secret\n"
        "# END mautic-bootstrap\n"
    )
    assert mode(env) == 0o600
    assert (update.path, update.changed, update.created, update.mode_tightened) == (
        env,
        True,
        True,
        False,
    )
    assert names(env.parent) == [".env"]


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_the_mode_does_not_depend_on_the_umask(env: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write(env, VALUES)
    finally:
        os.umask(before)
    assert mode(env) == 0o600


def test_what_is_written_is_what_is_read_back(env: Path) -> None:
    write(env, VALUES)
    assert read_values(env) == VALUES
    write(env, BASIC)
    assert read_values(env) == BASIC


def test_a_plan_says_what_a_write_does_and_touches_nothing(env: Path) -> None:
    env.write_text("A=1\nMAUTIC_CLIENT_SECRET=old\n")
    env.chmod(0o644)
    before = snapshot(env)
    planned = plan(env, VALUES)
    assert snapshot(env) == before
    assert names(env.parent) == [".env"]
    assert write(env, VALUES) == planned
    assert (planned.changed, planned.created, planned.mode_tightened) == (True, False, True)


def test_a_plan_for_a_new_file_makes_none(env: Path) -> None:
    assert plan(env, VALUES).created
    assert names(env.parent) == []


def test_an_unchanged_file_is_not_touched(env: Path) -> None:
    write(env, VALUES)
    before = snapshot(env)
    update = write(env, VALUES)
    assert snapshot(env) == before
    assert (update.changed, update.created, update.mode_tightened) == (False, False, False)
    assert update.before == update.after
    assert names(env.parent) == [".env"]


@pytest.mark.parametrize("old", [0o640, 0o604, 0o620, 0o610, 0o644, 0o666, 0o777])
def test_an_unchanged_file_with_rights_for_others_only_loses_these(env: Path, old: int) -> None:
    write(env, VALUES)
    inode, mtime, _ctime, data = snapshot(env)
    env.chmod(old)
    assert plan(env, VALUES).mode_tightened
    assert mode(env) == old
    update = write(env, VALUES)
    assert (update.changed, update.mode_tightened) == (False, True)
    assert mode(env) == 0o600
    assert (env.stat().st_ino, env.stat().st_mtime_ns, env.read_bytes()) == (inode, mtime, data)
    assert not write(env, VALUES).mode_tightened


def test_an_empty_file_stays_one_if_there_is_nothing_to_write(env: Path) -> None:
    env.touch(mode=0o600)
    assert not write(env, {}).changed
    assert env.read_bytes() == b""


def test_every_foreign_byte_stays(env: Path) -> None:
    foreign = (
        b"\xef\xbb\xbf# \xc3\xa9 note\r\n\r\n  A = 1 # why\r\nexport B='x\r\ny'\r\n"
        b'not an assignment\r\nC="z"\n\n\nD=\t'
    )
    env.write_bytes(foreign)
    write(env, VALUES)
    assert env.read_bytes().startswith(foreign + b"\r\n\r\n# BEGIN mautic-bootstrap")
    assert env.read_bytes().endswith(
        b"\r\nMAUTIC_CLIENT_SECRET=marker-of-the-secret\r\n# END mautic-bootstrap\r\n"
    )
    assert read_values(env) == VALUES


def test_another_way_to_authenticate_replaces_the_first(env: Path) -> None:
    env.write_text("A=1\nexport MAUTIC_API_URL=http://old # mine\n")
    write(env, VALUES)
    write(env, BASIC)
    assert env.read_text().splitlines() == [
        "A=1",
        "export MAUTIC_API_URL=http://x/ # mine",
        "",
        "# BEGIN mautic-bootstrap - its next run replaces what stands between here and the END line",
        "MAUTIC_USERNAME=me",
        'MAUTIC_PASSWORD="it\'s marker"',
        "# END mautic-bootstrap",
    ]


# Refusals


def test_a_value_that_cannot_be_quoted_is_refused_before_the_file_is_touched(env: Path) -> None:
    env.write_text("A=1\n")
    before = snapshot(env)
    with pytest.raises(UnsafeValueError, match="quote the value of MAUTIC_CLIENT_SECRET") as caught:
        write(env, VALUES | {"MAUTIC_CLIENT_SECRET": "hidden${x}"})
    assert "hidden" not in caught.value.diagnostics()
    assert snapshot(env) == before
    assert names(env.parent) == [".env"]


@pytest.mark.parametrize(
    ("text", "line"), [("A=1\nB='open\n", 2), ('A="open\n', 1), ("A='open # it\n\nB=1", 1)]
)
def test_an_unclosed_quote_that_would_swallow_our_values_is_refused_by_its_line(
    env: Path, text: str, line: int
) -> None:
    env.write_text(text)
    before = snapshot(env)
    values = VALUES | {"MAUTIC_CLIENT_ID": "a b", "MAUTIC_CLIENT_SECRET": "it's hidden"}
    with pytest.raises(EnvFileError) as caught:
        write(env, values)
    assert caught.value.hint == f"Correct line {line}, which no reader understands."
    assert "hidden" not in caught.value.diagnostics()
    assert snapshot(env) == before


@pytest.mark.parametrize(
    ("new", "seen"),
    [
        ("A=2\n", "every other variable to keep its value"),
        ("", "every other variable to keep its value"),
        ("A=1\n" + 2 * "MAUTIC_USERNAME=x\n", "every other variable to keep its value"),
        ("A=1\nMAUTIC_USERNAME=y\n", "MAUTIC_USERNAME to read back as it was given"),
        ("A=1\nMAUTIC_USERNAME=x\nMAUTIC_PASSWORD=z\n", "MAUTIC_PASSWORD to read back"),
    ],
)
def test_a_text_that_is_not_what_was_meant_is_never_written(
    env: Path, monkeypatch: pytest.MonkeyPatch, new: str, seen: str
) -> None:
    env.write_text("A=1\n")
    values = {"MAUTIC_USERNAME": "x"} if "MAUTIC" in new else {}
    monkeypatch.setattr(file, "merge", lambda _document, _values, _removed: new)
    with pytest.raises(EnvFileError, match=seen):
        write(env, values)
    assert env.read_text() == "A=1\n"


def test_a_name_that_is_not_ours_is_a_programming_error(env: Path) -> None:
    with pytest.raises(ValueError, match=r"^PATH: not among this project's variables$"):
        plan(env, VALUES | {"PATH": "/bin"})


def test_a_file_that_git_could_carry_away_is_neither_planned_nor_written(env: Path) -> None:
    subprocess.run(["git", "init", "-q", env.parent], check=True)
    for function in (plan, write):
        with pytest.raises(EnvFileError, match="a file that git does not ignore"):
            function(env, VALUES)
    assert names(env.parent) == [".git"]


# Masking


def test_no_secret_is_in_an_update(env: Path) -> None:
    env.write_text(
        "DB=foreign-marker # foreign-marker\nMAUTIC_CLIENT_SECRET=old-marker\n# a note\n"
    )
    update = write(env, VALUES)
    assert "marker" not in repr(update)
    assert update == EnvUpdate(
        path=env,
        changed=True,
        created=False,
        mode_tightened=True,
        before="DB=********\nMAUTIC_CLIENT_SECRET=********\n# a note\n",
        after="DB=********\nMAUTIC_CLIENT_SECRET=******** (changed)\n# a note\n\n"
        "# BEGIN mautic-bootstrap - its next run replaces what stands between here and the END line\n"
        "MAUTIC_API_URL=http://localhost:8080\nMAUTIC_CLIENT_ID=1_client\n# END mautic-bootstrap\n",
    )
