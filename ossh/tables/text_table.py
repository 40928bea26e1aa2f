"""Some rows of a table; of CSV, TSV and JSON lines the first ones. Pure."""

import csv
import io
import json

from ossh.model import value

_JSON_LINES = (".jsonl", ".ndjson")
_SEPARATED = (".csv", ".tsv")
_MOST_CELLS = 1_000_000  # rows times columns; more are no table that a person reads
_DELIMITERS = ",;\t|"


@value
class Table:
    """Rows as text; each has a cell for each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    cut: tuple[str, ...] = ()  # columns of which not all is here, as it is too large


def is_text_table(key: str) -> bool:
    return _name(key).endswith((*_SEPARATED, *_JSON_LINES))


def text_table(key: str, begin: bytes, most: int) -> Table | None:
    """Return the rows at the beginning of a file; None if they are not what its name says.

    Args:
        key: Its name, which says of what kind it is.
        begin: Some whole lines, unpacked.
        most: How many rows to return.
    """
    try:
        text = begin.decode("utf-8-sig")
        if _name(key).endswith(_JSON_LINES):
            lines = [line for line in text.split("\n") if line.strip()]
            return _of_records([json.loads(line) for line in lines[:most]])
        return _of_lines(_name(key), text)
    except (ValueError, csv.Error, RecursionError):
        return None


def _name(key: str) -> str:
    return key.lower().removesuffix(".gz")


def _of_lines(name: str, text: str) -> Table | None:
    first = text.partition("\n")[0]
    delimiter = "\t" if name.endswith(".tsv") else max(_DELIMITERS, key=first.count)
    rows, width = list[list[str]](), 0
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        if row:
            rows.append(row)
            width = max(width, len(row))
        if len(rows) * width > _MOST_CELLS:
            return None
    if not rows:
        return None
    titles, *others = ((*row, *[""] * (width - len(row))) for row in rows)
    return Table(titles, tuple(others))


def _of_records(records: list[object]) -> Table | None:
    """Return records as rows: a column for each name, in the order in which names appear."""
    if not records:
        return None
    rows = [one if isinstance(one, dict) else {"": one} for one in records]
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    if len(rows) * len(columns) > _MOST_CELLS:
        return None
    cells = (tuple(_text(row.get(name)) for name in columns) for row in rows)
    return Table(columns, tuple(cells))


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
