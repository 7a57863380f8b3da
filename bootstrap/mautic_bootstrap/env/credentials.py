"""Which variables of a `.env` file are ours, and reading them back."""

import re
from pathlib import Path

from mautic_bootstrap.env.document import Entry, EnvDocument
from mautic_bootstrap.env.location import read_bytes, target_of
from mautic_bootstrap.errors import EnvFileError

CACHE_KEY = "MAUTIC_TOKEN_CACHE_KEY"
"""A secret, but no credential: it encrypts the tokens that the application keeps."""

FILE_NAMES = {
    name: f"{name}_FILE"
    for name in ("MAUTIC_CLIENT_SECRET", "MAUTIC_API_TOKEN", "MAUTIC_PASSWORD", CACHE_KEY)
}
"""Each secret, and the variable that names a file with it instead."""

ENV_NAMES = (
    "MAUTIC_API_URL",
    "MAUTIC_CLIENT_ID",
    "MAUTIC_CLIENT_SECRET",
    "MAUTIC_CLIENT_SECRET_FILE",
    "MAUTIC_API_TOKEN",
    "MAUTIC_API_TOKEN_FILE",
    "MAUTIC_USERNAME",
    "MAUTIC_PASSWORD",
    "MAUTIC_PASSWORD_FILE",
    "MAUTIC_USER_AGENT",
    "MAUTIC_ENVIRONMENT",
    "MAUTIC_TOKEN_CACHE_KEY",
    "MAUTIC_TOKEN_CACHE_KEY_FILE",
)
"""Every variable this project writes, in the order in which it writes them."""

SECRET_NAMES = frozenset(FILE_NAMES)
"""Those whose value nobody gets to see."""

CREDENTIAL_NAMES = frozenset(ENV_NAMES) - {
    "MAUTIC_API_URL",
    "MAUTIC_USER_AGENT",
    "MAUTIC_ENVIRONMENT",
    CACHE_KEY,
    FILE_NAMES[CACHE_KEY],
}
"""Those that say how to authenticate: of these, what a run does not write it removes, as two ways are one too many."""

_OURS = re.compile(rf"\s*(?:export\s+)?(?:{'|'.join(ENV_NAMES)})\b")


def read_values(path: Path) -> dict[str, str]:
    """Read our variables from a `.env` file on disk, as python-dotenv would without interpolation.

    Args:
        path: The file; a symlink is followed.

    Returns:
        Name to value for those that are there, an empty text where nothing stands behind the `=`; nothing at
        all where there is no file.

    Raises:
        EnvFileError: The file cannot be read, is not UTF-8, or holds one of our variables twice or broken.
    """
    attempted = f"read {path}"
    document = read_document(target_of(path, attempted), attempted)
    if document is None:
        return {}
    return {name: value for name in ENV_NAMES if (value := document.get(name)) is not None}


def read_document(target: Path, attempted: str) -> EnvDocument | None:
    """Read and parse a `.env` file, and refuse one that says two things at once.

    Args:
        target: The file itself, no symlink.
        attempted: What this is part of, for the error.

    Returns:
        The document; None where there is no file.

    Raises:
        EnvFileError: The file cannot be read, is not UTF-8, or holds one of our variables twice or broken.
    """
    data = read_bytes(target, attempted)
    if data is None:
        return None
    try:
        document = EnvDocument.parse(data.decode("utf-8"))
    except UnicodeDecodeError as exc:
        raise EnvFileError(
            attempted,
            expected="UTF-8 text",
            seen=f"something else from byte {exc.start} on",
            hint=f"Save {target} as UTF-8.",
        ) from None  # the original error carries the file's bytes
    broken = [entry.line for entry in document.entries if _is_broken_line_of_ours(entry)]
    if broken:
        raise EnvFileError(
            attempted,
            expected="lines of ours that every reader understands",
            seen=f"an unclosed quote, or something behind a closing one, on line {broken[0]}",
            hint=f"Correct or delete that line in {target}.",
        )
    duplicates = document.duplicates(ENV_NAMES)
    if duplicates:
        seen = "; ".join(
            f"{name} on lines {', '.join(str(line) for line in document.lines(name))}"
            for name in duplicates
        )
        raise EnvFileError(
            attempted,
            expected="each of our variables once",
            seen=seen,
            hint=f"Delete all but one of them in {target}.",
        )
    return document


def _is_broken_line_of_ours(entry: Entry) -> bool:
    return not entry.readable and _OURS.match(entry.text) is not None
