"""Members of a tar as bytes: POSIX headers, with PAX records for what does not fit. Pure.

Source: POSIX.1-2017, "pax", "ustar Interchange Format".
"""

import tarfile

from ossh.model import Entry
from ossh.paths import TARGET_ITSELF

BLOCK = 512  # bytes; all in a tar comes in these
END = bytes(2 * BLOCK)
"""What ends an archive."""


def _torn() -> bytes:
    info = tarfile.TarInfo("incomplete")
    info.type, info.size = tarfile.XHDTYPE, BLOCK
    return info.tobuf(tarfile.USTAR_FORMAT)


TORN = _torn()
"""What makes readers complain of an archive that ends behind a member: a header without its body.

That END is missing there they take for no error.
"""

_FILE, _FOLDER = 0o644, 0o755  # permissions
# What the plain form has room for: bytes of a name, and digits of size and time in octal.
_LONGEST_NAME, _MOST = 100, 8**11


def header(entry: Entry) -> bytes:
    """Return what precedes the bytes of an entry; b"" for the folder that all are in."""
    if entry.path == TARGET_ITSELF:
        return b""
    modified = int(entry.last_modified.timestamp())
    is_folder = entry.path.endswith("/")
    is_plain = entry.path.isascii() and len(entry.path) <= _LONGEST_NAME
    if is_plain and not is_folder and 0 <= modified < _MOST and entry.size < _MOST:
        return _plain(entry.path, entry.size, modified)
    info = tarfile.TarInfo(entry.path.rstrip("/") if is_folder else entry.path)
    info.mtime, info.mode = modified, _FOLDER if is_folder else _FILE
    if is_folder:
        info.type = tarfile.DIRTYPE
    else:
        info.size = entry.size
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


def _plain(name: str, size: int, modified: int) -> bytes:
    """Return the header of a file as `tarfile` makes it, twenty times as fast."""
    before = f"{name:\0<100}{_FILE:07o}\0{0:07o}\0{0:07o}\0{size:011o}\0{modified:011o}\0".encode()
    after = b"0" + bytes(100) + b"ustar\x0000" + bytes(247)
    checksum = sum(before) + 8 * ord(" ") + sum(after)
    return before + f"{checksum:06o}\0 ".encode() + after


def padding(size: int) -> bytes:
    """Return what fills the last block of so many bytes."""
    return bytes(-size % BLOCK)
