"""A `.env` file as a list of entries that, put together, are the file again, byte for byte."""

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from dotenv.parser import Binding, parse_stream

_BOM = "\ufeff"
_BLANK_LINES = re.compile(r"\s*[\r\n]")
_LINE_ENDING = re.compile(r"\r\n|\r|\n")

# What of an entry an assignment replaces: the name and all that python-dotenv takes for its value. A
# comment behind it stays, and so does what stands before: indentation and `export`.
# Source: dotenv/parser.py of python-dotenv 1.2.4.
_ASSIGNMENT = re.compile(
    r"""
    (?P<head> \s* (?:export[^\S\r\n]+)? )
    (?: '[^']+' | [^=\#\s]+ )
    (?: [^\S\r\n]* =
        (?: (?![^\S\r\n]+\#) [^\S\r\n]*
            (?: '(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" | (?:(?![^\S\r\n]+\#)[^\r\n])* )
        )?
    )?
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Entry:
    """One assignment, comment, run of blank lines or unreadable piece of a `.env` file."""

    text: str = field(repr=False)
    """The entry as it stands in the file, with its line ending."""

    line: int
    """Where it begins; the first line is 1."""

    name: str | None = None
    """The variable that is assigned, None where none is."""

    value: str | None = field(default=None, repr=False)
    """What python-dotenv reads without interpolation; None where nothing is assigned."""

    readable: bool = True
    """False for what python-dotenv skips as a syntax error."""

    @property
    def comment(self) -> str | None:
        """The comment line, from its `#` to its last character; None where the entry is something else."""
        stripped = self.text.strip()
        is_comment = self.readable and self.name is None and stripped
        return stripped if is_comment else None

    def assigned(self, right: str) -> str:
        """Return the text of an assignment with something else behind its `=`.

        Args:
            right: The value as it is to stand there, quoted.
        """
        match = _ASSIGNMENT.match(self.text)
        if match is None or self.name is None:
            raise ValueError(f"the entry on line {self.line} is no assignment")
        tail = self.text[match.end() :]
        space = " " if tail.startswith("#") else ""
        return f"{match['head']}{self.name}={right}{space}{tail}"


@dataclass(frozen=True)
class EnvDocument:
    """A parsed `.env` file."""

    entries: tuple[Entry, ...]
    """Every piece of the file, in order."""

    bom: str = ""
    """The byte-order mark at its beginning, or nothing."""

    @classmethod
    def parse(cls, text: str) -> "EnvDocument":
        """Take a file's text apart exactly as python-dotenv does.

        Args:
            text: The decoded file; line endings and a byte-order mark as they are on disk.
        """
        bom = _BOM if text.startswith(_BOM) else ""
        bindings = parse_stream(io.StringIO(text, newline=""))
        return cls(tuple(entry for binding in bindings for entry in _entries(binding)), bom)

    @property
    def text(self) -> str:
        """The file's text, byte for byte what was parsed."""
        return self.bom + "".join(entry.text for entry in self.entries)

    @property
    def newline(self) -> Literal["\n", "\r\n"]:
        """The line ending of the file's first line; LF where it has none."""
        match = _LINE_ENDING.search(self.text)
        return "\r\n" if match and match.group() == "\r\n" else "\n"

    def get(self, name: str) -> str | None:
        """Return a variable's value as python-dotenv reads it without interpolation, None if it has none."""
        found = [entry.value for entry in self.entries if entry.name == name]
        return found[-1] if found else None

    def lines(self, name: str) -> list[int]:
        """Return the lines on which a variable stands."""
        return [entry.line for entry in self.entries if entry.name == name]

    def duplicates(self, names: Iterable[str]) -> list[str]:
        """Return those of `names` that stand in the file more than once."""
        count = Counter(entry.name for entry in self.entries)
        return [name for name in names if count[name] > 1]


def _entries(binding: Binding) -> Iterator[Entry]:
    """Split a binding of python-dotenv from the blank lines that it counts to it."""
    text, line = binding.original.string, binding.original.line
    blank = _BLANK_LINES.match(text)
    if blank is not None:
        yield Entry(blank.group(), line)
        line += len(_LINE_ENDING.findall(blank.group()))
        text = text[blank.end() :]
    if text:
        # Opened as text, as every reader but bash does, a file has LF even where CRLF is on disk.
        value = binding.value and _LINE_ENDING.sub("\n", binding.value)
        yield Entry(text, line, binding.key, value, readable=not binding.error)
