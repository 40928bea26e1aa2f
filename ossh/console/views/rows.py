"""Rows of a file in a bucket on a terminal: as many of its columns as fit. Pure."""

from collections.abc import Mapping, Sequence

from ossh.console.views.table import Cell, Column, table
from ossh.console.views.text import Tone, cell_len, count, first_part, wrapped
from ossh.printable import printable
from ossh.tables import ParquetObject, Table

_WIDEST = 32  # columns of the terminal that a cell takes
_BETWEEN = 2  # as `table` leaves between columns
_NUMBER = frozenset("0123456789+-.eE")


def row_lines(shown: Table, width: int, types: Mapping[str, str]) -> list[str]:
    """Return a table of the first columns of some rows, and which columns are left out.

    The types are those of all columns of the file, by name; none where it does not say them.
    """
    rows = [[_cut(text) for text in row] for row in shown.rows]
    titles = [_cut(name) for name in shown.columns]
    kinds = [[_cut(types.get(name, "")) for name in shown.columns]] if types else []
    number = _fitting([titles, *kinds, *rows], width)
    columns = [Column("", right=_are_numbers([row[i] for row in rows])) for i in range(number)]
    cells: list[Sequence[Cell | str]] = [
        [Cell(title, Tone.TITLE) for title in titles[:number]],
        *([Cell(kind, Tone.DIM) for kind in row[:number]] for row in kinds),
        *(row[:number] for row in rows),
    ]
    lines = list(table(columns, cells))
    left = [name for name in types or shown.columns if name not in shown.columns[:number]]
    if left:
        names = ", ".join(f"{name} {types[name]}" if types else name for name in left)
        text = count(len(left), "more column")
        lines += wrapped(f"{text}: {printable(names)}", width, later="  ")
    return lines


def parquet_facts(parquet: ParquetObject) -> str:
    """Return what a Parquet file has, as a sentence."""
    rows, groups = count(parquet.rows, "row"), count(parquet.row_groups, "row group")
    return ", ".join([rows, count(len(parquet.columns), "column"), groups])


def columns_that_fit(names: Sequence[str], width: int) -> int:
    """Return how many columns fit at most, judged by their names alone."""
    return _fitting([[_cut(name) for name in names]], width)


def _fitting(rows: Sequence[Sequence[str]], width: int) -> int:
    """Return how many columns of rows fit a terminal, at least one."""
    used = -_BETWEEN
    for number, cells in enumerate(zip(*rows, strict=True)):
        used += _BETWEEN + max(map(cell_len, cells))
        if used > width:
            return max(1, number)
    return len(rows[0])


def _cut(text: str) -> str:
    text = printable(text)
    return first_part(text, _WIDEST)


def _are_numbers(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(_NUMBER.issuperset(cell) for cell in filled)
