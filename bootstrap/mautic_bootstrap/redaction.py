"""Masking secrets in whatever leaves the process."""

import html
import json
from base64 import b64encode
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "********"

# A shorter value would mask ordinary words all over the output and thereby give itself away.
_SHORTEST_MASKED = 4


class Redactor:
    """Replaces known secrets in texts, in every form they are likely to appear in.

    Args:
        secrets: The values to hide. None and values shorter than four characters are left alone.
    """

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        self._forms: set[str] = set()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str | None) -> None:
        """Hide one more value from now on: in plain, URL, JSON, HTML, Base64 and Python's own form."""
        if secret is None or len(secret) < _SHORTEST_MASKED:
            return
        in_json = json.dumps(secret)[1:-1]
        in_html = html.escape(secret)
        self._forms |= {
            secret,
            quote(secret, safe=""),
            quote_plus(secret),
            in_json,
            in_json.replace("/", "\\/"),  # as PHP writes JSON
            in_html,
            in_html.replace("&#x27;", "&#039;"),  # as PHP escapes HTML
            repr(secret)[1:-1],
            repr(secret.encode())[2:-1],
            b64encode(secret.encode()).decode(),
        }

    def mask(self, text: str) -> str:
        """Return `text` with every known secret replaced by a fixed mask, the longest first."""
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, MASK)
        return text

    def mask_all(self, value: Any) -> Any:
        """Return a copy of a JSON-like value with every text in it masked, keys included."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, dict):
            return {self.mask(str(key)): self.mask_all(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.mask_all(item) for item in value]
        return value
