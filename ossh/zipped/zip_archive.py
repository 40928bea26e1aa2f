"""A ZIP archive in a bucket: its directory, and the bytes of its members, fetched by ranges.

Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification".
"""

import zipfile
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter

from ossh.errors import OsshError, UsageError
from ossh.language import _
from ossh.model import MIB, ObjectInfo
from ossh.printable import printable
from ossh.store.list_page import ListPage
from ossh.store.listing import MAX_KEYS, PageQuery
from ossh.store.object_file import ObjectFile
from ossh.zipped import MEMBER, UNREADABLE, contradictions, packed_member

_BLOCK = 256 * 1024
MAX_MEMBERS = 80_000  # that are looked into: with their names they take 64 MiB of memory
_MAX_DIRECTORY = 16 * MIB  # bytes of it, which are held twice while it is read
_ENTRY, _ENTRY_MARK = 46, b"PK\1\2"  # of a member in a directory: its bytes, at least, and a mark
_UTF8, _ENCRYPTED = 0x800, 0x1  # bits of a member's flags
_OLDEST = datetime(1980, 1, 1, tzinfo=UTC)
_BY_NAME = itemgetter(0)  # of a member with its name


class _Archived(ObjectFile):
    """An archive's bytes, of which no more than fit into memory are read at once.

    Nothing but a directory is read in such pieces.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        count = self.size - self.tell() if size is None or size < 0 else size
        is_too_long = count > _MAX_DIRECTORY
        data = b"" if is_too_long else super().read(size)
        is_large = len(data) > _ENTRY * MAX_MEMBERS
        if is_too_long or (is_large and data.count(_ENTRY_MARK) > MAX_MEMBERS):
            text = _("'{name}' has more members than ossh reads ({most:,}), or very long names")
            raise UsageError(
                text.format(name=printable(self.name), most=MAX_MEMBERS),
                hint=_("'get' the archive and unpack it with another program"),
            )
        return data


class ZipArchive:
    """An archive of one version of an object, whose bytes are read from a start up to a stop.

    Raises:
        UsageError: It is no archive, a damaged one, or one with too many members.
    """

    def __init__(self, info: ObjectInfo, read_range: Callable[[int, int], bytes]) -> None:
        self.info = info
        self._file = _Archived(read_range, info.size, info.key)
        with self._explained():
            self._archive = zipfile.ZipFile(self._file)
            members = [(_name(one), one) for one in self._archive.infolist()]
            contradictions.check_end(self._file, len(members))
        self._starts = sorted(one.header_offset for _name, one in members)
        self._flaws = contradictions.flaws(members)
        self._members = sorted(members, key=_BY_NAME)

    def page(self, asked: PageQuery) -> ListPage:
        """Return members as one page of a listing; keys begin with that of the archive.

        Those who ask for fewer than usual want no more.
        """
        root = f"{self.info.key}/"
        start = asked.prefix[len(root) :]
        most = MAX_MEMBERS if asked.max_keys == MAX_KEYS else asked.max_keys
        objects, prefixes = list[ObjectInfo](), dict[str, None]()
        for at in range(bisect_left(self._members, start, key=_BY_NAME), len(self._members)):
            name = self._members[at][0]
            if not name.startswith(start) or len(objects) + len(prefixes) == most:
                break
            cut = name.find(asked.delimiter, len(start)) if asked.delimiter else -1
            if cut >= 0:
                prefixes[f"{root}{name[: cut + 1]}"] = None
            else:
                objects.append(self._info(at))
        return ListPage(tuple(objects), tuple(prefixes), "")

    def _info(self, at: int) -> ObjectInfo:
        name, member = self._members[at]
        try:
            modified = datetime(*member.date_time, tzinfo=UTC)
        except ValueError:
            modified = _OLDEST
        return ObjectInfo(
            f"{self.info.key}/{name}",
            member.file_size,
            f"{member.CRC:08X}",
            modified,
            UNREADABLE if name in self._flaws else MEMBER,
            self.info.storage_class,
            version_id=self.info.version_id,
        )

    def info_of(self, key: str) -> ObjectInfo:
        """Return a member as a listing shows it.

        Raises:
            UsageError: There is none of this name, or no one of which all agree.
        """
        return self._info(self._place_of(key))

    def flaws(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Yield the keys below a prefix that cannot be read, each with the reason."""
        root = f"{self.info.key}/"
        for name, why in sorted(self._flaws.items()):
            if (key := root + name).startswith(prefix):
                yield key, why

    def _place_of(self, key: str) -> int:
        """Return the place of a member in the order of names."""
        name = key[len(self.info.key) + 1 :]
        at = bisect_left(self._members, name, key=_BY_NAME)
        if at == len(self._members) or self._members[at][0] != name:
            raise UsageError(
                _("the archive has no member '{name}'").format(name=printable(key)),
                hint=_("'ls' shows what is here"),
            )
        if why := self._flaws.get(name):
            with self._explained(printable(key)):
                raise zipfile.BadZipFile(why)
        return at

    def blocks(self, key: str) -> Iterator[bytes]:
        """Return the unpacked bytes of a member; an error follows if their CRC32 is wrong.

        Raises:
            UsageError: There is no such member, it is encrypted, damaged or of an unknown method.
        """
        return self._blocks(self._members[self._place_of(key)][1], printable(key))

    def _blocks(self, member: zipfile.ZipInfo, shown: str) -> Iterator[bytes]:
        if member.flag_bits & _ENCRYPTED:
            raise UsageError(
                _("'{name}' is encrypted").format(name=shown),
                hint=_("'get' the archive and unpack it with a program that takes its password"),
            )
        with self._explained(shown):
            following = bisect_right(self._starts, member.header_offset)
            stop = [*self._starts[following : following + 1], self._archive.start_dir][0]
            contradictions.check_header(self._file, member, stop)
            left = member.file_size
            for block in self._unpacked(member):
                left -= len(block)
                yield block
            if left:
                raise zipfile.BadZipFile(_("it is shorter than the directory says"))

    def _unpacked(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        if member.compress_type in packed_member.METHODS:
            with self._archive.open(packed_member.as_packed(member)) as file:
                yield from packed_member.unpacked(file, member, _BLOCK)
            return
        if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise NotImplementedError
        with self._archive.open(member) as file:
            yield from iter(partial(file.read, _BLOCK), b"")

    @contextmanager
    def _explained(self, what: str = "") -> Iterator[None]:
        """Say what is wrong with the archive, or with a member of it."""
        shown = what or printable(self.info.key)
        try:
            yield
        except OsshError:
            raise
        except NotImplementedError as error:
            raise UsageError(
                _("'{name}' is compressed with a method that ossh cannot unpack").format(
                    name=shown
                ),
                hint=_("'get' the archive and unpack it with another program"),
            ) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError) as error:
            reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
            text = _("'{name}' is not a readable ZIP archive: {reason}")
            if what:
                text = _("'{name}' is damaged: {reason}")
            raise UsageError(
                text.format(name=shown, reason=printable(reason)),
                hint=_("'get' the archive to look at it with another program"),
            ) from error


def _name(member: zipfile.ZipInfo) -> str:
    """Return a member's name: UTF-8 where it says so or it is, else GBK, else code page 437."""
    name = member.orig_filename
    if member.flag_bits & _UTF8:
        return name
    raw = name.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name
