"""Reads and names large files, away from the connections: that may take long, and wait."""

import queue
import threading

from ossh import patient
from ossh.transfer.disk.delivery import deliver_large
from ossh.transfer.disk.disk_errors import CorruptError, PlantedError
from ossh.transfer.disk.file_io import Interrupted, crc64_in
from ossh.transfer.fetching.lane import LaneContext
from ossh.transfer.messages import (
    CheckPart,
    Differs,
    Done,
    Failed,
    Returned,
    Seal,
    bugs_posted,
)


class DiskWorker(threading.Thread):
    """Compares parts of partial files with what was recorded of them, and seals complete ones.

    All share their tasks; None ends the worker that takes it.
    """

    def __init__(
        self, tasks: "queue.SimpleQueue[CheckPart | Seal | None]", context: LaneContext
    ) -> None:
        super().__init__(name="ossh-disk", daemon=True)
        self._tasks = tasks
        self._workspace = context.workspace
        self._post = context.post
        self._on_idle = context.on_idle
        self._ending = threading.Event()
        self.present: CheckPart | Seal | None = None  # read by other threads for the progress

    def end(self) -> None:
        """Wait for no other program any more, and end after the present task."""
        self._ending.set()
        self._tasks.put(None)

    def run(self) -> None:
        """Work until a None comes; a bug travels as `Crashed`."""
        with bugs_posted(self._post):
            while (task := self._tasks.get()) is not None:
                self.present = task
                reply = self._check(task) if isinstance(task, CheckPart) else self._seal(task)
                self.present = None
                self._post(reply)
                if self._tasks.empty():
                    self._on_idle()

    def _check(self, task: CheckPart) -> Done | Failed | Differs:
        """Compare a kept part with what is on disk; what nobody can look at does not differ."""
        part = task.part
        try:
            with open(
                self._workspace.existing(task.entry.row, is_part=True), "rb", buffering=0
            ) as file:
                if crc64_in(file, part.start, part.stop) == part.crc64:
                    return Done(task, part=part)
        except (FileNotFoundError, PlantedError):
            pass  # it is not there, or something else is in its place
        except OSError as error:
            return Failed(task, self._workspace.failure(error))
        tree = self._workspace.tree
        if tree.is_gone():  # so this was another folder
            return Failed(task, self._workspace.failure(tree.gone()))
        return Differs(task)

    def _seal(self, task: Seal) -> Done | Failed | Returned:
        try:
            return patient.retried(
                lambda: deliver_large(task, task.served, task.crc64, self._workspace, None),
                self._wait_for_file,
                patient.BODY_SECONDS,
            )
        except Interrupted:
            return Returned(task, served=task.served)
        except (CorruptError, OSError) as error:
            if isinstance(error, CorruptError):
                self._workspace.empty(task.entry.row)
            return Failed(task, self._workspace.failure(error), served=task.served)

    def _wait_for_file(self, seconds: float) -> None:
        """Wait while another program has a file open.

        Raises:
            Interrupted: The run ends.
        """
        if self._ending.wait(seconds):
            raise Interrupted
