"""Few connections for large bodies and parts: one thread each, blocks of 512 KiB.

Each block is written, counted and added to the CRC64 as it arrives; then it is forgotten. CRC and
write run outside the interpreter's lock, so two streams fill two cores.
"""

import os
import queue
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from http.client import HTTPResponse

import fastcrc

from ossh import network, protocol
from ossh.model import Cause, Failure, Part
from ossh.network import Cancelled, Connection, Http
from ossh.transfer import partial
from ossh.transfer.guard import refuse_kept
from ossh.transfer.messages import (
    Check,
    Crashed,
    Done,
    Failed,
    Fetch,
    Reply,
    Returned,
    Seal,
    Served,
    Sign,
    Task,
)
from ossh.transfer.partial import BLOCK, Corrupt
from ossh.transfer.rate import Limits
from ossh.transfer.response import OK, PARTIAL_CONTENT, mismatch, served_by
from ossh.transfer.trail import Trail, version_of
from ossh.transfer.workspace import Workspace

MAX_ERROR_BODY = 64 * 1024


class Stream(threading.Thread):
    """Fetches large objects and parts, one at a time, and checks and seals their files.

    Args:
        tasks: Shared by all streams; None ends the thread that takes it.
        sign: Turns a Fetch into an address and headers; called when it is sent.
        http: Settings for the connection.
        workspace: Where files go.
        post: Takes each reply; called on the stream's thread.
        rate: Shared with the other lanes.
        dry: Called when no task is left, after the reply to the last one was posted.
    """

    def __init__(  # noqa: PLR0913 - what a lane is given, and the queue all streams share
        self,
        tasks: "queue.SimpleQueue[Task | None]",
        sign: Sign,
        http: Http,
        workspace: Workspace,
        post: Callable[[Reply], None],
        rate: Limits,
        dry: Callable[[], None],
    ) -> None:
        super().__init__(name="ossh-stream", daemon=True)
        self._tasks = tasks
        self._sign = sign
        self._workspace = workspace
        self._post = post
        self._rate = rate
        self._dry = dry
        self._trail = Trail(workspace.folder)
        self._connection = Connection(http, cancelled=self._is_cancelled)
        self._buffer = memoryview(bytearray(BLOCK))
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
        try:
            while (task := self._next()) is not None:
                self._recall = False
                before = self.received
                self._present = task, before
                reply = self._reply(task)
                self._present = None
                self._post(replace(reply, written=self.received - before))
                if not self.is_wanted:
                    return
        except Exception:  # noqa: BLE001 - reported whole to the loop, which raises it
            self._post(Crashed(traceback.format_exc()))
        finally:
            self._connection.close()
            self._trail.close()

    def _next(self) -> Task | None:
        try:
            return self._tasks.get_nowait()
        except queue.Empty:
            self._dry()
            return self._tasks.get()

    def _reply(self, task: Task) -> Done | Failed | Returned:
        match task:
            case Fetch():
                return self._fetch(task)
            case Check():
                return self._check(task)
            case Seal():
                return self._finish(task, task.crc64, task.served)
            case _:
                message = f"a stream cannot do {task!r}"
                raise TypeError(message)

    def _fetch(self, task: Fetch) -> Done | Failed | Returned:
        signed = self._sign(task)
        try:
            response = self._connection.get(signed.url, signed.headers)
        except Cancelled:
            self._connection.close()  # its answer may yet come, and is nobody's
            return Returned(task)
        except Exception as error:  # noqa: BLE001 - failure_of knows what a connection raises
            self._connection.close()
            return Failed(task, _network_failure(error))
        headers = {name.lower(): value for name, value in response.getheaders()}
        if response.status not in (OK, PARTIAL_CONTENT):
            return self._refused(task, response, headers)
        served = served_by(headers, expected=task.size)
        if failure := mismatch(task, response.status, headers, served):
            self._connection.close()  # its body is not wanted
            return Failed(task, failure, served=served)
        return self._receive(task, response, served)

    def _refused(
        self, task: Fetch, response: HTTPResponse, headers: dict[str, str]
    ) -> Done | Failed | Returned:
        body = b""
        try:
            body = response.read(MAX_ERROR_BODY)
        except Cancelled:
            pass  # the status alone tells enough
        except Exception as error:  # noqa: BLE001 - failure_of knows what a connection raises
            _network_failure(error)
        if response.status >= 500 or not response.isclosed():  # noqa: PLR2004 - server errors
            self._connection.close()
        return Failed(task, protocol.failure(response.status, headers, body))

    def _receive(
        self, task: Fetch, response: HTTPResponse, served: Served
    ) -> Done | Failed | Returned:
        """Write the body into the partial file and say how that went."""
        start = task.wanted.start
        body = _Body(start, task.wanted.stop)
        try:
            is_part = task.range is not None
            descriptor = self._workspace.open(task.row, fresh=False, is_part=is_part)
        except OSError as error:
            self._connection.close()
            return Failed(task, self._workspace.failure(error), served=served)
        try:
            failure = self._copy(task, response, descriptor, body)
        except Cancelled:
            self._connection.close()
            return Returned(task, kept=body.kept, served=served)
        finally:
            os.close(descriptor)
        if failure is not None:
            self._connection.close()
            if failure.cause is Cause.CORRUPT:
                self._trail.mark(self.received)  # of no body: this one is not to be kept
                return Failed(task, failure, served=served)
            return Failed(task, failure, kept=body.kept, served=served)
        if task.range is not None:
            return Done(task, part=body.part, served=served)
        return self._finish(task, body.crc64, served)

    def _copy(
        self, task: Fetch, response: HTTPResponse, descriptor: int, body: "_Body"
    ) -> Failure | None:
        """Move blocks from the socket to the file; None when just the right bytes came.

        Network and disk are distinguished here: both raise OSError.

        Raises:
            Cancelled: Recalled; `body` says what is on disk.
        """
        version = version_of(task.etag, task.size)
        self._trail.begin()
        while body.position < body.stop:
            piece = min(self._rate.piece(len(self._buffer)), body.stop - body.position + 1)
            self._pause(self._rate.take(piece))
            try:
                block = self._buffer[: response.readinto(self._buffer[:piece])]
            except Cancelled:
                raise
            except Exception as error:  # noqa: BLE001 - failure_of knows what a connection raises
                return _network_failure(error)
            count = len(block)
            self._rate.give_back(piece - count)
            if not count:
                missing = body.stop - body.position
                return Failure(Cause.SHORT_BODY, "short body", f"{missing} bytes are missing")
            if body.position + count > body.stop:
                return Failure(Cause.CORRUPT, "body too long", "more bytes arrived than announced")
            try:
                partial.write_at(descriptor, block, body.position)
            except OSError as error:
                return self._workspace.failure(error)
            body.add(block)
            self.received += count
            self._trail.mark(self.received, task.row, body.part, version)
        return self._rest(response)

    def _rest(self, response: HTTPResponse) -> Failure | None:
        """Read the end of the body, so that the connection can serve the next request."""
        extra = b""
        if not response.isclosed():
            try:
                extra = response.read(1)
            except Exception as error:  # noqa: BLE001 - failure_of knows what a connection raises
                return _network_failure(error)
        if extra:
            return Failure(Cause.CORRUPT, "body too long", "more bytes arrived than announced")
        return None

    def _pause(self, receipt: tuple[float, ...]) -> None:
        """Wait until booked bytes are paid for, at whatever rate holds in the meantime."""
        while (left := self._rate.left(receipt)) > 0:
            if self._is_cancelled():
                raise Cancelled
            time.sleep(min(left, 0.1))
        if self._is_cancelled():
            raise Cancelled

    def _check(self, task: Check) -> Done | Failed | Returned:
        """Compare a kept part with what is on disk; only what agrees is kept."""
        part = task.part
        try:
            with open(self._workspace.kept(task.row), "rb", buffering=0) as file:
                crc = partial.crc64_in(file, part.start, part.stop)
        except OSError:
            crc = None
        if crc == part.crc64:
            return Done(task, part=part)
        text = f"bytes {part.start} to {part.stop} of the partial file changed"
        return Failed(task, Failure(Cause.CORRUPT, "part changed", text))

    def _finish(self, task: Fetch | Seal, crc64: int, served: Served) -> Done | Failed | Returned:
        path = self._workspace.partial(task.row)
        size = 0
        try:
            with open(self._workspace.existing(task.row), "rb+", buffering=0) as file:
                size = os.fstat(file.fileno()).st_size
                if size > served.size:
                    file.truncate(served.size)  # the tail of an earlier, longer version
                    size = served.size
            proof = partial.prove(task, served, size, crc64, path)
            final = self._workspace.place(task.path)
            refuse_kept(task, final, self._workspace)
            partial.seal(path, final, task.modified)
            self._workspace.sealed(task.row)
        except Corrupt as error:
            self._workspace.drop(task.row)
            return Failed(task, Failure(Cause.CORRUPT, "corrupt", str(error)), served=served)
        except OSError as error:
            return Failed(task, self._workspace.failure(error), served=served)
        return Done(task, crc64=crc64, served=served, proof=proof)


class _Body:
    """How much of a body is on disk, and its CRC64 so far."""

    def __init__(self, start: int, stop: int) -> None:
        self.start = self.position = start
        self.stop = stop
        self.crc64 = 0

    def add(self, block: memoryview) -> None:
        """Count a block that has been written."""
        self.crc64 = fastcrc.crc64.xz(block, self.crc64)
        self.position += len(block)

    @property
    def part(self) -> Part:
        """Return what is on disk."""
        return Part(self.start, self.position, self.crc64)

    @property
    def kept(self) -> Part | None:
        """Return what is on disk, None when nothing is."""
        return self.part if self.position > self.start else None


def _network_failure(error: Exception) -> Failure:
    if not network.is_transport_error(error):
        raise error
    return network.failure_of(error)
