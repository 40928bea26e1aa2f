"""What `head` and `cat` show of an object's bytes, as they come, and of its rows. Pure.

Bytes are passed on as they come, never more than a block of them is held, so that an object may be
of any size and a gzip of a few bytes may unpack to gigabytes.
"""

import codecs
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from ossh.console.views.table import Cell, Column, table
from ossh.console.views.text import Tone, cell_len, count, first_part, wrapped
from ossh.errors import OsshError
from ossh.language import _
from ossh.printable import printable
from ossh.tables import ParquetObject, Table

_GZIP = b"\x1f\x8b\x08"
_WITH_GZIP_HEADER = 16 + zlib.MAX_WBITS
_BLOCK = 256 * 1024  # bytes unpacked at once
_LONGEST_LINE = 64 * 1024  # characters; a longer line of text is broken on the screen


class Bounded:
    """Blocks up to a number of bytes, and no more than that needs."""

    def __init__(self, blocks: Iterable[bytes], most: int) -> None:
        self._blocks, self._left, self._rest = iter(blocks), most, b""

    def __iter__(self) -> Iterator[bytes]:
        while self._left and (block := next(self._blocks, None)) is not None:
            shown, self._rest = block[: self._left], block[self._left :]
            self._left -= len(shown)
            yield shown

    @property
    def was_cut(self) -> bool:
        """Return whether there were more, which may take another block."""
        return not self._left and any(chain([self._rest], self._blocks))


def first_lines(blocks: Iterable[bytes], number: int) -> Iterator[bytes]:
    """Yield blocks up to the end of a number of lines, and take no more than that needs."""
    for block in blocks:
        *lines, rest = block.split(b"\n", number)
        number -= len(lines)
        if not number:
            yield block[: len(block) - len(rest)]
            return
        yield block


def unpacked(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what gzip data holds; other data as they are.

    Raises:
        OsshError: The data are damaged, or end too early.
    """
    head, blocks = peeked(blocks)
    if not is_gzip(head):
        yield from blocks
        return
    member, has_begun = zlib.decompressobj(_WITH_GZIP_HEADER), False
    try:
        for block in blocks:
            data = block
            while data := data if has_begun else data.lstrip(b"\0"):  # between members is padding
                piece = member.decompress(data, _BLOCK)
                while piece:
                    yield piece
                    piece = member.decompress(member.unconsumed_tail, _BLOCK)
                data, has_begun = member.unused_data, not member.eof
                if member.eof:
                    member = zlib.decompressobj(_WITH_GZIP_HEADER)
    except zlib.error as error:
        raise _damaged(_("the gzip data is damaged")) from error
    if has_begun:
        raise _damaged(_("the gzip data ends too early"))


def _damaged(what: str) -> OsshError:
    return OsshError(what, hint=_("--binary shows the bytes as they are stored"))


def peeked(blocks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the first block, b"" when there is none, and all blocks with it in front."""
    remaining = iter(blocks)
    first = next(remaining, b"")
    return first, chain([first], remaining)


def is_gzip(first: bytes) -> bool:
    return first.startswith(_GZIP)


def is_text(block: bytes) -> bool:
    """Return whether data with this beginning are text: UTF-8 without zero bytes."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(block)
    except UnicodeDecodeError:
        return False
    return b"\0" not in block


def screen_lines(blocks: Iterable[bytes], longest: int = 0) -> Iterator[str]:
    """Yield the lines of a text, with everything escaped that could control a terminal.

    At most `longest` characters of a line are shown, and "…" for the rest; 0 shows all of them.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    begun = ""
    for block in chain(blocks, [b""]):
        *lines, begun = (begun + decoder.decode(block, final=not block)).split("\n")
        yield from (_shown(line, longest) for line in lines)
        if longest:
            begun = begun[: longest + 2]  # enough to tell that it is longer, with its "\r"
        while len(begun) > _LONGEST_LINE:
            yield _shown(begun[:_LONGEST_LINE])
            begun = begun[_LONGEST_LINE:]
    if begun:
        yield _shown(begun, longest)


def _shown(line: str, longest: int = 0) -> str:
    line = line.removesuffix("\r")
    if longest and len(line) > longest:
        line = f"{line[:longest]}…"
    return "\t".join(map(printable, line.split("\t")))


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
    number = columns_that_fit([titles, *kinds, *rows], width)
    columns = [Column[str]("", right=_are_numbers([row[i] for row in rows])) for i in range(number)]
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
    rows, groups = count(parquet.rows, "row"), count(parquet.row_groups, "row group")
    return ", ".join([rows, count(len(parquet.columns), "column"), groups])


def columns_that_fit(rows: Sequence[Sequence[str]], width: int) -> int:
    """Return how many columns of rows fit a terminal, at least one."""
    used = -_BETWEEN
    for number, cells in enumerate(zip(*rows, strict=True)):
        used += _BETWEEN + max(cell_len(_cut(cell)) for cell in cells)
        if used > width:
            return max(1, number)
    return len(rows[0])


def _cut(text: str) -> str:
    return first_part(printable(text), _WIDEST)


def _are_numbers(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(_NUMBER.issuperset(cell) for cell in filled)
