"""Pieces of text: tones and colours, counts and rates, sentences broken into lines. Pure.

Widths are columns of a terminal, where most East Asian characters take two.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import accumulate, chain, takewhile

from ossh.language import _, n_
from ossh.units import format_size

_WIDE = r"\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6"
_OPENING = "（《「『【“‘〔"  # noqa: RUF001 - never at the end of a line
_CLOSING = "，。；：、！？）》」』】”’…〕"  # noqa: RUF001 - never at the beginning of one
_COLOUR, _NO_COLOUR = re.compile(r"\x1b\[[\d;]*m"), "\x1b[0m"
_BEGINNING = re.compile(r" *(?:[\d,]+ {2,})?")  # of a line: an indentation, a number in its column
_PAINTED = f"(?:{_COLOUR.pattern})*"
_PIECES = (  # of what `wrapped` keeps in one piece; compiled when it is first needed
    rf"\s+|{_PAINTED}[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}{_OPENING}{_CLOSING}]+)?{_PAINTED}"
    rf"[{_CLOSING}]*"
)


class Tone(StrEnum):
    """What a piece of text is, by the terminal codes of its colour.

    These are only the terminal's own sixteen colours, which its user has chosen to be readable.
    """

    PLAIN = ""
    TITLE = "2;4"
    PREFIX = "1;34"
    DIM = "2"
    GOOD = "32"
    WARN = "33"
    BAD = "31"


def cell_len(text: str) -> int:
    if text.isascii():  # nearly every one; the table of all others takes a while to load
        return len(text)
    from rich.cells import cell_len as of_any

    return of_any(text)


def paint(text: str, tone: Tone) -> str:
    """Return a text between the terminal codes of its tone; the shell knows if they stay there."""
    return f"\x1b[{tone}m{text}{_NO_COLOUR}" if tone else text


def unpainted(text: str) -> str:
    return _COLOUR.sub("", text)


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: "1 object", "1,200 objects"."""
    one, many = f"{{number:,}} {noun}", f"{{number:,}} {plural or noun + 's'}"
    return n_(one, many, number)


def listed(*pieces: str) -> str:
    """Return the pieces of a sentence in a row; empty ones are left out."""
    return _(", ").join(filter(None, pieces))


def labelled(label: str, text: str) -> str:
    return _("{label}: {text}").format(label=label, text=text)


def count_sentence(number: int, noun: str, text: str, **others: str) -> Iterator[str]:
    """Yield a text about so many `{objects}`, of the noun "object"; nothing when there is none."""
    if number:
        yield text.format(**{f"{noun}s": count(number, noun)}, **others)


def some_of(shown: Sequence[str], number: int, indent: str = "  ") -> Iterator[str]:
    """Yield a line for each of some that are shown, and how many more of them there are."""
    yield from (indent + one for one in shown)
    if (more := number - len(shown)) > 0:
        yield indent + _("and {number:,} more").format(number=more)


def with_note(text: str, remark: str) -> str:
    """Return a text with a remark in brackets behind it; alone when there is none."""
    return _("{text} ({remark})").format(text=text, remark=remark) if remark else text


def rate(bytes_per_second: float) -> str:
    """Return a speed for people: "12.3 MiB/s"."""
    return f"{format_size(max(0, round(bytes_per_second)))}/s"


def first_part(text: str, width: int) -> str:
    """Return a text, or its beginning and "…" if it is too long for so many columns."""
    return text if cell_len(text) <= width else f"{text[: _fitting(text, width - 1)].rstrip()}…"


def last_part(text: str, width: int) -> str:
    """Return a text, or "…" and its end if it is too long for so many columns."""
    if cell_len(text) <= width:
        return text
    return f"…{text[len(text) - _fitting(reversed(text), width - 1) :]}"


def chopped(text: str, width: int) -> list[str]:
    """Return a text in pieces of so many columns each, however long its words are."""
    pieces = []
    while text:
        number = max(1, _fitting(text, width))
        pieces.append(text[:number])
        text = text[number:]
    return pieces


def _fitting(characters: Iterable[str], width: int) -> int:
    """Return how many characters fit into so many columns."""
    used = accumulate(map(cell_len, characters))
    return sum(1 for _ in takewhile(lambda columns: columns <= width, used))


def reflowed(text: str, width: int, *, later: str = "") -> str:
    """Return a text of several lines, each broken where it is too long.

    What follows a break is below the words of its line, and begins with `later`.
    """
    return "\n".join(chain.from_iterable(_broken(line, width, later) for line in text.split("\n")))


def _broken(line: str, width: int, later: str) -> list[str]:
    words = len(found[0]) if (found := _BEGINNING.match(line)) else 0
    return wrapped(line[words:], width, first=line[:words], later=" " * words + later) or [line]


def wrapped(text: str, width: int, *, first: str = "", later: str = "") -> list[str]:
    """Return the lines of a sentence, maybe with colours; a long word stays whole.

    The first line begins with `first`, all others with `later`. A `width` of 0 breaks nowhere. No
    colour goes beyond its line, as a pager shows lines one by one.
    """
    lines: list[str] = []
    line, is_empty, space = first, True, ""
    for piece in re.findall(_PIECES, text):
        if not piece or piece.isspace():
            space = piece or space
            continue
        if width and not is_empty and cell_len(unpainted(line + space + piece)) > width:
            colour = "".join(_COLOUR.findall(line)[-1:]).removesuffix(_NO_COLOUR)
            lines.append(f"{line}{_NO_COLOUR}" if colour else line)
            line, space, is_empty = f"{later}{colour}", "", True
        line += piece if is_empty else space + piece
        is_empty, space = False, ""
    return [*lines, line] if not is_empty else lines
