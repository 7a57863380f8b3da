"""What Mautic's lists have in common: the address of a page of them, and how many pages there are."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from mautic_bootstrap.admin.session import AdminSession

# The search box of a list, there even where the list is empty.
# Source: `CoreBundle/Resources/views/Helper/list_toolbar.html.twig`; 5.1.0 to 7.2.0-rc.
_LIST = "#list-search"
# `search` is always given: 7.0 remembers the last one for visits without it. `limit` is what the list's own
# selector sends, `name` the session key it is kept under. Source: `CoreBundle/Controller/CommonController.php`
# (`setListFilters`), `indexAction` of the list's controller; 5.1.0, 7.0.0.
_QUERY = "search=&name={key}&limit=100"
# Source: `CoreBundle/Resources/views/Helper/pagination.html.twig`; live 5.1.0, 7.0.0.
_NEXT_PAGE = 'ul.pagination a[href*="{path}/{number}?"]'

# Of a hundred rows each; a server that always has another page is no Mautic.
_MOST_PAGES = 500


class Numbered(Protocol):
    """A row of a list."""

    @property
    def number(self) -> int:
        """Mautic's id of what the row shows."""
        ...


Row = TypeVar("Row", bound=Numbered)


class List:
    """One of Mautic's lists.

    Args:
        session: The tab.
        path: "/s/credentials".
        key: The session key of its settings, without "mautic.": "api.client".
        what: What is listed, for errors: "API credentials".
    """

    def __init__(self, session: AdminSession, path: str, key: str, what: str) -> None:
        self._session = session
        self._path = path
        self._query = _QUERY.format(key=key)
        self._what = what

    @property
    def address(self) -> str:
        """Path and query of the first page."""
        return f"{self._path}?{self._query}"

    def open(self, number: int = 1) -> None:
        """Go to a page of the list, counted from 1, unless Mautic has just sent us to the first.

        Raises:
            UnexpectedPageError: Something else came.
        """
        if number > 1:
            self._session.open(f"{self._path}/{number}?{self._query}")
        elif not self._session.was_sent_to(self._path):
            self._session.open(self.address)
        if not self._session.has(_LIST):
            raise self._session.unexpected(f"the list of {self._what}")

    def everything(self, rows: Callable[[], Iterable[Row]]) -> list[Row]:
        """Return the rows of all pages, by number.

        Args:
            rows: Reads those of the page that is open.
        """
        known: dict[int, Row] = {}
        for _ in self._pages():
            new = {row.number: row for row in rows() if row.number not in known}
            known |= new
            # 5.1 counts pages of clients, and then shows every client on each of them.
            if not new:
                break
        return [known[number] for number in sorted(known)]

    def _pages(self) -> Iterator[int]:
        number = 1
        self.open()
        yield number
        while number < _MOST_PAGES and self._session.has(
            _NEXT_PAGE.format(path=self._path, number=number + 1)
        ):
            number += 1
            self.open(number)
            yield number
