"""From task to task: what the answer to one means for its object, and what comes next. Pure."""

from collections.abc import Callable

from ossh.model import Part
from ossh.transfer.attempts import Attempts
from ossh.transfer.item import Item, Stage
from ossh.transfer.messages import (
    Check,
    Done,
    Failed,
    Fetch,
    Link,
    Look,
    Readlink,
    Returned,
    Seal,
    Served,
)
from ossh.transfer.records import Records
from ossh.transfer.window import Window


class Steps:
    """Leads each object of the window through its tasks.

    Args:
        window: The objects that are worked on.
        records: Learn what is kept, learnt and done.
        attempts: Settle what failed.
        file_of: Returns the path of the file that the job has of a key, "" when it has none.
    """

    def __init__(
        self, window: Window, records: Records, attempts: Attempts, file_of: Callable[[str], str]
    ) -> None:
        self._window = window
        self._records = records
        self._attempts = attempts
        self._file_of = file_of

    def on(self, reply: Done | Failed | Returned, now: float) -> None:
        """Take the answer to a task into account, and continue with its object."""
        item = self._window.landed(reply.task)
        match reply:
            case Done():
                self._on_done(item, reply, now)
            case Failed(task=Check(part=part)):
                self._records.lost(item, part)
            case Failed():
                self._keep(item, reply.kept, reply.served)
                item.failure = item.failure or reply.failure
            case Returned(task=Check(part=part)):
                item.uncheck(part)
            case Returned():
                self._keep(item, reply.kept, reply.served)
        if item in self._window and not item.flying:
            if isinstance(reply, Returned):
                item.sent = 0  # it may never have been begun
            self._go_on(item, now)

    def _on_done(self, item: Item, done: Done, now: float) -> None:
        if done.served is not None and not isinstance(done.task, Seal):
            self._attempts.served(item, now)  # folders and seals are made without asking it
        match done.task:
            case Fetch(range=None) | Seal():
                self._records.done(item, done, now)
                self._attempts.leave(item)
            case Fetch():
                self._keep(item, done.part, done.served)
            case Check(part=part):
                item.add_checked(part)
            case Look():
                self._on_look(item, done)
            case Readlink():
                item.lead_to(self._file_of(done.link))
            case Link() if done.proof is None:
                item.lead_to("")
            case Link():
                self._records.linked(item)
                self._records.done(item, done, now)
                self._attempts.leave(item)

    def _on_look(self, item: Item, done: Done) -> None:
        if done.served is None:
            return
        before, part_bytes = item.entry, item.part_bytes
        item.seen(done.served)
        if not item.part_bytes:
            self._records.forgot(item, part_bytes)
        self._records.looked(item, before)

    def _keep(self, item: Item, part: Part | None, served: Served | None) -> None:
        """Remember a finished part, or the finished start of one."""
        if part is None:
            return
        item.add(part)
        if not item.is_growing:
            item.served = served or item.served
        self._records.kept(item, part)

    def _go_on(self, item: Item, now: float) -> None:
        """Decide about an item of which nothing is under way."""
        if item.failure is not None:
            self._attempts.settle(item, item.failure, now)
            return
        item.turn_over()
        if item.stage is Stage.FETCH:
            item.again()
        self._window.queue(item)
