"""Stage 5 with every sink, and the token cache's key as one of its secrets."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from mautic_bootstrap.api.token_cache import Token, TokenCache, is_fernet_key
from mautic_bootstrap.env.cache_key import renewed
from mautic_bootstrap.errors import EnvFileError, SettingsError
from mautic_bootstrap.kept_client import KeptClient
from mautic_bootstrap.run import Run, State
from mautic_bootstrap.settings import MauticSettings
from mautic_bootstrap.stages import app_env, fallback
from mautic_bootstrap.variables import load
from unit.fakes import RIGHTS, NewRun
from unit.sink_places import FakeCipher, everything

_URL = "http://localhost:8080"
_CLIENT = KeptClient(_URL, "app", "1_id", "canary-secret", RIGHTS)
_VALUES = {
    "MAUTIC_API_URL": _URL,
    "MAUTIC_CLIENT_ID": "1_id",
    "MAUTIC_CLIENT_SECRET": "canary-secret",
}
_KEY = "MAUTIC_TOKEN_CACHE_KEY"


@pytest.fixture(params=["env", "files", "ansible-vault"])
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """The variables of each sink."""
    if request.param == "env":
        return {}
    (tmp_path / "password").write_text("p")
    return {
        "app_secret_sink": request.param,
        "app_secret_path": "place",
        "app_secret_vault_password_file": str(tmp_path / "password"),
    }


def _run(new_run: NewRun, variables: dict[str, Any], *, check: bool = False) -> Run:
    run = new_run(check=check, **variables)
    run.cipher = FakeCipher(run.root / "password")
    return run


def _handed_over(new_run: NewRun, variables: dict[str, Any], *, check: bool = False) -> Run:
    run = _run(new_run, variables, check=check)
    _CLIENT.save(run.secrets)
    return run


def test_the_client_is_written_once_and_a_second_run_changes_nothing(
    new_run: NewRun, sink: dict[str, Any], tmp_path: Path
) -> None:
    planned = app_env.run(_handed_over(new_run, sink, check=True), State(installed=False))
    assert planned.changed
    assert not (tmp_path / ".env").exists()
    run = _handed_over(new_run, sink)
    result = app_env.run(run, State())
    assert result.changed
    assert result.message == f"{run.sink.where} was written"
    assert run.sink.read() == _VALUES
    assert everything(tmp_path).count("canary-secret") == 1
    assert "canary" not in f"{result}{planned}"
    for check in (True, False):
        again = app_env.run(_run(new_run, sink, check=check), State(settled=True))
        assert not again.changed
        assert again.before == again.after
        assert again.message.endswith(" left as it is")


def test_a_sink_says_where_it_is(new_run: NewRun, sink: dict[str, Any], tmp_path: Path) -> None:
    with_place = f" with {tmp_path}/place" if sink else ""
    assert new_run(**sink).sink.where == f"{tmp_path}/.env{with_place}"


def test_a_key_is_written_where_none_was_and_a_run_without_the_wish_leaves_it(
    new_run: NewRun, sink: dict[str, Any]
) -> None:
    app_env.run(_handed_over(new_run, sink), State())
    rotating = sink | {"mautic_rotate": ["cache_key"]}
    result = app_env.run(_run(new_run, rotating), State(settled=True))
    assert result.changed
    first = _run(new_run, sink).sink.read()[_KEY]
    assert is_fernet_key(first)
    assert first not in f"{result}"
    assert not app_env.run(_run(new_run, sink), State(settled=True)).changed
    assert _run(new_run, sink).sink.read() == _VALUES | {_KEY: first}


def test_a_new_key_comes_first_and_the_one_before_it_second(
    new_run: NewRun, sink: dict[str, Any]
) -> None:
    app_env.run(_handed_over(new_run, sink), State())
    rotating = sink | {"mautic_rotate": "cache_key"}
    keys: list[str] = []
    for _ in range(3):
        app_env.run(_run(new_run, rotating), State(settled=True))
        found = _run(new_run, sink).sink.read()[_KEY].split(",")
        assert found[1:] == keys[:1]
        assert found[0] not in keys
        keys = found


def test_check_mode_tells_of_the_new_key_and_makes_none(
    new_run: NewRun, sink: dict[str, Any], tmp_path: Path
) -> None:
    rotating = sink | {"mautic_rotate": ["cache_key"]}
    app_env.run(_handed_over(new_run, rotating), State())
    before = everything(tmp_path)
    planned = app_env.run(_run(new_run, rotating, check=True), State(settled=True))
    assert planned.changed
    assert planned.after.count("******** (changed)") == 1
    (line,) = [line for line in planned.after.splitlines() if line.endswith("(changed)")]
    assert _KEY in line.upper()
    assert everything(tmp_path) == before
    done = app_env.run(_run(new_run, rotating), State(settled=True))
    assert (done.before, done.after) == (planned.before, planned.after)


def test_a_key_in_a_file_that_is_not_ours_is_not_rotated_away(
    new_run: NewRun, tmp_path: Path
) -> None:
    app_env.run(_handed_over(new_run, {}), State())
    with (tmp_path / ".env").open("a") as file:
        file.write(f"{_KEY}_FILE=/run/secrets/key\n")
    before = (tmp_path / ".env").read_bytes()
    for check in (True, False):
        run = _run(new_run, {"mautic_rotate": ["cache_key"]}, check=check)
        with pytest.raises(EnvFileError, match=f"saw {_KEY}_FILE naming a file of somebody else's"):
            app_env.run(run, State(settled=True))
    assert (tmp_path / ".env").read_bytes() == before
    assert not app_env.run(_run(new_run, {}), State(settled=True)).changed


@pytest.mark.parametrize("before", ["", "no key", " ,"])
def test_what_is_no_key_is_not_kept_as_one(before: str) -> None:
    assert is_fernet_key(renewed(before))


def _cache(root: Path, keys: str) -> TokenCache:
    said = _VALUES | {_KEY: keys, "HOME": str(root)}
    settings = MauticSettings.from_env(None, said)
    return TokenCache(
        root / "tokens",
        base_url=_URL,
        client_id="1_id",
        client_secret=SecretStr("s"),
        keys=settings.token_cache_key,
    )


def test_applications_with_the_old_key_and_with_the_new_list_work_with_one_cache(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old = renewed("")
    new = renewed(old)
    before, after = _cache(tmp_path, old), _cache(tmp_path, new)
    before.store(Token(SecretStr("first"), 1.0))
    assert after.load() == Token(SecretStr("first"), 1.0)  # no new token is asked for
    assert caplog.text == ""
    after.store(Token(SecretStr("second"), 2.0))
    assert before.load() is None  # it asks for one of its own, and stores that
    assert "is not used: it is damaged, or encrypted with another key" in caplog.text
    before.store(Token(SecretStr("third"), 3.0))
    assert after.load() == Token(SecretStr("third"), 3.0)
    later = _cache(tmp_path, renewed(new))
    assert later.load() is None  # a key two rotations ago is gone


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (
            {"app_secret_sink": "files"},
            "app_secret_path is required when app_secret_sink is files; name a folder for the secrets",
        ),
        (
            {"app_secret_sink": "ansible-vault", "app_secret_vault_password_file": __file__},
            "app_secret_path is required when app_secret_sink is ansible-vault; name a file for the vault",
        ),
        (
            {"app_secret_sink": "ansible-vault", "app_secret_path": "v.yml"},
            (
                "app_secret_vault_password_file is required when app_secret_sink is ansible-vault; name the file"
                " that `ansible-vault --vault-password-file` would take"
            ),
        ),
        (
            {"app_secret_path": "secrets"},
            (
                "app_secret_path is set, but app_secret_sink is env, which keeps the secrets in app_env_path;"
                " unset it, or choose ansible-vault or files"
            ),
        ),
        (
            {"app_secret_sink": "files", "app_secret_path": ".env"},
            "app_secret_path is the same as app_env_path; name another one",
        ),
        (
            {"app_secret_vault_password_file": "/none/at/all"},
            "app_secret_vault_password_file names /none/at/all, which is not a file",
        ),
        (
            {"app_secret_sink": "vault", "app_secret_path": "x"},
            "app_secret_sink is not valid: input should be 'env', 'ansible-vault' or 'files'",
        ),
    ],
)
def test_a_sink_that_cannot_be_is_refused(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(values)
    assert caught.value.problems == [problem]


def test_a_password_file_alone_is_fine_to_move_out_of_a_vault() -> None:
    assert load({"app_secret_vault_password_file": __file__}).app_secret_sink == "env"


@pytest.mark.parametrize("kind", ["files", "ansible-vault"])
def test_a_rehearsal_has_secrets_of_its_own(
    new_run: NewRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    monkeypatch.setattr(fallback, "build_images", lambda *_: None)
    run = new_run(
        app_secret_sink=kind,
        app_secret_path="place",
        app_secret_vault_password_file=__file__,
    )
    fallback.switch(run, State())
    assert run.sink.place is not None
    assert run.sink.place.path == tmp_path / "place.rehearsal"
    assert run.sink.env_path == tmp_path / ".env.rehearsal"
