"""Random marker secrets, and looking for them wherever they must not be."""

import html
import json
import os
import re
import secrets
import threading
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self
from urllib.parse import quote, quote_plus

_SAMPLE_EVERY_S = 0.05
# The official images' own entrypoints wait for the database with it, inside their containers; not ours to change.
_IMAGES_OWN = re.compile(rb"^(\S*/)?(mysqladmin|mariadb-admin)\0")
# A base64 text of fewer characters would turn up by chance.
_SHORTEST = 8


def marker() -> str:
    """Return a random password in which every kind of quoting shows, yet strong and fit for `.env`."""
    return f'Ke&strel<{secrets.token_hex(8)}"ü%+ x'


def plain_marker() -> str:
    """Return a random secret of the letters that generated ones are made of."""
    return f"canary-{secrets.token_hex(12)}"


def forms(secret: str) -> set[str]:
    """Return a secret as it may show: plain, quoted for URL, JSON, HTML or Python, Base64 at any offset."""
    found = {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        html.escape(secret, quote=False),
        html.escape(secret).replace("&#x27;", "&#039;"),
        repr(secret)[1:-1],
    }
    raw = secret.encode()
    for offset in range(3):
        # Only the characters that do not depend on what stands before and behind.
        encoded = b64encode(b"\0" * offset + raw + b"\0\0").decode()
        whole = encoded[(offset * 8 + 5) // 6 : (offset + len(raw)) * 8 // 6]
        found |= {whole, whole.replace("+", "-").replace("/", "_")}
    return {form for form in found if len(form) >= _SHORTEST}


class Canary:
    """The marker secrets by name, found in any form."""

    def __init__(self) -> None:
        self._forms: dict[str, set[str]] = {}

    def add(self, name: str, secret: str) -> str:
        """Look for one more secret; return it."""
        self._forms[name] = forms(secret)
        return secret

    def found_in(self, data: str | bytes) -> list[str]:
        """Return the names of the secrets that are in some data."""
        text = data if isinstance(data, str) else data.decode(errors="replace")
        return [name for name, every in self._forms.items() if any(form in text for form in every)]

    def found_below(self, folder: Path, *, allowed: Iterable[Path] = ()) -> list[str]:
        """Return "path: secret" for every file below a folder that holds one in its name or its content.

        Args:
            folder: Where to look.
            allowed: Files and folders that may hold secrets.
        """
        places = set(allowed)
        return [
            f"{path}: {name}"
            for path in sorted(folder.rglob("*"))
            if not places & {path, *path.parents}
            for name in self.found_in(str(path)) + self.found_in(_content(path))
        ]


class CommandLines:
    """Watches the command lines of all processes of this machine, those in containers too, while it is open."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Start watching."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self._stop.set()
        self._thread.join()

    def __iter__(self) -> Iterator[str]:
        """Yield every command line that was seen, but for what the official images do on their own."""
        for line in tuple(self._seen):  # it grows meanwhile
            if not _IMAGES_OWN.match(line):
                yield line.replace(b"\0", b" ").decode(errors="replace")

    def _watch(self) -> None:
        while not self._stop.wait(_SAMPLE_EVERY_S):
            for pid in os.listdir("/proc"):  # noqa: PTH208  # many times a second
                if pid.isdigit():
                    self._read(pid)

    def _read(self, pid: str) -> None:
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123  # many times a second
                self._seen.add(file.read())
        except OSError:
            return  # it has ended


def until_seen(lines: CommandLines, text: str, *, patience_s: float = 10) -> bool:
    """Wait until a command line with some text was seen; say whether it was."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if any(text in line for line in list(lines)):
            return True
        time.sleep(_SAMPLE_EVERY_S)
    return False


def _content(path: Path) -> bytes:
    if path.is_symlink():
        return os.fsencode(path.readlink())
    return path.read_bytes() if path.is_file() else b""
