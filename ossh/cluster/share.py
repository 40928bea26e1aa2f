"""Who gets what: tasks cut into batches, limits divided over workers. Pure."""

from collections import deque
from collections.abc import Collection, Iterable, Sequence

from ossh.cluster.messages import Limits
from ossh.model import MIB
from ossh.transfer.messages import Crashed, Done, Failed, Fetch, Reply, Returned, Task
from ossh.transfer.window import is_for_stream

# A batch is answered as a whole: small enough that the bar moves and no URL grows old in it, large
# enough that what Dask takes for it, about a millisecond, is little for each object.
BATCH_TASKS = 64
BATCH_BYTES = 4 * MIB
AHEAD = 2  # times as much is sent as may be under way, so that no worker waits for the next batch


class Load:
    """What one worker has been sent and has not answered."""

    def __init__(self) -> None:
        self.small = 0  # tasks for its lane
        self.large = 0  # tasks for its streams

    def add(self, tasks: Sequence[Task]) -> None:
        """Count tasks that are sent."""
        large = sum(map(is_for_stream, tasks))
        self.large += large
        self.small += len(tasks) - large

    def remove(self, tasks: Sequence[Task]) -> None:
        """Count tasks no longer: they are answered."""
        large = sum(map(is_for_stream, tasks))
        self.large -= large
        self.small -= len(tasks) - large

    def of(self, *, large: bool) -> int:
        """Return how many tasks of one kind it has."""
        return self.large if large else self.small

    def has_room(self, limits: Limits, *, large: bool) -> bool:
        """Return whether it can take another batch of one kind."""
        return self.of(large=large) < AHEAD * (limits.streams if large else limits.connections)


class Backlog:
    """Tasks that no worker has been sent yet, in order."""

    def __init__(self) -> None:
        self._small: deque[Task] = deque()
        self._large: deque[Task] = deque()

    def add(self, tasks: Iterable[Task]) -> None:
        """Take in tasks."""
        for task in tasks:
            (self._large if is_for_stream(task) else self._small).append(task)

    def has(self, *, large: bool) -> bool:
        """Return whether there is a task of one kind."""
        return bool(self._large if large else self._small)

    def cut(self, *, large: bool, workers: int) -> tuple[Task, ...]:
        """Return the next batch of one kind: one large task, or small ones shared out evenly."""
        if large:
            return (self._large.popleft(),)
        most = min(BATCH_TASKS, -(-len(self._small) // (AHEAD * max(1, workers))))
        batch: list[Task] = []
        size = 0
        while self._small and len(batch) < most and size < BATCH_BYTES:
            task = self._small.popleft()
            size += task.size if isinstance(task, Fetch) else 0
            batch.append(task)
        return tuple(batch)

    def take_all(self) -> list[Task]:
        """Return all tasks, and keep none."""
        tasks = [*self._small, *self._large]
        self._small.clear()
        self._large.clear()
        return tasks


def is_answered(tasks: Collection[Task], replies: Iterable[Reply]) -> bool:
    """Return whether replies are one for each of some tasks; or tell of a crash."""
    answered: list[Task] = []
    for reply in replies:
        match reply:
            case Crashed():
                return True
            case Done() | Failed() | Returned():
                answered.append(reply.task)
            case _:
                return False
    return len(answered) == len(tasks) and set(answered) == set(tasks)


def divided(limits: Limits, workers: int) -> Limits:
    """Return one worker's share of the limits of all together; it is at least 1 of each."""
    many = max(1, workers)
    return Limits(
        connections=-(-limits.connections // many),
        streams=-(-limits.streams // many),
        bytes_per_second=-(-limits.bytes_per_second // many),
        recalls=limits.recalls,
        is_running=limits.is_running,
    )
