"""What runs on a worker of Dask: a session for each run, and batches that are answered as a whole.

```
fetch(batch) ──▶ BatchSession ──▶ lanes ══▶ target
     ▲ waits        └── each reply finds its batch; the last one ends the wait
```
The driver calls the functions here by name, so that a worker runs its own, installed ossh.
"""

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Sequence
from queue import SimpleQueue

from distributed import secede

from ossh.errors import LocalError
from ossh.language import Words
from ossh.model import Cause, Failure
from ossh.transfer.disk.tree import Tree
from ossh.transfer.disk.work_folder import PROBE, work_folder
from ossh.transfer.messages import Answer, Crashed, Done, Failed, Reply, Task
from ossh.workers.worker_messages import Batch, SessionRequest, WorkerLimits
from ossh.workers.worker_session import WorkerSession

SEE_SECONDS = 3.0  # how long a network's file system may take to show a new file
LOOK_SECONDS = 0.1
# A driver tells every few seconds that it is there; one that is silent so long is dead.
LEASE_SECONDS = 60.0

_sessions: dict[str, "BatchSession"] = {}


class BatchSession:
    """A session whose batches are waited for, each by a thread of its own."""

    def __init__(self, request: SessionRequest) -> None:
        self._lock = threading.RLock()  # a recall posts replies on the thread that holds it
        self._batches: dict[Task, SimpleQueue[Reply]] = {}  # who waits for a reply to it
        self.session = WorkerSession(request, self._post)
        self.watch: asyncio.Task[None] | None = None  # that the driver is still there

    def fetch(self, batch: Batch) -> tuple[Reply, ...]:
        """Do the tasks of a batch and return their replies, in no order; a crash ends the wait."""
        answers = SimpleQueue[Reply]()
        with self._lock:
            for task, _ in batch.tasks:
                self._batches[task] = answers
        self.session.send(batch)
        replies: list[Reply] = []
        while len(replies) < len(batch.tasks):
            replies.append(answers.get())
            if isinstance(replies[-1], Crashed):
                break
        return self._written_out(replies)

    def _written_out(self, replies: Sequence[Reply]) -> tuple[Reply, ...]:
        """Return replies once the files that they tell of outlast a power cut, if that is wanted.

        The driver cannot wait for that: what another machine has yet to write, its own does not
        know. Where the disk failed, nobody can tell what it has of these files, so they are moved
        away and fetched again.
        """
        local_files = self.session.workspace.local_files
        tasks = [one.task for one in replies if isinstance(one, Done) and one.own is not None]
        paths = [one.entry.path for one in tasks]
        try:
            local_files.write_out(paths)
        except LocalError as error:
            for path in paths:
                with contextlib.suppress(OSError):
                    local_files.trash.take(path)
            failure = Failure(Cause.CANNOT_WRITE, "not written out", str(error))
            return tuple(
                Failed(one.task, failure) if isinstance(one, Done) and one.own is not None else one
                for one in replies
            )
        return tuple(replies)

    def _post(self, reply: Reply) -> None:
        """Give a reply to its batch; a crash concerns all of them."""
        with self._lock:
            if isinstance(reply, Answer):
                self._batches.pop(reply.task).put(reply)
                return
            for answers in self._batches.values():
                answers.put(reply)


# What the driver calls. The first three run on the worker's loop, which must not wait for a disk.


async def open_session(request: SessionRequest) -> str:
    """Open a run's session; return why this worker cannot take part, "" when it does.

    It must see the target, and be allowed to write there.
    """
    await close_session(request.run)  # of a driver that lost sight of this worker for a while
    if not await _sees_target(request):
        return Words("cannot see the folder '{folder}'", folder=request.target)
    try:
        session = await asyncio.to_thread(BatchSession, request)
    except LocalError as error:
        return str(error)
    _sessions[request.run] = session
    # kept, as a loop holds its tasks weakly
    session.watch = asyncio.create_task(_close_when_silent(request.run, session))
    return ""


async def set_limits(run: str, limits: WorkerLimits) -> None:
    if (found := _sessions.get(run)) is not None:
        await asyncio.to_thread(found.session.set_limits, limits)


async def close_session(run: str) -> None:
    """Close a run's session, if there is one: what is under way is parked."""
    if (found := _sessions.pop(run, None)) is not None:
        await asyncio.to_thread(found.session.close)


def fetch(batch: Batch) -> tuple[Reply, ...] | None:
    """Do a batch, without occupying one of the worker's threads for tasks meanwhile."""
    secede()
    return answer(batch)


def answer(batch: Batch) -> tuple[Reply, ...] | None:
    """Do a batch; return None when its run has no session here, or none any more."""
    found = _sessions.get(batch.run)
    return None if found is None else found.fetch(batch)


async def _close_when_silent(run: str, found: BatchSession) -> None:
    """Close a session whose driver was killed, or cannot reach this worker any more."""
    while _sessions.get(run) is found:
        await asyncio.sleep(1.0)
        if time.monotonic() - found.session.last_heard > LEASE_SECONDS:
            await close_session(run)


async def _sees_target(request: SessionRequest) -> bool:
    """Return whether the file that the driver named after the run shows up in the job's folder."""

    def look() -> None:
        tree = Tree(request.target)  # each time: its disk may only now be mounted
        path = f"{work_folder(request.job_id)}/{PROBE}{request.run}"
        os.close(tree.place(path).open_regular(os.O_RDONLY))

    deadline = time.monotonic() + SEE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            await asyncio.to_thread(look)
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False
