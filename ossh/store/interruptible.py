"""Calls that a person waits for, and that Ctrl-C must be able to leave.

Neither libcurl nor a name look-up lets Python's signals through, so such a call runs in a daemon
thread. A caller that no longer waits leaves it behind: it ends by its own time limit, and keeps no
process from ending.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from functools import partial
from itertools import islice
from queue import SimpleQueue
from typing import Generic, Self, TypeVar

S = TypeVar("S")
T = TypeVar("T")

POLL_SECONDS = 0.1  # between two checks whether a result is there


class BackgroundCall(Generic[T]):
    """A call that runs in a daemon thread of its own, from now on."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._future: Future[T] = Future()
        threading.Thread(
            target=_settle, args=(self._future, call), name="ossh-call", daemon=True
        ).start()

    def is_done(self, seconds: float = 0.0) -> bool:
        """Wait for the result for at most so many seconds; tell whether it is there."""
        with suppress(TimeoutError):
            self._future.exception(seconds)
        return self._future.done()

    def result(self) -> T:
        """Wait for the result, and return it or raise what the call raised."""
        while not self.is_done(POLL_SECONDS):
            pass  # in short waits, as Windows cannot interrupt a long one
        return self._future.result()


def awaited(call: Callable[[], T], check: Callable[[], None], shown: S) -> Generator[S, None, T]:
    """Return the result of a call; meanwhile yield what to show, as long as a check lets it."""
    background = BackgroundCall(call)
    while not background.is_done(POLL_SECONDS):
        check()
        yield shown
    return background.result()


class DaemonPool:
    """Daemon threads that run calls; leave the context, and they end after the last one.

    The interpreter waits for the threads of a `ThreadPoolExecutor` when it ends, but not for these.
    """

    def __init__(self, size: int, name: str) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._size = size
        for _ in range(size):
            threading.Thread(target=self._run, name=name, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for _ in range(self._size):
            self._calls.put(None)

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            call()

    def _submit(self, call: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        self._calls.put(partial(_settle, future, call))
        return future

    def map(self, call: Callable[[S], T], items: Iterable[S]) -> list[T]:
        """Return the results of a call with each item, in order."""
        return [one.result() for one in [self._submit(partial(call, item)) for item in items]]

    def results(self, calls: Iterable[Callable[[], T]]) -> Iterator[list[T]]:
        """Run calls, and yield their results as they come, in any order.

        What is yielded is empty when nothing came for a moment, so that the caller can look around.
        The calls are taken one by one: at most two for each thread run, or wait to.
        """
        rest, waiting = iter(calls), set[Future[T]]()
        while True:
            waiting.update(
                self._submit(call) for call in islice(rest, 2 * self._size - len(waiting))
            )
            if not waiting:
                return
            ready, waiting = wait(waiting, POLL_SECONDS, FIRST_COMPLETED)
            yield [one.result() for one in ready]


def _settle(future: Future[T], call: Callable[[], T]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
        future.set_exception(error)


def interruptible(call: Callable[[], T]) -> T:
    """Return what `call` returns; on the main thread Ctrl-C ends the wait for it at once."""
    if threading.current_thread() is not threading.main_thread():
        return call()
    return BackgroundCall(call).result()
