import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from ossh.store.interruptible import DaemonPool, interruptible
from tests.waiting import DEADLINE_SECONDS


def test_ctrl_c_ends_a_wait_that_libcurl_would_not_end() -> None:
    release = threading.Event()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    is_over = False

    def ask() -> None:
        nonlocal is_over
        signal.raise_signal(signal.SIGINT)
        is_over = release.wait(DEADLINE_SECONDS)

    with pytest.raises(KeyboardInterrupt):
        interruptible(ask)

    assert not is_over
    release.set()
    signal.signal(signal.SIGINT, before)


def test_a_question_from_another_thread_is_asked_there() -> None:
    asked: list[threading.Thread] = []
    thread = threading.Thread(
        target=lambda: interruptible(lambda: asked.append(threading.current_thread()))
    )

    thread.start()
    thread.join()

    assert asked == [thread]


def test_an_error_of_the_question_is_raised_where_it_is_waited_for() -> None:
    def ask() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        interruptible(ask)


def test_results_come_a_few_calls_ahead_and_in_any_order() -> None:
    taken: list[int] = []

    def calls() -> Iterator[Callable[[], int]]:
        for number in range(50):
            taken.append(number)
            yield partial(int, number)

    got: list[int] = []
    with DaemonPool(4, "test") as pool:
        for results in pool.results(calls()):
            got += results
            assert len(taken) <= len(got) + 8

    assert sorted(got) == list(range(50))
