"""Headers are those that Python's own tarfile makes, whatever the name, the size and the time."""

import io
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.model import Entry
from ossh.transfer.streaming import tar_format

NAMES = st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


def entry(path: str, size: int = 0, modified: float = 1_772_323_200.0) -> Entry:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=modified)
    return Entry(1, path, path, size, "E", moment)


@given(PATHS, st.integers(0, 9 << 30), st.integers(-(2**31), 2**35))
def test_a_reader_finds_what_was_written(path: str, size: int, modified: int) -> None:
    data = tar_format.BEGINNING + tar_format.header(entry(path, size, modified), tar_format.BLOCK)

    (found,) = _members(data)

    assert (found.name, found.size, found.mtime, found.isreg()) == (path, size, modified, True)
    assert found.mode == 0o644


def _members(data: bytes) -> list[tarfile.TarInfo]:
    """Return the members of an archive that lacks all behind the header of its only one."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        first = archive.next()
    return [] if first is None else [first]


@given(st.text(st.characters(min_codepoint=1, max_codepoint=127), min_size=1, max_size=100))
def test_a_plain_header_is_that_of_the_standard_library(path: str) -> None:
    info = tarfile.TarInfo(path)
    info.size, info.mtime, info.mode = 12345, 1_772_323_200, 0o644

    made = tar_format._plain(path, 12345, 1_772_323_200)

    assert made == info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")


@given(
    PATHS | st.sampled_from(["n" * 990, "长" * 1000]),
    st.sampled_from(["", "/"]),
    st.integers(0, 9000),
    st.integers(1, 16),
    st.integers(-9, 9),
)
def test_no_place_where_a_reader_misses_nothing_is_at_the_end_of_a_page(
    path: str, slash: str, size: int, blocks: int, modified: int
) -> None:
    at = tar_format.BLOCK * (blocks if blocks % 8 else 1)
    one = entry(path + slash, 0 if slash else size, modified)

    made = tar_format.header(one, at)

    own = at + len(made) - tar_format.BLOCK
    body = one.size + len(tar_format.padding(one.size))
    assert own % tar_format.BLOCK == 0
    assert own % tar_format.PAGE
    assert (own + tar_format.BLOCK + body) % tar_format.PAGE
    page_ends = {one for one in range(at, own) if one % tar_format.PAGE == 0}
    assert page_ends <= set(_complete_until(made, at))


def _complete_until(made: bytes, at: int) -> Iterator[int]:
    """Yield where in a header a reader has a PAX header, and then records, that are complete."""
    place = tar_format.BLOCK if at == len(tar_format.BEGINNING) else 0
    while made[place + 156 : place + 157] in {b"x", b"g"}:
        length = int(made[place + 124 : place + 135], 8)
        place += tar_format.BLOCK
        end = place + length
        while place < end:
            yield at + place
            place += int(made[place : made.index(b" ", place)])
        place += -place % tar_format.BLOCK


def test_a_folder_is_a_member_and_the_folder_of_all_is_none() -> None:
    (found,) = _members(tar_format.BEGINNING + tar_format.header(entry("a/b/"), tar_format.BLOCK))

    assert (found.name, found.isdir(), found.mode) == ("a/b", True, 0o755)
    assert tar_format.header(entry("./"), tar_format.BLOCK) == b""


@pytest.mark.parametrize(("size", "length"), [(0, 0), (1, 511), (512, 0), (513, 511)])
def test_the_last_block_is_filled(size: int, length: int) -> None:
    assert tar_format.padding(size) == bytes(length)
