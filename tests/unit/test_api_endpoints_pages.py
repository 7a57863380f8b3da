import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mautic_bootstrap.api.client import MauticClient
from mautic_bootstrap.errors import ServerError, UnexpectedResponseError
from unit.scripted_mautic import BROKEN, ScriptedMautic, contact


@pytest.fixture
def mautic_says() -> Iterator[ScriptedMautic]:
    with ScriptedMautic() as script:
        yield script


def _page(total: int, *ids: int) -> dict[str, Any]:
    return {"total": str(total), "contacts": {str(number): contact(number) for number in ids}}


def test_pages_are_asked_for_by_the_last_id_that_was_seen(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(_page(3, 4, 9), _page(1, 12))
    found = mautic_says.client.contacts.iterate("tag:signup", page_size=2)
    assert [person.id for person in found] == [4, 9, 12]
    assert mautic_says.params(0) == {
        "limit": "2",
        "orderBy": "id",
        "orderByDir": "ASC",
        "search": "tag:signup",
        "where[0][col]": "id",
        "where[0][expr]": "gt",
        "where[0][val]": "0",
    }
    assert mautic_says.params(1) == mautic_says.params(0) | {"where[0][val]": "9"}


def test_nothing_is_asked_before_it_is_needed(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(_page(3, 4, 9))
    found = mautic_says.client.contacts.iterate(page_size=2)
    assert mautic_says.asked == []
    assert [next(found).id, next(found).id] == [4, 9]
    assert mautic_says.asked == ["GET /api/contacts"]
    assert mautic_says.params().get("search") is None
    assert mautic_says.params()["limit"] == "2"


@pytest.mark.parametrize(
    ("pages", "ids"),
    [
        # Exactly full: no call to find that out.
        ([_page(2, 4, 9)], [4, 9]),
        # One went between counting and reading: the page is short, and not the last.
        ([_page(3, 4), _page(1, 12)], [4, 12]),
        # The last one went.
        ([_page(3, 4, 9), {"total": "0", "contacts": {}}], [4, 9]),
        ([_page(3, 4, 9), {"total": 0, "contacts": []}], [4, 9]),
        # The count says more than there are.
        ([_page(5, 4, 9), {"total": "3", "contacts": {}}], [4, 9]),
        ([{"total": 1, "contacts": [contact(4)]}], [4]),
    ],
)
def test_the_end_is_where_nothing_is_left(
    mautic_says: ScriptedMautic, pages: list[dict[str, Any]], ids: list[int]
) -> None:
    mautic_says.will(*pages)
    assert [person.id for person in mautic_says.client.contacts.iterate(page_size=2)] == ids


def test_a_mautic_that_ignores_the_query_is_no_endless_list(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(_page(3, 4, 9), _page(3, 4, 9))
    found = mautic_says.client.contacts.iterate(page_size=2)
    assert [next(found).id, next(found).id] == [4, 9]
    with pytest.raises(UnexpectedResponseError, match="ids above 9"):
        next(found)


def test_a_list_without_a_total_is_an_error(mautic_says: ScriptedMautic) -> None:
    mautic_says.will({"contacts": {}})
    with pytest.raises(UnexpectedResponseError, match="a list with its total"):
        list(mautic_says.client.contacts.iterate())


def test_what_came_before_an_error_was_handed_out(mautic_says: ScriptedMautic) -> None:
    mautic_says.will(_page(3, 4, 9), BROKEN)
    found = mautic_says.client.contacts.iterate(page_size=2)
    assert [next(found).id, next(found).id] == [4, 9]
    with pytest.raises(ServerError):
        next(found)


@pytest.mark.parametrize("size", [0, -1])
def test_a_page_has_at_least_one_item(mautic_says: ScriptedMautic, size: int) -> None:
    with pytest.raises(ValueError, match="page_size"):
        next(mautic_says.client.contacts.iterate(page_size=size))


@pytest.mark.parametrize(
    ("go_through", "path", "key", "filters"),
    [
        (lambda c: c.segments.iterate("news"), "/api/segments", "lists", {}),
        (lambda c: c.campaigns.iterate("news"), "/api/campaigns", "campaigns", {}),
        (
            lambda c: c.emails.iterate("news"),
            "/api/emails",
            "emails",
            {"where[1][col]": "variantParent", "where[1][expr]": "isNull"},
        ),
    ],
)
def test_other_things_are_listed_alike(
    mautic_says: ScriptedMautic,
    go_through: Callable[[MauticClient], Iterator[Any]],
    path: str,
    key: str,
    filters: dict[str, str],
) -> None:
    mautic_says.will({"total": 2, key: {"3": {"id": 3, "name": "A"}, "5": {"id": 5, "name": "B"}}})
    found = list(go_through(mautic_says.client))
    assert [(item.id, item.name) for item in found] == [(3, "A"), (5, "B")]
    assert mautic_says.asked == [f"GET {path}"]
    params = mautic_says.params()
    assert (params["search"], params["limit"], params["where[0][val]"]) == ("news", "100", "0")
    assert {name: value for name, value in params.items() if "[1]" in name} == filters


def test_progress_is_told_with_each_page(mautic_says: ScriptedMautic) -> None:
    told: list[tuple[int, int | None]] = []
    # One more was created meanwhile.
    mautic_says.will(_page(3, 4, 9), _page(2, 12, 13))
    found = mautic_says.client.contacts.iterate(
        page_size=2, progress=lambda done, total: told.append((done, total))
    )
    assert [next(found).id, next(found).id] == [4, 9]
    assert told == []
    assert [person.id for person in found] == [12, 13]
    assert told == [(2, 3), (4, 4)]


def _on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)


def test_progress_is_a_line_on_a_terminal(
    mautic_says: ScriptedMautic,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _on_a_terminal(monkeypatch)
    mautic_says.will(_page(12, *range(1, 11)), _page(2, 11, 12))
    assert len(list(mautic_says.client.contacts.iterate(page_size=10, progress=True))) == 12
    assert capsys.readouterr() == ("", "\r10 of 12 contacts\r12 of 12 contacts\n")


def test_a_shorter_line_covers_a_longer_one(
    mautic_says: ScriptedMautic,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _on_a_terminal(monkeypatch)
    mautic_says.will(_page(100, 4), _page(1, 5))
    list(mautic_says.client.contacts.iterate(page_size=1, progress=True))
    assert capsys.readouterr().err == "\r1 of 100 contacts\r2 of 2 contacts  \n"


def test_the_line_ends_where_the_loop_is_left(
    mautic_says: ScriptedMautic,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _on_a_terminal(monkeypatch)
    mautic_says.will(_page(3, 4, 9), BROKEN)
    with pytest.raises(ServerError):
        list(mautic_says.client.contacts.iterate(page_size=2, progress=True))
    assert capsys.readouterr().err == "\r2 of 3 contacts\n"


@pytest.mark.parametrize("progress", [True, False, None])
def test_no_line_is_drawn_elsewhere(
    mautic_says: ScriptedMautic,
    capsys: pytest.CaptureFixture[str],
    progress: bool | None,
) -> None:
    mautic_says.will(_page(1, 4))
    list(mautic_says.client.contacts.iterate(progress=progress))
    assert capsys.readouterr() == ("", "")
