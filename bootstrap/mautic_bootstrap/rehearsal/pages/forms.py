"""Plain form posts, judged as Symfony judges them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from mautic_bootstrap.rehearsal.http import Request
from mautic_bootstrap.rehearsal.sessions import Session
from mautic_bootstrap.rehearsal.texts import Texts

_BUTTONS = ("apply", "save", "cancel")


@dataclass(frozen=True)
class Submission:
    """One post of a named form."""

    values: dict[str, list[str]]
    """Field name to its values; names outside the form are left out."""

    button: str
    """"apply", "save" or "cancel"; "apply" where none was sent."""

    errors: list[str] = field(default_factory=list)
    """What is wrong with the post as a whole."""

    def one(self, name: str) -> str:
        """Return a field's value; empty where it was not sent."""
        return self.values.get(name, [""])[-1]


def read(
    request: Request, session: Session, texts: Texts, form: str, known: Iterable[str]
) -> Submission:
    """Read a post: refuse strange fields and a wrong token.

    Args:
        request: The post.
        session: Holds the form's token.
        texts: For the messages.
        form: The form's name, which every field name starts with.
        known: Names of the form's fields; the token and the buttons are known anyway.
    """
    values: dict[str, list[str]] = {}
    for name, value in request.form:
        if name.startswith(f"{form}["):
            values.setdefault(name, []).append(value.replace("\r\n", "\n"))
    token = values.pop(f"{form}[_token]", [""])[-1]
    pressed = [b for b in _BUTTONS if values.pop(f"{form}[buttons][{b}]", None) is not None]
    errors = [texts("extra_fields")] if set(values) - set(known) else []
    if token != session.token(form):
        errors.append(texts("bad_token"))
    return Submission(values, pressed[0] if pressed else "apply", errors)


def without_tags(text: str) -> str:
    """Clean a name as Mautic does: tags and surrounding white space go."""
    return re.sub(r"<[^>]*>", "", text).strip()
