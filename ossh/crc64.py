"""The CRC64 that OSS has for an object, from those of its parts. Pure."""

from collections.abc import Sequence

from ossh.model import Part


def combined(parts: Sequence[Part]) -> int:
    """Return the CRC64 of the bytes of all parts, which must be in order and without gaps."""
    import anycrc  # noqa: PLC0415 - slow to import

    # that of `x-oss-hash-crc64ecma`: ECMA-182, reflected, all ones in and out; CRC-64/XZ by name
    model = anycrc.Model("CRC64-XZ")
    crc = 0
    for part in parts:
        crc = int(model.combine(crc, part.crc64, part.length))
    return crc
