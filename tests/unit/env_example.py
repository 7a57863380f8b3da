"""Finding the README's copy of `.env.example`, so that a test can hold it to the command's."""

import re

BEGIN = "<!-- BEGIN .env.example: printed by `mautic-bootstrap env example` -->"
END = "<!-- END .env.example -->"

_QUOTED = re.compile(
    rf"^{re.escape(BEGIN)}\n+```\w*\n(?P<text>.*?)^```\n+{re.escape(END)}$",
    re.MULTILINE | re.DOTALL,
)


def quoted_example(text: str) -> str:
    """Return what a Markdown text quotes between the two markers, in a fenced block that they enclose."""
    blocks = [match["text"] for match in _QUOTED.finditer(text)]
    assert len(blocks) == 1, (
        f"expected one fenced block between {BEGIN} and {END}, saw {len(blocks)}"
    )
    return blocks[0]
