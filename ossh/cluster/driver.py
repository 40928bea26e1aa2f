"""The driver's event loop: meets workers, hands out batches, takes replies, loses workers.

```
look, twice a second ──▶ newcomers: greeted (version, probe), then members, or left out
                    └──▶ members that are gone: their tasks are returned, and go to others
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

from ossh.cluster.connection import OWN_VERSION, Connection, Lost, Unreachable
from ossh.cluster.messages import Batch, Limits, Opening, Order
from ossh.cluster.share import Backlog, Load, divided
from ossh.errors import OsshError, StoreError
from ossh.language import Words, _, said
from ossh.model import Cause, Failure
from ossh.paths import printable
from ossh.store.signer import Signed
from ossh.transfer.messages import (
    Crashed,
    Done,
    Failed,
    Fetch,
    Look,
    Partway,
    Readlink,
    Reply,
    Returned,
    Task,
)
from ossh.transfer.signing import Signing

URL_SECONDS = 900  # a batch takes seconds; what waits longer on a busy worker is signed anew
LOOK_SECONDS = 0.5  # between two looks at who is there
STEER_SECONDS = 10.0  # between two words to workers that have nothing new to hear
RETRY_SECONDS = 2.0  # between two attempts to reach a scheduler that went away
_CLOCK_STEP = 2  # seconds; clocks of signatures count whole ones, at both ends

_Ts = TypeVarTuple("_Ts")


class _Member:
    """A worker that takes part."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.load = Load()
        self.batches: set[asyncio.Task[None]] = set()


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
        url_seconds: int,
    ) -> None:
        self.opening = opening
        self.probe_text = secrets.token_hex(16)
        self.received = self.streamed = 0  # read by other threads
        self._address = address
        self._signing = signing
        self._post = post
        self._dry = dry
        self._url_seconds = url_seconds
        self._limits = opening.limits
        self._backlog = Backlog()
        self._members: dict[str, _Member] = {}
        self._refused: dict[str, str] = {}
        self._greeting: dict[str, asyncio.Task[None]] = {}
        self._words: dict[str, asyncio.Task[None]] = {}  # being said to members
        self._is_unsaid = False  # limits that members do not know
        self._last_recall = 0
        self._deadline: float | None = None  # monotonic: when an end that was asked for is due
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    # what other threads use

    @property
    def workers(self) -> int:
        """Return how many workers take part."""
        return len(self._members)

    @property
    def refusals(self) -> tuple[str, ...]:
        """Return which workers were left out, and why, a line each."""
        return tuple(
            _("worker {address} {reason}").format(address=address, reason=said(why))
            for address, why in sorted(self._refused.items())
        )

    def tell(self, what: Callable[[*_Ts], None], *arguments: *_Ts) -> None:
        """Have a method called on the loop; after its end, nothing."""
        if self._loop is not None:
            with suppress(RuntimeError):  # closed
                self._loop.call_soon_threadsafe(what, *arguments)

    # what is told

    def add(self, tasks: Iterable[Task]) -> None:
        """Take on tasks."""
        self._backlog.add(tasks)
        self._wake.set()

    def limit(self, limits: Limits) -> None:
        """Take limits of all workers together."""
        known = self._limits
        self._limits = replace(limits, recalls=known.recalls, is_running=known.is_running)
        self._is_unsaid = True
        self._wake.set()

    def recall(self, running: bool) -> None:  # noqa: FBT001 - called by `tell`, without names
        """Hand back what is queued; with `running` what is under way too."""
        for task in self._backlog.take_all():
            self._post(Returned(task))
        is_under_way = any(member.batches for member in self._members.values())
        is_known = self._limits.recalls == self._last_recall
        if is_under_way and (not is_known or running > self._limits.is_running):
            self._last_recall = self._limits.recalls + 1
            self._limits = replace(self._limits, recalls=self._last_recall, is_running=running)
            self._is_unsaid = True
            self._wake.set()

    def end(self, seconds: float) -> None:
        """Hand everything back and end within so many seconds."""
        self._deadline = time.monotonic() + seconds
        self.recall(running=True)
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
                    hint=_("'dask scheduler' starts one, and says its address: tcp://HOST:8786"),
                ) from error
            self._refuse_all()
            await self._pause(RETRY_SECONDS)
            return
        try:
            await self._begin(connection, is_ready)
            await self._work(connection)
            await self._leave(connection)
        except Unreachable:
            if not is_ready.done():
                raise
        finally:
            self._lose(tuple(self._members))
            await connection.close()

    async def _begin(self, connection: Connection, is_ready: "Future[None]") -> None:
        """Greet who is there; where nobody can take part, that is an error."""
        await self._look(connection)
        if self._greeting:
            await asyncio.wait(self._greeting.values())
        if is_ready.done():
            return
        if self._members:
            is_ready.set_result(None)
        else:
            raise self._nobody()

    async def _work(self, connection: Connection) -> None:
        next_look = next_word = time.monotonic()
        while self._deadline is None:
            now = time.monotonic()
            if now >= next_look:
                next_look = now + LOOK_SECONDS
                await self._look(connection)
            if self._is_unsaid or now >= next_word:
                next_word = now + STEER_SECONDS
                self._steer(connection)
            if self._members:
                self._hand_out(connection)
            else:
                self._refuse_all()
            await self._pause(LOOK_SECONDS)

    async def _pause(self, seconds: float) -> None:
        """Wait for something to do, at most so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        self._wake.clear()

    async def _leave(self, connection: Connection) -> None:
        """Have everything parked and handed back, as far as time allows."""
        self._steer(connection)
        batches = [batch for member in self._members.values() for batch in member.batches]
        left = max(0.0, (self._deadline or 0.0) - time.monotonic())
        if batches:
            await asyncio.wait(batches, timeout=left)
        members = tuple(self._members)
        farewells = [connection.close_desk(address, self.opening.run) for address in members]
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*farewells), max(left, 0.5))

    # members

    async def _look(self, connection: Connection) -> None:
        """Greet newcomers, and let go who is not there any more."""
        present = await connection.workers()
        self._lose([address for address in self._members if address not in present])
        for address in [one for one in self._refused if one not in present]:
            self._greeting.pop(address, None)
        for address in present - self._members.keys() - self._greeting.keys():
            self._greeting[address] = asyncio.create_task(self._greet(connection, address))

    async def _greet(self, connection: Connection, address: str) -> None:
        """Let a worker take part, or leave it out."""
        why = await self._objection(connection, address)
        if why:
            self._refused[address] = why
            return
        self._greeting.pop(address, None)
        self._members[address] = _Member(address)
        self._is_unsaid = True  # the shares of all are others now
        self._wake.set()

    async def _objection(self, connection: Connection, address: str) -> str:
        """Return why a worker cannot take part; "" when it can."""
        opening = replace(self.opening, limits=divided(self._limits, len(self._members) + 1))
        try:
            version = await connection.version(address)
            if version != OWN_VERSION:
                if not version:
                    return Words("has no ossh, and this is {version}", version=OWN_VERSION)
                return Words(
                    "has ossh {theirs}, and this is {version}", theirs=version, version=OWN_VERSION
                )
            welcome = await connection.open_desk(address, opening)
        except Unreachable as error:
            return Words("does not answer: {reason}", reason=error)
        if not welcome.refusal and welcome.seen != self.probe_text:
            return Words("has another folder at '{folder}'", folder=self.opening.target)
        return welcome.refusal

    def _lose(self, addresses: Iterable[str]) -> None:
        """Take back what workers had that are gone; nobody is charged for it."""
        for address in addresses:
            for batch in self._members.pop(address).batches:
                batch.cancel()
            self._is_unsaid = True

    def _nobody(self) -> OsshError:
        """Return the error that says why there is nobody to fetch."""
        where = printable(self._address)
        if not self._refused:
            return StoreError(
                _("the Dask scheduler at '{where}' has no workers").format(where=where),
                hint=_("'dask worker {where}' starts one, on each machine that shall fetch").format(
                    where=where
                ),
            )
        first = self.refusals[0]
        others = len(self._refused) - 1
        message = _("no worker can take part: {first}")
        if others:
            message = _("no worker can take part: {first} ({number} more were left out)")
        return StoreError(
            message.format(first=first, number=others),
            hint=_(
                "each needs this version of ossh, and the target at the same path: a file "
                "system that all machines share"
            ),
        )

    def _steer(self, connection: Connection) -> None:
        """Tell members their share of the limits, unless they are just being told."""
        self._is_unsaid = False
        limits = divided(self._limits, len(self._members))
        for address in self._members:
            said = self._words.get(address)
            if said is not None and not said.done():
                self._is_unsaid = True  # again, with the next turn
                continue
            word = connection.steer(address, self.opening.run, limits)
            self._words[address] = asyncio.create_task(word)

    # batches

    def _hand_out(self, connection: Connection) -> None:
        """Send each member what it has room for, the idlest first."""
        limits = divided(self._limits, len(self._members))
        for large in (False, True):
            while self._backlog.has(large=large):
                free = [
                    member
                    for member in self._members.values()
                    if member.load.has_room(limits, for_large=large)
                ]
                if not free:
                    break
                member = min(
                    free,
                    key=lambda one: one.load.large if large else one.load.small,
                )
                tasks = self._backlog.cut(large=large, workers=len(self._members))
                batch = asyncio.create_task(self._do(connection, member, tasks))
                member.load.add(tasks)
                member.batches.add(batch)
        if not self._backlog.has(large=True):
            self._dry()

    async def _do(self, connection: Connection, member: _Member, tasks: tuple[Task, ...]) -> None:
        """Have a member do tasks, and post the replies; who is lost with them returns them."""
        replies: tuple[Reply, ...] = tuple(Returned(task) for task in tasks)
        signed = time.monotonic()
        orders = tuple(Order(task, self._address_of(task)) for task in tasks)
        batch = Batch(self.opening.run, self._limits.recalls, orders)
        try:
            replies = await connection.fetch(member.address, batch)
        except (Lost, asyncio.CancelledError):
            pass  # each is sent to another
        except Exception:  # noqa: BLE001 - reported whole to the run, which raises it
            replies = (Crashed(traceback.format_exc()),)
        is_expired = time.monotonic() - signed > self._url_seconds - _CLOCK_STEP
        member.load.add(tasks, -1)
        if (this := asyncio.current_task()) is not None:
            member.batches.discard(this)
        for reply in replies:
            self._take(_renewed(reply) if is_expired else reply)
        self._wake.set()

    def _address_of(self, task: Task) -> Signed | None:
        if isinstance(task, (Fetch, Look, Readlink)):
            return self._signing.presigned(task, self._url_seconds)
        return None  # it asks the service for nothing

    def _take(self, reply: Reply) -> None:
        """Count what a reply tells of, and post it."""
        if isinstance(reply, (Done, Failed, Returned, Partway)):
            self.streamed += reply.written
            self.received += reply.written
        if isinstance(reply, Done) and isinstance(reply.task, Fetch) and reply.served is not None:
            self.received += 0 if reply.written else reply.served.size
        self._post(reply)

    def _refuse_all(self) -> None:
        """Say of every waiting task that nobody is there to do it."""
        text = Words(
            "no worker of the Dask scheduler at '{address}' is there",
            address=printable(self._address),
        )
        for task in self._backlog.take_all():
            self._post(Failed(task, Failure(Cause.NO_WORKER, "no worker", text)))


def _renewed(reply: Reply) -> Reply:
    """Return a refusal of a URL that had expired by then as a task to be signed anew."""
    if isinstance(reply, Failed) and reply.failure.cause is Cause.DENIED:
        return Returned(reply.task, reply.kept, reply.served, reply.written)
    return reply
