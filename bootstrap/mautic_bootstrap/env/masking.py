"""A `.env` document as a person may see it: in a diff, in a log."""

import re

from mautic_bootstrap.env.credentials import ENV_NAMES, SECRET_NAMES
from mautic_bootstrap.env.document import Entry, EnvDocument
from mautic_bootstrap.redaction import MASK, Redactor

CHANGED = f"{MASK} (changed)"

# Anything else may be a piece of an unquoted key or certificate that spans lines.
_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
_COMMENTED_VALUE = re.compile(
    r"(=\s*|(?:pass|secret|token|key|credential)\w*\s*:\s*)\S.*", re.IGNORECASE
)
_URL_CREDENTIALS = re.compile(r"(://)[^\s/]+@")


def masked(document: EnvDocument, before: EnvDocument | None = None) -> str:
    """Return a document's text with every value hidden but those of our own that are no secrets.

    Comments stay, but for what looks like a value in them: people comment out old secrets. Line endings are LF.

    Args:
        document: What to show.
        before: Where it comes from; a secret of ours that has another value there is shown as changed.
    """
    secrets = [document.get(name) for name in SECRET_NAMES]
    secrets += [before.get(name) for name in SECRET_NAMES] if before else []
    redactor = Redactor(secrets)
    return "".join(_masked(entry, before, redactor) for entry in document.entries)


def _masked(entry: Entry, before: EnvDocument | None, redactor: Redactor) -> str:
    if entry.comment is not None:
        text = _COMMENTED_VALUE.sub(rf"\1{MASK}", entry.comment)
        return redactor.mask(_URL_CREDENTIALS.sub(rf"\1{MASK}@", text)) + "\n"
    if entry.name in ENV_NAMES and entry.name not in SECRET_NAMES:
        shown = _URL_CREDENTIALS.sub(rf"\1{MASK}@", f"{entry.name}={entry.value or ''}")
        return redactor.mask(shown) + "\n"
    if entry.name in SECRET_NAMES:
        old = before.get(entry.name) if before else None
        return f"{entry.name}={MASK if old in (None, entry.value) else CHANGED}\n"
    if entry.name is not None and entry.value is not None and _NAME.fullmatch(entry.name):
        return f"{entry.name}={MASK}\n"
    if not entry.text.strip():
        return "\n" * max(1, entry.text.count("\n"))
    return f"{MASK}\n"
