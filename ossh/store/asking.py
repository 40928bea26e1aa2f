"""Asks on behalf of a person who waits: again when a failure may pass, and never deaf to Ctrl-C."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import Generic, Self, TypeVar

from ossh.model import Cause, Failure
from ossh.protocol import store_error

S = TypeVar("S")
T = TypeVar("T")

LOOK_SECONDS = 0.1  # between two looks at whether an answer is there

# What fails for one of these is asked for again, after these pauses in seconds.
_PASSING = frozenset({Cause.TIMEOUT, Cause.RESET, Cause.SERVER, Cause.STALL, Cause.THROTTLED})
_PAUSES = (0.2, 0.8)
_MENDABLE = frozenset({Cause.EXPIRED, Cause.BAD_CREDENTIALS, Cause.WRONG_ENDPOINT})
_MENDS = 3  # some sources have other credentials each time they are asked


class Asking(Generic[T]):
    """A question on its way, in a daemon thread: whoever waits no longer just leaves it behind.

    Neither libcurl nor a look-up of a name lets Python's signals through, so whoever must stay
    responsive asks here. What is left behind ends by its own time limit, and keeps no process from
    ending.

    Args:
        ask: Called at once, in the thread.
    """

    def __init__(self, ask: Callable[[], T]) -> None:
        self._answer: Future[T] = Future()
        parts = (self._answer, ask)
        self._thread = threading.Thread(target=_settle, args=parts, name="ossh-ask", daemon=True)
        self._thread.start()

    def is_answered(self, seconds: float = 0.0) -> bool:
        """Wait so long for the answer at most; return whether it is there."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> T:
        """Return the answer, or raise what asking raised; wait for it, but never deaf to Ctrl-C."""
        while not self.is_answered(LOOK_SECONDS):
            pass  # in short waits, as Windows cannot interrupt a long one
        return self._answer.result()


class Askers:
    """Threads that ask many questions; as with `Asking`, they may be left behind.

    The threads of a `ThreadPoolExecutor` may not: the interpreter waits for them when it ends.
    Leave the block, and they end once they have asked what was submitted.

    Args:
        number: How many ask at once.
        name: Of the threads.
    """

    def __init__(self, number: int, name: str) -> None:
        self._questions: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._number = number
        for _ in range(number):
            threading.Thread(target=self._run, name=name, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for _ in range(self._number):
            self._questions.put(None)

    def _run(self) -> None:
        while (question := self._questions.get()) is not None:
            question()

    def submit(self, ask: Callable[[], T]) -> Future[T]:
        """Have something asked; return where the answer comes."""
        future: Future[T] = Future()
        self._questions.put(partial(_settle, future, ask))
        return future

    def map(self, ask: Callable[[S], T], items: Iterable[S]) -> list[T]:
        """Return the answers to a question about each item, in order."""
        return [one.result() for one in [self.submit(partial(ask, item)) for item in items]]


def _settle(future: Future[T], ask: Callable[[], T]) -> None:
    """Have a future answered by what `ask` returns, or raises."""
    try:
        future.set_result(ask())
    except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
        future.set_exception(error)


def interruptible(ask: Callable[[], T]) -> T:
    """Return what `ask` returns; on the main thread Ctrl-C ends the wait for it at once."""
    if threading.current_thread() is not threading.main_thread():
        return ask()
    return Asking(ask).result()


def answered(
    ask: Callable[[], T | Failure],
    doing: str,
    *,
    mend: Callable[[Failure], bool] = lambda _why: False,
    sleep: Callable[[float], None] = time.sleep,
    hints: Mapping[Cause, str] | None = None,
) -> T:
    """Return what `ask` returns once that is no failure.

    Args:
        ask: Sends one request; may be called several times, in a thread of its own.
        doing: What was tried, as it follows "cannot".
        mend: Looks for new credentials, or for where the bucket really is; True when found.
        sleep: Waits between two tries.
        hints: What to do next where that is not the usual advice.

    Raises:
        StoreError: It fails for good, or again and again.
    """
    pauses, mends = iter(_PAUSES), iter(range(_MENDS))
    while isinstance(answer := interruptible(ask), Failure):
        if answer.cause in _MENDABLE and next(mends, None) is not None and mend(answer):
            continue
        pause = next(pauses, None)
        if pause is None or answer.cause not in _PASSING:
            raise store_error(doing, answer, hint=(hints or {}).get(answer.cause, ""))
        sleep(pause)
    return answer
