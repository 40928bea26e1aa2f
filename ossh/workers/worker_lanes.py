"""Workers in the place of lanes: what a run calls.

Each call is passed on to the driver, whose event loop has a thread of its own.
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace

from ossh.transfer.messages import Reply, Sign, Task
from ossh.workers.driver import Driver
from ossh.workers.transport import Transport
from ossh.workers.worker_messages import SessionRequest


class WorkerLanes:
    """What a run hands its tasks to; see `ossh.transfer.fetching.lanes.Lanes`.

    Arguments: see `Driver`.
    """

    def __init__(  # noqa: PLR0913 - as those of a driver
        self,
        transport: Transport,
        request: SessionRequest,
        sign: Sign,
        signed_seconds: float,
        post: Callable[[Reply], None],
        on_idle: Callable[[], None],
    ) -> None:
        self._driver = Driver(transport, request, sign, signed_seconds, post, on_idle)
        self._limits = request.limits
        self._is_ready: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._driver.run, args=(self._is_ready,), name="ossh-workers", daemon=True
        )
        self._thread.start()

    @property
    def is_manned(self) -> bool:
        """Return whether any worker takes part just now."""
        return len(self._driver.workers) > 0

    @property
    def machines(self) -> int:
        """Return how many workers fetch, at least 1."""
        return max(1, len(self._driver.workers))

    @property
    def received(self) -> int:
        return self._driver.received

    @property
    def under_way(self) -> list[tuple[Task, int]]:
        return self._driver.under_way

    def is_ready(self, seconds: float) -> bool:
        """Wait so long at most until a worker takes part; return whether one does.

        Raises:
            OsshError: None can take part; says why.
        """
        try:
            self._is_ready.result(seconds)
        except TimeoutError:
            return False
        return True

    def send(self, tasks: Iterable[Task]) -> None:
        self._driver.call(self._driver.add, list(tasks))

    def limit(
        self,
        connections: int,
        streams: int,
        bytes_per_second: int,
        processes: int = 1,  # noqa: ARG002 - how many there are is not for a run to say
    ) -> None:
        limits = replace(
            self._limits,
            connections=connections,
            streams=streams,
            bytes_per_second=bytes_per_second,
        )
        if limits != self._limits:
            self._limits = limits
            self._driver.call(self._driver.limit, limits)

    def recall(self, *, running: bool) -> None:
        self._driver.call(self._driver.recall, running)

    def leave(self, seconds: float) -> None:
        """Have the workers park and hand back everything, and leave them, within so many seconds.

        What a worker cannot report in that time is fetched again.
        """
        self._driver.call(self._driver.end, seconds)

    def end(self, seconds: float) -> tuple[str, ...]:
        """Leave, and wait until that is done; return who was left out, and why."""
        self.leave(seconds)
        if self._driver.is_connected:  # else it would wait for a scheduler that does not answer
            self._thread.join(2 * seconds)
        return self._driver.workers.refusals
