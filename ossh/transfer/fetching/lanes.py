"""The lanes of one run as one: tasks go to the threads that are made for them."""

import queue
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from ossh.network import Http
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.lane import Lane
from ossh.transfer.fetching.rate_limit import RateLimit
from ossh.transfer.fetching.stream import Stream
from ossh.transfer.messages import CheckPart, Reply, Returned, Seal, Sign, Small, Task
from ossh.transfer.scheduling.window import is_for_stream

if TYPE_CHECKING:  # other processes use lanes without any credentials
    from ossh.transfer.fetching.signing import Signing


class Lanes(Protocol):
    """What a run hands its tasks to: lanes of this machine, or of the workers of a cluster."""

    @property
    def machines(self) -> int:
        """Return how many machines fetch, at least 1."""

    @property
    def received(self) -> int:
        """Return the bytes of bodies received so far."""

    @property
    def streamed(self) -> int:
        """Return the bytes that streams have written so far."""

    @property
    def under_way(self) -> list[tuple[Task, int]]:
        """Return the tasks that are being done now, each with its bytes so far, as far as known."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the user should know of them, a line each."""

    def is_ready(self, seconds: float) -> bool:
        """Wait at most so many seconds until tasks can be sent; tell whether they can.

        Raises:
            OsshError: It never will be; says why.
        """

    def send(self, tasks: Iterable[Task]) -> None:
        """Take on more tasks; each is answered by one reply."""

    def limit(self, connections: int, streams: int, bytes_per_second: int) -> None:
        """Change how much may be under way, of all machines together."""

    def use(self, processes: int) -> None:
        """Fetch in so many processes of this machine, where that is possible."""

    def recall(self, *, running: bool) -> None:
        """Have queued tasks handed back as `Returned`; with `running` those under way too."""

    def end(self, seconds: float) -> None:
        """Park and hand back everything, and end within so many seconds."""


# (signing, settings of requests, where files go, takes each reply, called when a stream is idle)
NewLanes = Callable[
    ["Signing", Http, Workspace, Callable[[Reply], None], Callable[[], None]], Lanes
]


class LocalLanes:
    """One lane for small bodies, and streams for large ones, started as they are needed.

    Methods: see `Lanes`; arguments: `Stream`. What is shared is a limit that holds for other runs
    too, all together.
    """

    def __init__(  # noqa: PLR0913 - what a run gives its lanes, and what it shares with others
        self,
        sign: Sign,
        http: Http,
        workspace: Workspace,
        post: Callable[[Reply], None],
        on_idle: Callable[[], None],
        *,
        shared: RateLimit | None = None,
    ) -> None:
        self._parts = (sign, http, workspace, post)
        self._post = post
        self._on_idle = on_idle
        self._rate = RateLimit(within=shared)
        self._blocks: list[memoryview] = []  # buffers that no stream uses just now
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._lane: Lane | None = None
        self._streams: list[Stream] = []
        self._streamed = 0  # bytes of streams that have ended
        self._connections = self._most_streams = 1

    @property
    def machines(self) -> int:
        return 1

    @property
    def notes(self) -> tuple[str, ...]:
        return ()

    def is_ready(self, seconds: float) -> bool:  # noqa: ARG002 - of the protocol
        return True

    def send(self, tasks: Iterable[Task]) -> None:
        small: list[Small] = []
        for task in tasks:
            if isinstance(task, CheckPart | Seal) or is_for_stream(task):
                self._tasks.put(task)
            else:
                small.append(task)
        if small:
            self._small(small)
        idle = sum(not stream.under_way for stream in self._streams)
        for _ in range(min(self._most_streams - len(self._streams), self._tasks.qsize() - idle)):
            stream = Stream(self._tasks, *self._parts, self._rate, self._blocks, self._on_idle)
            stream.start()
            self._streams.append(stream)

    def _small(self, tasks: list[Small]) -> None:
        if self._lane is None:
            self._lane = Lane(*self._parts, self._rate)
            self._lane.limit(self._connections)
            self._lane.start()
        self._lane.send(tasks)

    def limit(self, connections: int, streams: int, bytes_per_second: int) -> None:
        """Change how much may be under way; streams beyond it end after their present task.

        Args:
            connections: Of the lane of small bodies.
            streams: Of large bodies and parts.
            bytes_per_second: Of all together; 0 means no limit.
        """
        self._connections, self._most_streams = connections, streams
        for stream in [one for one in self._streams if not one.is_alive()]:
            self._streams.remove(stream)
            self._streamed += stream.received
        for number, stream in enumerate(self._streams):
            stream.is_wanted = number < streams
        self._rate.set(bytes_per_second)
        if self._lane is not None:
            self._lane.limit(connections)

    def use(self, processes: int) -> None:
        """Do nothing: these are threads of one."""

    @property
    def received(self) -> int:
        return self.streamed + (self._lane.received if self._lane is not None else 0)

    @property
    def streamed(self) -> int:
        return self._streamed + sum(stream.received for stream in self._streams)

    @property
    def under_way(self) -> list[tuple[Task, int]]:
        return [task for thread in self._threads for task in thread.under_way]

    @property
    def _threads(self) -> list[Lane | Stream]:
        return [*self._streams, *([] if self._lane is None else [self._lane])]

    def recall(self, *, running: bool) -> None:
        with suppress(queue.Empty):
            while True:
                if (task := self._tasks.get_nowait()) is not None:
                    self._post(Returned(task))
        if self._lane is not None:
            self._lane.recall(running=running)
        if running:
            for stream in self._streams:
                stream.recall()

    def end(self, seconds: float) -> None:
        self.recall(running=True)
        for stream in self._streams:
            stream.end()
            self._tasks.put(None)
        if self._lane is not None:
            self._lane.end()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._rate.close()
