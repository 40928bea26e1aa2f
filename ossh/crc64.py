"""The CRC64 that OSS has for an object, from those of its parts. Pure."""

from collections.abc import Sequence

import anycrc

from ossh.model import Part

# The CRC of `x-oss-hash-crc64ecma`: ECMA-182, reflected, all ones in and out; CRC-64/XZ by name.
_CRC = anycrc.Model("CRC64-XZ")


def combined(parts: Sequence[Part]) -> int:
    """Return the CRC64 of the bytes of all parts, which must be in order and without gaps."""
    crc = 0
    for part in parts:
        crc = int(_CRC.combine(crc, part.crc64, part.length))
    return crc
