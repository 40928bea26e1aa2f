"""A thread that works on a job: its result, or what kept it from one."""

from pathlib import Path

import pytest

from ossh.errors import LocalError, UsageError
from ossh.transfer.job_thread import JobThread
from ossh.transfer.watching import Phase
from tests import usual
from tests.waiting import DEADLINE_SECONDS


class Counting(JobThread[int]):
    """Counts until it is stopped, and fails when it is asked to count nothing."""

    def __init__(self, limit: int) -> None:
        super().__init__(usual.job(Path("j.toml")), "count")
        self._limit = limit

    def work(self) -> None:
        if not self._limit:
            message = "nothing"
            raise ValueError(message)
        self.summary = 0 if self.is_stopping else self._limit


def test_result_is_waited_for() -> None:
    one = Counting(3)
    one.start()

    assert one.result() == 3
    assert one.progress.phase is Phase.ENDED


def test_what_goes_wrong_in_the_thread_is_raised_by_result() -> None:
    one = Counting(0)
    one.start()

    with pytest.raises(ValueError, match="nothing"):
        one.result()
    assert isinstance(one.error, ValueError)
    assert one.progress.phase is Phase.ENDED


class Hungry(JobThread[bool]):
    """Wants more memory than there is."""

    def work(self) -> None:
        bytearray(1 << 62)


def test_a_thread_without_memory_says_so() -> None:
    one = Hungry(usual.job(Path("j.toml")), "hunger")
    one.start()

    with pytest.raises(LocalError, match="there is not enough memory"):
        one.result()


def test_thread_that_was_told_to_stop_has_a_result_all_the_same() -> None:
    one = Counting(3)
    one.stop()
    one.start()

    assert one.result() == 0


class Waiting(JobThread[bool]):
    """Waits until it is stopped."""

    def work(self) -> None:
        self.summary = self._stopping.wait(DEADLINE_SECONDS)


def test_thread_ends_with_the_block_that_it_was_started_in() -> None:
    with Waiting(usual.job(Path("j.toml")), "wait") as one:
        one.start()
        assert one.is_alive()

    assert not one.is_alive()
    assert one.result()


def test_there_is_no_result_before_it_starts() -> None:
    with pytest.raises(UsageError, match="no result yet"):
        Counting(3).result()
