"""An archive that says two things of a member: it is not unpacked as either."""

import io
import struct
import warnings
import zipfile
from collections.abc import Callable, Sequence
from random import Random

import pytest

from ossh.errors import UsageError
from ossh.store.listing import PageQuery
from ossh.zipped import UNREADABLE
from tests.unit.zipped.test_zip_archive import Stored, packed

HEADER, DIRECTORY, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
CONTENT = b"content " * 40


def reading(data: bytes, *names: str) -> dict[str, bytes | str]:
    """Return what comes of members: their bytes, or what is wrong with them."""
    archive, found = Stored(data).opened(), dict[str, bytes | str]()
    for name in names:
        try:
            found[name] = b"".join(archive.blocks(f"d/a.zip/{name}"))
        except UsageError as error:
            found[name] = str(error).partition(" is damaged: ")[2]
    return found


def names_in(data: bytes) -> list[str]:
    page = Stored(data).opened().page(PageQuery("d/a.zip/", max_keys=100))
    return [info.key.removeprefix("d/a.zip/") for info in page.objects]


def written(data: bytes, place: bytes, offset: int, form: str, number: int) -> bytes:
    """Return an archive with a number in the last record of some kind replaced."""
    edited = bytearray(data)
    struct.pack_into(form, edited, data.rindex(place) + offset, number)
    return bytes(edited)


def with_twins(names: Sequence[str]) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile says that it writes a name twice
        return packed(*[(name, name.encode() + b"%d" % n) for n, name in enumerate(names)]).data


def test_names_that_are_one_only_when_they_are_decoded_are_one() -> None:
    data = packed(("__", b"1"), ("\N{LATIN SMALL LETTER E WITH ACUTE}", b"2")).data
    data = data.replace(b"__", "\N{LATIN SMALL LETTER E WITH ACUTE}".encode())

    assert reading(data, "\N{LATIN SMALL LETTER E WITH ACUTE}") == {
        "\N{LATIN SMALL LETTER E WITH ACUTE}": "2 members have this name"
    }


def test_members_of_which_two_things_are_said_are_listed_as_such() -> None:
    archive = Stored(with_twins(["a", "x", "x"])).opened()

    page = archive.page(PageQuery("d/a.zip/", max_keys=100))

    assert [info.type == UNREADABLE for info in page.objects] == [False, True, True]
    assert list(archive.flaws("d/a.zip/")) == [("d/a.zip/x", "2 members have this name")]
    assert list(archive.flaws("d/a.zip/a")) == []
    with pytest.raises(UsageError, match="2 members have this name"):
        archive.info_of("d/a.zip/x")


@pytest.mark.parametrize(
    ("offset", "form", "number", "told"),
    [
        (6, "<H", 1, "flags"),
        (8, "<H", 0, "method"),
        (14, "<L", 5, "CRC32"),
        (18, "<L", 5, "packed size"),
        (22, "<L", 5, "size"),
    ],
)
@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_header_that_contradicts_the_directory_is_told(
    offset: int, form: str, number: int, told: str, *, is_streamed: bool
) -> None:
    data = packed(("good", CONTENT), ("bad", CONTENT)).data
    if is_streamed:
        data = written(data, HEADER, 6, "<H", 8)
        number += 8 if offset == 6 else 0
    data = written(data, HEADER, offset, form, number)

    assert reading(data, "good", "bad") == {
        "good": CONTENT,
        "bad": f"its header contradicts the directory: {told}",
    }


class Pipe(io.RawIOBase):
    """Takes bytes, and knows of no way back."""

    def __init__(self) -> None:
        super().__init__()
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override] # or what is like it
        self.data += data
        return len(data)


@pytest.mark.parametrize("is_wide", [False, True])
@pytest.mark.parametrize("is_streamed", [False, True])
def test_what_is_said_only_behind_the_bytes_or_at_length_is_no_contradiction(
    *, is_wide: bool, is_streamed: bool
) -> None:
    file = Pipe() if is_streamed else io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a", "b"):
            with archive.open(name, "w", force_zip64=is_wide) as member:
                member.write(CONTENT)
    data = bytes(file.data) if isinstance(file, Pipe) else file.getvalue()

    assert reading(data, "a", "b") == {"a": CONTENT, "b": CONTENT}


def test_wide_sizes_that_lie_are_told() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, archive.open("a", "w", force_zip64=True) as member:
        member.write(CONTENT)
    data = written(file.getvalue(), HEADER, 30 + 1 + 4, "<Q", 7)

    assert reading(data, "a") == {"a": "its header contradicts the directory: size"}


def test_members_that_lie_over_each_other_are_not_read() -> None:
    data = packed(("a", b"PK" * 100), ("b", CONTENT), ("c", b"c"), method=zipfile.ZIP_STORED).data
    first = bytearray(data)
    for place, offset in ((HEADER, 18), (HEADER, 22), (DIRECTORY, 20), (DIRECTORY, 24)):
        struct.pack_into("<L", first, data.index(place) + offset, 300)

    assert reading(bytes(first), "a", "b", "c") == {
        "a": "it overlaps with something else in the archive",
        "b": "it overlaps with something else in the archive",
        "c": b"c",
    }


@pytest.mark.parametrize("extra", [0, 1])
def test_a_member_that_reaches_into_the_directory_is_not_read(extra: int) -> None:
    data = packed(("a", CONTENT), method=zipfile.ZIP_STORED).data
    for place, offset in ((HEADER, 18), (HEADER, 22), (DIRECTORY, 20), (DIRECTORY, 24)):
        data = written(data, place, offset, "<L", len(CONTENT) + extra)

    overlaps = reading(data, "a")["a"] == "it overlaps with something else in the archive"

    assert overlaps == bool(extra)


def test_a_header_that_makes_a_member_reach_into_the_next_is_told() -> None:
    data = packed(("a", CONTENT), ("b", b"b"), method=zipfile.ZIP_STORED).data
    edited = bytearray(data)
    struct.pack_into("<H", edited, data.index(HEADER) + 28, 5)  # an extra field of 5 bytes

    assert reading(bytes(edited), "a", "b") == {
        "a": "it overlaps with something else in the archive",
        "b": b"b",
    }


def commented(data: bytes, comment: bytes) -> bytes:
    return written(data, END, 20, "<H", len(comment)) + comment


def wide_end(data: bytes) -> bytes:
    """Return an archive with an end that has room for any number before its usual one."""
    at = data.rindex(END)
    total, size, offset = struct.unpack_from("<HLL", data, at + 10)
    wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, total, total, size, offset)
    return data[:at] + wide + struct.pack("<4sLQL", b"PK\6\7", 0, at, 1) + data[at:]


def with_another_directory_as_comment(data: bytes) -> bytes:
    """Return an archive whose comment is a directory of its first member, with an end."""
    first = data[data.index(DIRECTORY) : data.rindex(DIRECTORY)]
    end = struct.pack("<4s4H2LH", END, 0, 0, 1, 1, len(first), len(data), 0)
    return commented(data, first + end)


TWO = packed(("a", CONTENT), ("b", b"b")).data


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (written(TWO, END, 10, "<H", 1), "its directory has 2 members, and its end counts 1"),
        (written(TWO, END, 10, "<H", 3), "its directory has 2 members, and its end counts 3"),
        (with_another_directory_as_comment(TWO), "it has more than one end"),
        (written(wide_end(TWO), END, 12, "<L", 7), "its two ends contradict each other"),
        (written(wide_end(TWO), END, 10, "<H", 1), "its two ends contradict each other"),
        (written(wide_end(TWO), b"PK\6\6", 32, "<Q", 1), "its two ends contradict each other"),
        (
            written(written(wide_end(TWO), b"PK\6\6", 32, "<Q", 3), END, 10, "<H", 0xFFFF),
            "its directory has 2 members, and its end counts 3",
        ),
    ],
    ids=["fewer", "more", "comment", "wide-size", "wide-count", "wide", "wide-only"],
)
def test_an_archive_whose_end_contradicts_it_is_none(data: bytes, told: str) -> None:
    with pytest.raises(UsageError, match=told) as raised:
        Stored(data).opened()

    assert "'d/a.zip' is not a readable ZIP archive" in str(raised.value)


@pytest.mark.parametrize(
    "data",
    [
        commented(TWO, b"a comment"),
        wide_end(TWO),
        written(written(wide_end(TWO), END, 10, "<H", 0xFFFF), END, 12, "<L", 0xFFFFFFFF),
        b"#!/bin/sh\n" + TWO,
    ],
    ids=["comment", "wide", "wide-only", "prefix"],
)
def test_an_end_of_another_form_is_no_contradiction(data: bytes) -> None:
    assert reading(data, "a", "b") == {"a": CONTENT, "b": b"b"}


def test_an_archive_within_an_archive_is_no_second_end() -> None:
    data = packed(("in.zip", TWO), method=zipfile.ZIP_STORED).data

    assert reading(data, "in.zip") == {"in.zip": TWO}


def test_more_members_than_the_usual_end_can_count_are_read() -> None:
    number = 0x10001
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for one in range(number):
            archive.writestr(f"{one}", b"")
    wrapped = written(file.getvalue(), END, 10, "<H", number & 0xFFFF)
    at = wrapped.rindex(b"PK\6\6")
    alone = wrapped[:at] + wrapped[wrapped.rindex(END) :]  # as the packer of macOS writes it
    size, offset = struct.unpack_from("<QQ", wrapped, at + 40)
    for place, value in ((12, size), (16, offset)):
        alone = written(alone, END, place, "<L", value)

    assert len(names_in(alone)) == 100
    assert reading(alone, "65536") == {"65536": b""}


def _flip(data: bytes, at: int, random: Random) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]


@pytest.mark.parametrize("change", [_flip, lambda data, at, _random: data[:at]])
def test_no_damage_makes_a_member_another_one(
    change: Callable[[bytes, int, Random], bytes],
) -> None:
    contents = {"a": CONTENT, "b/": b"", "b/c": b"c" * 99}
    data, random = packed(*contents.items()).data, Random(1)

    for at in range(len(data)):
        damaged = change(data, at, random)
        try:
            names = names_in(damaged)
        except UsageError:
            continue
        assert len(names) == len(contents)
        for name, found in reading(damaged, *names).items():
            assert isinstance(found, str) or found == contents[name]
