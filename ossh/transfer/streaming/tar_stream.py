"""Fetches the objects of a plan over many connections and writes them as one tar.

What fails is tried again by the rules of a run, while it can be: what is in the archive cannot be
taken back. So an archive ends as it should only if all that was wanted and is still in the bucket
is in it, proved; else it is cut off where readers refuse it, as it is if the process is killed (see
`tar_format`).
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import partial
from pathlib import Path

from ossh.advice import store_error
from ossh.errors import STATUS_MISSING, OsshError, Stopped
from ossh.job import Job
from ossh.language import _, n_
from ossh.manifest import ManifestReader
from ossh.model import Cause, Entry, Failure, Proof, Status
from ossh.network import Http, Pool, ResponseParser
from ossh.printable import printable
from ossh.store.credentials import Provider
from ossh.store.interruptible import BackgroundCall
from ossh.store.listing import Lister, PageQuery
from ossh.transfer import machine
from ossh.transfer.disk.disk_errors import CorruptError
from ossh.transfer.fetching.rate_limit import Account, RateLimit
from ossh.transfer.fetching.response_head import judged
from ossh.transfer.fetching.signing import Signing
from ossh.transfer.job_thread import JobThread
from ossh.transfer.messages import Fetch, Look
from ossh.transfer.scheduling.concurrency import OBJECT_WEIGHT, Concurrency
from ossh.transfer.scheduling.retry_policy import (
    MAX_CHANGES,
    MAX_THROTTLES,
    Decision,
    pauses_between_attempts,
)
from ossh.transfer.scheduling.service_health import ServiceHealth
from ossh.transfer.streaming import tar_format
from ossh.transfer.streaming.order import Block, Order, Piece
from ossh.transfer.streaming.writer import Item, Writer
from ossh.transfer.watching import Phase, Progress

BACKLOG = 8 * 1024 * 1024  # bytes that may wait for the reader, beside those of `Order`
_POLL_SECONDS = 0.05
_DRAIN_SECONDS = 0.005  # in which a fast reader takes much of the backlog
_KEPT_KEYS = 20
_OTHER_ETAG = frozenset({"PreconditionFailed", "etag differs"})


class IncompleteError(OsshError):
    """The archive cannot be completed."""

    status = STATUS_MISSING


@dataclass(slots=True)
class Streamed:
    """What is in the archive, and what is not."""

    objects: int = 0
    size: int = 0  # bytes of their bodies
    by_length: int = 0  # of the objects, those that nothing but their length proves
    gone: int = 0  # deleted since they were listed, or listed by nobody but a list of keys
    gone_keys: list[str] = field(default_factory=list)  # the first of these
    seconds: float = 0.0
    has_members: bool = True  # else it is incomplete, since readers take no such archive

    @property
    def status(self) -> int:
        return STATUS_MISSING if self.gone or not self.has_members else 0

    def miss(self, key: str) -> None:
        self.gone += 1
        if len(self.gone_keys) < _KEPT_KEYS:
            self.gone_keys.append(key)


@dataclass(eq=False, repr=False)
class TarStream(JobThread[Streamed]):
    """Writes a planned job as a tar; its `result` says what is in it."""

    job: Job
    plan: Path  # the manifest with its rows, which nobody else writes any more
    provider: Provider
    http: Http
    # as for `Writer`; it has taken the `tar_format.BEGINNING` before
    write: Callable[[memoryview], int]
    _: KW_ONLY
    shared: RateLimit | None = None  # bytes per second of all runs together

    def __post_init__(self) -> None:
        super().__init__(self.job, "tar")
        self._rows = ManifestReader(self.plan)
        self._writer = Writer(self.write)
        self._rate = RateLimit(self.job.transfer.rate, within=self.shared)
        self._account = Account(self._rate)
        self._signing = Signing(self.job.source, self.provider)
        self._concurrency = Concurrency(machine.affordable(self.job.transfer.connections))
        self._pauses = pauses_between_attempts(random.Random())  # noqa: S311 - jitter
        self._order = Order(self._wanted())
        self._streamed = Streamed()
        self._service = ServiceHealth()
        self._answers = self._received = 0
        self._mending: BackgroundCall[object] | None = None

    def work(self) -> None:
        """Write the archive to its end.

        Raises:
            IncompleteError: An object cannot be had, or not be proved.
            StoreError: The bucket cannot be read any more.
            BrokenPipeError: Nobody reads the archive any more.
            Stopped: It was stopped.
        """
        began = time.monotonic()
        with closing(self._rate):
            self._refuse_archived()
            self._stream()
        self._streamed.seconds = time.monotonic() - began
        self.summary = self._streamed

    def _stream(self) -> None:
        counts = self._rows.counts()
        self.progress = Progress(
            phase=Phase.FETCHING,
            is_planned=True,
            planned=counts.objects[Status.PENDING],
            planned_bytes=counts.size[Status.PENDING],
        )
        self._writer.start()
        try:
            with closing(Pool(self.http)) as pool:
                while not self._order.is_over:
                    self._turn(pool)
            self._streamed.has_members = self._order.has_members
            if self._order.has_members:
                self._writer.put([(tar_format.END, None)])
                self._finish()
        finally:
            self._writer.drop()

    def _finish(self) -> None:
        """Wait until all is written."""
        self._writer.end()
        while self._writer.is_alive():
            self._writer.join(_POLL_SECONDS)
            self._check()
        self._check()

    def _wanted(self) -> Iterator[Entry]:
        for entry in self._rows.in_key_order():
            if entry.status is Status.GONE:
                self._streamed.miss(entry.key)
            else:
                yield entry

    def _refuse_archived(self) -> None:
        """Refuse what needs a restore before the first byte is written."""
        first = next(self._rows.entries((Status.ARCHIVED,)), None)
        if first is not None:
            number = self._rows.counts().objects[Status.ARCHIVED]
            objects = n_("{number:,} object", "{number:,} objects", number)
            text = _("archived and not restored: {objects}, the first is '{key}'")
            raise IncompleteError(
                text.format(objects=objects, key=printable(first.key)),
                hint=_(
                    "'restore' asks OSS to thaw them, which costs money; "
                    "--class Standard,IA leaves them out"
                ),
            )

    def _turn(self, pool: Pool) -> None:
        now = time.monotonic()
        self._check()
        self._signing.refresh()
        if not self._service.pause(now):
            self._begin(pool, now)
        for parser in pool.poll(self._patience()):
            self._settle(parser, now)
        self._write()
        self._publish(pool, now)

    def _patience(self) -> float:
        """Return how long to wait for answers: less while the reader, or the rate, may let go."""
        if self._writer.backlog:
            return _DRAIN_SECONDS
        return min(_POLL_SECONDS, self._account.left or _POLL_SECONDS)

    def _check(self) -> None:
        """Raise what ends the archive from outside."""
        if self.is_stopping:
            raise Stopped(_("stopped; the archive is incomplete"))
        if self._writer.error is not None:
            raise self._writer.error

    def _begin(self, pool: Pool, now: float) -> None:
        """Ask for the next pieces, as many at once as is worth it."""
        work = self._received + OBJECT_WEIGHT * self._answers
        busy = len(pool) >= self._concurrency.connections
        self._concurrency.progress(work, self._answers, now, is_busy=busy)
        pool.idle_limit = most = self._concurrency.connections
        while len(pool) < most and not self._account.left:
            piece = self._order.next(now)
            if piece is None:
                return
            self._account.book(piece.length)
            signed = self._signing(_task(piece))
            head = piece.is_look
            pool.start(signed.url, signed.headers, piece, limit=piece.length, head=head)

    def _settle(self, parser: ResponseParser, now: float) -> None:
        """Take an answer: the piece it brings, or what follows from its failure."""
        piece: Piece = parser.token
        self._answers += 1
        self._received += len(parser.body) if parser.is_success else 0
        if piece not in piece.member.pieces:
            return  # of a version that is not wanted any more
        found = judged(_task(piece), parser)
        if isinstance(found, Failure):
            self._failed(piece, found, now)
            return
        try:
            self._order.arrived(piece, found, parser.body)
            self._service.served(now)
        except CorruptError as error:
            self._failed(piece, Failure(Cause.CORRUPT, "corrupt", str(error)), now)

    def _failed(self, piece: Piece, failure: Failure, now: float) -> None:
        """Do about a failure what a run does, as far as the archive allows it."""
        member = piece.member
        is_free = not member.has_begun
        match self._service.decision_for(failure):
            case Decision.RETRY:
                self._charge(piece, failure, now)
            case Decision.WAIT:
                self._wait(piece, failure, now)
            case Decision.REPLAN if member.may_grow and failure.code in _OTHER_ETAG:
                member.grows = True  # from now on without the condition that failed
                self._charge(piece, failure, now)
            case Decision.REPLAN if is_free and failure.cause is Cause.CHANGED:
                if member.changes >= MAX_CHANGES:
                    raise _incomplete(member.entry, failure)
                self._order.forget(member)
            case Decision.GIVE_UP if is_free and failure.cause is Cause.GONE:
                self._order.forget(member, is_gone=True)
            case Decision.STOP:
                raise store_error(_("read '{key}'").format(key=member.entry.key), failure)
            case _:
                raise _incomplete(member.entry, failure)

    def _charge(self, piece: Piece, failure: Failure, now: float) -> None:
        piece.attempts += 1
        if piece.attempts >= self.job.transfer.max_attempts:
            raise _incomplete(piece.member.entry, failure)
        self._order.retry(piece, now + self._pauses.after(piece.attempts))

    def _wait(self, piece: Piece, failure: Failure, now: float) -> None:
        """Begin nothing for a while, and look for what ends the wait."""
        rest = 0.0
        if failure.cause is Cause.THROTTLED:
            self._concurrency.throttled(now)
            piece.throttles += 1
            if piece.throttles > MAX_THROTTLES:
                self._charge(piece, failure, now)
                return
            rest = self._pauses.after(piece.throttles)
        is_first = not self._service.pause(now)  # all that fail in one pause are one event
        self._service.refused(failure, now, 0)
        if now - self._service.since > self.job.transfer.patience_seconds:
            raise store_error(_("read '{key}'").format(key=piece.member.entry.key), failure)
        if is_first and (self._mending is None or self._mending.is_done()):
            self._mending = BackgroundCall(partial(self._mend, failure.cause))
        self._order.retry(piece, now + self._service.pause(now) + rest)

    def _mend(self, cause: Cause) -> object:
        """Look for other credentials, or for the right time, in a thread of its own."""
        if cause in {Cause.EXPIRED, Cause.BAD_CREDENTIALS}:
            return self._signing.provider.reload()
        lister = Lister(lambda: self._signing.signer, self.http)
        return lister.page(PageQuery(self.job.source.prefix, max_keys=1))  # corrects the clock

    def _write(self) -> None:
        """Hand on what is ready, as long as the reader keeps up."""
        if (waiting := self._writer.backlog) >= BACKLOG:
            return
        items: list[Item] = []
        done = self._streamed
        for block in self._order.ready():
            if block.is_last and block.member.is_gone:
                done.miss(block.member.entry.key)
                continue
            if block.is_last:
                done.objects += 1
                done.size += block.member.entry.size
            needs_check = block.check is not None or block.is_last
            items.append((block.data, partial(self._checked, block) if needs_check else None))
            waiting += len(block.data)
            if waiting >= BACKLOG:
                break
        if items:
            self._writer.put(items)

    def _checked(self, block: Block) -> None:
        """Do what is to be done before a block is written, on the writer's thread.

        Raises:
            IncompleteError: What has passed is not the object.
        """
        try:
            if block.check is not None:
                block.check()
        except CorruptError as error:
            failure = Failure(Cause.CORRUPT, "corrupt", str(error))
            raise _incomplete(block.member.entry, failure) from error
        self._streamed.by_length += block.is_last and block.member.proof is Proof.LENGTH

    def _publish(self, pool: Pool, now: float) -> None:
        note = self._service.note(now)
        self.progress = replace(
            self.progress,
            phase=Phase.WAITING if note else Phase.FETCHING,
            done=self._streamed.objects,
            fetched=self._streamed.objects,
            failed=self._streamed.gone,
            bytes_done=self._streamed.size + self._order.written_of_first,
            bytes_received=self._received,
            connections=len(pool),
            note=note,
        )


def _task(piece: Piece) -> Fetch | Look:
    member = piece.member
    if piece.is_look:
        return Look(member.entry)
    return Fetch(member.entry, piece.range, member.grows)


def _incomplete(entry: Entry, failure: Failure) -> IncompleteError:
    doing = _("put '{key}' into the archive").format(key=entry.key)
    told = store_error(doing, failure)
    return IncompleteError(str(told), hint=_("the archive is incomplete: run it again"))
