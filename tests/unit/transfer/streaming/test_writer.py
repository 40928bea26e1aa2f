"""What is put is written in order, by another thread, as far as the reader takes it."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from ossh.errors import UsageError
from ossh.transfer.streaming.tar_format import BEGINNING, PAGE
from ossh.transfer.streaming.writer import Writer


def test_all_is_written_in_order_however_little_is_taken_at_once() -> None:
    taken = bytearray()

    def write(data: memoryview) -> int:
        taken.extend(data[:7])
        return min(7, len(data))

    writer = Writer(write)
    writer.start()
    for number in range(100):
        writer.put([(b"%d;" % number, None), (b"x" * number, None)])
    writer.end()
    writer.join()

    assert bytes(taken) == b"".join(b"%d;" % n + b"x" * n for n in range(100))
    assert (writer.backlog, writer.error) == (0, None)


def test_a_reader_that_has_left_is_told_of() -> None:
    def write(_data: memoryview) -> int:
        raise BrokenPipeError

    writer = Writer(write)
    writer.start()
    writer.put([(b"x", None)])
    writer.end()
    writer.join()

    assert isinstance(writer.error, BrokenPipeError)


def test_a_check_that_fails_comes_before_what_it_is_about() -> None:
    taken, seen = bytearray(), list[int]()

    def write(data: memoryview) -> int:
        taken.extend(data)
        return len(data)

    def refuse() -> None:
        raise UsageError("no")

    writer = Writer(write)
    writer.start()
    whole = b"x" * (100 * PAGE - len(BEGINNING))
    writer.put([(whole, lambda: seen.append(1)), (b"y" * PAGE, refuse), (b"z", None)])
    writer.join()

    assert (bytes(taken), seen) == (whole, [1])
    assert isinstance(writer.error, UsageError)


@given(st.lists(st.integers(0, 3 * PAGE), max_size=30))
def test_several_pages_leave_together_only_if_they_are_of_one_item(sizes: list[int]) -> None:
    writes, stops = list[range](), set[int]()

    def write(data: memoryview) -> int:
        at = writes[-1].stop if writes else len(BEGINNING)
        writes.append(range(at, at + len(data)))
        return len(data)

    writer, stop = Writer(write), len(BEGINNING)
    for size in sizes:
        writer.put([(bytes(size), None)])
        stop += size
        stops.add(stop)
    writer.end()
    writer.run()

    assert sum(map(len, writes)) == sum(sizes)
    assert not any(one.stop % PAGE for one in writes[:-1])
    for one in writes:
        assert len(one) <= PAGE or stops.isdisjoint(one[1:])  # one may end just before


def test_what_is_dropped_ends_behind_a_page() -> None:
    taken, has_begun, let_go = bytearray(), threading.Event(), threading.Event()

    def write(data: memoryview) -> int:
        has_begun.set()
        let_go.wait()
        taken.extend(data[:PAGE])
        return min(PAGE, len(data))

    writer = Writer(write)
    writer.start()
    writer.put([(b"x" * 9 * PAGE, None), (b"y", None)])
    assert has_begun.wait(60)

    writer.drop()
    let_go.set()
    writer.join()

    assert bytes(taken) == b"x" * (PAGE - len(BEGINNING))
