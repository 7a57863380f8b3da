"""What a type checker makes of the two clients: the same methods, blocking and awaited."""

from pathlib import Path

import pytest
from mypy import api

_ROOT = Path(__file__).parents[2]

_HEAD = """
from collections.abc import AsyncIterator, Callable, Iterator
from typing import assert_type
from mautic_bootstrap import AsyncMauticClient, MauticClient
from mautic_bootstrap.api.models import Contact, Segment, UpsertResult, User

async def check(blocking: MauticClient, awaited: AsyncMauticClient) -> None:
"""

_RIGHT = """
    assert_type(blocking.contacts.get(1), Contact)
    assert_type(await awaited.contacts.get(1), Contact)
    assert_type(blocking.contacts.find("a"), Contact | None)
    assert_type(await awaited.contacts.find("a"), Contact | None)
    assert_type(blocking.contacts.upsert(email="a", tags=["b"], city="c"), tuple[Contact, bool])
    assert_type(await awaited.contacts.upsert(email="a", city="c"), tuple[Contact, bool])
    assert_type(blocking.contacts.upsert_many([{}], progress=True), list[UpsertResult])
    assert_type(await awaited.contacts.upsert_many([{}]), list[UpsertResult])
    assert_type(blocking.contacts.iterate(search="a", page_size=5), Iterator[Contact])
    assert_type(awaited.contacts.iterate("a", priority="background"), AsyncIterator[Contact])
    assert_type(blocking.segments.iterate(), Iterator[Segment])
    assert_type(await awaited.segments.add_contacts(1, [2]), dict[int, bool])
    assert_type(blocking.users.self(), User)
    assert_type(await awaited.users.self(), User)
"""

_WRONG = {
    'blocking.contacts.get("1")': "[arg-type]",
    "blocking.contacts.upsert(firstname='Ada')": "[call-arg]",
    "blocking.contacts.iterate(pagesize=5)": "[call-arg]",
    "blocking.contacts.iterate(priority='whenever')": "[arg-type]",
    "len(awaited.contacts.upsert_many([]))": "[arg-type]",
    "awaited.contacts.get(1)": "[unused-coroutine]",
    "blocking.contacts.nosuch": "[attr-defined]",
}


@pytest.fixture(scope="module")
def said_by_mypy(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every complaint about the two texts, the right lines first."""
    snippet = tmp_path_factory.mktemp("typing") / "snippet.py"
    snippet.write_text(_HEAD + _RIGHT + "".join(f"    {line}\n" for line in _WRONG))
    settings = ["--config-file", str(_ROOT / "pyproject.toml"), "--no-error-summary"]
    out, err, _status = api.run([*settings, "--hide-error-context", str(snippet)])
    assert not err
    return [line for line in out.splitlines() if ": error: " in line]


def test_what_is_returned_follows_from_the_client(said_by_mypy: list[str]) -> None:
    first_wrong = (_HEAD + _RIGHT).count("\n") + 1
    assert not [line for line in said_by_mypy if int(line.split(":")[1]) < first_wrong]


@pytest.mark.parametrize(("number", "kind"), list(enumerate(_WRONG.values())), ids=list(_WRONG))
def test_a_wrong_use_is_found(said_by_mypy: list[str], number: int, kind: str) -> None:
    line = (_HEAD + _RIGHT).count("\n") + 1 + number
    (complaint,) = [said for said in said_by_mypy if int(said.split(":")[1]) == line]
    assert complaint.endswith(kind)
