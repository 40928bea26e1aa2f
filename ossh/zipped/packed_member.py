"""Members packed with bzip2 or LZMA, unpacked a block at a time.

`zipfile` unpacks all that it has read of them at once, which can be gigabytes of a few kilobytes.
"""

import copy
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from ossh.language import _

if TYPE_CHECKING:  # a Python may have been built without them
    from bz2 import BZ2Decompressor
    from lzma import LZMADecompressor

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
        import bz2  # noqa: F401, PLC0415 - see above
        import lzma  # noqa: PLC0415
    except ImportError as error:
        raise NotImplementedError from error
    left, crc = member.file_size, 0
    try:
        decompressor = _decompressor(file, member)
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


def _decompressor(file: IO[bytes], member: zipfile.ZipInfo) -> "BZ2Decompressor | LZMADecompressor":
    """Return what unpacks a member; of LZMA the properties, which come first, are read."""
    import bz2  # noqa: PLC0415 - see above
    import lzma  # noqa: PLC0415

    if member.compress_type == zipfile.ZIP_BZIP2 or not member.file_size:
        return bz2.BZ2Decompressor()
    head = file.read(_LZMA_HEADER.size)
    if len(head) < _LZMA_HEADER.size:
        raise EOFError
    _version, _size, packed, dictionary = _LZMA_HEADER.unpack(head)
    rest, lc = divmod(packed, 9)
    pb, lp = divmod(rest, 5)
    room = max(4096, min(dictionary, member.file_size))  # it may say 4 GiB
    properties = {"id": lzma.FILTER_LZMA1, "dict_size": room, "lc": lc, "lp": lp, "pb": pb}
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[properties])
