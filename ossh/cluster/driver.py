"""The driver's event loop: hands out batches, takes replies, gives back what was lost.

```
tasks ──▶ backlog ──▶ batch, signed now ──▶ the member with the least to do ──▶ replies ──▶ run
```
All of it runs on one loop; `tell` brings in what other threads want.
"""

import asyncio
import secrets
import time
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import TypeVarTuple

from ossh.cluster.connection import Connection, Lost, Unreachable
from ossh.cluster.members import Member, Members
from ossh.cluster.messages import Batch, Limits, Opening, Order
from ossh.cluster.share import Backlog, divided, is_answered
from ossh.errors import OsshError, StoreError
from ossh.language import Words, _
from ossh.model import Cause, Failure
from ossh.paths import printable
from ossh.store.signer import Signed
from ossh.transfer.messages import (
    Crashed,
    Done,
    Failed,
    Fetch,
    Look,
    Readlink,
    Reply,
    Returned,
    Task,
)
from ossh.transfer.signing import Signing

URL_SECONDS = 900  # a batch takes seconds; what waits longer on a busy worker is signed again
LOOK_SECONDS = 0.5  # between two checks of which workers there are
STEER_SECONDS = 10.0  # between two words to workers that have nothing new to hear
RETRY_SECONDS = 2.0  # between two attempts to reach a scheduler that went away
FAREWELL_SECONDS = 0.5  # at least, for workers to hear that a run has ended
_CLOCK_STEP = 2  # seconds; clocks of signatures count whole ones, at both ends

_Ts = TypeVarTuple("_Ts")


class Driver:
    """One run's side of a cluster; see the module's text.

    Args:
        address: Of the scheduler.
        opening: What workers must know; its limits are those of all together.
        signing: Signs a task when it is sent.
        post: Takes each reply; called on the loop's thread.
        dry: Called when a worker could take more than there is.
        url_seconds: How long a URL is good for.
    """

    def __init__(  # noqa: PLR0913 - what lanes are given, and where the cluster is
        self,
        address: str,
        opening: Opening,
        signing: Signing,
        post: Callable[[Reply], None],
        dry: Callable[[], None],
        *,
        url_seconds: int = URL_SECONDS,
    ) -> None:
        self.probe = opening.probe
        self.probe_text = secrets.token_hex(16)
        self.received = self.streamed = 0  # read by other threads
        self.members = Members(opening, self.probe_text, self._change)
        self._address = address
        self._run = opening.run
        self._signing = signing
        self._post = post
        self._dry = dry
        self._url_seconds = url_seconds
        self._limits = opening.limits
        self._backlog = Backlog()
        self._is_unsaid = False  # limits that members do not know
        self._sent_since_recall = False
        self._deadline: float | None = None  # monotonic: when an end that was asked for is due
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    def tell(self, what: Callable[[*_Ts], None], *arguments: *_Ts) -> None:
        """Have one of the methods below called on the loop; after its end, nothing."""
        if self._loop is not None:
            with suppress(RuntimeError):  # closed
                self._loop.call_soon_threadsafe(what, *arguments)

    # what is reported

    def add(self, tasks: Iterable[Task]) -> None:
        """Take on tasks."""
        self._backlog.add(tasks)
        self._wake.set()

    def limit(self, limits: Limits) -> None:
        """Take limits of all workers together."""
        known = self._limits
        self._limits = replace(limits, recalls=known.recalls, is_running=known.is_running)
        self._change()

    def recall(self, running: bool) -> None:  # noqa: FBT001 - called by `tell`, without names
        """Hand back what is queued; with `running` what is under way too."""
        for task in self._backlog.take_all():
            self._post(Returned(task))
        if self._sent_since_recall or running > self._limits.is_running:
            self._sent_since_recall = False
            recalls = self._limits.recalls + 1
            self._limits = replace(self._limits, recalls=recalls, is_running=running)
            self._change()

    def end(self, seconds: float) -> None:
        """Hand everything back and end within so many seconds."""
        self._deadline = time.monotonic() + seconds
        self.recall(running=True)
        self._wake.set()

    def _change(self) -> None:
        """Have members told what holds for each of them now."""
        self._is_unsaid = True
        self._wake.set()

    # the loop

    async def serve(self, is_ready: "Future[None]") -> None:
        """Serve until told to end; a bug travels as `Crashed`.

        What keeps it from beginning becomes the exception of `is_ready`.
        """
        self._loop = asyncio.get_running_loop()
        try:
            while self._deadline is None:
                await self._serve_once(is_ready)
        except OsshError as error:
            is_ready.set_exception(error)
        except Exception as error:  # noqa: BLE001 - reported whole to the run, which raises it
            if not is_ready.done():
                is_ready.set_exception(error)
            self._post(Crashed(traceback.format_exc()))

    async def _serve_once(self, is_ready: "Future[None]") -> None:
        """Serve as long as the scheduler is there."""
        try:
            connection = await Connection.open(self._address)
        except Unreachable as error:
            if not is_ready.done():
                raise StoreError(
                    _("cannot reach the Dask scheduler at '{address}': {error}").format(
                        address=printable(self._address), error=error
                    ),
                    hint=_("'dask scheduler' starts one and prints its address: tcp://HOST:8786"),
                ) from error
            self._refuse_all()
            await self._pause(RETRY_SECONDS)
            return
        try:
            await self._begin(connection, is_ready)
            await self._work(connection)
            await self._leave(connection)
        except Unreachable:
            pass  # it went away: it is looked for again
        finally:
            self.members.lose_all()
            await connection.close()

    async def _begin(self, connection: Connection, is_ready: "Future[None]") -> None:
        """Greet who is there; where nobody can take part, that is an error."""
        await self.members.look(connection, self._limits)
        await self.members.greeted()
        if is_ready.done():
            return
        if not self.members:
            raise self.members.nobody(self._address)
        is_ready.set_result(None)

    async def _work(self, connection: Connection) -> None:
        next_look = next_word = 0.0
        while self._deadline is None:
            now = time.monotonic()
            if now >= next_look:
                next_look = now + LOOK_SECONDS
                await self.members.look(connection, self._limits)
            if self._is_unsaid or now >= next_word:
                next_word = now + STEER_SECONDS
                self._steer(connection)
            if self.members:
                self._hand_out(connection)
            else:
                self._refuse_all()
            await self._pause(LOOK_SECONDS)

    async def _pause(self, seconds: float) -> None:
        """Wait for something to do, at most so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        self._wake.clear()

    def _steer(self, connection: Connection) -> None:
        """Tell members their share of the limits; who is just being told, with the next turn."""
        limits = divided(self._limits, len(self.members))
        told = [member.steer(connection, self._run, limits) for member in self.members]
        self._is_unsaid = not all(told)

    async def _leave(self, connection: Connection) -> None:
        """Have everything parked and handed back, as far as time allows."""
        self._steer(connection)
        left = max(0.0, (self._deadline or 0.0) - time.monotonic())
        if batches := self.members.batches:
            await asyncio.wait(batches, timeout=left)
        farewells = [connection.close_desk(one.address, self._run) for one in self.members]
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*farewells), max(left, FAREWELL_SECONDS))

    # batches

    def _hand_out(self, connection: Connection) -> None:
        """Send each member what it has room for, the idlest first."""
        for large in (False, True):
            while self._backlog.has(large=large):
                member = self._idlest(large=large)
                if member is None:
                    break
                tasks = self._backlog.cut(large=large, workers=len(self.members))
                member.load.add(tasks)
                member.batches.add(asyncio.create_task(self._do(connection, member, tasks)))
                self._sent_since_recall = True
        if not self._backlog.has(large=True):
            self._dry()

    def _idlest(self, *, large: bool) -> Member | None:
        """Return the member with the least to do of one kind; None when all have enough."""
        limits = divided(self._limits, len(self.members))
        free = [one for one in self.members if one.load.has_room(limits, large=large)]
        return min(free, key=lambda one: one.load.of(large=large), default=None)

    async def _do(self, connection: Connection, member: Member, tasks: tuple[Task, ...]) -> None:
        """Have a member do tasks, and post the replies; what is lost with it is handed back."""
        replies: tuple[Reply, ...] = tuple(Returned(task) for task in tasks)
        signed = time.monotonic()
        orders = tuple(Order(task, self._address_of(task)) for task in tasks)
        batch = Batch(self._run, self._limits.recalls, orders)
        try:
            replies = await connection.fetch(member.address, batch)
            if not is_answered(tasks, replies):  # or the run would wait for the rest for ever
                replies = (
                    Crashed(f"worker {member.address} answered a question that it was not asked"),
                )
        except (Lost, asyncio.CancelledError):
            pass  # each is sent to another
        except Exception:  # noqa: BLE001 - reported whole to the run, which raises it
            replies = (Crashed(traceback.format_exc()),)
        is_expired = time.monotonic() - signed > self._url_seconds - _CLOCK_STEP
        member.load.remove(tasks)
        member.batches = {one for one in member.batches if one is not asyncio.current_task()}
        for reply in replies:
            self._take(_renewed(reply) if is_expired else reply)
        self._wake.set()

    def _address_of(self, task: Task) -> Signed | None:
        if isinstance(task, (Fetch, Look, Readlink)):
            return self._signing.presigned(task, self._url_seconds)
        return None  # it asks the service for nothing

    def _take(self, reply: Reply) -> None:
        """Count what a reply tells of, and post it."""
        if isinstance(reply, (Done, Failed, Returned)):
            self.streamed += reply.written
            self.received += reply.written
        if isinstance(reply, Done) and isinstance(reply.task, Fetch) and reply.served is not None:
            self.received += 0 if reply.written else reply.served.size
        self._post(reply)

    def _refuse_all(self) -> None:
        """Say of every waiting task that nobody is there to do it."""
        text = Words(
            "the Dask scheduler at '{address}' has no workers left",
            address=printable(self._address),
        )
        for task in self._backlog.take_all():
            self._post(Failed(task, Failure(Cause.NO_WORKER, "no worker", text)))


def _renewed(reply: Reply) -> Reply:
    """Return a refusal of a URL that had expired by then as a task to be signed anew."""
    if isinstance(reply, Failed) and reply.failure.cause is Cause.DENIED:
        return Returned(reply.task, reply.kept, reply.served, reply.written)
    return reply
