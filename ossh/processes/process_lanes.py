"""Lanes of the run's own process, and of others once it uses some."""

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from ossh.errors import OsshError, limits_explained
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.fetching.lanes import Lanes, LocalLanes
from ossh.transfer.fetching.rate_limit import RateLimit
from ossh.transfer.fetching.signing import Signing
from ossh.transfer.messages import Task
from ossh.workers.worker_messages import session_request

if TYPE_CHECKING:  # a run that starts no process needs no event loop either
    from ossh.processes.process_transport import ProcessTransport
    from ossh.workers.driver import Backlog, Driver

SIGNED_SECONDS = 600.0  # how long the service takes a request after its date
LEAVE_SECONDS = 2.0  # what processes that are not used any more are given to hand back all


class ProcessLanes(Lanes):
    """Lanes of this machine, in as many processes as pay.

    One process is this one: its lanes are threads, and nothing is started. A second takes from the
    same queues. With more, this one keeps the books, and others begin what is waiting; until these
    are there, and should none be left, its own lanes go on. For what is shared see `LocalLanes`.
    """

    def __init__(
        self, signing: Signing, context: LaneContext, *, shared: RateLimit | None = None
    ) -> None:
        self._signing = signing
        self._context = context
        self._shared = shared
        self._local = LocalLanes(signing, context, shared=shared)
        self._processes = 1  # that are wanted, with this one
        self._transport: ProcessTransport | None = None
        self._workers: Driver | None = None
        self._leaving: list[Driver] = []  # others, that are not used any more
        self._booked = 0  # bytes of processes that the shared limit knows of
        self._why_none = ""  # why no processes can be used

    @property
    def received(self) -> int:
        return self._local.received + sum(one.received for one in self._others)

    @property
    def under_way(self) -> list[tuple[Task, int]]:
        return [*self._local.under_way, *(task for one in self._others for task in one.under_way)]

    @property
    def _others(self) -> list["Driver"]:
        return self._leaving if self._workers is None else [*self._leaving, self._workers]

    def send(self, tasks: Iterable[Task]) -> None:
        self._local.send(tasks)
        if self._workers is not None:
            self._workers.send(())  # they take from what waits

    def use(self, processes: int) -> None:
        """Fetch in so many processes as soon as they are there, this one included."""
        if processes < self._processes:
            self._leave()
        self._processes = processes
        try:
            if processes > 1 and not self._why_none:
                if self._workers is None:
                    self._workers = self._start(processes - 1)
                elif self._transport is not None:
                    self._transport.count = processes - 1
            if self._workers is not None:
                self._workers.is_ready(0)
        except OsshError as error:
            self._why_none = str(error)
            self._leave()

    def _start(self, others: int) -> "Driver":
        """Start others.

        Raises:
            OsshError: There is no thread for that.
        """
        from ossh.processes.process_transport import ProcessTransport  # noqa: PLC0415 - see above
        from ossh.workers.driver import Driver  # noqa: PLC0415

        self._transport = ProcessTransport(others)
        request = session_request(self._context)
        waiting = cast("Backlog", self._local.waiting)  # from which they only take
        with limits_explained():
            return Driver(
                self._transport, request, self._signing, SIGNED_SECONDS, self._context, waiting
            )

    def _leave(self) -> None:
        """Have processes hand back all and end, without waiting for that."""
        if self._workers is not None:
            self._workers.leave(LEAVE_SECONDS)
            self._leaving.append(self._workers)
        self._workers = None

    def limit(self, connections: int, streams: int, bytes_per_second: int) -> None:
        workers, rate = self._workers, self._share(bytes_per_second)
        if workers is None or not len(workers.workers):
            self._local.limit(connections, streams, bytes_per_second)
            if workers is not None:
                workers.limit(connections, streams, rate)  # they begin before this is called again
            return
        # of two processes, each begins half; of more, this one nothing
        ours = (connections // 2, streams // 2) if self._processes == 2 else (0, 0)  # noqa: PLR2004
        own, theirs = len(self._local.under_way), len(workers.under_way)
        # each has its part for what is under way, and a little for what it begins next
        least = -(-rate // 16)
        own_rate = max(least, min(rate - least, rate * own // max(1, own + theirs)))
        self._local.limit(*ours, own_rate)
        their_rate = max(least, rate - own_rate)
        workers.limit(connections - ours[0], streams - ours[1], their_rate)

    def _share(self, bytes_per_second: int) -> int:
        """Return the limit of this run's processes, which cannot wait for those of others.

        What they receive is booked with the shared limit, so that threads of other runs, who can,
        take no more than is left.
        """
        if self._shared is None:
            return bytes_per_second
        received = sum(one.received for one in self._others)
        self._shared.take(max(0, received - self._booked))
        self._booked = max(received, self._booked)
        if not self._shared.rate:
            return bytes_per_second
        share = -(-self._shared.rate // max(1, self._shared.sharers))
        return min(bytes_per_second or share, share)

    def recall(self, *, running: bool) -> None:
        self._local.recall(running=running)
        for one in self._others:
            one.recall(running=running)

    def end(self, seconds: float) -> tuple[str, ...]:
        for one in self._others:
            one.leave(seconds)
        self._local.end(seconds)
        for one in self._others:
            with suppress(OsshError):
                one.end(seconds)
        return (self._why_none,) if self._why_none else ()
