"""What is put is written in order, by another thread, as far as the reader takes it."""

import threading

from ossh.errors import UsageError
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
    writer.put([(b"x" * 300_000, lambda: seen.append(1)), (b"y", refuse), (b"z", None)])
    writer.join()

    assert (bytes(taken), seen) == (b"x" * 300_000, [1])
    assert isinstance(writer.error, UsageError)


def test_a_reader_that_takes_nothing_holds_up_nobody() -> None:
    let_go = threading.Event()

    def write(data: memoryview) -> int:
        let_go.wait()
        return len(data)

    writer = Writer(write)
    writer.start()
    writer.put([(b"x" * 10, None)])

    writer.put([(b"y" * 5, None)])

    assert writer.backlog == 15
    let_go.set()
    writer.end()
    writer.join()
    assert writer.backlog == 0
