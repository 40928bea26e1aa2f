"""Parquet: what a file's footer says, and its first rows, in few requests.

Source: Apache Parquet, "File Format"; PyArrow, "Reading and Writing the Apache Parquet Format".
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from ossh.errors import UsageError
from ossh.language import _
from ossh.model import KIB, MIB
from ossh.store.object_file import ObjectFile
from ossh.tables.table import Table

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

_SPAN: Final = 8 * MIB  # bytes in which all columns shown may lie, to be read in one request
_APART: Final = 4  # columns that are read where they lie further apart, one request for each
_CHUNK: Final = 2 * MIB  # bytes read of each of them: a page, and a dictionary before it


def is_parquet(key: str) -> bool:
    """Tell whether an object's name ends as those of such files do."""
    return key.lower().endswith(".parquet")


class ParquetObject:
    """A Parquet file in a bucket.

    Args:
        file: Its bytes; two requests at most read the footer.

    Raises:
        UsageError: It is no Parquet file, or PyArrow is not installed.
        StoreError: It cannot be read.
    """

    def __init__(self, file: ObjectFile) -> None:
        self._file = file
        self._parquet = _opened(file)
        with _readable(file.name):
            schema = self._parquet.schema_arrow
            self.columns = {one.name: str(one.type) for one in schema}  # name to type
        metadata = self._parquet.metadata
        self.rows: int = metadata.num_rows
        self.row_groups: int = metadata.num_row_groups

    def first_rows(self, number: int, wanted: Sequence[str]) -> Table:
        """Return the first rows of columns; of the first few if they are large and far apart.

        Raises:
            UsageError: The file is damaged.
            StoreError: It cannot be read.
        """
        if not self.row_groups or not wanted:
            return Table(tuple(wanted), ())
        with _readable(self._file.name):
            columns = self._read_ahead(wanted)
            batches = self._parquet.iter_batches(number, row_groups=[0], columns=list(columns))
            first = next(batches, None)
            if first is None:
                return Table(tuple(columns), ())
            of_name = dict(zip(first.schema.names, first.slice(0, number).columns, strict=True))
            cells = [[_text(cell) for cell in of_name[name]] for name in columns]
        return Table(tuple(columns), tuple(zip(*cells, strict=True)))

    def _read_ahead(self, wanted: Sequence[str]) -> Sequence[str]:
        """Have the beginning of columns in the file's memory; return which."""
        chunks = self._chunks(wanted)
        start = min(begin for begins in chunks.values() for begin, _end in begins)
        stop = max(end for begins in chunks.values() for _begin, end in begins)
        if stop - start <= _SPAN:
            self._touch(start, stop)
            return wanted
        few = list(wanted)[:_APART]
        for name in few:
            for begin, end in chunks[name][:1]:
                self._touch(begin, min(end, begin + _CHUNK))
        return few

    def _chunks(self, wanted: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
        """Return where the parts of columns lie in the first row group, by column."""
        group = self._parquet.metadata.row_group(0)
        chunks: dict[str, list[tuple[int, int]]] = {name: [] for name in wanted}
        for number in range(group.num_columns):
            chunk = group.column(number)
            name = chunk.path_in_schema.partition(".")[0]
            if name in chunks:
                begin = chunk.dictionary_page_offset or chunk.data_page_offset
                chunks[name].append((begin, begin + chunk.total_compressed_size))
        return chunks

    def _touch(self, start: int, stop: int) -> None:
        self._file.seek(start)
        self._file.read(stop - start)


def _opened(file: ObjectFile) -> "ParquetFile":
    try:
        from pyarrow import parquet  # noqa: PLC0415 - it takes a quarter of a second
    except ModuleNotFoundError as error:
        problem = _("reading Parquet needs PyArrow, which is not installed")
        if getattr(sys, "frozen", False):
            problem = _("reading Parquet needs PyArrow, which this executable does not include")
        raise UsageError(problem, hint="pip install 'ossh[data]'") from error
    with _readable(file.name):
        return parquet.ParquetFile(file, buffer_size=64 * KIB, pre_buffer=False)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Say that a file is damaged; PyArrow does so in many ways."""
    from pyarrow import ArrowException  # noqa: PLC0415 - it takes a quarter of a second

    try:
        yield
    except (ArrowException, OSError, ValueError, LookupError) as error:
        line = " ".join(str(error).split()).rstrip(".")
        raise UsageError(
            _("'{name}' is no readable Parquet file: {reason}").format(name=name, reason=line),
            hint=_("--binary shows the bytes as they are stored"),
        ) from error


def _text(cell: Any) -> str:  # noqa: ANN401 - a scalar of PyArrow
    """Return a value as text; what Python has no value for, as PyArrow writes it."""
    try:
        value = cell.as_py()
    except (ValueError, OverflowError):  # nanoseconds without pandas, the year 300,000, no UTF-8
        try:
            value = cell.cast("string").as_py()
        except (ValueError, NotImplementedError):
            value = "?"
    return "" if value is None else str(value)
