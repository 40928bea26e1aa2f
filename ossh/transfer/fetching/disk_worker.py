"""Does what needs no connection, away from those that are open: it may take long, and wait."""

import queue
import threading
from contextlib import suppress
from functools import partial

from ossh import patient
from ossh.transfer.disk.delivery import deliver_large, deliver_link
from ossh.transfer.disk.disk_errors import CorruptError, PlantedError
from ossh.transfer.disk.file_io import crc64_in
from ossh.transfer.fetching.held_files import HeldFiles
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.messages import (
    CheckPart,
    Differs,
    Done,
    Failed,
    Link,
    Reply,
    Returned,
    Seal,
    Task,
    bugs_posted,
)


class DiskWorker(threading.Thread):
    """Compares parts with what was recorded of them, seals files, makes folders and local links.

    All share their tasks; None ends the worker that takes it.
    """

    def __init__(self, tasks: "queue.SimpleQueue[Task | None]", context: LaneContext) -> None:
        super().__init__(name="ossh-disk", daemon=True)
        self._tasks = tasks
        self._context = context
        self._workspace = context.workspace
        self._held = HeldFiles(context.post)
        self._is_patient = True
        self.present: Task | None = None  # read by other threads for the progress

    def recall(self) -> None:
        """Wait for no other program any more: hand tasks back whose files are in use."""
        self._is_patient = False

    def run(self) -> None:
        """Work until a None comes; what ends it early travels as `Crashed`."""
        with bugs_posted(self._context.post):
            while (task := self._next()) is not None:
                self.present = task
                self._held.finish(partial(self._do, task), partial(self._give_up, task))
                self.present = None
                if self._tasks.empty():
                    self._context.on_idle()
            self._held.hand_back()

    def _next(self) -> Task | None:
        """Wait for the next task, and meanwhile for other programs that have files open."""
        while True:
            if not self._is_patient:
                self._held.hand_back()
            self._held.try_again()
            with suppress(queue.Empty):
                return self._tasks.get(timeout=patient.PAUSE_SECONDS if self._held else None)

    def _do(self, task: Task) -> Reply:
        """Do a task; for errors see `deliver_large`, `deliver_link` and `_check`."""
        match task:
            case Seal():
                return deliver_large(task, task.served, task.crc64, self._workspace, None)
            case CheckPart():
                return self._check(task)
            case Link():
                return deliver_link(task, self._workspace)
            case _:  # of an object that represents a folder
                has_moved = self._workspace.make_folder(task.entry.path)
                return Done(task, has_moved=has_moved)

    def _check(self, task: CheckPart) -> Reply:
        """Compare a kept part with what is on disk; what nobody can look at does not differ.

        Raises:
            OSError: Nobody can look.
        """
        part, tree = task.part, self._workspace.tree
        with suppress(FileNotFoundError, PlantedError):  # something else may be in its place
            descriptor = self._workspace.existing(task.entry.row, is_part=True)
            with open(descriptor, "rb", buffering=0) as file:
                if crc64_in(file, part.start, part.stop) == part.crc64:
                    return Done(task, part=part)
        if tree.is_gone():  # so this was another folder
            raise tree.gone()
        return Differs(task)

    def _give_up(self, task: Task, error: OSError | CorruptError | None) -> Reply:
        """Say why a task failed; without an error, hand it back."""
        if isinstance(task, Link):
            self._workspace.drop(task.entry.row)
        if error is None:
            return Returned(task)
        if isinstance(error, CorruptError):
            self._workspace.empty(task.entry.row)
        return Failed(task, self._workspace.failure(error))
