"""Asks on behalf of a person who waits: again when a failure may pass, and never deaf to Ctrl-C."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TypeVar

from ossh.model import Cause, Failure
from ossh.protocol import store_error

T = TypeVar("T")

# What fails for one of these is asked for again, after these pauses in seconds.
_PASSING = frozenset({Cause.TIMEOUT, Cause.RESET, Cause.SERVER, Cause.STALL, Cause.THROTTLED})
_PAUSES = (0.2, 0.8)
_MENDABLE = frozenset({Cause.EXPIRED, Cause.BAD_CREDENTIALS, Cause.WRONG_ENDPOINT})
_MENDS = 3  # some sources have other credentials each time they are asked


def interruptible(ask: Callable[[], T]) -> T:
    """Return what `ask` returns, from a thread of its own, so that Ctrl-C ends the wait at once.

    libcurl does not let Python's signals through while it waits; the request that is left
    behind ends by its own time limit.
    """
    if threading.current_thread() is not threading.main_thread():
        return ask()
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            answer.set_exception(error)

    asking = threading.Thread(target=run, name="ossh-ask", daemon=True)
    asking.start()
    while asking.is_alive():  # in short waits, as Windows cannot interrupt a long one
        asking.join(0.1)
    return answer.result()


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
