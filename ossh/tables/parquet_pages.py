"""Pages of a Parquet column: how many bytes and values they unpack to, before anything does.

A page of a few kilobytes may hold a value of gigabytes, and PyArrow unpacks it whole. Pure.

Source: Apache Parquet, "File Format", parquet.thrift; Apache Thrift, "Compact protocol encoding".
"""

from collections.abc import Callable

from ossh.model import MIB, value

MOST_BYTES = 64 * MIB  # that the pages read of all columns may unpack to
_MOST_OF_PAGE = 8 * MIB  # as PyArrow holds what is in it several times
_MOST_VALUES = 1 * MIB  # of a column of lists, of which one row may have all
_MOST_OF_LISTS = 2 * MIB  # bytes in the file
_LONGEST_HEADER = 1 * MIB  # with the least and the greatest value of the page
_DICTIONARY = 2  # a type of page
_DEPTH = 8  # structures within structures

# Types of fields in a page's header, which has no others; a boolean's type is its value.
_BOOLEANS, _INTEGERS, _BINARY, _STRUCT = (1, 2), (4, 5, 6), 8, 12

_NO_PAGES = "it has no pages where its footer says"


@value
class Pages:
    """The first pages of a column, as far as they are not too large."""

    start: int  # where they lie in the file
    stop: int
    unpacked: int  # bytes
    largest: int  # bytes of the largest of them, unpacked: no value is longer
    is_enough: bool  # whether nothing that was asked for is left out because it is too large
    goes_on: bool = False  # whether more of the rows asked for may follow all the same


def first_pages(
    read: Callable[[int, int], bytes], chunk: tuple[int, int], rows: int | None, most: int
) -> Pages:
    """Return the first pages of a column, until there are enough or the next one is too much.

    Args:
        read: Returns the bytes from a place up to another.
        chunk: Where the column begins in the file, and where it ends.
        rows: How many are wanted, each with one value; None if one row may have any number of them.
        most: Bytes that they may unpack to.

    Raises:
        ValueError: They are no pages.
    """
    start, stop = chunk
    at, unpacked, largest, values = start, 0, 0, 0
    while at < stop and (at - start < _MOST_OF_LISTS if rows is None else values < rows):
        header = _Header(read(at, min(at + _LONGEST_HEADER, stop)))
        kind, size, packed, count = header.page()
        end = at + header.at + packed
        is_dictionary = kind == _DICTIONARY
        if end > stop or (is_dictionary and count > size):
            raise ValueError(_NO_PAGES)
        count = 0 if is_dictionary else count
        is_long = rows is None and values + count > _MOST_VALUES
        if unpacked + size > most or size > _MOST_OF_PAGE or is_long:
            is_enough = rows is None and values > 0
            return Pages(start, at, unpacked, largest, is_enough=is_enough, goes_on=is_enough)
        unpacked, largest, at = unpacked + size, max(largest, size), end
        values += count
    goes_on = rows is None and at < stop
    return Pages(start, at, unpacked, largest, is_enough=True, goes_on=goes_on)


class _Header:
    """A page's header; `at` is where it ends."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def page(self) -> tuple[int, int, int, int]:
        """Return its type, bytes when unpacked, bytes in the file, and number of values."""
        try:
            fields = self._struct(0)
            about = next((fields[one] for one in (5, 7, 8) if one in fields), {})
            count = about.get(1, 0) if isinstance(about, dict) else -1
            found = (fields[1], fields[2], fields[3], count)
        except (IndexError, KeyError):
            raise ValueError(_NO_PAGES) from None
        numbers = [one for one in found if isinstance(one, int) and one >= 0]
        if len(numbers) < len(found):
            raise ValueError(_NO_PAGES)
        return numbers[0], numbers[1], numbers[2], numbers[3]

    def _struct(self, depth: int) -> "dict[int, object]":
        if depth > _DEPTH:
            raise ValueError(_NO_PAGES)
        fields: dict[int, object] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            fields[number] = self._value(head & 15, depth)
        return fields

    def _value(self, kind: int, depth: int) -> object:
        if kind in _INTEGERS:
            return self._integer()
        if kind == _STRUCT:
            return self._struct(depth + 1)
        if kind == _BINARY:
            length = self._varint()
            self.at += length
            if self.at > len(self._data):
                raise IndexError
        elif kind not in _BOOLEANS:
            raise ValueError(_NO_PAGES)
        return None

    def _byte(self) -> int:
        self.at += 1
        return self._data[self.at - 1]

    def _varint(self) -> int:
        found = shift = 0
        while (byte := self._byte()) & 0x80:
            found |= (byte & 0x7F) << shift
            shift += 7
            if shift > 63:  # noqa: PLR2004 - bits
                raise ValueError(_NO_PAGES)
        return found | byte << shift

    def _integer(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)
