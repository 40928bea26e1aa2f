"""Members packed with bzip2 or LZMA, unpacked a block at a time.

`zipfile` unpacks all that it has read of them at once, which can be gigabytes of a few kilobytes.
"""

import copy
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from ossh.language import _

METHODS = frozenset({zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_LZMA_HEADER = struct.Struct("<HHBI")  # version, size of what follows: lc, lp and pb, dictionary


def as_packed(member: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Return a member under which an archive gives the bytes as they are packed."""
    packed = copy.copy(member)
    packed.compress_type, packed.file_size = zipfile.ZIP_STORED, member.compress_size
    packed.CRC = None  # type: ignore[assignment] # what zipfile calls not knowing it
    return packed


def unpacked(file: IO[bytes], member: zipfile.ZipInfo, block_size: int) -> Iterator[bytes]:
    """Yield the bytes of a member, which may be too few; an error follows if their CRC32 is wrong.

    The file has them packed. No more bytes than a block are read, or yielded, at once.

    Raises:
        zipfile.BadZipFile, OSError, EOFError: It is damaged.
        NotImplementedError: This Python cannot unpack it.
    """
    try:
        import bz2  # noqa: PLC0415 - a Python may have been built without them
        import lzma  # noqa: PLC0415
    except ImportError as error:
        raise NotImplementedError from error
    left, crc = member.file_size, 0
    try:
        decompressor: bz2.BZ2Decompressor | lzma.LZMADecompressor = bz2.BZ2Decompressor()
        if member.compress_type == zipfile.ZIP_LZMA and member.file_size:
            raw = {"id": lzma.FILTER_LZMA1, **_properties(file, member)}
            decompressor = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[raw])
        while left and not decompressor.eof:
            packed = file.read(block_size) if decompressor.needs_input else b""
            block = decompressor.decompress(packed, min(left, block_size))
            if not (block or packed) and decompressor.needs_input:
                break
            left -= len(block)
            crc = zlib.crc32(block, crc)
            yield block
    except lzma.LZMAError as error:
        raise zipfile.BadZipFile(str(error)) from error
    if not left and crc != member.CRC:
        raise zipfile.BadZipFile(_("its CRC32 is wrong"))


def _properties(file: IO[bytes], member: zipfile.ZipInfo) -> dict[str, int]:
    """Read what comes first of a member packed with LZMA: how the rest is packed."""
    head = file.read(_LZMA_HEADER.size)
    if len(head) < _LZMA_HEADER.size:
        raise EOFError
    _version, _size, packed, dictionary = _LZMA_HEADER.unpack(head)
    rest, lc = divmod(packed, 9)
    pb, lp = divmod(rest, 5)
    room = max(4096, min(dictionary, member.file_size))  # it may say 4 GiB
    return {"dict_size": room, "lc": lc, "lp": lp, "pb": pb}
