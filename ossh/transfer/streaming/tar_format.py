"""A tar as bytes: POSIX headers, with PAX records for what does not fit. Pure.

Readers take the end of the input for the end of the archive where a member could begin, and Python
since 2024 within a PAX record, too; they do not miss what should follow. So no such place is at the
end of a page: an archive that is written in whole pages, and is cut off behind one of them, is
refused. (GNU tar 1.35, bsdtar 3.7 and `tarfile` of 3.11.7 and 3.13.5 were tried with all kinds of
cuts.)

Source: POSIX.1-2017, "pax", "ustar Interchange Format".
"""

import tarfile
from functools import cache

from ossh.model import Entry
from ossh.paths import TARGET_ITSELF

BLOCK = 512  # bytes; all in a tar comes in these
END = bytes(2 * BLOCK)
"""What ends an archive."""

PAGE = 4096  # bytes that Linux writes to a pipe (PIPE_BUF) or a file all together, or not at all
_FIRST = tarfile.TarInfo.create_pax_global_header({"comment": "written by ossh"})
BEGINNING = _FIRST[:BLOCK]
"""What is written before anything is known of the members: readers miss the rest of it.

So there is no archive without members.
"""

_LONGEST_RECORDS = 6 * BLOCK  # of a key whose every byte is written as three
_RECORD = b"512 comment=written by ossh".ljust(BLOCK - 1) + b"\n"
_FILE, _FOLDER = 0o644, 0o755  # permissions
# What the plain form has room for: bytes of a name, and digits of size and time in octal.
_LONGEST_NAME, _MOST = 100, 8**11


def header(entry: Entry, at: int) -> bytes:
    """Return what precedes the bytes of an entry; b"" for the folder that all are in.

    The archive has `at` bytes so far.
    """
    if entry.path == TARGET_ITSELF:
        return b""
    before = _FIRST[at:] if at == len(BEGINNING) else b""
    body = 0 if entry.path.endswith("/") else entry.size + len(padding(entry.size))
    start, shortest, blocks = at + len(before), _shortest(entry), 0
    made = shortest
    is_plain = len(shortest) == BLOCK
    records = min(max(BLOCK, len(shortest) - 2 * BLOCK), _LONGEST_RECORDS)
    while not _is_safe(start + len(made) - BLOCK, records, body):
        blocks += 1
        made = _comment(blocks) + shortest if is_plain else _pax(entry, blocks)
    return before + made


def _is_safe(own: int, records: int, body: int) -> bool:
    """Return whether a member is refused if it is cut off at the end of a page, or behind it.

    Args:
        own: Where its own header is.
        records: Bytes before that without an end of a page: PAX records, or the header before it.
            GNU tar takes records that nothing follows for the end.
        body: Its bytes.
    """
    return own % PAGE >= records and (own + BLOCK + body) % PAGE != 0


def _shortest(entry: Entry) -> bytes:
    """Return the header of an entry."""
    modified = int(entry.last_modified.timestamp())
    is_plain = entry.path.isascii() and len(entry.path) <= _LONGEST_NAME
    is_file = not entry.path.endswith("/")
    if is_plain and is_file and 0 <= modified < _MOST and entry.size < _MOST:
        return _plain(entry.path, entry.size, modified)
    return _pax(entry)


def _pax(entry: Entry, blocks: int = 0) -> bytes:
    """Return a header with PAX records, and so many blocks more of them."""
    is_folder = entry.path.endswith("/")
    info = tarfile.TarInfo(entry.path.rstrip("/") if is_folder else entry.path)
    info.mtime, info.mode = int(entry.last_modified.timestamp()), _FOLDER if is_folder else _FILE
    if is_folder:
        info.type = tarfile.DIRTYPE
    else:
        info.size = entry.size
    return _filled(info, blocks)


def _filled(info: tarfile.TarInfo, blocks: int) -> bytes:
    """Return a header that begins with so many blocks of PAX records, which all readers ignore.

    Each is a record, so that an end of a page may be between them.
    """
    if not blocks:
        return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")
    length = blocks * BLOCK
    info.pax_headers = {"comment": "".ljust(length - len(f"{length} comment=\n"))}
    made = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")
    return made[:BLOCK] + _RECORD * blocks + made[BLOCK + length :]


@cache
def _comment(blocks: int) -> bytes:
    """Return such records for a header that needs no others."""
    return _filled(tarfile.TarInfo("comment"), blocks)[:-BLOCK]


def _plain(name: str, size: int, modified: int) -> bytes:
    """Return the header of a file as `tarfile` makes it, twenty times as fast."""
    before = f"{name:\0<100}{_FILE:07o}\0{0:07o}\0{0:07o}\0{size:011o}\0{modified:011o}\0".encode()
    after = b"0" + bytes(100) + b"ustar\x0000" + bytes(247)
    checksum = sum(before) + 8 * ord(" ") + sum(after)
    return before + f"{checksum:06o}\0 ".encode() + after


def padding(size: int) -> bytes:
    """Return what fills the last block of so many bytes."""
    return bytes(-size % BLOCK)
