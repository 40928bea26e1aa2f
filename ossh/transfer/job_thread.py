"""A thread that works on a job: it can be watched, stopped, and asked for its result."""

import math
import threading
import time
from dataclasses import replace
from typing import Final, Generic, Self, TypeVar

from ossh.errors import UsageError, limits_explained
from ossh.job import Job
from ossh.language import _
from ossh.transfer.watching import Phase, Progress

Result = TypeVar("Result")
PARK_SECONDS = 3.0  # a run that is told to stop parks its files within two
_WAIT_SECONDS: Final = 0.5  # at once: Windows interrupts no wait, so Ctrl-C takes so long there


class JobThread(threading.Thread, Generic[Result]):
    """A run, a verification or a restoration: the one writer of its job's manifest meanwhile.

    `progress` may be looked at from any thread, as often as one likes. When it has ended,
    `summary` says how, or `error` what kept it from going on; `result` returns the one or raises
    the other.
    """

    def __init__(self, job: Job, task: str) -> None:
        super().__init__(name=f"ossh-{task}-{job.name}", daemon=True)
        self.job = job
        self.progress = Progress()
        self.summary: Result | None = None
        self.error: BaseException | None = None
        self._stopping = threading.Event()
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.is_alive():
            self.stop()
            self.join(PARK_SECONDS)

    @property
    def is_stopping(self) -> bool:
        """Return whether it was asked to end, or ends by itself."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Ask it to end soon; what was done so far is recorded, and is the result."""
        self._stopping.set()

    def is_alive(self) -> bool:
        """Return whether it was started and has not ended."""
        return self.ident is not None and not self._ended.is_set()

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended; Ctrl-C ends the wait, which may be taken up again.

        Before Python 3.13 a thread counts as ended once a signal has interrupted its own `join`
        (see bpo-45274 in threading.py).
        """
        until = math.inf if timeout is None else time.monotonic() + timeout
        while self.is_alive() and (left := until - time.monotonic()) > 0:
            self._ended.wait(min(_WAIT_SECONDS, left))

    def result(self) -> Result:
        """Return how it ended, once a thread that was started has.

        Ctrl-C ends the wait, not the run: ask again, or `stop` it.

        Raises:
            OsshError: It could not begin, or not go on.
            UsageError: It has not been started.
        """
        self.join()
        if self.error is not None:
            raise self.error
        if self.summary is None:
            hint = _("iterate over it or start it first")
            raise UsageError(_("the run has no result yet"), hint=hint)
        return self.summary

    def run(self) -> None:
        """Work to the end; what goes wrong is left in `error`."""
        try:
            with limits_explained():
                self.work()
        except BaseException as error:  # noqa: BLE001 - raised by `result`
            self.error = error
        finally:
            self.progress = replace(self.progress, phase=Phase.ENDED)
            self._ended.set()

    def work(self) -> None:
        """Do the job's work, publishing `progress` and leaving a `summary`."""
        raise NotImplementedError
