"""Setting our variables in a `.env` document without touching anything that is not ours."""

from collections.abc import Mapping, Sequence
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from mautic_bootstrap.env.credentials import CREDENTIAL_NAMES, ENV_NAMES
from mautic_bootstrap.env.document import Entry, EnvDocument
from mautic_bootstrap.env.quoting import quote

# No character in these lines, nor in the template's text, means anything to a shell: behind a byte-order
# mark bash takes a first comment line for a command.
_BEGIN = "# BEGIN mautic-bootstrap"
_END = "# END mautic-bootstrap"


def merge(document: EnvDocument, values: Mapping[str, str]) -> str:
    """Return the text of a document with our variables set.

    One that stands outside our block is set where it stands; the others go into the block, which keeps its
    place or is appended behind a blank line. Credentials that are not in `values` are removed wherever they
    stand, our other variables only from the block. Foreign entries, wherever they are, keep every byte and
    their order; what somebody wrote into the block follows it from then on.

    Args:
        document: The file as it is; none of our variables stands in it twice.
        values: Name to value, in plain; the names are ours.

    Raises:
        UnsafeValueError: A value that no quoting carries to every reader.
    """
    inside = _block(document.entries)
    pieces: list[str] = []
    block_at: int | None = None
    placed: set[str] = set()
    for index, entry in enumerate(document.entries):
        if index == inside.start and inside:
            block_at = len(pieces)
        if _is_marker(entry, _BEGIN) or _is_marker(entry, _END):
            continue
        if entry.name not in ENV_NAMES:
            pieces.append(entry.text)
        elif index in inside or (document.bom and index == 0):
            continue  # it goes to the block; bash would take the mark for a part of the name
        elif entry.name in values:
            pieces.append(entry.assigned(quote(entry.name, values[entry.name])))
            placed.add(entry.name)
        elif entry.name not in CREDENTIAL_NAMES:
            pieces.append(entry.text)
    rest = {name: values[name] for name in ENV_NAMES if name in values and name not in placed}
    if rest:
        block = _render(rest, document.newline)
        if block_at is None:
            pieces += [_gap(pieces, document.newline), block]
        else:
            pieces.insert(block_at, block)
    return document.bom + "".join(pieces)


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
    if not pieces:
        return ""
    ended = pieces[-1].endswith(("\n", "\r"))
    blank = not pieces[-1].strip()
    return newline * ((not ended) + (not blank))


def _render(values: Mapping[str, str], newline: str) -> str:
    environment = Environment(
        autoescape=False,  # noqa: S701  # this is a .env file; quote() escapes for its readers
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        newline_sequence="\r\n" if newline == "\r\n" else "\n",
    )
    source = files(__package__).joinpath("block.env.j2").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        begin=_BEGIN, end=_END, values=values, quote=quote
    )
