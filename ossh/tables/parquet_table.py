"""Parquet: what a file's footer says, and its first rows, in few requests.

Source: Apache Parquet, "File Format"; PyArrow, "Reading and Writing the Apache Parquet Format".
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from ossh.errors import UsageError
from ossh.language import _
from ossh.model import KIB, MIB
from ossh.store.object_file import ObjectFile
from ossh.tables.parquet_pages import MOST_BYTES, Pages, first_pages
from ossh.tables.text_table import Table

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

_SPAN: Final = 8 * MIB  # bytes in which all columns shown may lie, to be read in one request
_APART: Final = 4  # columns that are read where they lie further apart, one request for each
_CHUNK: Final = 2 * MIB  # bytes read of each of them: a page, and a dictionary before it
_ROWS: Final = 1024  # at once, if they cannot be long
_AT_ONCE: Final = 8 * MIB  # bytes that rows can have
_LONGEST_TEXT: Final = 1 * MIB  # characters of a value
_MORE: Final = "…"
_TAIL: Final = 8  # bytes of the length of the footer, and of a mark
_MOST_FOOTER: Final = 16 * MIB


def is_parquet(key: str) -> bool:
    return key.lower().endswith(".parquet")


class ParquetObject:
    """A Parquet file in a bucket.

    Args:
        read_range: Returns the bytes from a start up to a stop; two calls at most read the footer.
        size: In bytes.
        name: For messages.

    Raises:
        UsageError: It is no Parquet file, or PyArrow is not installed.
        StoreError: It cannot be read.
    """

    def __init__(self, read_range: Callable[[int, int], bytes], size: int, name: str = "") -> None:
        self._file = _Walled(read_range, size, name)
        self._parquet = _opened(self._file)
        with _readable(name):
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
            pages = self._pages(columns, number)
            in_group = self._parquet.metadata.row_group(0).num_rows
            return self._table(columns, pages, min(number, in_group))

    def _pages(self, columns: Sequence[str], rows: int) -> dict[str, list[Pages]]:
        """Return what of columns can be read without unpacking too much; none of the others."""
        schema, left = self._parquet.schema, MOST_BYTES
        found: dict[str, list[Pages]] = {}
        for name, chunks in self._chunks(columns).items():
            pages: list[Pages] = []
            for number, begin, end in chunks:
                most = left - sum(one.unpacked for one in pages)
                has_lists = schema.column(number).max_repetition_level > 0
                wanted = None if has_lists else rows
                pages.append(first_pages(self._bytes, (begin, end), wanted, most))
            if all(one.is_enough for one in pages):
                found[name] = pages
                left -= sum(one.unpacked for one in pages)
        return found

    def _table(self, columns: Sequence[str], pages: Mapping[str, list[Pages]], most: int) -> Table:
        """Return the first rows, of whose columns nothing but some pages is read."""
        cut = {name for name in columns if name not in pages}
        rows: list[tuple[str, ...]] = []
        size = 0
        for cells in islice(self._cells(pages), most):
            cut |= {name for name, text in cells.items() if len(text) > _LONGEST_TEXT}
            rows.append(tuple(_shortened(cells.get(name, _MORE)) for name in columns))
            size += sum(map(len, rows[-1]))
            if size > MOST_BYTES:
                cut |= set(columns)
                break
        else:
            if pages and len(rows) < most:  # the pages of lists were not enough
                cut |= set(columns)
            elif not pages:
                rows = [(_MORE,) * len(columns)] * most
        return Table(tuple(columns), tuple(rows), tuple(one for one in columns if one in cut))

    def _cells(self, pages: Mapping[str, list[Pages]]) -> Iterator[dict[str, str]]:
        """Yield rows of the columns of which some pages may be read, as far as these reach."""
        known = [page for of_column in pages.values() for page in of_column]
        at_once = max(1, min(_ROWS, _AT_ONCE // max(1, *(page.largest for page in known), 1)))
        self._file.opened = known
        try:
            for batch in self._parquet.iter_batches(
                at_once, row_groups=[0], columns=list(pages), use_threads=False
            ):
                if self._file.was_walled:  # its last row may not be whole
                    return
                of_name = dict(zip(batch.schema.names, batch.columns, strict=True))
                for row in range(len(batch)):
                    yield {name: _text(of_name[name][row]) for name in pages}
        except (OSError, ValueError):
            if not self._file.was_walled:
                raise
        finally:
            self._file.opened = None

    def _read_ahead(self, wanted: Sequence[str]) -> Sequence[str]:
        """Have the beginning of columns in the file's memory; return which."""
        chunks = self._chunks(wanted)
        start = min(begin for begins in chunks.values() for _number, begin, _end in begins)
        stop = max(end for begins in chunks.values() for _number, _begin, end in begins)
        if stop - start <= _SPAN:
            self._bytes(start, stop)  # into the memory of the file
            return wanted
        few = list(wanted)[:_APART]
        for name in few:
            for _number, begin, end in chunks[name][:1]:
                self._bytes(begin, min(end, begin + _CHUNK))
        return few

    def _chunks(self, wanted: Sequence[str]) -> dict[str, list[tuple[int, int, int]]]:
        """Return the number of each part of columns, and where it lies, in the first row group."""
        group = self._parquet.metadata.row_group(0)
        chunks: dict[str, list[tuple[int, int, int]]] = {name: [] for name in wanted}
        for number in range(group.num_columns):
            chunk = group.column(number)
            name = chunk.path_in_schema.partition(".")[0]
            if name in chunks:
                begin = chunk.dictionary_page_offset or chunk.data_page_offset
                chunks[name].append((number, begin, begin + chunk.total_compressed_size))
        return chunks

    def _bytes(self, start: int, stop: int) -> bytes:
        self._file.seek(start)
        return self._file.read(stop - start)


class _Walled(ObjectFile):
    """A file of which at times only some ranges can be read, as if nothing were behind them."""

    opened: Sequence[Pages] | None = None  # None: all
    was_walled = False  # whether more was wanted that is there

    def read(self, size: int | None = -1, /) -> bytes:
        at = self.tell()
        wanted = self.size - at if size is None or size < 0 else size
        if self.opened is not None:
            self.was_walled |= any(one.goes_on and one.stop == at for one in self.opened)
            here = (one.stop - at for one in self.opened if one.start <= at < one.stop)
            wanted = min(wanted, max(here, default=0))
        return super().read(wanted)


def _opened(file: _Walled) -> "ParquetFile":
    try:
        from pyarrow import parquet  # noqa: PLC0415 - it takes a quarter of a second
    except ModuleNotFoundError as error:
        problem = _("reading Parquet needs PyArrow, which is not installed")
        if getattr(sys, "frozen", False):
            problem = _("reading Parquet needs PyArrow, which this executable does not include")
        hint = _("install ossh with its extra '{extra}', which brings {package}")
        raise UsageError(problem, hint=hint.format(extra="data", package="pyarrow")) from error
    with _readable(file.name):
        file.seek(max(0, file.size - _TAIL))
        if int.from_bytes(file.read(_TAIL)[:4], "little") > _MOST_FOOTER:  # it would fill memory
            raise ValueError(_("its footer is too large"))
        return parquet.ParquetFile(file, buffer_size=64 * KIB, pre_buffer=False)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + _MORE


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Say that a file is damaged; PyArrow does so in many ways."""
    from pyarrow import ArrowException  # noqa: PLC0415 - it takes a quarter of a second

    try:
        yield
    except (ArrowException, OSError, ValueError, LookupError) as error:
        line = " ".join(str(error).split()).rstrip(".")
        raise UsageError(
            _("'{name}' is not a readable Parquet file: {reason}").format(name=name, reason=line),
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
