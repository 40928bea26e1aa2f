import signal
import threading
import time

import pytest

from ossh.errors import StoreError
from ossh.model import Cause, Failure
from ossh.store.asking import answered, interruptible

RESET = Failure(Cause.RESET, "connection lost", "connection lost")
EXPIRED = Failure(Cause.EXPIRED, "SecurityTokenExpired", "expired")


def test_ctrl_c_ends_a_wait_that_libcurl_would_not_end() -> None:
    release = threading.Event()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    timer = threading.Timer(0.2, signal.raise_signal, [signal.SIGINT])
    timer.start()
    since = time.monotonic()

    with pytest.raises(KeyboardInterrupt):
        interruptible(lambda: release.wait(30))

    release.set()
    signal.signal(signal.SIGINT, before)
    assert time.monotonic() - since < 5


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


def test_what_fails_in_passing_is_asked_for_again_after_longer_and_longer_pauses() -> None:
    answers: list[Failure | str] = [RESET, RESET, "yes"]
    pauses: list[float] = []

    assert answered(lambda: answers.pop(0), "ask", sleep=pauses.append) == "yes"
    assert pauses == sorted(pauses)
    assert len(pauses) == 2


def test_what_keeps_failing_and_what_is_refused_are_errors_with_a_hint() -> None:
    denied = Failure(Cause.DENIED, "AccessDenied", "access denied", "REQ1")

    with pytest.raises(StoreError, match="cannot ask: connection lost"):
        answered(lambda: RESET, "ask", sleep=lambda _seconds: None)
    with pytest.raises(StoreError, match="denied \\(request REQ1\\)") as caught:
        answered(lambda: denied, "ask", hints={Cause.DENIED: "knock"})

    assert caught.value.hint == "knock"


def test_expired_credentials_are_read_again_as_long_as_there_are_new_ones() -> None:
    answers: list[Failure | str] = [EXPIRED, EXPIRED, "yes"]

    assert answered(lambda: answers.pop(0), "ask", mend=lambda _why: True) == "yes"
    with pytest.raises(StoreError, match="expired"):
        answered(lambda: EXPIRED, "ask")


def test_credentials_that_are_always_new_and_always_refused_are_an_error() -> None:
    with pytest.raises(StoreError, match="expired"):
        answered(lambda: EXPIRED, "ask", mend=lambda _why: True)
