"""Looking into the admin UI by plain HTTP, apart from the code that is being tested."""

import html
import re
from typing import Self

import httpx

_TOKEN = re.compile(r'name="_csrf_token"[^>]*value="([^"]+)"')
_TABLE = re.compile(r"<table[^>]*client-list.*?</table>", re.DOTALL)
_ROW = re.compile(r"<tr.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<td.*?</td>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_SWITCH = r'<input[^>]*id="config_apiconfig_{name}_1"[^>]*>'


class AdminPages:
    """The admin UI of one Mautic; logs in once.

    Source: recordings "login page", "credentials list" and "config page", 5.1.0 and 7.0.0.
    """

    def __init__(self, url: str, username: str, password: str) -> None:
        self._client = httpx.Client(
            base_url=url, follow_redirects=True, trust_env=False, timeout=60
        )
        page = self._client.get("/s/credentials", params={"search": ""})
        token = _TOKEN.search(page.text)
        assert token is not None, page.text
        form = {"_username": username, "_password": password, "_csrf_token": token[1]}
        answer = self._client.post("/s/login_check", data=form)
        assert "/s/login" not in answer.url.path, "the login was refused"

    def client_names(self) -> list[str]:
        """Return the names of the OAuth2 clients, as the first page of their list has them."""
        page = self._client.get("/s/credentials", params={"search": ""})
        assert page.status_code == 200
        table = _TABLE.search(page.text)
        rows = [_CELL.findall(row) for row in _ROW.findall(table[0])] if table else []
        return [html.unescape(_TAG.sub("", cells[1])).strip() for cells in rows if len(cells) > 3]

    def is_on(self, name: str) -> bool:
        """Say whether a switch of the API tab is on: `api_enabled` or `api_enable_basic_auth`."""
        page = self._client.get("/s/config/edit")
        found = re.search(_SWITCH.format(name=name), page.text)
        assert found is not None, page.text
        return "checked" in found[0]

    def __enter__(self) -> Self:
        """Return the pages themselves."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._client.close()
