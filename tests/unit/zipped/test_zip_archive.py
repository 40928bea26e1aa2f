"""A ZIP archive over ranges: what it lists, what it unpacks, what it refuses."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from ossh.errors import UsageError
from ossh.model import ObjectInfo
from ossh.store.listing import MAX_KEYS, PageQuery
from ossh.zipped import MEMBER, archive_keys
from ossh.zipped.zip_archive import MAX_MEMBERS, ZipArchive
from tests.peaks import linux_only, peak_of

NOW = datetime(2026, 11, 25, tzinfo=UTC)


class Stored:
    """An archive in memory, and what is read of it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.received = 0

    def read(self, start: int, stop: int) -> bytes:
        self.received += stop - start
        return self.data[start:stop]

    def opened(self) -> ZipArchive:
        return ZipArchive(ObjectInfo("d/a.zip", len(self.data), "E", NOW), self.read)


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Stored:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return Stored(data.getvalue())


def keys(
    archive: ZipArchive, prefix: str = "d/a.zip/", *, delimiter: str = "", most: int = MAX_KEYS
) -> tuple[list[str], list[str]]:
    """Return the keys and the prefixes of a listing."""
    page = archive.page(PageQuery(prefix, delimiter, max_keys=most))
    assert not page.token
    return [info.key for info in page.objects], list(page.prefixes)


def test_a_prefix_leads_into_each_archive_on_its_way() -> None:
    assert list(archive_keys("a/b.zip/c/D.ZIP/e")) == ["a/b.zip", "a/b.zip/c/D.ZIP"]
    assert list(archive_keys("a.zip")) == []
    assert list(archive_keys("a.zipped/b")) == []


def test_members_are_listed_as_objects_are() -> None:
    archive = packed(*[(name, b"x") for name in ("b/2", "a", "b/1", "b/c/3", "d")]).opened()

    assert keys(archive)[0] == [f"d/a.zip/{name}" for name in ("a", "b/1", "b/2", "b/c/3", "d")]
    assert keys(archive, delimiter="/") == (["d/a.zip/a", "d/a.zip/d"], ["d/a.zip/b/"])
    assert keys(archive, "d/a.zip/b/", delimiter="/") == (
        ["d/a.zip/b/1", "d/a.zip/b/2"],
        ["d/a.zip/b/c/"],
    )
    assert keys(archive, delimiter="/", most=2) == (["d/a.zip/a"], ["d/a.zip/b/"])
    assert keys(archive, "d/a.zip/none") == ([], [])


def test_a_member_is_told_as_an_object_is() -> None:
    info = packed(("a.txt", b"hello")).opened().info_of("d/a.zip/a.txt")

    assert (info.key, info.size, info.type) == ("d/a.zip/a.txt", 5, MEMBER)
    assert info.etag == f"{zlib.crc32(b'hello'):08X}"


def test_no_more_is_read_than_the_directory_and_the_member() -> None:
    noise = [(f"{number}", bytes([number]) * 100_000) for number in range(200)]
    stored = packed(*noise, method=zipfile.ZIP_STORED)
    archive = stored.opened()
    directory = stored.received

    assert directory < 200_000
    assert b"".join(archive.blocks("d/a.zip/7")) == b"\x07" * 100_000
    assert stored.received - directory < 600_000


@pytest.mark.parametrize(
    ("raw", "flags", "name"),
    [
        ("说明.txt".encode(), 0x800, "说明.txt"),
        ("说明.txt".encode(), 0, "说明.txt"),
        ("说明.txt".encode("gbk"), 0, "说明.txt"),
        (b"plain.txt", 0, "plain.txt"),
        (b"\xff\xff.txt", 0, "\xa0\xa0.txt"),
    ],
)
def test_names_are_read_in_the_encodings_that_packers_use(
    raw: bytes, flags: int, name: str
) -> None:
    stored = packed(("x" * len(raw), b"content"))
    data = stored.data.replace(b"x" * len(raw), raw)
    data = with_flags(data, flags)

    archive = Stored(data).opened()

    assert keys(archive)[0] == [f"d/a.zip/{name}"]
    assert b"".join(archive.blocks(f"d/a.zip/{name}")) == b"content"


def with_flags(data: bytes, flags: int) -> bytes:
    """Return an archive of one member with other flags, in its header and in the directory."""
    edited = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + offset
        struct.pack_into("<H", edited, at, flags)
    return bytes(edited)


def with_size(data: bytes, size: int) -> bytes:
    """Return an archive of one member that claims to have another size."""
    edited = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", edited, data.index(signature) + offset, size)
    return bytes(edited)


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda data: with_flags(data, 0x1), "is encrypted"),
        (lambda data: with_size(data, 3), "is damaged: Bad CRC-32"),
        (lambda data: with_size(data, 5000), "is damaged: it is shorter than the directory says"),
        (lambda data: data.replace(b"content", b"contemt", 1), "is damaged: Bad CRC-32"),
        (
            lambda data: data.replace(b"PK\x03\x04", b"PK\x03\x05", 1),
            "is damaged: Bad magic number for file header",
        ),
    ],
)
def test_a_damaged_member_is_one_clear_line(spoil: Callable[[bytes], bytes], problem: str) -> None:
    stored = Stored(spoil(packed(("a", b"content"), method=zipfile.ZIP_STORED).data))
    archive = stored.opened()

    with pytest.raises(UsageError, match=problem) as caught:
        list(archive.blocks("d/a.zip/a"))
    assert "'d/a.zip/a'" in str(caught.value)
    assert caught.value.hint


def test_a_method_that_nobody_here_knows_is_named() -> None:
    data = bytearray(packed(("a", b"content")).data)
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        struct.pack_into("<H", data, bytes(data).index(signature) + offset, 9)  # Deflate64

    with pytest.raises(UsageError, match="compressed with a method that ossh cannot unpack"):
        list(Stored(bytes(data)).opened().blocks("d/a.zip/a"))


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive at all" * 10_000, b"PK\x05\x06" * 30])
def test_what_is_no_archive_is_one_clear_line(data: bytes) -> None:
    with pytest.raises(UsageError, match=r"'d/a\.zip' is not a readable ZIP archive"):
        Stored(data).opened()


def test_a_directory_that_claims_to_fill_memory_is_not_read() -> None:
    size = 3 << 30
    end = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, (1 << 30) + 5, size - (1 << 30) - 27, 0
    )

    def read(start: int, stop: int) -> bytes:
        assert stop - start < 1 << 24
        return bytes(max(0, size - 22 - start))[: stop - start] + end[max(0, start - size + 22) :]

    with pytest.raises(UsageError, match="more members than ossh reads"):
        ZipArchive(ObjectInfo("a.zip", size, "E", NOW), read)


_OPEN = """
import os, struct, sys, tempfile
from datetime import UTC, datetime
from ossh.model import ObjectInfo
from ossh.store.listing import PageQuery
from ossh.zipped.zip_archive import ZipArchive

count, name, comment = int(sys.argv[1]), sys.argv[2].encode(), b"c" * int(sys.argv[3])
entry = struct.Struct("<4s6H3L5H2L")
with tempfile.TemporaryFile() as file:
    for number in range(count):
        shown = name % number
        lengths = len(shown), 0, len(comment)
        file.write(entry.pack(b"PK\\1\\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, *lengths, 0, 0, 0, 0))
        file.write(shown + comment)
    size = file.tell()
    wide = struct.pack("<4sQ2H2L4Q", b"PK\\6\\6", 44, 45, 45, 0, 0, count, count, size, 0)
    locator = struct.pack("<4sLQL", b"PK\\6\\7", 0, size, 1)
    end = struct.pack("<4s4H2LH", b"PK\\5\\6", 0, 0, 65535, 65535, size, 0, 0)
    file.write(wide + locator + end)
    file.flush()
    info = ObjectInfo("a.zip", file.tell(), "E", datetime.now(UTC))
    try:
        archive = ZipArchive(info, lambda start, stop: os.pread(file.fileno(), stop - start, start))
        print(len(archive.page(PageQuery("a.zip/")).objects))
    except Exception as error:
        print(error)
"""


@linux_only
@pytest.mark.parametrize(
    ("count", "name", "comment", "said"),
    [
        (MAX_MEMBERS, "images/train/class-%08d.jpg", 0, str(MAX_MEMBERS)),
        (MAX_MEMBERS + 1, "%08d", 0, "'a.zip' has more members than ossh reads"),
        (1_000_000, "%08d", 0, "'a.zip' has more members than ossh reads"),
        (250, "%08d", 65_535, "250"),
        (300, "%08d", 65_535, "'a.zip' has more members than ossh reads"),
    ],
)
def test_a_directory_takes_little_memory(count: int, name: str, comment: int, said: str) -> None:
    mebibytes, _seconds, printed = peak_of(_OPEN, [str(count), name, str(comment)])

    assert printed.startswith(said)
    assert mebibytes < 150
