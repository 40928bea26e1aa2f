"""Few connections for large bodies and parts: one thread each, blocks of 512 KiB.

Each block is written, counted and added to the CRC64 as it arrives; then it is forgotten. CRC and
write run outside the interpreter's lock, so two streams fill two cores.
"""

import errno
import os
import queue
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from typing import TypeVar

import fastcrc

from ossh import network, patient, protocol
from ossh.model import Cause, Failure, Part
from ossh.network import BodyConnection, Cancelled, Http
from ossh.transfer.disk.delivery import deliver_large
from ossh.transfer.disk.disk_errors import CorruptError, PlantedError
from ossh.transfer.disk.file_io import BLOCK, crc64_in, dated, write_at
from ossh.transfer.disk.part_journal import WHOLE, PartJournal, version_of
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.rate_limit import RateLimit, Receipt
from ossh.transfer.fetching.response_head import OK, PARTIAL_CONTENT, mismatch, served_by
from ossh.transfer.messages import (
    Answer,
    CheckPart,
    Differs,
    Done,
    Failed,
    Fetch,
    Reply,
    Returned,
    Seal,
    Served,
    Sign,
    Task,
    bugs_posted,
)

T = TypeVar("T")


class Stream(threading.Thread):
    """Fetches large objects and parts, one at a time, and checks and seals their files.

    Args:
        tasks: Shared by all streams; None ends the thread that takes it.
        sign: Turns a task into an address and headers; called when it is sent.
        http: Settings for every request.
        workspace: Where files go.
        post: Takes each reply; called on the stream's thread.
        rate: Shared with the other lanes.
        blocks: Buffers that no stream uses just now.
        on_idle: Called when no task is left, after the reply to the last one was posted: it is
            time for the next ones.
    """

    def __init__(  # noqa: PLR0913 - what a lane is given, and the queue all streams share
        self,
        tasks: "queue.SimpleQueue[Task | None]",
        sign: Sign,
        http: Http,
        workspace: Workspace,
        post: Callable[[Reply], None],
        rate: RateLimit,
        blocks: list[memoryview],
        on_idle: Callable[[], None],
    ) -> None:
        super().__init__(name="ossh-stream", daemon=True)
        self._tasks = tasks
        self._sign = sign
        self._workspace = workspace
        self._post = post
        self._rate = rate
        self._blocks = blocks
        self._on_idle = on_idle
        self._journal = PartJournal(workspace.make)
        self._connection = BodyConnection(http, cancelled=self._is_cancelled)
        self._body = Part(0, 0, 0)  # what is on disk of its present body
        self._recall = False
        self._ending = False
        self.is_wanted = True  # False: it ends after its present task
        self.received = 0  # bytes of bodies, read by other threads for the progress
        self._present: tuple[Task, int] | None = None  # its task, and `received` when it began

    def recall(self) -> None:
        """Park the task under way: what it has is kept, the rest handed back."""
        self._recall = True

    def end(self) -> None:
        """Park the task under way and take on nothing that moves bytes any more."""
        self._ending = True

    @property
    def under_way(self) -> list[tuple[Task, int]]:
        """Return its present task, if any, and how many bytes it has written for that."""
        present = self._present
        return [] if present is None else [(present[0], self.received - present[1])]

    def _is_cancelled(self) -> bool:
        return self._recall or self._ending

    def run(self) -> None:
        """Work until a None comes; a bug travels as `Crashed`."""
        with bugs_posted(self._post), closing(self._journal), closing(self._connection):
            while self.is_wanted and (task := self._next()) is not None:
                self._recall = False
                before = self.received
                self._present = task, before
                reply = self._reply(task)
                self._present = None
                self._post(replace(reply, written=self.received - before))

    def _next(self) -> Task | None:
        try:
            return self._tasks.get_nowait()
        except queue.Empty:
            self._on_idle()
            return self._tasks.get()

    def _reply(self, task: Task) -> Answer:
        match task:
            case Fetch():
                return self._fetch(task)
            case CheckPart():
                return self._check(task)
            case Seal():
                return self._finish(task, task.crc64, task.served, None)
            case _:
                message = f"a stream cannot do {task!r}"
                raise TypeError(message)

    def _fetch(self, task: Fetch) -> Done | Failed | Returned:
        """Fetch what a task wants, and keep the connection if all of the answer was read."""
        try:
            return self._ask(task)
        except Cancelled:
            return Returned(task)
        finally:
            self._connection.release()

    def _ask(self, task: Fetch) -> Done | Failed | Returned:
        """Send a request and judge its answer.

        Raises:
            Cancelled: Recalled before the answer came.
        """
        signed = self._sign(task)
        limit = task.wanted.length
        response = _received(lambda: self._connection.get(signed.url, signed.headers, limit))
        if isinstance(response, Failure):
            return Failed(task, response)
        headers = response.headers
        if response.status not in (OK, PARTIAL_CONTENT):
            body: bytes | Failure = b""
            with suppress(Cancelled):  # the status alone tells enough
                body = _received(self._connection.read)
            body = b"" if isinstance(body, Failure) else body
            return Failed(task, protocol.failure(response.status, headers, body))
        served = served_by(headers, expected=task.size)
        if failure := mismatch(task, response.status, headers, served):
            return Failed(task, failure, served=served)
        return self._receive(task, served)

    def _receive(self, task: Fetch, served: Served) -> Done | Failed | Returned:
        """Write the body into the partial file and say how that went."""
        self._body = Part(task.wanted.start, task.wanted.start, 0)
        is_part = task.range is not None
        try:
            descriptor = self._workspace.open(task.row, fresh=not is_part, is_part=is_part)
        except OSError as error:
            return Failed(task, self._workspace.failure(error), served=served)
        try:
            failure = self._copy(task, descriptor)
            written = None if is_part or failure else dated(descriptor, task.modified)
        except Cancelled:
            return Returned(task, kept=self._kept, served=served)
        except OSError as error:
            return Failed(task, self._workspace.failure(error), served=served)
        finally:
            os.close(descriptor)
        if failure is not None:
            is_corrupt = failure.cause is Cause.CORRUPT
            if is_corrupt:
                self._journal.mark(self.received)  # of no body: this one is not to be kept
            return Failed(task, failure, kept=None if is_corrupt else self._kept, served=served)
        if is_part:
            return Done(task, part=self._body, served=served)
        return self._finish(task, self._body.crc64, served, written)

    @property
    def _kept(self) -> Part | None:
        """Return what is on disk of the present body, None when nothing is."""
        return self._body if self._body.length else None

    def _copy(self, task: Fetch, descriptor: int) -> Failure | None:
        """Move blocks from the socket to the file; None when just the right bytes came.

        Network and disk are told apart here: both raise OSError.

        Raises:
            Cancelled: Recalled; `_body` says what is on disk.
        """
        is_marked = task.range is not None or task.size > WHOLE
        version = version_of(task.etag, task.size) if is_marked else b""
        start, position, stop, crc64 = task.wanted.start, task.wanted.start, task.wanted.stop, 0
        self._journal.begin()
        while not self._connection.is_complete:
            piece = min(self._rate.piece(BLOCK), max(1, stop - position))
            self._pause(self._rate.take(piece))
            found = _received(partial(self._next_block, piece))
            if isinstance(found, Failure):
                self._rate.give_back(piece)
                return found
            buffer, count = found
            self._rate.give_back(piece - count)
            block = buffer[:count]
            try:
                write_at(descriptor, block, position)
            except OSError as error:
                return self._workspace.failure(error)
            position, crc64 = position + count, fastcrc.crc64.xz(block, crc64)
            self._blocks.append(buffer)
            self._body = Part(start, position, crc64)
            self.received += count
            if is_marked:
                self._journal.mark(self.received, task.row, self._body, version)
        self._journal.tell(self.received)
        if position < stop:  # it ended with its connection, and nobody knew where
            missing = f"{stop - position} bytes are missing"
            return Failure(Cause.SHORT_BODY, "short body", missing)
        return None

    def _next_block(self, most: int) -> tuple[memoryview, int]:
        """Return a buffer with the next bytes of a body, and how many; 0 at its end.

        Who waits has no buffer meanwhile: a few serve many streams, and stay in the caches. Fresh
        memory takes longer to get than to fill.
        """
        while True:
            try:
                buffer = self._blocks.pop()
            except IndexError:
                buffer = memoryview(bytearray(BLOCK))
            count = self._connection.readinto(buffer[:most])
            if count or self._connection.is_complete:
                return buffer, count
            self._blocks.append(buffer)
            self._connection.wait()

    def _pause(self, receipt: Receipt) -> None:
        """Wait until booked bytes are paid for, at whatever rate holds in the meantime."""
        while (left := self._rate.left(receipt)) > 0:
            if self._is_cancelled():
                raise Cancelled
            time.sleep(min(left, 0.1))
        if self._is_cancelled():
            raise Cancelled

    def _check(self, task: CheckPart) -> Done | Failed | Differs:
        """Compare a kept part with what is on disk; what nobody can look at does not differ."""
        part = task.part
        try:
            with open(self._workspace.existing(task.row, is_part=True), "rb", buffering=0) as file:
                if crc64_in(file, part.start, part.stop) == part.crc64:
                    return Done(task, part=part)
        except (FileNotFoundError, PlantedError):
            pass  # it is not there, or something else is in its place
        except OSError as error:
            return Failed(task, self._workspace.failure(error))
        if self._workspace.tree.is_gone():  # so this was another folder
            away = OSError(errno.ENODEV, os.strerror(errno.ENODEV))
            return Failed(task, self._workspace.failure(away))
        return Differs(task)

    def _wait_for_file(self, seconds: float) -> None:
        """Wait while another program has a file open.

        Raises:
            Cancelled: Told to park.
        """
        if self._is_cancelled():
            raise Cancelled
        time.sleep(seconds)

    def _finish(
        self, task: Fetch | Seal, crc64: int, served: Served, written: os.stat_result | None
    ) -> Done | Failed | Returned:
        try:
            return patient.retried(
                lambda: deliver_large(task, served, crc64, self._workspace, written),
                self._wait_for_file,
                patient.BODY_SECONDS,
            )
        except Cancelled:
            kept = self._kept if isinstance(task, Fetch) else None
            return Returned(task, kept=kept, served=served)
        except (CorruptError, OSError) as error:
            if isinstance(error, CorruptError):
                self._workspace.drop(task.row)
            return Failed(task, self._workspace.failure(error), served=served)


def _received(call: Callable[[], T]) -> T | Failure:
    """Return what a call receives over the network, or why it failed.

    Raises:
        Cancelled: By the call.
    """
    try:
        return call()
    except Cancelled:
        raise
    except Exception as error:
        if not network.is_transport_error(error):
            raise
        return network.failure_of(error)
