"""Lanes that ask one server, and their replies."""

import queue
import threading
from collections.abc import Callable
from pathlib import Path

from ossh.model import Signed
from ossh.network import Http, Timeouts
from ossh.transfer.disk.overwrite_rules import Policy
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.fetching.lanes import LocalLanes
from ossh.transfer.fetching.rate_limit import RateLimit, Receipt
from ossh.transfer.messages import Answer, Reply, Request, Task
from tests.unit.network.peer import Peer
from tests.waiting import DEADLINE_SECONDS

Start = Callable[..., Peer]
OSS = ("x-oss-request-id: 5C3D", 'ETag: "E1"')
MODIFIED = 1_700_000_000.0


class Ledger(RateLimit):
    """A limit that can be asked what was booked."""

    def __init__(self) -> None:
        super().__init__()
        self.booked = 0  # bytes

    def take(self, count: int) -> Receipt:
        """Book so many bytes."""
        self.booked += count
        return super().take(count)


class Rig:
    """Lanes of one workspace."""

    def __init__(
        self,
        target: Path,
        policy: Policy | None = None,
        *,
        connections: int = 4,
        stall_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self.target = target
        self.workspace = Workspace(target, "cafe", policy)
        self.partial = Path(self.workspace.partial(1))
        self.rate = Ledger()
        self.idle = threading.Event()
        self.url = "http://127.0.0.1:9"
        self.replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        http = Http(Timeouts(stall=stall_seconds, stall_bytes=100))
        context = LaneContext(http, self.workspace, self.replies.put, self.idle.set)
        self.lanes = LocalLanes(self._sign, context, shared=self.rate)
        self.lanes.limit(connections, connections, 0)
        self.on_sign: Callable[[], None] = lambda: None

    def _sign(self, task: Request) -> Signed:
        self.on_sign()
        return Signed(f"{self.url}/{task.entry.key}", ("X-Test: 1",))

    def begin(self, *tasks: Task, server: Peer | None = None) -> None:
        """Hand the lanes tasks."""
        if server is not None:
            self.url = server.url
        self.lanes.send(tasks)

    def do(self, *tasks: Task, server: Peer | None = None, expected: int = 0) -> list[Reply]:
        """Return the replies to tasks, or the first few expected ones, in order of rows."""
        self.begin(*tasks, server=server)
        return self.take(expected or len(tasks))

    def take(self, count: int) -> list[Reply]:
        """Return the next replies to tasks, in order of rows."""
        return sorted((self.replies.get(timeout=60) for _ in range(count)), key=row_of)

    def one(self, task: Task, server: Peer | None = None) -> Reply:
        """Return the reply to a task."""
        (reply,) = self.do(task, server=server)
        assert isinstance(reply, Answer)
        assert reply.task == task
        return reply

    def close(self) -> None:
        """End the threads."""
        self.lanes.end(60)
        assert self.lanes.under_way == []


def row_of(reply: Reply) -> int:
    assert isinstance(reply, Answer)
    return reply.task.entry.row
