"""What crosses the pipes between a run and its processes: pickled values, each with its length.

Both ends are this program, and nobody else has the pipes.
"""

import pickle
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from io import BytesIO
from operator import attrgetter
from typing import Any, BinaryIO

from ossh.model import ByteRange, Part, value
from ossh.store.signer import Signed
from ossh.transfer.messages import Before, Done, Failed, Fetch, Reply, Served, Task
from ossh.workers.worker_messages import SessionRequest, SignedTask

LENGTH = struct.Struct("<I")


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

    replies: Sequence[Reply]
    streaming: int  # bytes so far of what its streams do now
    under_way: Sequence[tuple[Task, int]] | None = None  # all it does now; None: as it said before


def _as_call(cls: type) -> Callable[[Any], tuple[type, tuple[Any, ...]]]:
    """Return what turns a value into the call that makes it again."""
    arguments = attrgetter(*(one.name for one in fields(cls)))
    return lambda one: (cls, arguments(one))


# What there is of each object: by Python's own way it would take twice the time, at both ends.
_REDUCED: Mapping[type, Callable[[Any], tuple[type, tuple[Any, ...]]]] = {
    cls: _as_call(cls)
    for cls in (Before, ByteRange, Done, Failed, Fetch, Part, Served, Signed, SignedTask)
}


def packed(message: object) -> bytes:
    """Return a message as it crosses a pipe."""
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
