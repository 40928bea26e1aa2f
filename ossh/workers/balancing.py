"""Balances a run over workers: cuts tasks into batches, and divides limits. Pure."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from ossh.model import MIB
from ossh.transfer.messages import Answer, CheckPart, Crashed, Fetch, Reply, Task
from ossh.transfer.scheduling.window import is_for_stream
from ossh.workers.worker_messages import WorkerLimits

# A batch is answered as a whole: small enough that the bar moves and no URL grows old in it, large
# enough that what Dask takes for it, about a millisecond, is little for each object.
BATCH_TASKS = 64
BATCH_BYTES = 4 * MIB
AHEAD = 2  # a worker is sent twice what it needs until its next replies, so that it never waits


def next_batch(tasks: deque[Task], workers: int) -> tuple[Task, ...]:
    """Take the next batch off tasks of one kind: one for a stream, or small ones shared out.

    There are none once others, who may take some meanwhile, have taken the last.
    """
    most = min(BATCH_TASKS, -(-len(tasks) // (AHEAD * workers)))
    batch: list[Task] = []
    size = 0
    with suppress(IndexError):
        while len(batch) < most and size < BATCH_BYTES:
            batch.append(task := tasks.popleft())
            if is_for_stream(task):
                break
            size += task.entry.size if isinstance(task, Fetch) else 0
    return tuple(batch)


def charged(tasks: Iterable[Task], at_once: int) -> Iterator[Task]:
    """Yield those of a lost worker's tasks, in the order sent, that count as an attempt.

    It may have begun them, and what it did may be what ended it. Only a check says nothing of its
    object: somebody else makes it.
    """
    return (task for task in islice(tasks, at_once) if not isinstance(task, CheckPart))


def is_answered(tasks: Collection[Task], replies: Collection[Reply]) -> bool:
    """Return whether there is just one reply to each task, or one of them is a crash."""
    if any(isinstance(one, Crashed) for one in replies):
        return True
    answered = [one.task for one in replies if isinstance(one, Answer)]
    return len(answered) == len(replies) == len(tasks) and set(answered) == set(tasks)


def divided(limits: WorkerLimits, workers: int) -> WorkerLimits:
    """Return one worker's share of limits for all together; at least 1 of each."""
    many = max(1, workers)
    return replace(
        limits,
        connections=-(-limits.connections // many),
        streams=-(-limits.streams // many),
        bytes_per_second=-(-limits.bytes_per_second // many),
    )


def rate_shares(rate: int, loads: Sequence[int]) -> list[int]:
    """Return each worker's share of a rate, by how many tasks it has; at least that for one.

    The rate is in bytes a second, 0 for no limit; the loads are the tasks of each.
    """
    counted = [max(1, load) for load in loads]
    return [-(-rate * load // sum(counted)) for load in counted]
