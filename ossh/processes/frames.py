"""What crosses the pipes between a run and its processes: pickled values, each with its length.

Both ends are this program, and nobody else has the pipes. A task crosses once: both ends number
them in the order sent, and what is said of one later has its number.
"""

import pickle
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from io import BytesIO
from itertools import count
from operator import attrgetter
from typing import Any, BinaryIO, get_args

from ossh.model import ByteRange, Entry, OwnFile, Part, Signed, value
from ossh.transfer.messages import Answer, Fetch, Reply, Served, Task
from ossh.units import moment_at
from ossh.workers.worker_messages import Batch, SessionRequest

LENGTH = struct.Struct("<I")

# A reply: its class, the number of its task, and its other fields; one without a task as it is.
Numbered = tuple[Callable[..., Answer], int, tuple[Any, ...]] | Reply


@value
class Hello:
    """The first thing a process is told."""

    request: SessionRequest
    proxies: dict[str, str]  # variables; in no environment, for they may hold a password


@value
class Welcome:
    """What a process answers to that."""

    refusal: str = ""  # why it cannot take part, in a line


@value
class Report:
    """What a process says several times a second, and so also that it is there."""

    replies: Sequence[Numbered]
    streaming: int  # bytes so far of what its streams do now
    under_way: Sequence[tuple[int, int]] | None = None  # all it does now; None: as it said before


class SentTasks:
    """The tasks that a process was sent and has not answered, by their numbers."""

    def __init__(self) -> None:
        self._tasks: dict[int, Task] = {}
        self._numbers = count()

    def add(self, batch: Batch) -> None:
        for task, _ in batch.tasks:
            self._tasks[next(self._numbers)] = task

    def of(self, numbers: Sequence[tuple[int, int]]) -> list[tuple[Task, int]]:
        return [(self._tasks[number], size) for number, size in numbers]

    def answered(self, replies: Sequence[Numbered]) -> list[Reply]:
        """Return replies with their tasks, and forget these."""
        return [self._answered(*one) if isinstance(one, tuple) else one for one in replies]

    def _answered(self, kind: Callable[..., Answer], number: int, rest: tuple[Any, ...]) -> Reply:
        return kind(self._tasks.pop(number), *rest)


class TaskNumbers:
    """The numbers of the tasks that came and are not answered; a task is the very same object."""

    def __init__(self) -> None:
        self._of: dict[int, int] = {}  # by id: a task is there until its answer is
        self._numbers = count()

    def add(self, batch: Batch) -> None:
        for task, _ in batch.tasks:
            self._of[id(task)] = next(self._numbers)

    def of(self, tasks: Sequence[tuple[Task, int]]) -> list[tuple[int, int]]:
        return [(self._of[id(task)], size) for task, size in tasks]

    def answered(self, replies: Sequence[Reply]) -> list[Numbered]:
        """Return replies with the numbers of their tasks, and forget these."""
        return [
            (type(one), self._of.pop(id(one.task)), _VALUES[type(one)](one)[1:])
            if isinstance(one, Answer)
            else one
            for one in replies
        ]


def _fields(cls: type) -> list[str]:
    return [one.name for one in fields(cls)]


_VALUES = {cls: attrgetter(*_fields(cls)) for cls in get_args(Answer)}


def _as_call(cls: type) -> Callable[[Any], tuple[type, tuple[Any, ...]]]:
    """Return what turns a value into the call that makes it again."""
    arguments = attrgetter(*_fields(cls))
    return lambda one: (cls, arguments(one))


def _entry(  # noqa: PLR0913 - what a lane needs of an entry
    row: int,
    key: str,
    path: str,
    size: int,
    etag: str,
    modified: float,
    kind: str,
    own: OwnFile | None,
    version_id: str,
) -> Entry:
    moment = moment_at(modified)
    return Entry(row, key, path, size, etag, moment, kind, own=own, version_id=version_id)


def _as_entry(one: Entry) -> tuple[Callable[..., Entry], tuple[Any, ...]]:
    """Return the call that makes an entry again, as far as a lane needs it."""
    facts = one.row, one.key, one.path, one.size, one.etag, one.last_modified.timestamp()
    return _entry, (*facts, one.type, one.own, one.version_id)


# What there is of each object: by Python's own way it would take twice the time, at both ends.
_REDUCED: Mapping[type, Callable[[Any], tuple[Callable[..., Any], tuple[Any, ...]]]] = {
    Entry: _as_entry,
    **{cls: _as_call(cls) for cls in (ByteRange, Fetch, OwnFile, Part, Served, Signed)},
}


def packed(message: object) -> bytes:
    data = BytesIO(bytes(LENGTH.size))
    data.seek(LENGTH.size)
    pickler = pickle.Pickler(data, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _REDUCED
    pickler.dump(message)
    LENGTH.pack_into(data.getbuffer(), 0, data.tell() - LENGTH.size)
    return data.getvalue()


def unpacked(data: bytes) -> object:
    message: object = pickle.loads(data)  # noqa: S301 - from our own process
    return message


def read(pipe: BinaryIO) -> object:
    """Return the next message; raise EOFError when the other end has gone."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (length,) = LENGTH.unpack(head)
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return unpacked(data)
