"""Values as text: tables for people, tab-separated lines and JSON lines for programs.

Pure. Whatever comes from a bucket passes through `ossh.paths.printable` here, so that no key
can drive a terminal.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from rich.cells import cell_len

from ossh.language import _, n_
from ossh.paths import printable
from ossh.shell.wrapping import wrapped
from ossh.units import format_size, utc_time

T = TypeVar("T")

YES = frozenset({"y", "yes", "是", "好"})  # answers that mean it

# Columns that stand side by side on any terminal.
MOST_BESIDE = 2

# Rows a table measures before its first line appears; one page of a listing.
ROWS_MEASURED = 1000


class Tone(StrEnum):
    """What a piece of text is, which decides its colour."""

    PLAIN = ""
    TITLE = "title"
    PREFIX = "prefix"
    DIM = "dim"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


_EIGHTHS = "▏▎▍▌▋▊▉"

# Only the terminal's own sixteen colours, which its user has chosen to be readable.
_CODES = {
    Tone.TITLE: "2;4",
    Tone.PREFIX: "1;34",
    Tone.DIM: "2",
    Tone.GOOD: "32",
    Tone.WARN: "33",
    Tone.BAD: "31",
}


class Mode(Enum):
    """Who reads the output: people, programs that split lines, or programs that read JSON."""

    TABLE = "table"
    TABS = "tabs"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    title: str
    right: bool = False
    below: bool = False  # long, and hence below its row; such columns follow the others


@dataclass(frozen=True, slots=True)
class Cell:
    """One piece of text in a table and its tone."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """How items of one kind are written in each mode.

    Args:
        columns: Titles of the table, in order; the last one is never cut or padded.
        cells: What people see of an item.
        fields: What a program gets, in a fixed order, the key last.
        record: The JSON object, with the names of the model.
    """

    columns: tuple[Column, ...]
    cells: Callable[[T], Sequence[Cell | str]]
    fields: Callable[[T], Sequence[str]]
    record: Callable[[T], Mapping[str, Any]]


Paint = Callable[[str, Tone], str]


def colourless(text: str, _tone: Tone) -> str:
    """Return the text as it is."""
    return text


def coloured(text: str, tone: Tone) -> str:
    """Return the text between the terminal codes of its tone."""
    code = _CODES.get(tone)
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: "1 object", "1,200 objects"."""
    one, many = f"{{number:,}} {noun}", f"{{number:,}} {plural or noun + 's'}"
    return n_(one, many, number).format(number=number)


def listed(*pieces: str) -> str:
    """Return the pieces of a sentence in a row; empty ones are left out."""
    return _(", ").join(filter(None, pieces))


def labelled(label: str, text: str) -> str:
    """Return a text behind what it is about."""
    return _("{label}: {text}").format(label=label, text=text)


def remarked(text: str, remark: str) -> str:
    """Return a text with a remark in brackets behind it; alone when there is none."""
    return _("{text} ({remark})").format(text=text, remark=remark) if remark else text


def rate(bytes_per_second: float) -> str:
    """Return a speed for people: "12.3 MiB/s"."""
    return f"{format_size(max(0, round(bytes_per_second)))}/s"


def meter(share: float, width: int, *, ascii_only: bool = False) -> str:
    """Return a share as a bar; what is more than nothing is seen.

    Args:
        share: From 0 to 1.
        width: Columns of a whole.
        ascii_only: Use characters that every console has.
    """
    if ascii_only:
        return "#" * max(round(share * width), int(share > 0))
    eighths = max(round(share * width * 8), int(share > 0))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest - 1] if rest else "")


def last_part(text: str, width: int) -> str:
    """Return the end of a text that is too long for so many columns, after three dots."""
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) > max(1, width - 3):
        text = text[1:]
    return f"...{text}"


def tab_separated(fields: Iterable[str]) -> str:
    """Return one line without a control character other than the tabs between its fields."""
    return "\t".join(map(printable, fields))


def json_line(record: Mapping[str, Any], *, ascii_only: bool = False) -> str:
    """Return a JSON object on one line; what could drive a terminal is a JSON escape.

    Args:
        record: The names and values.
        ascii_only: Escape all that a stream in another encoding than UTF-8 could not hold.
    """
    line = json.dumps(record, ensure_ascii=ascii_only, default=_json_value)
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def _json_value(value: object) -> str:
    return utc_time(value) if isinstance(value, datetime) else str(value)


def lines(  # noqa: PLR0913 - one argument for each thing that decides the look
    items: Iterable[T],
    form: Form[T],
    mode: Mode,
    paint: Paint = colourless,
    *,
    ascii_only: bool = False,
    width: int = 0,
) -> Iterator[str]:
    """Yield the items in the form and mode asked for, as they come, without line ends.

    Args:
        items: In the order they come.
        form: How one is written.
        mode: Who reads them.
        paint: How text is coloured.
        ascii_only: As for `json_line`.
        width: As for `table`.
    """
    match mode:
        case Mode.JSON:
            return (json_line(form.record(item), ascii_only=ascii_only) for item in items)
        case Mode.TABS:
            return (tab_separated(form.fields(item)) for item in items)
        case Mode.TABLE:
            return table(form.columns, map(form.cells, items), paint, width=width)


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell | str]],
    paint: Paint = colourless,
    *,
    width: int = 0,
) -> Iterator[str]:
    """Yield a table line by line, its titles first; nothing at all when there is no row.

    Widths are taken from the first `ROWS_MEASURED` rows; a longer cell that comes later moves
    only the rest of its own line. On a terminal that is too narrow the last cell of a row, its
    name, has a line of its own, and what is to be said of it follows below. Of what is below
    anyway, the end is shown where the whole is too long.

    Args:
        columns: Titles.
        rows: Their cells.
        paint: How text is coloured.
        width: Of the terminal; 0 is as wide as need be.
    """
    remaining = iter(rows)
    first = [_cells(row) for row in islice(remaining, ROWS_MEASURED)]
    if not first:
        return
    head = [Cell(_(column.title), Tone.TITLE) for column in columns]
    titled = [head, *first] if any(column.title for column in columns) else first
    number = sum(not column.below for column in columns)
    widths = [max(cell_len(row[i].text) for row in titled) for i in range(number)]
    beside = sum(widths[:-1]) + 2 * (number - 1)
    is_crowded = beside > width * 2 // 3 and beside + widths[-1] > width
    is_stacked = width and number > MOST_BESIDE and is_crowded
    hangs = width and len(columns) == MOST_BESIDE and titled is first
    for row in chain(titled, map(_cells, remaining)):
        if is_stacked:
            yield from _stacked(row[:number], width, paint)
        elif hangs and widths[0] + 2 + cell_len(row[1].text) > width:
            yield from _hanging(row, columns, widths, width, paint)
        else:
            yield _line(row[:number], columns[:number], widths, paint)
        yield from _below(row[number:], width, paint)


def _hanging(
    row: Sequence[Cell], columns: Sequence[Column], widths: Sequence[int], width: int, paint: Paint
) -> Iterator[str]:
    """Yield a label and the lines of its value beside it, or below it if a word is too long."""
    label, value = row
    indent = widths[0] + 2
    pieces = wrapped(value.text, width - indent)
    if any(cell_len(piece) > width - indent for piece in pieces):
        yield _line((label, Cell("")), columns, widths, paint)
        indent = 2
        pieces = wrapped(value.text, width - indent)
    else:
        yield _line((label, Cell(pieces.pop(0), value.tone)), columns, widths, paint)
    yield from (" " * indent + paint(piece, value.tone) for piece in pieces)


def _stacked(row: Sequence[Cell], width: int, paint: Paint) -> Iterator[str]:
    """Yield a row's name, and below it in as few lines as can be what is to be said of it."""
    *facts, name = row
    yield paint(name.text, name.tone)
    yield from _below(facts, width, paint)


def _below(facts: Iterable[Cell], width: int, paint: Paint) -> Iterator[str]:
    """Yield what is to be said of a row, in as few lines as can be, none of them too long."""
    line, used = "", 0
    for fact in facts:
        text = last_part(fact.text, width - 2) if width else fact.text
        needed = 2 + cell_len(text)
        if line and width and used + needed > width:
            yield line
            line, used = "", 0
        if text:
            line, used = f"{line}  {paint(text, fact.tone)}", used + needed
    if line:
        yield line


def _cells(row: Sequence[Cell | str]) -> list[Cell]:
    cells = (cell if isinstance(cell, Cell) else Cell(cell) for cell in row)
    return [Cell(printable(cell.text), cell.tone) for cell in cells]


def _line(
    row: Sequence[Cell], columns: Sequence[Column], widths: Sequence[int], paint: Paint
) -> str:
    last = len(row) - 1
    pieces = []
    for i, (cell, column, width) in enumerate(zip(row, columns, widths, strict=True)):
        space = " " * (width - cell_len(cell.text))
        text = paint(cell.text, cell.tone) if cell.text else ""
        if column.right:
            pieces.append(space + text)
        else:
            pieces.append(text if i == last else text + space)
    return "  ".join(pieces).rstrip(" ")


def grid(cells: Sequence[Cell], width: int, paint: Paint = colourless) -> Iterator[str]:
    """Yield short names side by side, filled column by column, as a file shell shows them."""
    shown = [Cell(printable(cell.text), cell.tone) for cell in cells]
    cell_width = max((cell_len(cell.text) for cell in shown), default=0) + 2
    across = max(1, width // cell_width)
    down = -(-len(shown) // across)
    for i in range(down):
        row = shown[i::down]
        padded = (
            paint(cell.text, cell.tone) + " " * (cell_width - cell_len(cell.text)) for cell in row
        )
        yield "".join(padded).rstrip(" ")
