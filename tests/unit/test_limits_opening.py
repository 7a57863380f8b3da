"""Which store a setting names, and what it takes to use it."""

import subprocess
import sys
from pathlib import Path

import pytest

from mautic_bootstrap.api.limits import open_store
from mautic_bootstrap.errors import SettingsError


def test_a_path_is_a_file_even_with_two_slashes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        path = tmp_path / name / "limits.db"
        store = open_store(path if name == "a" else f"{tmp_path}//b/limits.db")
        assert store.take("key", limit=1, reserve=0).granted
        store.close()
        assert path.is_file()


@pytest.mark.parametrize(
    ("where", "seen"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("postgres://user:s3cret@localhost/x", "has the scheme postgres://"),
        ("REDIS://localhost", "has the scheme REDIS://"),
    ],
)
def test_what_names_no_store_is_an_error_of_the_setting(where: str, seen: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_store(where)
    assert caught.value.problems == [
        f"MAUTIC_RATE_LIMIT_STORE {seen}; allowed are a file and redis://, rediss://, unix://"
    ]


def test_redis_without_its_client_is_an_error_that_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "mautic_bootstrap.api.limits.redis_store", raising=False)
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(SettingsError) as caught:
        open_store("redis://:s3cret@localhost")
    (problem,) = caught.value.problems
    assert problem == (
        "MAUTIC_RATE_LIMIT_STORE names a Redis, whose client is not installed;"
        " install it with: pip install 'mautic-bootstrap[redis]'"
    )


def test_a_broken_installation_of_the_client_is_told_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "mautic_bootstrap.api.limits.redis_store", raising=False)
    monkeypatch.setitem(sys.modules, "redis.backoff", None)
    with pytest.raises(ModuleNotFoundError, match=r"redis\.backoff"):
        open_store("redis://localhost")


@pytest.mark.parametrize(
    ("where", "loaded"),
    [("limits.db", ["sqlite3"]), ("redis://localhost", ["redis"])],
)
def test_an_application_loads_only_the_library_of_its_store(where: str, loaded: list[str]) -> None:
    code = (
        "import sys; from mautic_bootstrap.api.limits import open_store\n"
        "assert not {'sqlite3', 'redis'} & set(sys.modules)\n"
        f"open_store({where!r})\n"
        "print(sorted({'sqlite3', 'redis'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(loaded)
