"""What the lists of roles, users and credentials share: search, pages, and the way back.

Source: `CoreBundle/Controller/CommonController.php` (setListFilters), `CoreBundle/Helper/PageHelper.php`; live
5.1.0 and 7.0.0: a list goes on with the search and the limit of before, `limit` counts only together with
`name`, and a page beyond the last leads to the last.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from mautic_bootstrap.rehearsal.database import Row
from mautic_bootstrap.rehearsal.http import Response, redirect
from mautic_bootstrap.rehearsal.pages.site import Visit


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    rows: list[Row]
    number: int
    pages: int
    search: str


def way_back(visit: Visit, kind: str) -> str:
    """Return the address of the list as this browser last saw it; of its first page if never."""
    page = visit.session.listing(kind).page
    return f"/s/{kind}s/{page}" if page else f"/s/{kind}s"


def one_page(
    visit: Visit, kind: str, number: int, everyone: list[Row], found: Callable[[str, Row], bool]
) -> Page | Response:
    """Return what a page of a list shows, or the way to its last page.

    Args:
        visit: The request.
        kind: "role" or "user", as in the list's address.
        number: The page asked for; 0 for the first, by the address without a number.
        everyone: Every row in the list's order.
        found: Says whether a search finds a row.
    """
    listing, query = visit.session.listing(kind), visit.request.query
    if query.get("name") == kind and query.get("limit", "").isdecimal():
        listing.limit = int(query["limit"]) or listing.limit
    listing.search = query.get("search", listing.search)
    rows = [row for row in everyone if found(listing.search, row)]
    pages = max(1, math.ceil(len(rows) / listing.limit))
    if rows and number > pages:
        listing.page = pages
        return redirect(f"/s/{kind}s/{pages}")
    listing.page = number
    start = max(0, number - 1) * listing.limit
    return Page(rows[start : start + listing.limit], number or 1, pages, listing.search)
