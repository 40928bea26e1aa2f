"""The objects a run works on now, and whose turn it is. Pure; bounded, however many a job has."""

import heapq
import sys
from collections import deque
from collections.abc import Iterator
from itertools import chain, islice

from ossh.transfer.messages import CheckPart, Fetch, Seal, Task
from ossh.transfer.scheduling.item import SMALL_BODY, Item

SIZE = 4096  # objects; a lane works off some 1,500 between two looks at its replies
SPREAD = 4  # large objects worked on at once: writers of one file wait for each other
QUEUED_PER_STREAM = 4  # tasks that wait for a stream, so that none runs dry between two looks
LEAST_PART = 512 * 1024  # bytes: what is shorter costs more to ask for than it spreads the work
PART_SECONDS = 0.5  # of a stream: longer parts end one by one, and leave streams idle


class Window:
    """Items in memory, queued for the lane or the streams, or resting until they are due."""

    def __init__(self) -> None:
        self.sent = 0  # tasks in all
        self.flying = 0  # tasks sent and not answered
        self.streaming = 0  # of these, those for streams
        self.streaming_bytes = 0  # that they ask for
        # of the lane and of the streams: tasks sent in all, and the last that an object began with
        self._sent_to, self._first = [0, 0], [0, 0]
        self._items: dict[int, Item] = {}
        self._small: deque[Item] = deque()
        self._large: deque[Item] = deque()
        self._due: list[tuple[float, int]] = []  # (monotonic seconds, row)
        self._probe: Item | None = None  # whose task was the last to be sent as a probe

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items.values())

    def item(self, row: int) -> Item | None:
        return self._items.get(row)

    def has_begun(self, connections: int, streams: int) -> bool:
        """Return whether no object waits for its first task to be sent, or to be begun.

        The lane with so many connections begins its requests in the order sent, and so do streams.
        Folders and links are counted with the lane's, though they do not wait for any of these.
        """
        flying = (self.flying - self.streaming, self.streaming)
        for first, sent, under_way, most in zip(
            self._first, self._sent_to, flying, (connections, streams), strict=True
        ):
            if first > sent - max(0, under_way - most):
                return False
        return all(item.sent for item in chain(self._small, reversed(self._large)))

    def add(self, item: Item) -> None:
        """Take an object in; `queue` or `delay` it next."""
        self._items[item.entry.row] = item

    def remove(self, item: Item) -> None:
        """Let an object go, of which nothing is under way."""
        self._unqueue(item)
        del self._items[item.entry.row]

    def queue(self, item: Item) -> None:
        """Queue an object, before others if it has begun; one that is queued keeps its place."""
        if item.is_queued:
            return
        item.is_queued = True
        if item.is_small:
            self._small.append(item)
        elif item.parts:
            self._large.appendleft(item)  # or all would be half done for long
        else:
            self._large.append(item)

    def delay(self, item: Item, until: float) -> None:
        self._unqueue(item)
        heapq.heappush(self._due, (until, item.entry.row))

    def _unqueue(self, item: Item) -> None:
        """Take a large object off its queue; small ones leave theirs as they are sent."""
        if item.is_queued:
            item.is_queued = False
            self._large.remove(item)

    def wake(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            self.queue(self._items[heapq.heappop(self._due)[1]])

    def tasks(self, streams: int, left: int = sys.maxsize, stream_rate: float = 0.0) -> list[Task]:
        """Return all tasks for the lane, and as many for streams as keep them busy.

        Parts take a stream about as long, and become shorter towards the end of a run, so that all
        streams work until there is nothing left. `left` is what has not arrived of the run, with
        what is under way; the rate of a stream is in bytes a second, 0 where it is not known yet.
        """
        usual = max(LEAST_PART, int(stream_rate * PART_SECONDS))
        tasks: list[Task] = []
        while self._small:
            item = self._small.popleft()
            item.is_queued = False
            self._send(item, tasks)
        while self._large and self.streaming < QUEUED_PER_STREAM * streams:
            first = islice(self._large, SPREAD)
            item = min(first, key=lambda one: one.flying)
            share = max(LEAST_PART, (left - self.streaming_bytes) // (2 * streams))
            if not self._send(item, tasks, min(usual, share)):
                self._unqueue(item)
        return tasks

    def probe(self) -> list[Task]:
        """Return a single task, of an object of which nothing is under way, or none."""
        tasks: list[Task] = []
        if self._small:
            item = self._small.popleft()
            item.is_queued = False
        else:
            idle = next((one for one in self._large if not one.flying), None)
            if idle is None:
                return []
            item = idle
        self._send(item, tasks)
        self._probe = item
        return tasks

    def is_probing(self, since: int) -> bool:
        """Return whether a probe is under way that was sent after so many tasks."""
        probe = self._probe
        return probe is not None and probe.flying > 0 and probe.sent > since

    def _send(self, item: Item, tasks: list[Task], most: int = sys.maxsize) -> bool:
        """Append the item's next task, a part of so many bytes; False when it has none for now."""
        task = item.next_task(most)
        if task is None:
            return False
        is_large = is_for_stream(task)
        self.sent += 1
        self._sent_to[is_large] += 1
        if not item.sent:
            self._first[is_large] = self._sent_to[is_large]
        if item.flying == 1:
            item.sent = self.sent
        self.flying += 1
        self.streaming += is_large
        if is_large and isinstance(task, Fetch):
            self.streaming_bytes += task.length
        tasks.append(task)
        return True

    def landed(self, task: Task) -> Item:
        """Count a task as answered, and return its item."""
        item = self._items[task.entry.row]
        item.flying -= 1
        self.flying -= 1
        if is_for_stream(task):
            self.streaming -= 1
            self.streaming_bytes -= task.length if isinstance(task, Fetch) else 0
        return item


def is_for_stream(task: Task) -> bool:
    """Return whether a task is for a stream; looks, links and small whole bodies are not."""
    if isinstance(task, Fetch):  # first, as most are
        return task.range is not None or task.entry.size > SMALL_BODY
    return isinstance(task, CheckPart | Seal)
