"""What crosses the pipes between a run and its processes: pickled values.

Both ends are this program, and nobody else has the pipes. A task crosses once: both ends number
them in the order sent, and what is said of one later has its number.
"""

import pickle
import struct
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from itertools import count
from operator import attrgetter
from typing import Any, get_args

from ossh.model import ByteRange, Entry, OwnFile, Part, Signed, value
from ossh.transfer.messages import Answer, Fetch, Reply, Served, Task
from ossh.workers.worker_messages import Batch

LENGTH = struct.Struct("<I")  # precedes what a process says, as a loop cannot wait within a value


@value
class Report:
    """What a process says several times a second, and so also that it is there."""

    replies: Sequence[Reply]
    streaming: int  # bytes so far of what its streams do now
    under_way: Sequence[tuple[Task, int]] | None = None  # all it does now; None: as it said before


class NumberedTasks:
    """The tasks that a process was sent and has not answered, in the order sent, at either end.

    In its reports a number stands for each.
    """

    def __init__(self) -> None:
        self._tasks: dict[int, Task] = {}
        self._numbers: dict[int, int] = {}  # by id: a task is the very same object
        self._count = count()

    def add(self, batch: Batch) -> None:
        for task, _ in batch.tasks:
            number = next(self._count)
            self._tasks[number] = task
            self._numbers[id(task)] = number

    def packed(self, report: Report) -> bytes:
        """Return a report as it crosses a pipe, and forget the tasks that it answers."""
        data = packed(report, self._numbers)
        self._forget(report)
        return data

    def unpacked(self, data: bytes) -> object:
        """Return what a process says; of a report, forget the tasks that it answers."""
        message = _Unpickler(data, self._tasks).load()
        if isinstance(message, Report):
            self._forget(message)
        return message

    def _forget(self, report: Report) -> None:
        for one in report.replies:
            if isinstance(one, Answer):
                del self._tasks[self._numbers.pop(id(one.task))]


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, tasks: Mapping[int, Task]) -> None:
        super().__init__(BytesIO(data))
        self._tasks = tasks

    def persistent_load(self, pid: int) -> Task:
        return self._tasks[pid]


class _Pickler(pickle.Pickler):
    def __init__(self, file: BytesIO, numbers: Mapping[int, int]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._numbers = numbers

    def persistent_id(self, obj: object) -> int | None:
        return self._numbers.get(id(obj))


def _as_call(cls: Any) -> Callable[[Any], tuple[type, tuple[Any, ...]]]:  # noqa: ANN401 - a dataclass
    """Return what turns a value into the call that makes it again."""
    arguments = attrgetter(*cls.__match_args__)
    return lambda one: (cls, arguments(one))


# What there is of each object: by Python's own way it would take twice the time, at both ends.
_REDUCED = {
    cls: _as_call(cls)
    for cls in (*get_args(Answer), ByteRange, Entry, Fetch, OwnFile, Part, Served, Signed)
}


def packed(message: object, numbers: Mapping[int, int] | None = None) -> bytes:
    """Return a message as it crosses a pipe; numbers stand for the objects with these ids."""
    data = BytesIO()
    plain = pickle.Pickler(data, pickle.HIGHEST_PROTOCOL)  # faster: it asks for no number
    pickler = plain if numbers is None else _Pickler(data, numbers)
    pickler.dispatch_table = _REDUCED
    pickler.dump(message)
    return data.getvalue()
