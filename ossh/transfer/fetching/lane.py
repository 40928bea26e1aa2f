"""Many connections for small bodies, on one thread.

A lane knows tasks and a way to sign them, never a bucket or a manifest. It signs when it sends,
so no signature grows old in its queue.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from urllib.parse import unquote

import fastcrc

from ossh import patient, protocol
from ossh.model import Cause, Failure
from ossh.network import Http, Pool, ResponseParser
from ossh.transfer.disk.delivery import deliver, deliver_link
from ossh.transfer.disk.disk_errors import CorruptError
from ossh.transfer.disk.file_io import write_whole
from ossh.transfer.disk.part_journal import PartJournal
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.held_files import HeldFiles
from ossh.transfer.fetching.rate_limit import RateLimit, Receipt
from ossh.transfer.fetching.response_head import OK, foreign_answer, mismatch, served_by
from ossh.transfer.messages import (
    Done,
    Failed,
    Fetch,
    Link,
    Look,
    Reply,
    Request,
    Returned,
    Served,
    Sign,
    Small,
    bugs_posted,
)

# Bytes of listed sizes that may be under way: what bodies take in memory, as none is longer than it
# was listed, and one that is complete is written before the next is begun.
MEMORY = 64 * 1024 * 1024
IDLE_SECONDS = 0.05  # how long a lane with nothing to do sleeps at most


class Lane(threading.Thread):
    """Fetches small objects whole and looks at objects (HEAD); for its arguments see `Stream`."""

    def __init__(
        self,
        sign: Sign,
        http: Http,
        workspace: Workspace,
        post: Callable[[Reply], None],
        rate: RateLimit,
    ) -> None:
        super().__init__(name="ossh-lane", daemon=True)
        self._sign = sign
        self._http = http
        self._workspace = workspace
        self._post = post
        self._rate = rate
        self._receipt: Receipt = ()  # for the bytes that were booked last
        self._tasks: deque[Small] = deque()
        self._asked = 0  # bytes of listed sizes that are under way
        self._held = HeldFiles(workspace, post)
        self._wake = threading.Event()
        self._limit = 1
        self._recall = False
        self._abort = False
        self._ending = False
        self.received = 0  # bytes of bodies, read by other threads for the progress
        self._pool: Pool | None = None  # likewise, while the thread works
        self._journal = PartJournal(workspace.make)

    def send(self, tasks: Iterable[Small]) -> None:
        """Take on more tasks."""
        self._tasks.extend(tasks)
        self._wake.set()

    def limit(self, connections: int) -> None:
        """Have at most `connections` requests under way."""
        self._limit = connections

    @property
    def under_way(self) -> list[tuple[Request, int]]:
        """Return the requests under way, each with its bytes so far."""
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
        with (
            bugs_posted(self._post),
            closing(self._journal),
            closing(Pool(self._http)) as pool,
        ):
            self._pool = pool
            self._work(pool)

    def _work(self, pool: Pool) -> None:
        while not self._ending or self._recall:
            if self._recall:
                self._hand_back(pool)
            elif not pool and not self._tasks:
                self._wake.wait(IDLE_SECONDS)
                self._wake.clear()
            else:
                self._start_more(pool)
                for response in pool.poll(self._patience(pool)):
                    self._take(response)
            self._held.try_again()

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
            self._asked = 0
            self._held.hand_back()
        while self._tasks:
            self._post(Returned(self._tasks.popleft()))

    def _start_more(self, pool: Pool) -> None:
        """Begin tasks as long as what the lane itself has booked is paid for.

        Streams, of this run or of another, book all the time: whoever waited until nobody owes
        anything would never have a turn.
        """
        pool.idle_limit = self._limit
        while (
            self._tasks
            and len(pool) < self._limit
            and self._asked < MEMORY
            and not self._rate.left(self._receipt)
        ):
            task = self._tasks.popleft()
            if isinstance(task, Link) or (isinstance(task, Fetch) and task.path.endswith("/")):
                self._held.finish(task, partial(self._make, task))
                continue
            signed = self._sign(task)
            if isinstance(task, Fetch):
                self._receipt = self._rate.take(task.size)
                self._asked += task.size
                pool.start(signed.url, signed.headers, task, limit=task.size)
            else:
                pool.start(signed.url, signed.headers, task, head=isinstance(task, Look))

    def _make(self, task: Fetch | Link) -> Reply:
        """Make the folder that an empty object represents, or a local link; nothing is fetched.

        Raises:
            InUseError: Another program has what is in its place open.
        """
        try:
            if isinstance(task, Fetch):
                self._workspace.make_folder(task.path)
                return Done(task)
            return deliver_link(task, self._workspace)
        except patient.InUseError:
            raise
        except OSError as error:
            return Failed(task, self._workspace.failure(error))

    def _take(self, response: ResponseParser) -> None:
        """Take the answer to a request."""
        task: Request = response.token
        if isinstance(task, Fetch):
            self._asked -= task.size
        if isinstance(task, Fetch) and response.status == OK:
            self._take_body(task, response)
        else:
            self._post(self._reply(task, response))

    def _reply(self, task: Request, response: ResponseParser) -> Reply:
        if response.failure is not None:
            return Failed(task, response.failure)
        headers = response.headers
        if response.status != OK:
            return Failed(task, protocol.failure(response.status, headers, response.body))
        if failure := foreign_answer(headers):
            return Failed(task, failure)
        served = served_by(headers, expected=-1, with_date=True)
        return Done(task, served=served, link=unquote(headers.get(protocol.SYMLINK_TARGET, "")))

    def _take_body(self, task: Fetch, response: ResponseParser) -> None:
        headers, body = response.headers, response.body
        served = served_by(headers, expected=task.size)
        if failure := mismatch(task, OK, headers, served) or response.failure:
            self._post(Failed(task, failure, served=served))
            return
        self.received += len(body)
        self._journal.tell(self.received)
        if len(body) < served.size:  # libcurl sees this only where a length was announced
            text = f"{len(body)} of {served.size} bytes arrived"
            failure = Failure(Cause.SHORT_BODY, "short body", text)
            self._post(Failed(task, failure, served=served))
            return
        try:
            descriptor = self._workspace.open(task.row, fresh=True)
            write_whole(descriptor, body, task.modified)
        except OSError as error:
            self._post(self._dropped(task, served, error))
            return
        crc = fastcrc.crc64.xz(body)
        self._held.finish(task, partial(self._deliver, task, served, crc))

    def _deliver(self, task: Fetch, served: Served, crc: int) -> Reply:
        """Give a partial file its name; arguments are those of `deliver`.

        Raises:
            InUseError: Another program has one of the two files open.
        """
        try:
            return deliver(task, served, crc, self._workspace)
        except patient.InUseError:
            raise
        except (CorruptError, OSError) as error:
            return self._dropped(task, served, error)

    def _dropped(self, task: Fetch, served: Served, error: OSError | CorruptError) -> Failed:
        """Drop what arrived of an object, and say why."""
        self._workspace.drop(task.row)
        return Failed(task, self._workspace.failure(error), served=served)
