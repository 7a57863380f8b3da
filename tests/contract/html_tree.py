"""A small tree of an HTML page, forgiving enough for what Mautic serves."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
# An opening tag ends an open one of the same kind: their end tags may be left out.
_SELF_CLOSING = {"li", "option", "tr", "td", "th", "p"}


@dataclass
class Node:
    """One element."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute; one without a value is empty."""
        return self.attributes.get(name, default)

    def has(self, name: str) -> bool:
        """Say whether the attribute is there."""
        return name in self.attributes

    def walk(self) -> Iterator["Node"]:
        """Yield this element and all below it, in document order."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def find(self, tag: str, class_: str = "") -> list["Node"]:
        """Return the elements below with this tag (empty: any) and this class (empty: any)."""
        return [
            node
            for node in self.walk()
            if node is not self
            and (not tag or node.tag == tag)
            and (not class_ or class_ in node.get("class").split())
        ]

    def text(self) -> str:
        """Return the text, white space collapsed."""
        return " ".join(self._raw_text().split())

    def _raw_text(self) -> str:
        if self.tag in {"script", "style"}:
            return ""
        return "".join(c if isinstance(c, str) else c._raw_text() for c in self.children)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SELF_CLOSING and self._open[-1].tag == tag:
            self._open.pop()
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def parse(html: str) -> Node:
    """Return the root of a page."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root
