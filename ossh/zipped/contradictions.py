"""Where an archive says two things of its members: programs that read it then disagree about them.

Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", 4.3 and 4.5.3.
"""

import io
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Sequence

from ossh.language import N_, _, n_
from ossh.store.object_file import ObjectFile

_END = struct.Struct("<4s4H2LH")
_WIDE_END = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_HEADER = struct.Struct("<4s5H3L2H")
_FIELD = struct.Struct("<2H")
_END_MARK, _WIDE_MARK, _LOCATOR_MARK = b"PK\5\6", b"PK\6\6", b"PK\6\7"
_LONGEST_COMMENT = 1 << 16  # as zipfile has it
_16, _32 = 0xFFFF, 0xFFFF_FFFF  # what is said where a number has no room
_WIDE_SIZES = 1  # the extra field that has the room
_STREAMED = 0x8  # a flag: sizes and CRC32 follow the bytes, and may be 0 before
_READ_DIFFERENTLY = 0x1 | 0x20 | 0x40 | 0x2000  # flags: encrypted, a patch, masked
_OVERLAP = N_("it overlaps with something else in the archive")


def check_end(file: ObjectFile, members: int) -> None:
    """Check that an archive has one end, which knows of as many members as its directory has.

    Raises:
        zipfile.BadZipFile: It has not.
    """
    file.seek(max(0, file.seek(0, io.SEEK_END) - _LONGEST_COMMENT - _END.size))
    data = file.read()
    places = (found.start() for found in re.finditer(_END_MARK, data))
    ends = [at for at in places if _is_last(data, at)]
    at = ends[-1] if ends and ends[-1] == len(data) - _END.size else data.rfind(_END_MARK)
    if any(other != at for other in ends):
        raise zipfile.BadZipFile(_("it has more than one end"))
    said = _END.unpack_from(data, at)[4:7]
    counted = members & _16
    if at >= _LOCATOR.size + _WIDE_END.size and data.startswith(_LOCATOR_MARK, at - _LOCATOR.size):
        wide = _WIDE_END.unpack_from(data, at - _LOCATOR.size - _WIDE_END.size)
        if wide[0] == _WIDE_MARK:
            pairs = zip(said, wide[7:], (_16, _32, _32), strict=False)
            if any(one not in {none, other} for one, other, none in pairs):
                raise zipfile.BadZipFile(_("its two ends contradict each other"))
            said, counted = wide[7:], members
    if said[0] != counted:
        text = _("its directory has {found:,} members, and its end counts {said:,}")
        raise zipfile.BadZipFile(text.format(found=members, said=said[0]))


def _is_last(data: bytes, at: int) -> bool:
    """Return whether an end and its comment are what the file ends with."""
    room = len(data) - at - _END.size
    return room >= 0 and _END.unpack_from(data, at)[7] == room


def flaws(members: Sequence[tuple[str, zipfile.ZipInfo]]) -> dict[str, str]:
    """Return why members of an archive cannot be told apart or lie over each other, by name."""
    numbers = Counter(name for name, _member in members)
    found = {name: _("a NUL is in its name") for name in numbers if "\0" in name}
    for name, number in numbers.items():
        if number > 1:
            text = n_(
                "{number:,} member has this name", "{number:,} members have this name", number
            )
            found[name] = text.format(number=number)
    before, end = "", 0
    for name, member in sorted(members, key=lambda one: one[1].header_offset):
        start = member.header_offset
        if start < end:
            found.setdefault(before, _(_OVERLAP))
            found.setdefault(name, _(_OVERLAP))
        stop = start + _HEADER.size + len(member.orig_filename) + member.compress_size  # at least
        if stop > end:
            before, end = name, stop
    return found


def check_header(file: ObjectFile, member: zipfile.ZipInfo, stop: int) -> None:
    """Check that what precedes the bytes of a member says of it what the directory says.

    Its name is left to `zipfile`, and so is a header that is none. Something else begins at `stop`.

    Raises:
        zipfile.BadZipFile: It says something else.
    """
    file.seek(member.header_offset)
    head = file.read(_HEADER.size)
    if len(head) < _HEADER.size:
        return
    _mark, _version, flags, method, _time, _date, *numbers, name, extra = _HEADER.unpack(head)
    crc, packed, size = numbers
    size, packed = _wide_sizes(file.read(name + extra)[name:], size, packed)
    facts = [
        ("CRC32", crc, member.CRC),
        (_("size"), size, member.file_size),
        (_("packed size"), packed, member.compress_size),
    ]
    facts = [one for one in facts if one[1] or not flags & _STREAMED]
    facts.append((_("method"), method, member.compress_type))
    ours, theirs = flags & _READ_DIFFERENTLY, member.flag_bits & _READ_DIFFERENTLY
    facts.append((_("flags"), ours, theirs))
    if differing := [what for what, one, other in facts if one != other]:
        text = _("its header contradicts the directory: {facts}")
        raise zipfile.BadZipFile(text.format(facts=", ".join(differing)))
    if member.header_offset + _HEADER.size + name + extra + member.compress_size > stop:
        raise zipfile.BadZipFile(_(_OVERLAP))


def _wide_sizes(extra: bytes, size: int, packed: int) -> tuple[int, int]:
    """Return sizes with those in an extra field in place of the ones that had no room."""
    while len(extra) >= _FIELD.size:
        kind, length = _FIELD.unpack_from(extra)
        stop = _FIELD.size + length
        field, extra = extra[_FIELD.size : stop], extra[stop:]
        if kind == _WIDE_SIZES and (numbers := struct.unpack_from(f"<{len(field) // 8}Q", field)):
            size = numbers[0] if size == _32 else size
            packed = numbers[:2][-1] if packed == _32 else packed
    return size, packed
