"""What is shown of an object's bytes, whatever blocks they come in."""

import gzip
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.console.views.excerpt import Bounded, first_lines, is_text, screen_lines, unpacked
from ossh.errors import OsshError


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@given(data=st.binary(max_size=60), size=st.integers(1, 20), number=st.integers(1, 8))
def test_first_lines_are_those_of_the_whole(data: bytes, size: int, number: int) -> None:
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]  # the last one has no end

    assert b"".join(first_lines(cut(data, size), number)) == b"".join(lines[:number])


@given(data=st.binary(max_size=60), size=st.integers(1, 20), most=st.integers(0, 70))
def test_a_bound_passes_on_so_many_bytes_and_tells_of_more(
    data: bytes, size: int, most: int
) -> None:
    bounded = Bounded(cut(data, size), most)

    assert b"".join(bounded) == data[:most]
    assert bounded.was_cut is (len(data) > most)


@pytest.mark.parametrize(("first", "number"), [(first_lines, 2), (Bounded, 4)])
def test_no_block_is_taken_that_is_not_needed(
    first: Callable[[Iterable[bytes], int], Iterable[bytes]], number: int
) -> None:
    blocks = iter([b"a\nb\n", b"c\n"])

    assert list(first(blocks, number)) == [b"a\nb\n"]
    assert next(blocks) == b"c\n"


@given(
    members=st.lists(st.binary(max_size=80), min_size=1, max_size=3),
    size=st.integers(1, 50),
    padding=st.integers(0, 9),
)
def test_gzip_of_any_number_of_members_is_unpacked(
    members: list[bytes], size: int, padding: int
) -> None:
    data = b"".join(map(gzip.compress, members)) + bytes(padding)

    assert b"".join(unpacked([data[:3], *cut(data[3:], size)])) == b"".join(members)


def test_other_data_pass_as_they_are() -> None:
    assert list(unpacked([b"\x1f\x8bno", b"more"])) == [b"\x1f\x8bno", b"more"]
    assert b"".join(unpacked([])) == b""


@contextmanager
def at_most(most: int) -> Iterator[None]:
    """Bound the bytes that Python allocates meanwhile."""
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < most


def test_a_small_gzip_of_much_data_is_never_held_whole() -> None:
    data = gzip.compress(bytes(64_000_000))

    with at_most(4_000_000):
        assert sum(map(len, unpacked([data]))) == 64_000_000


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (gzip.compress(b"text" * 99)[:-9], "ends too early"),
        (gzip.compress(b"text")[:-6] + b"\xff" * 6, "is damaged"),
    ],
    ids=["cut", "altered"],
)
def test_gzip_that_is_not_whole_is_an_error(data: bytes, said: str) -> None:
    with pytest.raises(OsshError, match=said) as caught:
        list(unpacked([data]))

    assert "--binary" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b"", True),
        ("日志\n".encode(), True),
        ("日志".encode()[:-1], True),  # cut within a character
        (b"\x1b[31mred", True),  # shown escaped
        (b"\xff\xd8\xff\xe0", False),
        (b"a\0b", False),
    ],
)
def test_what_is_text(block: bytes, *, expected: bool) -> None:
    assert is_text(block) is expected


@given(text=st.text(max_size=40), size=st.integers(1, 9))
def test_lines_for_a_screen_never_drive_it(text: str, size: int) -> None:
    lines = list(screen_lines(cut(text.encode(), size)))

    assert not any(char in line for line in lines for char in "\x1b\r\n\x07\x9b\u202e")


def test_tabs_stay_line_ends_of_windows_go_and_endless_lines_are_broken() -> None:
    assert list(screen_lines([b"a\tb\r\n", b"c\x1b[2J"])) == ["a\tb", "c\\x1b[2J"]
    assert [len(line) for line in screen_lines([b"x" * 150_000])] == [65536, 65536, 18928]


@given(
    lines=st.lists(st.text(alphabet="ab日\r", max_size=12), max_size=4),
    size=st.integers(1, 9),
    longest=st.integers(1, 8),
)
def test_lines_that_are_shortened_say_so_whatever_blocks_they_come_in(
    lines: list[str], size: int, longest: int
) -> None:
    data = "".join(f"{line}\n" for line in lines).encode()
    whole = [line.removesuffix("\r") for line in lines]
    expected = [line if len(line) <= longest else f"{line[:longest]}…" for line in whole]

    shown = list(screen_lines(cut(data, size), longest))

    assert shown == [line.replace("\r", "\\r") for line in expected]


def test_an_endless_line_that_is_shortened_is_not_held() -> None:
    with at_most(1_000_000):
        [shown] = screen_lines((b"x" * 1000 for _ in range(64_000)), 100)

    assert shown == "x" * 100 + "…"
