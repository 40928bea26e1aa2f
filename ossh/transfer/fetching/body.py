"""A large body on its way into a partial file: written as it comes, counted, and kept in part."""

import os
from http import HTTPStatus
from typing import cast

import fastcrc

from ossh.model import Cause, Failure, Part
from ossh.network import ResponseParser
from ossh.transfer.disk.delivery import deliver_large
from ossh.transfer.disk.disk_errors import CorruptError
from ossh.transfer.disk.file_io import BLOCK, dated, write_at
from ossh.transfer.disk.part_journal import WHOLE, PartJournal, version_of
from ossh.transfer.disk.workspace import Workspace
from ossh.transfer.fetching.rate_limit import Account
from ossh.transfer.fetching.response_head import mismatch, served_by
from ossh.transfer.messages import Done, Failed, Fetch, Reply, Returned, Served


class Body:
    """What a `Pool` fills with the body of one large object, or of a part of one.

    Each block is written, counted and added to the CRC64 as it arrives; then it is forgotten. CRC
    and write run outside the interpreter's lock, so two threads fill two cores.

    Args:
        journal: Of the thread.
        account: What the thread has booked with the rate limit.
    """

    def __init__(
        self, task: Fetch, workspace: Workspace, journal: PartJournal, account: Account
    ) -> None:
        self.task = task
        self._workspace = workspace
        self._journal = journal
        self._account = account
        self._served: Served | None = None  # what the answer says of the object
        self._failure: Failure | None = None  # of the answer, or of the disk
        self._here = Part(task.wanted.start, task.wanted.start, 0)  # what is on disk
        self._descriptor = -1  # of the partial file, while it is open
        self._slot = 0  # of its marks, unless it comes whole again after a kill
        self._version = b""
        self._dated: os.stat_result | None = None  # the partial file, once it has its date

    # What a pool calls

    def begin(self, answer: ResponseParser) -> bool:
        """Judge the head of an answer, and open the partial file."""
        task, is_part = self.task, self.task.range is not None
        row, size = task.entry.row, task.entry.size
        self._served = served_by(answer.headers, expected=size)
        self._failure = mismatch(task, answer.status, answer.headers, self._served)
        if self._failure is not None:
            return False
        try:
            self._descriptor = self._workspace.open(row, is_part=is_part)
        except OSError as error:
            self._failure = self._workspace.failure(error)
            return False
        if is_part or size > WHOLE:
            self._slot, self._version = self._journal.take_slot(), version_of(task.etag, size)
        return True

    def room(self) -> int:
        """Return how many bytes may be read now: none until those before are paid for."""
        return self._account.room(BLOCK)

    def write(self, data: memoryview) -> bool:
        """Write a block; False: the disk failed."""
        self._account.book(len(data))
        here = self._here
        try:
            write_at(self._descriptor, data, here.stop)
        except OSError as error:
            self._failure = self._workspace.failure(error)
            return False
        stop, crc64 = here.stop + len(data), fastcrc.crc64.xz(data, here.crc64)
        self._here = Part(here.start, stop, crc64)
        self._account.received += len(data)
        if self._slot:
            self._journal.write(self._slot, self.task.entry.row, self._here, self._version)
        return True

    # What becomes of it

    def ended(self, answer: ResponseParser) -> Reply | None:
        """Return the reply to the task; None: the object is whole, and to be delivered."""
        failure = self._failure or self._judged(answer)
        is_corrupt = failure is not None and failure.cause is Cause.CORRUPT
        failure = self._close(is_corrupt=is_corrupt) or failure
        task, received = self.task, self._here.length
        if failure is not None:
            kept = None if is_corrupt else self._kept
            return Failed(task, failure, kept, self._served, received)
        if task.range is None:
            return None
        return Done(task, part=self._here, served=self._served, received=received)

    def _judged(self, answer: ResponseParser) -> Failure | None:
        """Return why an answer is not all that was asked for; None where it is."""
        if failure := answer.refusal(HTTPStatus.PARTIAL_CONTENT):
            return failure
        if missing := self.task.wanted.stop - self._here.stop:
            # it ended with its connection, and nobody knew where
            return Failure(Cause.SHORT_BODY, "short body", f"{missing} bytes are missing")
        return None

    def deliver(self) -> Reply:
        """Give a whole object its final name; errors are those of `deliver_large`."""
        served = cast("Served", self._served)
        return deliver_large(self.task, served, self._here.crc64, self._workspace, self._dated)

    def give_up(self, error: OSError | CorruptError | None = None) -> Reply:
        """Return the task as failed; without an error, give it back with what is on disk."""
        failure = self._close()
        if isinstance(error, CorruptError):
            self._workspace.drop(self.task.entry.row)
        if error is not None:
            failure = self._workspace.failure(error)
        task, received = self.task, self._here.length
        if failure is None:
            return Returned(task, self._kept, self._served, received)
        return Failed(task, failure, received=received)

    @property
    def _kept(self) -> Part | None:
        return self._here if self._here.length else None

    def _close(self, *, is_corrupt: bool = False) -> Failure | None:
        """Close the partial file, with its date if it is whole; return why that failed."""
        if self._slot:
            if is_corrupt:
                self._journal.write(self._slot)
            self._journal.free(self._slot)
            self._slot = 0
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor < 0:
            return None
        try:
            # to close it may fail, too: a share that is full may say so no sooner
            with open(descriptor, "rb+"):
                entry = self.task.entry
                if self.task.range is None and self._here.stop == entry.size:
                    self._dated = dated(descriptor, entry.last_modified.timestamp())
        except OSError as error:
            return self._workspace.failure(error)
        return None
