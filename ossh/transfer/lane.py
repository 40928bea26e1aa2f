"""Many connections for small bodies, on one thread.

A lane knows tasks and a way to sign them, never a bucket or a manifest. It signs when it sends,
so no signature grows old in its queue.
"""

import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from urllib.parse import unquote

import fastcrc

from ossh import protocol
from ossh.language import Words
from ossh.model import Cause, Failure, Proof
from ossh.network import Answer, Http, Pool
from ossh.transfer import links, partial
from ossh.transfer.guard import refuse_kept
from ossh.transfer.messages import (
    Crashed,
    Done,
    Failed,
    Fetch,
    Link,
    Look,
    Readlink,
    Reply,
    Request,
    Returned,
    Sign,
    Small,
)
from ossh.transfer.partial import BLOCK, Corrupt
from ossh.transfer.rate import Limits
from ossh.transfer.response import OK, mismatch, served_by
from ossh.transfer.trail import Trail
from ossh.transfer.workspace import Workspace

IDLE_SECONDS = 0.05  # how long a lane with nothing to do sleeps at most


class Lane(threading.Thread):
    """Fetches small objects whole and looks at objects (HEAD).

    Args:
        sign: Turns a task into an address and headers; called when the task is sent.
        http: Settings for every request.
        workspace: Where files go.
        post: Takes each reply; called on the lane's thread.
        rate: Shared with the other lanes.
    """

    def __init__(
        self,
        sign: Sign,
        http: Http,
        workspace: Workspace,
        post: Callable[[Reply], None],
        rate: Limits,
    ) -> None:
        super().__init__(name="ossh-lane", daemon=True)
        self._sign = sign
        self._http = http
        self._workspace = workspace
        self._post = post
        self._rate = rate
        self._receipt: tuple[float, ...] = ()  # for the bytes that were booked last
        self._tasks: deque[Small] = deque()
        self._wake = threading.Event()
        self._limit = 1
        self._recall = False
        self._abort = False
        self._ending = False
        self.received = 0  # bytes of bodies, read by other threads for the progress
        self._pool: Pool | None = None  # likewise, while the thread works
        self._trail = Trail(workspace.folder)
        self._marked = 0  # bytes received when the trail last had a mark

    def send(self, tasks: Iterable[Small]) -> None:
        """Take on more tasks."""
        self._tasks.extend(tasks)
        self._wake.set()

    def limit(self, connections: int) -> None:
        """Have at most `connections` requests under way."""
        self._limit = connections

    @property
    def under_way(self) -> list[tuple[Request, int]]:
        """Return what is asked for now, and how many bytes of it have come."""
        return [] if self._pool is None else self._pool.under_way

    def recall(self, *, running: bool) -> None:
        """Hand queued tasks back as `Returned`; with `running` those under way too."""
        self._abort = self._abort or running
        self._recall = True
        self._wake.set()

    def end(self) -> None:
        """Hand every task back and end the thread."""
        self._ending = True
        self.recall(running=True)

    def run(self) -> None:
        """Work until told to end; a bug travels as `Crashed`."""
        try:
            pool = self._pool = Pool(self._http)
            try:
                self._work(pool)
            finally:
                pool.close()
                self._trail.close()
        except Exception:  # noqa: BLE001 - reported whole to the loop, which raises it
            self._post(Crashed(traceback.format_exc()))

    def _work(self, pool: Pool) -> None:
        while not self._ending or self._recall:
            if self._recall:
                self._hand_back(pool)
            elif not pool and not self._tasks:
                self._wake.wait(IDLE_SECONDS)
                self._wake.clear()
            else:
                self._start_more(pool)
                for found in pool.poll(self._patience(pool)):
                    self._post(self._reply(found))

    def _patience(self, pool: Pool) -> float:
        """Return how long to wait for answers: less when the rate soon lets a task begin."""
        if not self._tasks or len(pool) >= self._limit:
            return IDLE_SECONDS
        return min(IDLE_SECONDS, self._rate.left(self._receipt) or IDLE_SECONDS)

    def _hand_back(self, pool: Pool) -> None:
        self._recall = False
        if self._abort:
            self._abort = False
            for task in pool.abort():
                self._post(Returned(task))
        while self._tasks:
            self._post(Returned(self._tasks.popleft()))

    def _start_more(self, pool: Pool) -> None:
        """Begin tasks as long as what the lane itself has booked is paid for.

        Streams, of this run or of another, book all the time: whoever waited until nobody owes
        anything would never have a turn.
        """
        pool.set_connections(self._limit)
        while self._tasks and len(pool) < self._limit and not self._rate.left(self._receipt):
            task = self._tasks.popleft()
            if isinstance(task, Link):
                self._post(self._make_link(task))
                continue
            if isinstance(task, Fetch):
                if task.path.endswith("/"):
                    self._post(self._make_folder(task))
                    continue
                self._receipt = self._rate.take(task.size)
            signed = self._sign(task)
            pool.start(signed.url, signed.headers, task, head=isinstance(task, Look))

    def _make_folder(self, task: Fetch) -> Reply:
        """Create the folder that an empty object represents; there is nothing to fetch."""
        try:
            self._workspace.make_folder(task.path)
        except OSError as error:
            return Failed(task, self._workspace.failure(error))
        return Done(task)

    def _make_link(self, task: Link) -> Reply:
        """Make a local link; there is nothing to fetch either."""
        try:
            refuse_kept(task, self._workspace.place(task.path), self._workspace)
            crc = links.make(task, self._workspace)
        except OSError as error:
            return Failed(task, self._workspace.failure(error))
        return Done(task) if crc is None else Done(task, crc64=crc, proof=Proof.LINK)

    def _reply(self, found: Answer) -> Reply:
        task: Request = found.token
        if found.failure is not None:
            return Failed(task, found.failure)
        headers = found.headers
        if found.status != OK:
            return Failed(task, protocol.failure(found.status, headers, found.body))
        if isinstance(task, (Look, Readlink)):
            return self._looked(task, headers)
        return self._fetched(task, headers, found.body)

    def _looked(self, task: Look | Readlink, headers: dict[str, str]) -> Reply:
        if not headers.get(protocol.REQUEST_ID):
            text = Words("the answer has no request id: it comes from a proxy or a login page")
            return Failed(task, Failure(Cause.NOT_OSS, "not OSS", text))
        served = served_by(headers, expected=-1, with_date=True)
        return Done(task, served=served, link=unquote(headers.get(protocol.SYMLINK_TARGET, "")))

    def _fetched(self, task: Fetch, headers: dict[str, str], body: bytes) -> Reply:
        served = served_by(headers, expected=task.size)
        if failure := mismatch(task, OK, headers, served):
            return Failed(task, failure, served=served)
        self.received += len(body)
        self._mark()
        if len(body) < served.size:  # libcurl sees this only where a length was announced
            text = f"{len(body)} of {served.size} bytes arrived"
            return Failed(task, Failure(Cause.SHORT_BODY, "short body", text), served=served)
        crc = fastcrc.crc64.xz(body)
        path = self._workspace.partial(task.row)
        try:
            final = self._workspace.place(task.path)
            descriptor = self._workspace.open(task.row, fresh=True)
            partial.write_whole(descriptor, path, body, task.modified)
            proof = partial.prove(task, served, len(body), crc, path)
            refuse_kept(task, final, self._workspace)
            partial.rename(path, final)
        except Corrupt as error:
            self._workspace.drop(task.row)
            return Failed(task, Failure(Cause.CORRUPT, "corrupt", str(error)), served=served)
        except OSError as error:
            self._workspace.drop(task.row)
            return Failed(task, self._workspace.failure(error), served=served)
        return Done(task, crc64=crc, served=served, proof=proof)

    def _mark(self) -> None:
        """Leave word, once a block, of how much was received; small bodies come whole or not."""
        if self.received - self._marked >= BLOCK:
            self._marked = self.received
            self._trail.mark(self.received)
