"""Which ranges of an object are still missing, and how the checksums of its parts combine."""

from collections.abc import Iterator, Sequence

import anycrc

from ossh.model import ByteRange, Part

# The CRC of `x-oss-hash-crc64ecma`: ECMA-182, reflected, all ones in and out; CRC-64/XZ by name.
_CRC = anycrc.Model("CRC64-XZ")


def missing(size: int, parts: Sequence[Part], part_size: int) -> Iterator[ByteRange]:
    """Yield the ranges that no part covers, in order, each at most `part_size` bytes.

    Args:
        size: Object length in bytes; 0 gives no range.
        parts: Finished parts in order of `start`, without overlap.
        part_size: At least 1.
    """
    position = 0
    for part in parts:
        yield from _split(position, part.start, part_size)
        position = part.stop
    yield from _split(position, size, part_size)


def _split(start: int, stop: int, part_size: int) -> Iterator[ByteRange]:
    for at in range(start, stop, part_size):
        yield ByteRange(at, min(at + part_size, stop))


def usable(size: int, parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return the parts that may be kept, in order: inside the object and without overlap."""
    if not parts:
        return ()
    kept: list[Part] = []
    for part in sorted(parts, key=lambda part: part.start):
        position = kept[-1].stop if kept else 0
        if position <= part.start < part.stop <= size:
            kept.append(part)
    return tuple(kept)


def is_whole(size: int, parts: Sequence[Part]) -> bool:
    """Return whether the parts, in order and without overlap, cover the object."""
    return sum(part.length for part in parts) == size


def combined(parts: Sequence[Part]) -> int:
    """Return the CRC64 of the bytes of all parts, which must be in order and without gaps."""
    crc = 0
    for part in parts:
        crc = int(_CRC.combine(crc, part.crc64, part.length))
    return crc
