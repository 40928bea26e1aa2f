"""What a worker holds of a run: the lanes that do the batches which come in."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ossh.model import Signed
from ossh.network import Http
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.fetching.lanes import LocalLanes
from ossh.transfer.machine import affordable
from ossh.transfer.messages import Answer, Reply, Returned, Task
from ossh.workers.worker_messages import Batch, SessionRequest, WorkerLimits

PARK_SECONDS = 2.0


class WorkerSession:
    """One run's lanes on this worker.

    Used by whoever brings batches, by the lanes, and by whoever watches that the run is there;
    `post` takes each reply, on the lanes' threads too.

    Raises:
        LocalError: The target cannot be used.
    """

    def __init__(self, request: SessionRequest, post: Callable[[Reply], None]) -> None:
        self.workspace = Workspace(Path(request.target), request.job_id, request.policy)
        self._lock = threading.RLock()  # a recall posts replies on the thread that holds it
        self._requests: dict[int, Signed] = {}  # by the id of a task that is not answered yet
        self._recalls = request.limits.recalls
        self._is_closed = False
        self._http = Http(request.timeouts, request.route)
        self._post = post
        context = LaneContext(self._http, self.workspace, self._answer, lambda: None)
        self._lanes = LocalLanes(lambda task: self._requests[id(task)], context)
        self.last_heard = time.monotonic()  # when the run last said anything
        self.set_limits(request.limits)

    @property
    def under_way(self) -> Sequence[tuple[Task, int]]:
        return self._lanes.under_way

    def send(self, batch: Batch) -> None:
        """Take on a batch; each task of it is answered by one reply."""
        with self._lock:
            if self._is_closed or batch.recalls < self._recalls:
                for task, _ in batch.tasks:
                    self._post(Returned(task))
                return
            for task, request in batch.tasks:
                if request is not None:
                    self._requests[id(task)] = request
            self._lanes.send(task for task, _ in batch.tasks)

    def set_limits(self, limits: WorkerLimits) -> None:
        """Set new limits, and hand back what was sent before the last recall."""
        with self._lock:
            self.last_heard = time.monotonic()
            connections = affordable(limits.connections)
            self._lanes.limit(connections, limits.streams, limits.bytes_per_second)
            if limits.recalls > self._recalls:
                self._recalls = limits.recalls
                self._lanes.recall(running=limits.recalls_running)

    def close(self) -> None:
        """Park and hand back everything, and accept nothing more."""
        with self._lock:
            self._is_closed = True
        self._lanes.end(PARK_SECONDS)
        self._http.close()
        self.workspace.release()

    def _answer(self, reply: Reply) -> None:
        if isinstance(reply, Answer):
            self._requests.pop(id(reply.task), None)
        self._post(reply)
