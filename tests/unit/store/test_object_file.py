"""A seekable file over ranges: equal to a file in memory, and sparing with requests."""

import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ossh.demo.content.bodies import body
from ossh.store.object_file import BLOCK, WHOLE, ObjectFile

SIZE = 5 * WHOLE + 12_345
CONTENT = body("k", SIZE)


class Ranges:
    """Serves ranges of a content, and remembers which."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked: list[tuple[int, int]] = []

    def __call__(self, start: int, stop: int) -> bytes:
        assert 0 <= start < stop <= len(self.content)
        self.asked.append((start, stop))
        return self.content[start:stop]

    @property
    def total(self) -> int:
        return sum(stop - start for start, stop in self.asked)


def opened(content: bytes = CONTENT) -> tuple[ObjectFile, Ranges]:
    ranges = Ranges(content)
    return ObjectFile(ranges, len(content), "k"), ranges


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(-1, 3 * BLOCK)),
        st.tuples(st.just("seek"), st.integers(0, SIZE + 10)),
        st.tuples(st.just("end"), st.integers(-SIZE, 0)),
        st.tuples(st.just("skip"), st.integers(0, BLOCK)),
        st.tuples(st.just("line"), st.integers(-1, 5000)),
        st.tuples(st.just("into"), st.integers(0, 70_000)),
    ),
    max_size=12,
)


@given(STEPS)
@example([("read", 65356), ("line", 181)])  # a line that goes on in the next block
def test_it_reads_as_a_file_in_memory_does(steps: list[tuple[str, int]]) -> None:
    file, _ranges = opened()
    reference = io.BytesIO(CONTENT)
    for what, number in steps:
        results = [done(file, what, number), done(reference, what, number)]
        assert results[0] == results[1]


def done(file: io.RawIOBase | io.BytesIO, what: str, number: int) -> tuple[object, bytes, int]:
    """Do one step; return its result, what was read into a buffer, and where that leads."""
    into, result = bytearray(number if what == "into" else 0), None
    match what:
        case "read":
            result = file.read(number)
        case "line":
            result = file.readline(number)
        case "into":
            result = file.readinto(into)
        case "seek":
            result = file.seek(number)
        case "end":
            result = file.seek(number, io.SEEK_END)
        case "skip":
            result = file.seek(number, io.SEEK_CUR)
    return result, bytes(into), file.tell()


def test_a_small_file_comes_in_one_request() -> None:
    file, ranges = opened(CONTENT[:WHOLE])
    file.seek(-8, io.SEEK_END)
    file.read(8)
    file.seek(0)

    assert file.read() == CONTENT[:WHOLE]
    assert ranges.asked == [(0, WHOLE)]


def test_what_was_read_is_not_read_again() -> None:
    file, ranges = opened()
    for _again in range(3):
        file.seek(3 * BLOCK + 5)
        file.read(10)

    assert ranges.asked == [(3 * BLOCK, 4 * BLOCK)]


def test_reading_on_takes_ever_fewer_requests_and_jumping_reads_nothing_ahead() -> None:
    file, ranges = opened()
    while file.read(BLOCK // 2):
        pass
    assert ranges.total == SIZE
    assert len(ranges.asked) < 10

    file, ranges = opened()
    for place in range(9):
        file.seek(place * (SIZE // 10))
        file.read(100)
    assert ranges.total <= 9 * 2 * BLOCK


def test_a_large_read_is_asked_for_as_it_is_and_kept_by_nobody() -> None:
    content = CONTENT * 3
    file, ranges = opened(content)
    file.seek(1)

    assert file.read() == content[1:]
    assert ranges.asked == [(1, len(content))]


def test_memory_is_bounded() -> None:
    content = bytes(80 * 1024 * 1024)
    file, _ranges = opened(content)
    while file.read(1_000_000):
        pass

    assert sum(map(len, file._kept.values())) <= 32 * 1024 * 1024


@pytest.mark.parametrize(("offset", "whence"), [(-1, 0), (-1, 1), (-SIZE - 1, 2)])
def test_there_is_nothing_before_the_start(offset: int, whence: int) -> None:
    file, _ranges = opened()

    with pytest.raises(OSError, match="Invalid argument"):
        file.seek(offset, whence)


def test_a_place_is_counted_from_three_others_only() -> None:
    file, _ranges = opened()

    with pytest.raises(ValueError, match="cannot seek to"):
        file.seek(0, 7)


def test_a_closed_file_says_so() -> None:
    file, _ranges = opened()
    file.close()

    for call in (file.read, file.readline, lambda: file.seek(0)):
        with pytest.raises(ValueError, match="closed file"):
            call()
