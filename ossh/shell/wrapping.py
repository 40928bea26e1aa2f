"""Sentences broken into lines: between words, and between Chinese characters, which have no spaces.

Pure. Widths are columns of a terminal, where most East Asian characters take two.
"""

import re
from itertools import chain

from rich.cells import cell_len

_WIDE = r"\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6"
_OPENING = "（《「『【“‘〔"  # noqa: RUF001 - never at the end of a line
_CLOSING = "，。；：、！？）》」』】”’…〕"  # noqa: RUF001 - never at the beginning of one
_PIECES = re.compile(
    rf"\s+|[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}{_OPENING}{_CLOSING}]+)?[{_CLOSING}]*"
)


_COLOUR = re.compile(r"\x1b\[[\d;]*m")


def reflowed(text: str, width: int, *, later: str = "") -> str:
    """Return a text of several lines, each broken where it is too long.

    Blank and indented lines stay as they are.

    Args:
        text: Its lines.
        width: Columns.
        later: What the further lines of a broken one begin with.
    """
    lines = (
        wrapped(line, width, later=later) if line and line[0] != " " else [line]
        for line in text.split("\n")
    )
    return "\n".join(chain.from_iterable(lines))


def wrapped(text: str, width: int, *, first: str = "", later: str = "") -> list[str]:
    """Return the lines of a sentence; a word that is longer than a line stays whole.

    Args:
        text: One line, maybe with colours.
        width: Columns.
        first: What the first line begins with.
        later: What all others begin with.
    """
    lines: list[str] = []
    line, is_empty, space = first, True, ""
    for piece in _PIECES.findall(text):
        if not piece or piece.isspace():
            space = piece or space
            continue
        if not is_empty and cell_len(_COLOUR.sub("", line + space + piece)) > width:
            lines.append(line)
            line, space, is_empty = later, "", True
        line += piece if is_empty else space + piece
        is_empty, space = False, ""
    return [*lines, line] if not is_empty else lines
