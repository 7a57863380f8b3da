"""Another sink than before: the secrets move, wherever a run dies, and nothing else does."""

import itertools
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mautic_bootstrap.errors import EnvFileError
from mautic_bootstrap.settings import MauticSettings
from mautic_bootstrap.sinks.sink import Sink
from mautic_bootstrap.sinks.store import Kind
from unit.sink_places import KEY, KINDS, SECRET, VALUES, everything, sink

_WITH_KEY = VALUES | {"MAUTIC_TOKEN_CACHE_KEY": KEY}
_MOVES: list[tuple[tuple[Kind | None, str], tuple[Kind | None, str]]] = [
    *(((one, ""), (other, "")) for one, other in itertools.permutations(KINDS, 2)),
    (("files", "here"), ("files", "there")),
    (("ansible-vault", "here"), ("ansible-vault", "there")),
]


class _Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize(("old", "new"), _MOVES)
def test_the_secrets_move_and_the_old_place_keeps_none(
    tmp_path: Path, old: tuple[Kind | None, str], new: tuple[Kind | None, str]
) -> None:
    sink(tmp_path, *old).write(_WITH_KEY)
    assert sink(tmp_path, *new).read() == _WITH_KEY
    planned = sink(tmp_path, *new).plan(VALUES)
    assert planned.changed
    assert sink(tmp_path, *new).write(VALUES) == planned
    assert sink(tmp_path, *new).read() == _WITH_KEY
    assert everything(tmp_path).count(SECRET) == 1
    assert everything(tmp_path).count(KEY) == 1
    again = sink(tmp_path, *new).write(VALUES)
    assert not again.changed
    assert again.before == again.after


@pytest.mark.parametrize(("old", "new"), _MOVES)
def test_a_run_that_dies_on_the_way_loses_nothing_and_the_next_one_goes_on(
    tmp_path: Path,
    old: tuple[Kind | None, str],
    new: tuple[Kind | None, str],
) -> None:
    deaths = 0
    for step in itertools.count():
        root = tmp_path / str(step)
        root.mkdir()
        (root / ".env").write_text("OTHER=theirs\n")
        sink(root, *old).write(_WITH_KEY)
        if not _dies_at(step, sink(root, *new)):
            break
        deaths += 1
        for chosen in (old, new):
            assert sink(root, *chosen).read() == _WITH_KEY, step
        if "ansible-vault" not in {old[0], new[0]}:
            assert _application_s_secret(root) == SECRET, step
        sink(root, *new).write(_WITH_KEY)
        assert sink(root, *new).read() == _WITH_KEY
        assert everything(root).count(SECRET) == 1
        assert "OTHER=theirs\n" in everything(root)
        assert not sink(root, *new).write(_WITH_KEY).changed
        assert not [path for path in root.rglob("*") if path.suffix in {".tmp", ".lock"}]
    assert deaths >= 5


def _dies_at(step: int, chosen: Sink) -> bool:
    """Let a process write and kill it before its change number `step`, from 0 on; say whether it came to that."""
    child = os.fork()
    if child == 0:
        count = itertools.count()

        def mortal(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **options: Any) -> Any:
                if next(count) == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return function(*arguments, **options)

            return call

        for name in ("unlink", "mkdir", "replace"):
            setattr(Path, name, mortal(getattr(Path, name)))
        code = 1
        try:
            chosen.write(_WITH_KEY)
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    assert status in {0, signal.SIGKILL}
    return status != 0


def _application_s_secret(root: Path) -> str:
    env = (root / ".env").read_text().replace(KEY, 43 * "k" + "=")  # a canary is no key for Fernet
    (root / "application.env").write_text(env)
    key = root / "key"
    key.write_text(43 * "k" + "=")
    said = {"HOME": str(root)}
    if "MAUTIC_TOKEN_CACHE_KEY_FILE" in env:
        said["MAUTIC_TOKEN_CACHE_KEY_FILE"] = str(key)
    secret = MauticSettings.from_env(root / "application.env", said).client_secret
    (root / "application.env").unlink()
    key.unlink()
    assert secret is not None
    return secret.get_secret_value()


def test_a_new_credential_counts_where_it_was_written_before_the_old_place_was_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = VALUES | {"MAUTIC_CLIENT_ID": "2_public", "MAUTIC_CLIENT_SECRET": "new"}
    sink(tmp_path, "files").write(_WITH_KEY)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", _die)
        with pytest.raises(_Killed):
            sink(tmp_path, "ansible-vault").write(new)
    assert SECRET in everything(tmp_path)
    assert sink(tmp_path, "ansible-vault").read() == new | {"MAUTIC_TOKEN_CACHE_KEY": KEY}


def _die(*_: object, **__: object) -> None:
    raise _Killed


def test_where_the_old_place_is_gone_there_is_nothing_to_move(tmp_path: Path) -> None:
    sink(tmp_path, "files").write(VALUES)
    for file in (tmp_path / "files").iterdir():
        file.unlink()
    (tmp_path / "files").rmdir()
    assert "MAUTIC_CLIENT_SECRET" not in sink(tmp_path).read()
    assert sink(tmp_path).problems() == []
    sink(tmp_path).write(VALUES)
    assert not list((tmp_path / ".secrets/mautic").iterdir())


def test_a_vault_is_not_left_without_its_password(tmp_path: Path) -> None:
    sink(tmp_path, "ansible-vault").write(VALUES)
    chosen = sink(tmp_path, cipher=False)
    (problem,) = chosen.problems()
    assert problem == (
        f"app_secret_path of an earlier run is {tmp_path}/ansible-vault: expected the vault's password in"
        " app_secret_vault_password_file, saw none; set it, also once more where the secrets are to move from"
        " the vault to another place"
    )
    before = everything(tmp_path)
    with pytest.raises(EnvFileError, match="saw none"):
        chosen.write(VALUES)
    assert everything(tmp_path) == before


def test_what_is_refused_in_the_new_place_leaves_the_old_one_alone(tmp_path: Path) -> None:
    sink(tmp_path).write(VALUES)
    (tmp_path / "files").write_text("a file")
    before = everything(tmp_path)
    with pytest.raises(EnvFileError, match="expected a folder"):
        sink(tmp_path, "files").write(VALUES)
    assert everything(tmp_path) == before


def test_a_damaged_record_is_no_record(tmp_path: Path) -> None:
    sink(tmp_path, "files").write(VALUES)
    (tmp_path / ".secrets/mautic/places.json").write_text("{")
    assert sink(tmp_path, "files").read() == VALUES
    assert not sink(tmp_path, "files").write(VALUES).changed


def test_an_env_file_of_its_own_needs_no_record(tmp_path: Path) -> None:
    sink(tmp_path).write(VALUES)
    assert not (tmp_path / ".secrets").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_is_not_named_stays(tmp_path: Path, kind: Kind | None) -> None:
    sink(tmp_path, kind).write(_WITH_KEY)
    sink(tmp_path, kind).write(VALUES)
    assert sink(tmp_path, kind).read() == _WITH_KEY


def test_a_key_in_a_file_of_somebody_else_s_stays_there(tmp_path: Path) -> None:
    line = "MAUTIC_TOKEN_CACHE_KEY_FILE=/run/secrets/key\n"
    (tmp_path / ".env").write_text(line)
    sink(tmp_path).write(VALUES)
    assert (tmp_path / ".env").read_text().startswith(line)
    assert "MAUTIC_TOKEN_CACHE_KEY" not in sink(tmp_path).read()


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_of_the_env_file_hides_no_secret_of_the_store(
    tmp_path: Path, kind: Kind | None
) -> None:
    sink(tmp_path, kind).write(VALUES)
    with (tmp_path / ".env").open("a") as file:
        file.write("MAUTIC_CLIENT_SECRET=by-hand\n" if kind else "OTHER=1\n")
    assert sink(tmp_path, kind).read() == VALUES
    sink(tmp_path, kind).write(VALUES)
    assert "by-hand" not in everything(tmp_path)
