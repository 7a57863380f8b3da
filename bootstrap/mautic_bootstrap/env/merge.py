"""Setting our variables in a `.env` document without touching anything that is not ours."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

from jinja2 import Environment, StrictUndefined, Template

from mautic_bootstrap.env.credentials import ENV_NAMES
from mautic_bootstrap.env.document import Entry, EnvDocument
from mautic_bootstrap.env.quoting import quote

# No character in these lines, nor in the template's text, means anything to a shell: behind a byte-order
# mark bash takes a first comment line for a command.
_BEGIN = "# BEGIN mautic-bootstrap"
_END = "# END mautic-bootstrap"


def merge(document: EnvDocument, values: Mapping[str, str], removed: Collection[str]) -> str:
    """Return the text of a document with our variables set.

    One that stands outside our block is set where it stands; the others go into the block, which keeps its
    place or is appended behind a blank line. Of ours, those that are not in `values` are removed from the
    block, and those in `removed` wherever they stand. Foreign entries, wherever they are, keep every byte and
    their order; what somebody wrote into the block follows it from then on.

    Args:
        document: The file as it is; none of our variables stands in it twice.
        values: Name to value, in plain; the names are ours.
        removed: Names of ours that may stand nowhere; none of them is in `values`.

    Raises:
        UnsafeValueError: A value that no quoting carries to every reader.
    """
    block = _block(document.entries)
    ahead: list[str] = []
    behind: list[str] = []
    in_place: set[str | None] = set()
    for index, entry in enumerate(document.entries):
        pieces = behind if block and index >= block.start else ahead
        # Directly behind a byte-order mark bash would not know our variable: it moves to the block.
        glued = document.bom and not any(ahead) and entry.name in values
        if entry.name not in ENV_NAMES:
            pieces.append(
                "" if _is_marker(entry, _BEGIN) or _is_marker(entry, _END) else entry.text
            )
        elif index not in block and not glued:
            if entry.name in values:
                pieces.append(entry.assigned(quote(entry.name, values[entry.name])))
                in_place.add(entry.name)
            elif entry.name not in removed:
                pieces.append(entry.text)
    rest = {name: values[name] for name in ENV_NAMES if name in values and name not in in_place}
    if rest:
        ahead += [] if block else [_gap(ahead, document.newline)]
        ahead.append(
            _template(document.newline).render(begin=_BEGIN, end=_END, values=rest, quote=quote)
        )
    return document.bom + "".join([*ahead, *behind])


def _block(entries: Sequence[Entry]) -> range:
    """Return where our block is, its first and last line included; an empty range if there is none.

    A marker without its counterpart makes no block; it is dropped when the file is next written.
    """
    begin: int | None = None
    for index, entry in enumerate(entries):
        if _is_marker(entry, _BEGIN):
            begin = index
        elif _is_marker(entry, _END) and begin is not None:
            return range(begin, index + 1)
    return range(0)


def _is_marker(entry: Entry, marker: str) -> bool:
    comment = entry.comment or ""
    return comment == marker or comment.startswith(f"{marker} ")


def _gap(pieces: Sequence[str], newline: str) -> str:
    """Return what has to stand between the file's last piece and a block: a line ending, a blank line."""
    last = next((piece for piece in reversed(pieces) if piece), None)
    if last is None:
        return ""
    return newline * (not last.endswith(("\n", "\r"))) + newline * bool(last.strip())


@cache
def _template(newline: Literal["\n", "\r\n"]) -> Template:
    environment = Environment(
        autoescape=False,  # noqa: S701  # this is a .env file; quote() escapes for its readers
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        newline_sequence=newline,
    )
    source = files(__package__).joinpath("block.env.j2").read_text(encoding="utf-8")
    return environment.from_string(source)
