"""The driver's event loop: hands out batches, takes replies, hands back what was lost.

```
tasks ──▶ backlog ──▶ batch, signed now ──▶ the worker with the least to do ──▶ replies ──▶ run
```
All of it runs on one loop, which has a thread of its own; a run's thread reaches it by `_call`.
"""

import asyncio
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import TypeVarTuple

from ossh.errors import OsshError
from ossh.language import Words
from ossh.model import Cause, Failure
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.fetching.lanes import Lanes
from ossh.transfer.messages import Answer, Crashed, Failed, Reply, Request, Returned, Sign, Task
from ossh.transfer.scheduling.window import is_for_stream
from ossh.workers.balancing import AHEAD, charged, divided, next_batch
from ossh.workers.transport import Transport, Unreachable
from ossh.workers.worker_messages import Batch, SessionRequest
from ossh.workers.worker_pool import Worker, WorkerPool

GREET_SECONDS = 0.1  # between two looks whether a run ends before it has workers
POLL_SECONDS = 0.5  # between two checks of which workers there are
HEARTBEAT_SECONDS = 10.0  # between two messages to workers whose limits stay the same
RETRY_SECONDS = 2.0  # between two attempts to reach workers that went away
FAREWELL_SECONDS = 0.5  # at least, for workers to hear that a run has ended
_CLOCK_STEP = 2  # seconds; clocks of signatures count whole ones, at both ends

_Ts = TypeVarTuple("_Ts")

Backlog = tuple[deque[Task], deque[Task]]
"""Tasks that nobody has begun: for lanes, and for streams."""


class Driver(Lanes):
    """One run's side of its workers.

    Args:
        request: What they must know; its limits are those of all together.
        sign: Signs a task when it is sent.
        signed_seconds: How long a signature is good for.
        context: Is idle when a worker could take more tasks than there are.
        waiting: Tasks for lanes, and for streams, of which others take some, too: what no worker
            takes is theirs. Without them, all that is sent is for workers.
    """

    def __init__(  # noqa: PLR0913 - what a run knows, and who else takes its tasks
        self,
        transport: Transport,
        request: SessionRequest,
        sign: Sign,
        signed_seconds: float,
        context: LaneContext,
        waiting: Backlog | None = None,
    ) -> None:
        self.workers = WorkerPool(transport, request, self._announce_limits, self._hand_back)
        self._received = 0  # bytes that replies have reported
        self._transport = transport
        self._is_connected = False
        self._run = request.run
        self._sign = sign
        self._signed_seconds = signed_seconds
        self._post = context.post
        self._on_idle = context.on_idle
        self._limits = request.limits
        self._asked: tuple[int, ...] = ()  # limits that the run asked for last
        self._backlog: Backlog = waiting or (deque(), deque())
        self._is_alone = waiting is None  # nobody else takes from these
        self._has_idle_streams = False  # since the last batches were handed out
        self._has_new_limits = False  # that some worker does not know yet
        self._sent_since_recall = False
        self._deadline: float | None = None  # monotonic: when an end that was asked for is due
        self._loop: Future[asyncio.AbstractEventLoop] = Future()
        self._wake = asyncio.Event()
        self._is_ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._serve_all, name="ossh-workers", daemon=True)
        self._thread.start()

    # what a run calls, on its own thread

    @property
    def machines(self) -> int:
        return max(1, len(self.workers))

    @property
    def received(self) -> int:
        streaming = (self._transport.streaming(one.name) for one in self.workers)
        return self._received + sum(streaming)

    @property
    def under_way(self) -> list[tuple[Task, int]]:
        return [task for one in self.workers for task in self._transport.under_way(one.name)]

    def is_ready(self, seconds: float) -> bool:
        try:
            self._is_ready.result(seconds)
        except TimeoutError:
            return False
        return True

    def send(self, tasks: Iterable[Task]) -> None:
        self._call(self._add, list(tasks))

    def limit(self, connections: int, streams: int, bytes_per_second: int) -> None:
        asked = connections, streams, bytes_per_second
        if asked != self._asked:
            self._asked = asked
            self._call(self._limit, *asked)

    def recall(self, *, running: bool) -> None:
        self._call(self._recall, running)

    def leave(self, seconds: float) -> None:
        """Have the workers park and hand back everything, and leave them, within so many seconds.

        What a worker cannot report in that time is fetched again.
        """
        self._call(self._end, seconds)

    def end(self, seconds: float) -> tuple[str, ...]:
        """Leave, and wait until that is done; return who was left out, and why."""
        self.leave(seconds)
        if self._is_connected:  # else it would wait for a scheduler that does not answer
            self._thread.join(2 * seconds)
        return self.workers.refusals

    def _call(self, method: Callable[[*_Ts], None], *arguments: *_Ts) -> None:
        """Call one of the methods below on the loop; does nothing after its end."""
        with suppress(RuntimeError, OSError):  # it is closed, or could not be made
            self._loop.result().call_soon_threadsafe(method, *arguments)

    # the same on the loop

    def _add(self, tasks: list[Task]) -> None:
        for task in tasks:
            self._backlog[is_for_stream(task)].append(task)
        if any(self._backlog):  # woken for none, it would at once ask for more
            self._wake.set()

    def _limit(self, connections: int, streams: int, bytes_per_second: int) -> None:
        self._limits = replace(
            self._limits,
            connections=connections,
            streams=streams,
            bytes_per_second=bytes_per_second,
        )
        self._announce_limits()

    def _recall(self, running: bool) -> None:  # noqa: FBT001 - called by `_call`, without names
        """Hand back what is queued; with `running` what is under way too."""
        for task in self._take_backlog():
            self._post(Returned(task))
        if self._sent_since_recall or running > self._limits.recalls_running:
            self._sent_since_recall = False
            recalls = self._limits.recalls + 1
            self._limits = replace(self._limits, recalls=recalls, recalls_running=running)
            self._announce_limits()

    def _take_backlog(self) -> Iterator[Task]:
        for waiting in self._backlog:
            while batch := next_batch(waiting, 1):
                yield from batch

    def _end(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._recall(running=True)
        self._wake.set()

    def _announce_limits(self) -> None:
        self._has_new_limits = True
        self._wake.set()

    # the loop

    def _serve_all(self) -> None:
        """Serve until told to end; a bug travels as `Crashed`.

        What keeps it from beginning becomes the exception of `is_ready`.
        """
        try:
            with asyncio.Runner() as runner:
                self._loop.set_result(runner.get_loop())
                runner.run(self._serve())
        except OSError as error:  # no file is left for a loop
            if not self._loop.done():
                self._loop.set_exception(error)
            self._is_ready.set_exception(self._transport.unreachable(Unreachable(str(error))))

    async def _serve(self) -> None:
        try:
            while self._deadline is None:
                await self._serve_once()
        except OsshError as error:
            self._is_ready.set_exception(error)
        except Exception as error:  # noqa: BLE001 - reported whole to the run, which raises it
            if not self._is_ready.done():
                self._is_ready.set_exception(error)
            self._post(Crashed(traceback.format_exc()))

    async def _serve_once(self) -> None:
        """Serve until told to end, or until the workers cannot be reached any more."""
        try:
            await self._transport.connect(self._on_replies, self.workers.lose)
            await self._serve_connected()
        except Unreachable as error:  # they went away, and are looked for again
            if not self._is_ready.done():
                raise self._transport.unreachable(error) from error
            self._refuse_all()
            await self._pause(RETRY_SECONDS)

    async def _serve_connected(self) -> None:
        self._is_connected = True
        try:
            await self._begin()
            await self._work()
            await self._leave()
        finally:
            await self._transport.close()  # first: what is handed back now, others do
            self.workers.lose_all()
            self._is_connected = False

    async def _begin(self) -> None:
        """Greet the workers; at the start of a run, one at least must be able to take part."""
        await self.workers.update(self._limits)
        while self._deadline is None and await self.workers.are_greeting(GREET_SECONDS):
            pass
        if self._is_ready.done() or self._deadline is not None:
            return
        if not self.workers:
            raise self._transport.nobody(self.workers.refusals)
        self._is_ready.set_result(None)

    async def _work(self) -> None:
        next_poll = next_heartbeat = 0.0
        while self._deadline is None:
            now = time.monotonic()
            if now >= next_poll:
                next_poll = now + POLL_SECONDS
                await self.workers.update(self._limits)
                self._has_new_limits |= self._limits.bytes_per_second > 0  # as loads change
            if self._has_new_limits or now >= next_heartbeat:
                next_heartbeat = now + HEARTBEAT_SECONDS
                self._has_new_limits = not self.workers.set_limits(self._limits)
            if self.workers:
                self._hand_out()
            else:
                self._refuse_all()
            await self._pause(POLL_SECONDS)

    async def _pause(self, seconds: float) -> None:
        """Wait until there is something to do, at most so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        self._wake.clear()

    async def _leave(self) -> None:
        """Have everything parked and handed back, as far as time allows."""
        self.workers.set_limits(self._limits)
        while (left := (self._deadline or 0.0) - time.monotonic()) > 0:
            if not any(chain(*(one.tasks for one in self.workers))):
                break
            await self._pause(left)
        farewells = [self._transport.leave(one.name) for one in self.workers]
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*farewells), max(left, FAREWELL_SECONDS))

    # batches

    def _hand_out(self) -> None:
        """Send each worker what it has room for, the idlest first."""
        limits = divided(self._limits, len(self.workers))
        for is_large, at_once in ((False, limits.connections), (True, limits.streams)):
            waiting = self._backlog[is_large]
            while True:
                worker = min(self.workers, key=lambda one: len(one.tasks[is_large]))
                if len(worker.tasks[is_large]) >= AHEAD * (at_once + worker.pace[is_large]):
                    break
                if not (batch := next_batch(waiting, len(self.workers))):
                    break
                self._send(worker, batch)
        if self._has_idle_streams and not self._backlog[True]:
            self._has_idle_streams = False
            self._on_idle()

    def _send(self, worker: Worker, tasks: Iterable[Task]) -> None:
        signed = tuple(
            (task, self._sign(task) if isinstance(task, Request) else None) for task in tasks
        )
        now = time.monotonic()
        for task, _ in signed:
            worker.tasks[is_for_stream(task)][task] = now
        self._transport.send(worker.name, Batch(self._run, self._limits.recalls, signed))
        self._sent_since_recall = True

    def _on_replies(self, name: str, replies: Sequence[Reply]) -> None:
        """Take what a worker answers; of one that was lost, others do the tasks meanwhile."""
        worker = self.workers.find(name)
        if worker is None:
            return
        now, counts = time.monotonic(), [0, 0]
        for reply in replies:
            if not isinstance(reply, Answer):
                self._post(reply)
                continue
            is_large = is_for_stream(reply.task)
            signed_at = worker.tasks[is_large].pop(reply.task, None)
            if signed_at is None:
                text = f"worker {name} answered a question that it was not asked"
                self._post(Crashed(text))
                continue
            counts[is_large] += 1
            is_expired = now - signed_at > self._signed_seconds - _CLOCK_STEP
            self._received += reply.received
            self._post(_renewed(reply) if is_expired else reply)
        self._has_idle_streams |= counts[True] > 0
        worker.pace = [max(count, old // 2) for count, old in zip(counts, worker.pace, strict=True)]
        self._wake.set()

    def _hand_back(self, worker: Worker) -> None:
        """Hand back what a worker had; what it had begun is charged, where that is the rule."""
        limits = divided(self._limits, len(self.workers) + 1)
        is_charged = self._transport.charges and self._deadline is None
        for tasks, at_once in zip(worker.tasks, (limits.connections, limits.streams), strict=True):
            lost = set(charged(tasks, at_once)) if is_charged else ()
            for task in tasks:
                self._post(_lost(task) if task in lost else Returned(task))

    def _refuse_all(self) -> None:
        """Answer every task that waits for workers alone, as there is none to do it."""
        why = self._transport.none_left
        for task in self._take_backlog() if self._is_alone else ():
            if why is None:
                self._post(Returned(task))
            else:
                self._post(Failed(task, Failure(Cause.NO_WORKER, "no worker", why)))


def _lost(task: Task) -> Failed:
    text = Words("the process that fetched it was killed, or hung")
    return Failed(task, Failure(Cause.WORKER_LOST, "worker lost", text))


def _renewed(reply: Answer) -> Answer:
    """Turn the refusal of a signature that had expired into a task to be signed anew."""
    if isinstance(reply, Failed) and reply.failure.cause in {Cause.DENIED, Cause.CLOCK}:
        return Returned(reply.task, reply.kept, reply.served, reply.received)
    return reply
