"""Lists, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypedDict, TypeVar, Unpack

from mautic_bootstrap.api.calls import Call, Priority
from mautic_bootstrap.api.effects import Item, Steps, Stream
from mautic_bootstrap.api.endpoints.answers import ask
from mautic_bootstrap.api.endpoints.progress import Progress, shown
from mautic_bootstrap.api.models import Entity
from mautic_bootstrap.api.pipeline import Pipeline

E = TypeVar("E", bound=Entity)

PAGE_SIZE = 100


class Paging(TypedDict, total=False):
    """How a list is gone through."""

    page_size: int
    """Items a call; 100."""
    progress: Progress
    """Told (items taken, items in all) with each page; True: a line on stderr."""
    priority: Priority | None
    """Of the calls; "background" leaves the reserve of the hourly budget alone."""
    max_wait_s: float
    """Seconds that each call waits for the hourly budget at most."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[E]):
    """One of Mautic's lists."""

    path: str
    key: str
    """What the list is called in the answer."""
    model: type[E]
    what: str
    """The items, for a person."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """Always part of the query; where-clauses from number 1, number 0 is the page's."""


@dataclass(frozen=True, slots=True)
class Page(Generic[E]):
    """Some items of a list, ascending by id."""

    items: list[E]
    is_last: bool
    total: int
    """This page's and all after it."""


def where(number: int, column: str, expression: str, value: str | int) -> dict[str, str | int]:
    """Return the query of a where-clause; clauses are and-ed.

    Source: `CoreBundle/Entity/CommonRepository.php`, `buildWhereClauseFromArray`; live 5.1.0, 7.0.0.
    """
    name = f"where[{number}]"
    return {f"{name}[col]": column, f"{name}[expr]": expression, f"{name}[val]": value}


def iterate(
    pipeline: Pipeline, listing: Listing[E], search: str, **paging: Unpack[Paging]
) -> Stream[E]:
    """Go through a list by ascending id; each page is asked for by the last id that was seen.

    So what is created, changed or deleted meanwhile makes no other item appear twice or go missing, as it would
    with offsets.

    A client without the right to see what others made (`viewother`) is shown it by 5.1.0 nevertheless: that version
    forgets its own filters over a query's `where` (`CommonRepository.php`, `buildWhereClause`); 7.0.0 does not.

    Raises:
        ValueError: A page of less than one item.
        ApiError, UnreachableError: A call failed.
    """
    after = taken = 0
    with shown(paging.get("progress"), listing.what) as report:
        while True:
            page = yield from _page(pipeline, listing, search, after, paging)
            total = taken + page.total
            for item in page.items:
                yield Item(item)
                after, taken = item.id, taken + 1
            report(taken, total)
            if page.is_last:
                return


def _page(
    pipeline: Pipeline, listing: Listing[E], search: str, after: int, paging: Paging
) -> Steps[Page[E]]:
    size = paging.get("page_size", PAGE_SIZE)
    if size < 1:
        raise ValueError("page_size: at least 1")
    params: dict[str, str | int] = {"limit": size, "orderBy": "id", "orderByDir": "ASC"}
    # Also without need on the first page: Mautic caches an unfiltered list's total for 5 s, and lists nothing
    # while that says 0 (`LeadApiController.php`, `getTotalCountTtl`).
    params |= {**where(0, "id", "gt", after), **listing.filters}
    if search:
        params["search"] = search
    call = Call(
        method="GET",
        path=listing.path,
        params=params,
        priority=paging.get("priority"),
        max_wait_s=paging.get("max_wait_s"),
    )
    answer = yield from ask(pipeline, call)
    items = answer.several(listing.key, listing.model)
    if any(item.id <= after for item in items):
        # It would never end.
        raise answer.unexpected(f"ids above {after}", "others: the query's `where` is ignored")
    total = answer.total()
    # Not by the length of the page: between counting and reading an item may have gone.
    return Page(sorted(items, key=lambda item: item.id), not items or total <= len(items), total)
