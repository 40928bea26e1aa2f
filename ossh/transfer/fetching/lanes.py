"""The lanes of one run as one: tasks go to the threads that are made for them."""

import queue
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from ossh.transfer.fetching.disk_worker import DiskWorker
from ossh.transfer.fetching.lane import Lane, LaneContext
from ossh.transfer.fetching.rate_limit import RateLimit
from ossh.transfer.machine import cores
from ossh.transfer.messages import Fetch, Request, Returned, Sign, Task
from ossh.transfer.scheduling.window import is_for_stream

if TYPE_CHECKING:  # other processes use lanes without any credentials
    from ossh.transfer.fetching.signing import Signing


# Threads for large bodies, and for the disk: each serves many connections, and more threads than
# cores only wait for the interpreter's lock in turn. A disk that lets one wait does not stop the
# others.
MOST_LANES = min(max(2, cores()), 4)

T = TypeVar("T", bound=Thread)


class Lanes:
    """What a run hands its tasks to: lanes of this machine, or of the workers of a cluster.

    These do nothing: a run that only plans has no tasks.
    """

    @property
    def machines(self) -> int:
        """Return how many machines fetch, at least 1."""
        return 1

    @property
    def received(self) -> int:
        """Return the bytes of bodies received so far, also of those that are not kept.

        Replies tell of the same, each of its own.
        """
        return 0

    @property
    def under_way(self) -> list[tuple[Task, int]]:
        """Return the tasks that are being done now, each with its bytes so far, as far as known."""
        return []

    def is_ready(self, seconds: float) -> bool:  # noqa: ARG002 - those of this machine always are
        """Wait at most so many seconds until tasks can be sent; tell whether they can.

        Raises:
            OsshError: It never will be; says why.
        """
        return True

    def send(self, tasks: Iterable[Task]) -> None:
        """Take on more tasks; each is answered by one reply."""

    def use(self, processes: int) -> None:
        """Fetch in so many processes of this machine, this one included, where that is possible."""

    def limit(self, connections: int, streams: int, bytes_per_second: int) -> None:
        """Change how much may be under way, of all machines together.

        Connections are for small bodies, streams for large ones and parts; 0 bytes mean no limit.
        """

    def recall(self, *, running: bool) -> None:
        """Have queued tasks handed back as `Returned`; with `running` those under way too."""

    def end(self, seconds: float) -> tuple[str, ...]:  # noqa: ARG002 - there are none
        """Park and hand back everything, and end within so many seconds.

        Return what the user should know of them, a line each.
        """
        return ()


NewLanes = Callable[["Signing", LaneContext], Lanes]


class LocalLanes(Lanes):
    """A lane for small bodies, a few for large ones, and threads that work on the disk alone.

    All are started as they are needed. What is shared is a limit that holds for other runs too, all
    together.
    """

    def __init__(
        self, sign: Sign, context: LaneContext, *, shared: RateLimit | None = None
    ) -> None:
        self._sign = sign
        self._context = context
        self._rate = RateLimit(within=shared)
        # for lanes, and for streams: what none has begun, of which others may take some
        self.waiting: tuple[deque[Request], deque[Request]] = (deque(), deque())
        self._small, self._large = self.waiting
        self._small_lanes: list[Lane] = []  # one at most
        self._large_lanes: list[Lane] = []
        self._on_disk: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._disk_workers: list[DiskWorker] = []
        self._connections = self._streams = 1

    def send(self, tasks: Iterable[Task]) -> None:
        for task in tasks:
            is_folder = isinstance(task, Fetch) and task.entry.path.endswith("/")
            if is_folder or not isinstance(task, Request):
                self._on_disk.put(task)
            elif is_for_stream(task):
                self._large.append(task)
            else:
                self._small.append(task)
        self._start_threads()
        for lane in self._lanes:
            lane.wake()

    def _start_threads(self) -> None:
        """Start the threads that what was sent takes, and share the connections among them."""
        if self._small and not self._small_lanes:
            context = replace(self._context, on_idle=lambda: None)
            small = Lane(self._small, self._sign, context, self._rate)
            self._small_lanes.append(_started(small))
        lanes = self._large_lanes
        for _ in range(min(MOST_LANES, self._streams, len(self._large)) - len(lanes)):
            lanes.append(_started(Lane(self._large, self._sign, self._context, self._rate)))
        self._share()
        workers = self._disk_workers
        idle = sum(worker.present is None for worker in workers)
        waiting = self._on_disk.qsize() - idle
        for _ in range(min(MOST_LANES - len(workers), waiting)):
            workers.append(_started(DiskWorker(self._on_disk, self._context)))

    def limit(self, connections: int, streams: int, bytes_per_second: int) -> None:
        """Change how much may be under way; what is beyond it comes to its end."""
        self._connections, self._streams = connections, streams
        self._rate.set(bytes_per_second)
        self._share()

    def _share(self) -> None:
        for lane in self._small_lanes:
            lane.limit = self._connections
        number = len(self._large_lanes)
        for place, lane in enumerate(self._large_lanes):
            lane.limit = (self._streams + place) // number

    @property
    def received(self) -> int:
        return sum(lane.received for lane in self._lanes)

    @property
    def under_way(self) -> list[tuple[Task, int]]:
        requests = [task for lane in self._lanes for task in lane.under_way]
        present = [worker.present for worker in self._disk_workers]
        return [*requests, *((task, 0) for task in present if task is not None)]

    @property
    def _lanes(self) -> list[Lane]:
        return [*self._small_lanes, *self._large_lanes]

    def recall(self, *, running: bool) -> None:
        with suppress(queue.Empty):
            while True:
                if (task := self._on_disk.get_nowait()) is not None:
                    self._context.post(Returned(task))
        for lane in self._lanes:
            lane.recall(running=running)
        if running:
            for worker in self._disk_workers:
                worker.recall()

    def end(self, seconds: float) -> tuple[str, ...]:
        self.recall(running=True)
        for lane in self._lanes:
            lane.end()
        for _worker in self._disk_workers:
            self._on_disk.put(None)
        deadline = time.monotonic() + seconds
        for thread in (*self._lanes, *self._disk_workers):
            thread.join(max(0.0, deadline - time.monotonic()))
        self._rate.close()
        return ()


def _started(thread: T) -> T:
    """Return a thread once it runs: one that the system does not start cannot be waited for."""
    thread.start()
    return thread
