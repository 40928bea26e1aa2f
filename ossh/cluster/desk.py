"""What runs on a worker: a desk for each run, where batches come in and lanes do the work.

```
fetch(batch) ──▶ Desk ──▶ Lanes (lane, streams) ══▶ target
     ▲ waits        └── each reply finds its batch; the last one ends the wait
```
The functions here are what the driver calls; Dask finds them by name, so that a worker runs its
own, installed ossh.
"""

import asyncio
import contextlib
import os
import threading
import time
from pathlib import Path

from distributed import secede

from ossh.cluster.messages import Batch, Limits, Opening, Order, Welcome
from ossh.errors import LocalError
from ossh.language import Words
from ossh.network import Http
from ossh.store.signer import Signed
from ossh.transfer.lanes import Lanes
from ossh.transfer.machine import affordable
from ossh.transfer.messages import Crashed, Reply, Request, Returned, Task
from ossh.transfer.workspace import WORK_FOLDER, Workspace, long_path

SEE_SECONDS = 3.0  # how long a network's file system may take to show a new file
LOOK_SECONDS = 0.1
PARK_SECONDS = 2.0
# A driver tells every few seconds that it is there; one that is silent so long is dead.
LEASE_SECONDS = 60.0

_desks: dict[str, "Desk"] = {}


class _Waiting:
    """A batch whose replies are coming in."""

    def __init__(self, count: int) -> None:
        self.replies: list[Reply] = []
        self.is_answered = threading.Event()
        self._left = count

    def add(self, reply: Reply) -> None:
        """Take in a reply; the last one, or a crash, ends the wait."""
        self.replies.append(reply)
        self._left -= 1
        if not self._left or isinstance(reply, Crashed):
            self.is_answered.set()


class Desk:
    """One run's lanes on this worker.

    Used by the threads of its batches, by the lanes, and by the worker's own loop.

    Args:
        opening: Of the run.
        workspace: Where files go.
    """

    def __init__(self, opening: Opening, workspace: Workspace) -> None:
        self._lock = threading.RLock()  # a recall posts replies on the thread that holds it
        self._waiting: dict[Task, _Waiting] = {}
        self._addresses: dict[Task, Signed] = {}
        self._recalls = opening.limits.recalls
        self._is_closed = False
        self._http = Http(opening.timeouts, opening.route)
        self._lanes = Lanes(self._sign, self._http, workspace, self._post, lambda: None)
        self.heard = time.monotonic()  # when the driver last said anything
        self.steer(opening.limits)

    def fetch(self, batch: Batch) -> tuple[Reply, ...]:
        """Do what a batch orders and return its replies, in no order."""
        waiting = _Waiting(len(batch.orders))
        with self._lock:
            if self._is_closed or batch.recalls < self._recalls:
                return returned(batch.orders)
            for order in batch.orders:
                self._waiting[order.task] = waiting
                if order.address is not None:
                    self._addresses[order.task] = order.address
            self._lanes.send(order.task for order in batch.orders)
        waiting.is_answered.wait()
        return tuple(waiting.replies)

    def steer(self, limits: Limits) -> None:
        """Obey new limits, and hand back what was sent before the last recall."""
        with self._lock:
            self.heard = time.monotonic()
            connections = affordable(limits.connections)
            self._lanes.limit(connections, limits.streams, limits.bytes_per_second)
            if limits.recalls > self._recalls:
                self._recalls = limits.recalls
                self._lanes.recall(running=limits.is_running)

    def close(self) -> None:
        """Park and hand back everything, and take nothing on any more."""
        with self._lock:
            self._is_closed = True
        self._lanes.end(PARK_SECONDS)
        self._http.close()

    def _sign(self, task: Request) -> Signed:
        return self._addresses[task]

    def _post(self, reply: Reply) -> None:
        """Give a reply to its batch; a crash concerns all of them."""
        with self._lock:
            if isinstance(reply, Crashed):
                for waiting in self._waiting.values():
                    waiting.add(reply)
                return
            task: Task = getattr(reply, "task")  # noqa: B009 - of lanes only these replies come
            self._addresses.pop(task, None)
            self._waiting.pop(task).add(reply)


def returned(orders: tuple[Order, ...]) -> tuple[Reply, ...]:
    """Return the replies to orders that nobody touched."""
    return tuple(Returned(order.task) for order in orders)


# What the driver calls. The first three run on the worker's loop, which must not wait for a disk.


async def open_desk(opening: Opening) -> Welcome:
    """Get ready for a run's batches, if this worker sees its target and may write there."""
    await close_desk(opening.run)  # of a driver that lost sight of this worker for a while
    seen = await _probe(opening)
    if not seen:
        return Welcome(refusal=Words("cannot see the folder '{folder}'", folder=opening.target))
    target = Path(opening.target)
    try:
        workspace = await asyncio.to_thread(Workspace, target, opening.job_id, opening.policy)
    except LocalError as error:
        return Welcome(refusal=str(error))
    desk = _desks[opening.run] = Desk(opening, workspace)
    desk_watch = asyncio.create_task(_close_when_silent(opening.run, desk))
    _watches.add(desk_watch)  # a loop holds its tasks weakly
    desk_watch.add_done_callback(_watches.discard)
    return Welcome(seen)


async def steer(run: str, limits: Limits) -> None:
    """Obey new limits."""
    if (desk := _desks.get(run)) is not None:
        await asyncio.to_thread(desk.steer, limits)


async def close_desk(run: str) -> None:
    """Park what is under way and forget a run."""
    if (desk := _desks.pop(run, None)) is not None:
        await asyncio.to_thread(desk.close)


def fetch(batch: Batch) -> tuple[Reply, ...]:
    """Do what a batch orders; it takes none of the worker's places for tasks meanwhile."""
    secede()
    return answer(batch)


def answer(batch: Batch) -> tuple[Reply, ...]:
    """Do what a batch orders; one of a run that is not known here is handed back."""
    desk = _desks.get(batch.run)
    return returned(batch.orders) if desk is None else desk.fetch(batch)


_watches: set["asyncio.Task[None]"] = set()


async def _close_when_silent(run: str, desk: Desk) -> None:
    """Close a desk whose driver was killed, or cannot reach this worker any more."""
    while _desks.get(run) is desk:
        await asyncio.sleep(1.0)
        if time.monotonic() - desk.heard > LEASE_SECONDS:
            await close_desk(run)


async def _probe(opening: Opening) -> str:
    """Return what the probe says; "" when it is not to be seen."""
    folder = os.path.join(long_path(opening.target), WORK_FOLDER, opening.job_id)  # noqa: PTH118
    path = Path(folder) / opening.probe
    deadline = time.monotonic() + SEE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if text := await asyncio.to_thread(path.read_text, encoding="ascii"):
                return text
        await asyncio.sleep(LOOK_SECONDS)
    return ""
