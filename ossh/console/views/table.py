"""How items of one kind are written: for people in tables, for programs as records.

Programs read JSON lines and tab-separated lines. Pure. Whatever comes from a bucket passes through
`ossh.printable` here, so that no key can drive a terminal.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, compress, islice
from typing import Any, Generic, TypeVar

from ossh.console.views.text import Tone, cell_len, chopped, last_part, paint, unpainted, wrapped
from ossh.language import _, said
from ossh.model import value
from ossh.printable import printable
from ossh.units import utc_time

T = TypeVar("T")

# Columns that stand side by side on any terminal.
MOST_BESIDE = 2
_LEAST_ROOM = 10  # of them for a value beside its label; a narrower terminal breaks it itself

# Rows a table measures before its first line appears; one page of a listing.
ROWS_MEASURED = 1000


@value
class Cell:
    text: str
    tone: Tone = Tone.PLAIN


@value
class Column(Generic[T]):
    """One column of a table: its title, and what stands in it of an item."""

    title: str
    cell: Callable[[T], Cell | str] = str
    right: bool = False
    optional: bool = False  # left out where none of the rows that are measured has it
    below: bool = False  # long, and hence below its row; such columns follow the others


LEFT, RIGHT = Column[str](""), Column[str]("", right=True)  # without a title


@value
class Form(Generic[T]):
    """How items of one kind are written, line by line as they come, for each kind of reader.

    Args:
        record: The JSON object, with the names of the model.
        fields: What a program gets that splits lines, in a fixed order, the key last: names in the
            record, by default all of them, or a function if it gets something else.
        columns: Of the table that people see, in order; the last one is never cut or padded.
        lines: What people see of an item instead, on a terminal of so many columns.
    """

    record: Callable[[T], Mapping[str, Any]]
    fields: tuple[str, ...] | Callable[[T], Sequence[str]] = ()
    columns: tuple[Column[T], ...] = ()
    lines: Callable[[T, int], Iterable[str]] | None = None

    def table(self, items: Iterable[T], width: int = 0) -> Iterator[str]:
        """Return what people see on a terminal of so many columns."""
        rows = ([column.cell(one) for column in self.columns] for one in items)
        return table(self.columns, rows, width=width)

    def tabs(self, items: Iterable[T]) -> Iterator[str]:
        for one in items:
            if callable(self.fields):
                yield tab_separated(self.fields(one))
            else:
                record = self.record(one)
                yield tab_separated(exact(record[name]) for name in self.fields or record)


PAIRS: Form[tuple[str, str]] = Form(
    columns=(
        Column("", lambda pair: Cell(_(pair[0]), Tone.DIM)),
        Column("", lambda pair: said(pair[1])),
    ),
    record=lambda pair: {pair[0]: pair[1]},
    fields=lambda pair: pair,
)


def table(
    columns: Sequence[Column[Any]],
    rows: Iterable[Sequence[Cell | str]],
    *,
    width: int = 0,
) -> Iterator[str]:
    """Yield a table line by line, its titles first; nothing at all when there is no row.

    Widths are taken from the first `ROWS_MEASURED` rows; a longer cell that comes later moves
    only the rest of its own line. On a terminal that is too narrow the last cell of a row, its
    name, has a line of its own, and what is to be said of it follows below. Of what is below
    anyway, sentences break between words, and of a long word the end is shown. A `width` of 0 is
    as wide as need be.
    """
    remaining = map(_cells, rows)
    first = list(islice(remaining, ROWS_MEASURED))
    if not first:
        return
    there = [not one.optional or any(row[i].text for row in first) for i, one in enumerate(columns)]
    columns = list(compress(columns, there))
    first = [list(compress(row, there)) for row in first]
    head = [Cell(_(column.title), Tone.TITLE) for column in columns]
    titled = [head, *first] if any(column.title for column in columns) else first
    number = sum(not column.below for column in columns)
    widths = [max(cell_len(row[i].text) for row in titled) for i in range(number)]
    beside = sum(widths[:-1]) + 2 * (number - 1)
    is_crowded = beside > width * 2 // 3 and beside + widths[-1] > width
    is_stacked = width and number > MOST_BESIDE and is_crowded
    hangs = width and len(columns) == MOST_BESIDE and titled is first
    for row in chain(titled, (list(compress(row, there)) for row in remaining)):
        if is_stacked:
            *facts, name = row[:number]
            yield paint(name.text, name.tone)
            yield from _below(_in_place(facts, columns), width)
        elif hangs and widths[0] + 2 + cell_len(row[1].text) > width:
            yield from _hanging(row, columns, widths, width)
        else:
            yield _line(row[:number], columns[:number], widths)
        yield from _below(row[number:], width)


def _hanging(
    row: Sequence[Cell], columns: Sequence[Column[Any]], widths: Sequence[int], width: int
) -> Iterator[str]:
    """Yield a label and the lines of its value, which hangs beside it."""
    label, value = row
    indent = widths[0] + 2
    room = max(width - indent, _LEAST_ROOM)
    lines = wrapped(value.text, room)
    first, *others = [piece for line in lines for piece in chopped(line, room)] or [""]
    yield _line((label, Cell(first, value.tone)), columns, widths)
    yield from (" " * indent + paint(piece, value.tone) for piece in others)


def _in_place(facts: Iterable[Cell], columns: Iterable[Column[Any]]) -> Iterator[Cell]:
    """Yield the facts of a stacked row, in which an empty one keeps its place under its title."""
    for fact, column in zip(facts, columns, strict=False):
        yield Cell("-") if column.title and not fact.text else fact


def _below(facts: Iterable[Cell], width: int) -> Iterator[str]:
    """Yield what is to be said of a row, in as few lines as can be, none of them too long."""
    line = ""
    pieces = [
        (piece, one.tone) for one in facts for piece in wrapped(one.text, width and width - 2)
    ]
    for piece, tone in pieces:
        text = last_part(piece, width - 2) if width else piece
        if line and width and cell_len(unpainted(line)) + 2 + cell_len(text) > width:
            yield line
            line = ""
        line += f"  {paint(text, tone)}"
    if line:
        yield line


def _cells(row: Sequence[Cell | str]) -> list[Cell]:
    cells = (cell if isinstance(cell, Cell) else Cell(cell) for cell in row)
    return [Cell(printable(cell.text), cell.tone) for cell in cells]


def _line(row: Sequence[Cell], columns: Sequence[Column[Any]], widths: Sequence[int]) -> str:
    pieces = []
    for cell, column, width in zip(row, columns, widths, strict=True):
        space = " " * (width - cell_len(cell.text))
        text = paint(cell.text, cell.tone) if cell.text else ""
        pieces.append(space + text if column.right else text + space)
    return "  ".join(pieces).rstrip(" ")


def grid(cells: Sequence[Cell], width: int) -> Iterator[str]:
    """Yield short names side by side, filled column by column, as a file shell shows them."""
    shown = _cells(cells)
    longest = max((cell_len(cell.text) for cell in shown), default=0)
    across = max(1, width // (longest + 2))
    down = -(-len(shown) // across)
    for i in range(down):
        row = shown[i::down]
        yield _line(row, [LEFT] * len(row), [longest] * len(row))


def json_line(record: Mapping[str, Any], *, ascii_only: bool = False) -> str:
    """Return a JSON object on one line; what could control a terminal is a JSON escape.

    So is what is not ASCII if `ascii_only`, for a stream whose encoding is not UTF-8.
    """
    line = json.dumps(record, ensure_ascii=ascii_only, default=exact)
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def tab_separated(fields: Iterable[str]) -> str:
    """Return one line without a control character other than the tabs between its fields."""
    return "\t".join(map(printable, fields))


def record_lines(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield a record as tab-separated lines: what it is about, then numbers, then names.

    What is a list in JSON has a line for each of its items, with empty fields for what is not known
    of them; else that is left out.
    """
    for name, found in record.items():
        if found is None:
            continue
        for one in found if isinstance(found, list) else [found]:
            facts = one.values() if isinstance(one, dict) else [one]
            names_last = sorted(facts, key=lambda fact: isinstance(fact, str | dict))
            yield tab_separated([name, *map(exact, names_last)])


def attributes(*names: str) -> Callable[[object], dict[str, Any]]:
    """Return what makes a record of so many attributes of an item."""
    return lambda item: {name: getattr(item, name) for name in names}


def exact(fact: Any) -> str:  # noqa: ANN401 - what JSON can hold
    """Return a value of a record as one field; what is not known is empty."""
    match fact:
        case None:
            return ""
        case bool():
            return "yes" if fact else "no"
        case datetime():
            return utc_time(fact)
        case tuple():
            return " ".join(fact)
        case dict():
            return ", ".join(f"{number} {name}" for name, number in fact.items())
        case _:
            return str(fact)
