"""What is sent of a contact, checked for what Mautic would silently make something else of."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from pydantic_core import to_jsonable_python

from mautic_bootstrap.errors import ValidationError

# Source: `CoreBundle/Helper/InputHelper.php`, `email`: PHP's FILTER_SANITIZE_EMAIL removes everything else, so
# that "user@münchen.de" is stored as "user@mnchen.de" (live 5.1.0, 7.0.0).
_KEPT = re.compile(r"[A-Za-z0-9!#$%&'*+=?^_`{|}~@.\[\]-]+")


def checked_email(email: object) -> str:
    """Return an e-mail address that Mautic will not turn into another one; whether it is one, Mautic says.

    Raises:
        ValidationError: It would; nothing was sent.
    """
    text = email.strip() if isinstance(email, str) else ""
    if not _KEPT.fullmatch(text):
        raise _refused(
            {"email": ["Mautic would store another address."]},
            expected="an e-mail address of the characters that Mautic keeps",
            seen="others" if text else "none",
            hint="Write an international domain in its ASCII form (xn--...).",
        )
    return text


def channel_segment(channel: str) -> str:
    """Return the name of a channel as a segment of a path.

    Raises:
        ValidationError: It would lead to another path: empty, "." or ".."; nothing was sent.
    """
    if channel.strip() in ("", ".", ".."):
        raise _refused(
            {"channel": ["It would lead to another path."]},
            expected="the name of a channel",
            seen=repr(channel),
            hint='Name it as Mautic does, as in "email".',
        )
    return quote(channel, safe="")


def as_json(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as JSON can say them: dates and times in ISO 8601, which Mautic reads.

    Raises:
        ValidationError: JSON cannot say some; nothing was sent.
    """
    said: dict[str, Any] = {}
    bad: dict[str, list[str]] = {}
    for name, value in fields.items():
        try:
            said[name] = to_jsonable_python(value)
            json.dumps(said[name], ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError) as exc:
            bad[str(name)] = [f"{type(exc).__name__}: JSON cannot say it."]
    if bad:
        raise _refused(
            bad,
            expected="values that JSON can say",
            seen=f"others in {', '.join(bad)}",
            hint="Send texts, numbers, booleans, dates, and lists of these.",
        )
    return said


def tag_list(tags: Iterable[str]) -> list[str]:
    """Return the names of tags.

    Raises:
        TypeError: One text in place of several; its letters would become tags.
    """
    if isinstance(tags, str):
        raise TypeError("tags: a list of names, not one name")
    return list(tags)


def _refused(
    fields: dict[str, list[str]], *, expected: str, seen: str, hint: str
) -> ValidationError:
    error = ValidationError("send a contact to Mautic", expected=expected, seen=seen, hint=hint)
    error.fields = fields
    return error
