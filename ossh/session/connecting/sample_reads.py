"""Reads a little of some objects and discards it, to find out whether that works and how fast.

What a lister asks over keeps connections, so that reading is measured, not connecting.
"""

import time
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from itertools import chain

from ossh import protocol
from ossh.model import MIB, Cause, Failure, ObjectInfo
from ossh.store.interruptible import DaemonPool
from ossh.store.listing import Lister

ONE_BYTES = 2 * MIB  # read over one connection
MANY_BYTES = 4 * MIB  # over many together
MANY = 8  # connections
_MOST_REQUESTS = 64  # for one measurement, however small objects are


def read_range(lister: Lister, info: ObjectInfo, start: int, stop: int) -> int | Failure:
    """Read a range of an object; return how many bytes came, or why none did."""
    if not info.size:
        start, stop = 0, 1  # it has no range: the answer says so, and that it may be read
    headers = {protocol.RANGE_BEHAVIOR: "standard", "Range": f"bytes={start}-{stop - 1}"}
    answer = lister.send("GET", info.key, headers=headers, limit=stop - start)
    if isinstance(answer, Failure):
        return answer
    status, body = answer.status, answer.body
    why = protocol.refusal(status, answer.headers, body, HTTPStatus.PARTIAL_CONTENT)
    if why is None:
        return len(body)
    return 0 if not info.size and why.cause is Cause.CHANGED else why


def measure(
    lister: Lister, objects: Sequence[ObjectInfo], most: int, connections: int
) -> tuple[int, float] | Failure:
    """Read at most so many bytes of the largest objects; return how many came, in what seconds."""
    read = partial(read_range, lister)
    pieces = _pieces(objects, most, most // connections)
    with DaemonPool(connections, "ossh-sample") as pool:
        pool.map(lambda piece: read(piece[0], 0, 1), pieces[:connections])  # connects
        began, received = time.monotonic(), 0
        for got in chain.from_iterable(pool.results(partial(read, *piece) for piece in pieces)):
            if isinstance(got, Failure):
                return got
            received += got
    return received, time.monotonic() - began


def _pieces(
    objects: Sequence[ObjectInfo], most: int, length: int
) -> list[tuple[ObjectInfo, int, int]]:
    """Return ranges of the largest objects, so many bytes in all if there are as many."""
    chosen, total = list[tuple[ObjectInfo, int, int]](), 0
    for info in sorted(objects, key=lambda one: one.size, reverse=True)[:_MOST_REQUESTS]:
        for start in range(0, max(1, info.size), length):
            if total >= most or len(chosen) == _MOST_REQUESTS:
                return chosen
            stop = max(1, min(start + length, info.size))
            chosen.append((info, start, stop))
            total += stop - start
    return chosen
