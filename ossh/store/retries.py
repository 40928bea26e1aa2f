"""Retries at the prompt and in `restore`: a request whose failure may pass is sent again.

The attempts of a run at its objects have rules of their own, in `transfer.scheduling.retry_policy`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from ossh.advice import store_error
from ossh.backoff import Backoff
from ossh.model import Cause, Failure, value
from ossh.store.interruptible import interruptible

T = TypeVar("T")

PASSING = (Cause.TIMEOUT, Cause.RESET, Cause.SERVER, Cause.SHORT_BODY, Cause.STALL, Cause.THROTTLED)
_MENDABLE = frozenset({Cause.EXPIRED, Cause.BAD_CREDENTIALS, Cause.WRONG_ENDPOINT})
_MOST_MENDS = 3  # of a request: some sources have other credentials each time they are asked


@value
class Retries:
    """How long a failed request is tried again."""

    tries: Mapping[Cause, int]  # how often it is sent, by why it failed; else once
    backoff: Backoff  # how long to rest, unless the service asks for a longer pause


# A person waits, so neither often nor long.
_AT_THE_PROMPT = Retries(dict.fromkeys(PASSING, 3), Backoff(0.3, 1.0))


@dataclass(slots=True, eq=False)
class Tries:
    """How often one request failed so far; `mend` is as for `with_retries`."""

    retries: Retries
    mend: Callable[[Failure], bool]
    _failures: int = 0
    _mends: int = 0

    def pause(self, why: Failure) -> float | None:
        """Return after how many seconds to send it again, now that it failed; None for not."""
        if why.cause in _MENDABLE and self._mends < _MOST_MENDS and self.mend(why):
            self._mends += 1
            return 0.0
        self._failures += 1
        if self._failures >= self.retries.tries.get(why.cause, 1):
            return None
        return max(self.retries.backoff.after(self._failures), why.wait_seconds)


ONCE = Retries({}, Backoff(0.3, 1.0))  # unless there is a way to mend


def retried(
    call: Callable[[], T | Failure],
    retries: Retries,
    *,
    mend: Callable[[Failure], bool],
    sleep: Callable[[float], object],
) -> T | Failure:
    """Return what `call` returns, asked again as long as that is a failure that may pass.

    `mend` is as for `with_retries`.
    """
    tries = Tries(retries, mend)
    while isinstance(result := call(), Failure) and (pause := tries.pause(result)) is not None:
        if pause:
            sleep(pause)
    return result


def with_retries(
    call: Callable[[], T | Failure],
    doing: str,
    *,
    mend: Callable[[Failure], bool] = lambda _why: False,
    hints: Mapping[Cause, str] | None = None,
) -> T:
    """Return what `call` returns, or raise its failure once it is not retried any more.

    The call sends one request, and may run several times, in a thread of its own. `doing` is what
    was tried, as it follows "cannot". `mend` looks for new credentials, or for where the bucket
    really is: True when found. The hints are for where the usual advice will not do.

    Raises:
        StoreError: It fails for good, or again and again.
    """
    longest = _AT_THE_PROMPT.backoff.longest
    result = retried(
        lambda: interruptible(call),
        _AT_THE_PROMPT,
        mend=mend,
        sleep=lambda seconds: time.sleep(min(seconds, longest)),  # whatever the service asks for
    )
    if isinstance(result, Failure):
        raise store_error(doing, result, hint=(hints or {}).get(result.cause, ""))
    return result
