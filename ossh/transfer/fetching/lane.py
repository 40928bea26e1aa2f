"""Many connections on one thread: for small bodies in memory, or for large ones straight to disk.

A lane knows tasks and a way to sign them, never a bucket or a manifest. It signs when it sends,
so no signature grows old in its queue.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from functools import partial
from urllib.parse import unquote

import fastcrc

from ossh import protocol
from ossh.model import Failure, value
from ossh.network import Http, Pool, ResponseParser
from ossh.transfer.disk.delivery import deliver
from ossh.transfer.disk.disk_errors import CorruptError
from ossh.transfer.disk.file_io import write_whole
from ossh.transfer.disk.part_journal import PartJournal
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.body import Body
from ossh.transfer.fetching.held_files import HeldFiles
from ossh.transfer.fetching.rate_limit import Account, RateLimit
from ossh.transfer.fetching.response_head import judged
from ossh.transfer.messages import (
    Done,
    Failed,
    Fetch,
    Look,
    Reply,
    Request,
    Returned,
    Served,
    Sign,
    bugs_posted,
)
from ossh.transfer.scheduling.window import is_for_stream

IDLE_SECONDS = 0.05  # how long a lane with nothing to do sleeps at most
_SOON_SECONDS = 0.01  # likewise while it could begin more than it was given


@value
class LaneContext:
    """What the lanes of a run work with."""

    http: Http  # settings for every request
    workspace: Workspace  # where files go
    post: Callable[[Reply], None]  # takes each reply; called on a lane's thread
    # called when no task is left, after the replies to those before: it is time for the next ones
    on_idle: Callable[[], None]


class Lane(threading.Thread):
    """Fetches objects and parts, and looks at objects (HEAD); lanes may share tasks and a rate."""

    def __init__(
        self, tasks: deque[Request], sign: Sign, context: LaneContext, rate: RateLimit
    ) -> None:
        super().__init__(name="ossh-lane", daemon=True)
        self._tasks = tasks
        self._sign = sign
        self._context = context
        self._workspace = context.workspace
        self._post = context.post
        self._account = Account(rate)
        self._held = HeldFiles(context.post)
        self._wake = threading.Event()
        self._abort = False
        self._ending = False
        self.limit = 0  # requests that may be under way
        self._pool: Pool | None = None  # read by other threads, too, while the thread works
        self._journal = PartJournal(context.workspace.make)

    @property
    def received(self) -> int:
        return self._account.received

    @property
    def under_way(self) -> list[tuple[Request, int]]:
        """Return the requests under way, each with its bytes so far."""
        under_way = [] if self._pool is None else self._pool.under_way
        return [
            (token.task if isinstance(token, Body) else token, count) for token, count in under_way
        ]

    def wake(self) -> None:
        self._wake.set()

    def recall(self, *, running: bool) -> None:
        """Hand queued tasks back as `Returned`; with `running` those under way too."""
        self._abort = self._abort or running
        self._account.is_closed = True  # a slow disk may take long for a block of each body
        self._wake.set()

    def end(self) -> None:
        """End the thread, as soon as what was recalled before is handed back."""
        self._ending = True
        self._wake.set()

    def run(self) -> None:
        """Work until told to end; what ends it early travels as `Crashed`."""
        with (
            bugs_posted(self._post),
            closing(self._journal),
            closing(Pool(self._context.http)) as pool,
        ):
            self._pool = pool
            self._work(pool)

    def _work(self, pool: Pool) -> None:
        while not self._ending or self._account.is_closed:
            if self._account.is_closed:
                self._hand_back(pool)
            elif not pool and not (self._tasks and self.limit):
                self._wake.wait(IDLE_SECONDS)
                self._wake.clear()
            else:
                self._start_more(pool)
                self._poll(pool)
            self._held.try_again()

    def _poll(self, pool: Pool) -> None:
        """Take what comes; when this returns, its bodies are no longer in memory."""
        answers = pool.poll(self._patience(pool))
        for answer in answers:
            self._take(answer)
        if answers and not self._tasks:
            self._context.on_idle()

    def _patience(self, pool: Pool) -> float:
        """Return how long to wait for answers, having waited for the rate to let more bytes come.

        It is less where a task could begin soon.
        """
        if left := self._account.left:
            time.sleep(min(left, IDLE_SECONDS))
            return 0.0
        return IDLE_SECONDS if len(pool) >= self.limit else _SOON_SECONDS

    def _hand_back(self, pool: Pool) -> None:
        self._account.is_closed = False
        if self._abort:
            self._abort = False
            for token in pool.abort():
                self._post(token.give_up() if isinstance(token, Body) else Returned(token))
            self._held.hand_back()
        while task := self._next():
            self._post(Returned(task))

    def _next(self) -> Request | None:
        try:
            return self._tasks.popleft()
        except IndexError:  # another lane was faster
            return None

    def _start_more(self, pool: Pool) -> None:
        """Begin tasks as long as what the lane itself has booked is paid for."""
        pool.idle_limit = self.limit
        while len(pool) < self.limit and not self._account.left and (task := self._next()):
            self._start(pool, task)

    def _start(self, pool: Pool, task: Request) -> None:
        signed = self._sign(task)
        if not isinstance(task, Fetch):
            pool.start(signed.url, signed.headers, task, head=isinstance(task, Look))
        elif is_for_stream(task):
            body = Body(task, self._workspace, self._journal, self._account)
            limit = task.length
            pool.start(signed.url, signed.headers, body, limit=limit, sink=body)
        else:
            size = task.entry.size
            self._account.book(size)
            pool.start(signed.url, signed.headers, task, limit=size)

    def _take(self, answer: ResponseParser) -> None:
        token: Request | Body = answer.token
        if isinstance(token, Body):
            if reply := token.ended(answer):
                self._post(reply)
            else:
                self._held.finish(token.deliver, token.give_up)
            return
        found = judged(token, answer)
        received = answer.received if isinstance(token, Fetch) and answer.is_success else 0
        self._account.received += received
        if isinstance(found, Failure):
            self._post(Failed(token, found, received=received))
        elif isinstance(token, Fetch):
            self._keep(token, found, answer.body)
        else:
            link = unquote(answer.headers.get(protocol.SYMLINK_TARGET, ""))
            self._post(Done(token, served=found, link=link))

    def _keep(self, task: Fetch, served: Served, body: bytes) -> None:
        """Write a small body, and give it its name."""
        give_up = partial(self._give_up, task, served)
        try:
            descriptor = self._workspace.open(task.entry.row)
            write_whole(descriptor, body, task.entry.last_modified.timestamp())
        except OSError as error:
            self._post(give_up(error))
            return
        crc = fastcrc.crc64.xz(body)
        self._held.finish(partial(deliver, task, served, crc, self._workspace), give_up)

    def _give_up(self, task: Fetch, served: Served, error: OSError | CorruptError | None) -> Reply:
        """Drop what arrived of an object, and say why; without an error, hand the task back."""
        self._workspace.drop(task.entry.row)
        received = served.size  # all of it
        if error is None:
            return Returned(task, received=received)
        return Failed(task, self._workspace.failure(error), received=received)
