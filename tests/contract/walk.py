"""One walk through an instance, in the order of the recordings: the same steps for fake and real.

Every step has a label. What the instance answered is kept under it, in a form that can be compared; the tests
only look things up. Pages are asked for as a browser without JavaScript does it: plain documents, plain posts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

import httpx

from contract import normal, page_facts
from contract.targets import Target

Pairs = list[tuple[str, str]]
Changes = Mapping[str, str | list[str] | None]
"""Field name to value, or to several; None leaves the field out."""

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_MOST_REDIRECTS = 3


@dataclass
class Seen:
    """Everything a walk saw."""

    version: str = ""
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The configuration form's fields by name; what a save changed besides, by name."""

    boxes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The permission boxes of a role form by name: value, id and label of each."""

    exchanges: dict[str, dict[str, Any]] = field(default_factory=dict)
    console: dict[str, dict[str, Any]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def read(self, html: str) -> None:
        """Collect a page's ids and names."""
        ids, names = page_facts.ids_and_names(html)
        self.ids |= ids
        self.names |= names


class _Http:
    """A connection to the target; use it as a context manager."""

    def __init__(self, target: Target, seen: Seen) -> None:
        self._target = target
        self._seen = seen
        self._client = httpx.Client(base_url=target.url, timeout=120)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()


class Visitor(_Http):
    """A browser without JavaScript: one session, one tab."""

    html = ""
    """The present page."""

    def open(self, label: str | None, path: str, *, referer: str = "") -> str:
        """Open a page, keep it under the label, return its HTML.

        Args:
            label: Kept under this.
            path: Path and query.
            referer: Path of the page that a link was followed from; empty where an address was typed.
        """
        return self._arrive(label, self._client.get(path, headers=self._came_from(referer)))

    def post(
        self, label: str | None, path: str, pairs: Pairs | None = None, *, referer: str = ""
    ) -> str:
        """Post a form, keep the page it leads to under the label, return its HTML."""
        headers = {**_FORM, **self._came_from(referer)}
        content = urlencode(pairs or [])
        return self._arrive(label, self._client.post(path, content=content, headers=headers))

    def _came_from(self, referer: str) -> dict[str, str]:
        return {"Referer": self._target.url + referer} if referer else {}

    def submit(
        self,
        label: str | None,
        form: str,
        changes: Changes,
        button: str = "apply",
    ) -> str:
        """Fill a form of the present page and press a button of it.

        Args:
            label: Kept under this.
            form: The form's name.
            changes: What is filled in.
            button: Last part of the button's name.
        """
        pairs = [p for p in page_facts.posted(self.html, form) if p[0] not in changes]
        for name, value in changes.items():
            values = [value] if isinstance(value, str) else value or []
            pairs += [(name, one) for one in values]
        pairs.append((f"{form}[buttons][{button}]", ""))
        page = page_facts.form_action(self.html, form)
        return self.post(label, page, pairs)

    def log_in(self, label: str | None, username: str, password: str, token: str = "") -> str:
        """Log in by the login form of the present page."""
        changes = {"_username": username, "_password": password}
        pairs = [p for p in page_facts.posted(self.html, "login") if p[0] not in changes]
        if token:
            pairs = [("_csrf_token", token)]
        return self.post(label, "/s/login_check", [*pairs, *changes.items()])

    def _arrive(self, label: str | None, answer: httpx.Response) -> str:
        steps = []
        for _ in range(_MOST_REDIRECTS):
            if not answer.is_redirect:
                break
            location = answer.headers["location"]
            step = [answer.status_code, normal.address(location, self._target.url)]
            if step not in steps:  # 7.0.0 sends the first dashboard of a session to itself
                steps.append(step)
            answer = self._client.get(location)
        self.html = answer.text
        self._seen.read(self.html)
        if label is not None:
            path = answer.url.raw_path.decode()
            page = {"redirects": steps, "url": path, "status": answer.status_code}
            facts = page_facts.facts(self.html)
            if path == "/s/dashboard":  # its widgets are none of this project's business
                facts.update(forms=[], buttons=[], switches=[])
            self._seen.pages[label] = {**page, **facts}
        return self.html


class Caller(_Http):
    """Plain HTTP without cookies or redirects: what an API client does."""

    def call(
        self, label: str | None, method: str, path: str, *, whole: bool = False, **options: Any
    ) -> httpx.Response:
        """Make one request and keep the answer under the label.

        Args:
            label: Kept under this.
            method: HTTP method.
            path: Path and query.
            whole: Keep all fields of contacts.
            **options: For httpx: headers, json, data, content, auth.
        """
        self._client.cookies.clear()
        answer = self._client.request(method, path, **options)
        if label is not None:
            given = {name.lower(): value for name, value in answer.headers.items()}
            self._seen.exchanges[label] = {
                "status": answer.status_code,
                "headers": normal.headers(given, self._target.url),
                "set_cookies": normal.cookies(answer.headers.get_list("set-cookie")),
                "body": _body(answer, self._target.url, whole=whole),
            }
        return answer


def _body(answer: httpx.Response, base_url: str, *, whole: bool) -> Any:
    """Return a JSON body normalised; of HTML only the title."""
    if "json" in answer.headers.get("content-type", "") and answer.content:
        return normal.body(answer.json(), whole=whole)
    if not answer.content:
        return {"empty": True}
    title = page_facts.facts(answer.text)["title"]
    return {"title": title.replace(base_url, "<base>")}
