"""The objects a run works on now, and whose turn it is. Pure; bounded, however many a job has."""

import heapq
from collections import deque
from itertools import chain, islice
from typing import assert_never

from ossh.transfer.item import SMALL_BODY, Item
from ossh.transfer.messages import Check, Fetch, Link, Look, Readlink, Seal, Task

SIZE = 4096  # objects; a lane works off some 1,500 between two looks at its replies
SPREAD = 4  # large objects worked on at once: writers of one file wait for each other
QUEUED_PER_STREAM = 4  # tasks that wait for a stream, so that none runs dry between two looks


class Window:
    """Items in memory, queued for the lane or the streams, or resting until they are due."""

    def __init__(self) -> None:
        self.sent = 0  # tasks in all
        self.flying = 0  # tasks sent and not answered
        self.streaming = 0  # of these, those for streams
        # of the lane and of the streams: tasks sent in all, and the last that an object began with
        self._sent_to, self._first = [0, 0], [0, 0]
        self._items: dict[int, Item] = {}
        self._small: deque[Item] = deque()
        self._large: deque[Item] = deque()
        self._due: list[tuple[float, int]] = []  # (monotonic seconds, row)

    def __len__(self) -> int:
        """Return how many objects are in the window."""
        return len(self._items)

    def __contains__(self, item: Item) -> bool:
        """Return whether an object is still being worked on."""
        return item.entry.row in self._items

    def has(self, row: int) -> bool:
        """Return whether the object of a row is being worked on."""
        return row in self._items

    def item(self, row: int) -> Item | None:
        """Return the object of a row, None when it is not being worked on."""
        return self._items.get(row)

    def has_begun(self, connections: int, streams: int) -> bool:
        """Return whether no object waits for its first task to be sent, or to be begun.

        Args:
            connections: That the lane has for its tasks, which it begins in the order sent.
            streams: Likewise.
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
        """Let an object have its turn, before others if it has begun; again is the same as once."""
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
        """Let an object rest until a moment."""
        self._unqueue(item)
        heapq.heappush(self._due, (until, item.entry.row))

    def _unqueue(self, item: Item) -> None:
        """Take an object off its queue: a large one stays there when the streams have enough."""
        if item.is_queued:
            item.is_queued = False
            self._large.remove(item)

    def wake(self, now: float) -> None:
        """Queue the objects that have rested long enough."""
        while self._due and self._due[0][0] <= now:
            self.queue(self._items[heapq.heappop(self._due)[1]])

    def tasks(self, streams: int) -> list[Task]:
        """Return all tasks for the lane, and as many for streams as keep them busy."""
        tasks: list[Task] = []
        while self._small:
            item = self._small.popleft()
            item.is_queued = False
            self._send(item, tasks)
        while self._large and self.streaming < QUEUED_PER_STREAM * streams:
            first = islice(self._large, SPREAD)
            item = min(first, key=lambda one: one.flying)
            if not self._send(item, tasks):
                self._unqueue(item)
        return tasks

    def probe(self) -> list[Task]:
        """Return a single task, or none."""
        tasks: list[Task] = []
        for queue in (self._small, self._large):
            while queue and not tasks:
                if not self._send(queue[0], tasks) or queue is self._small:
                    queue.popleft().is_queued = False
        return tasks

    def _send(self, item: Item, tasks: list[Task]) -> bool:
        """Append the item's next task; False when it has none for now."""
        task = item.next_task()
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
        tasks.append(task)
        return True

    def landed(self, task: Task) -> Item:
        """Take note that a task was answered; return its item."""
        item = self._items[task.row]
        item.flying -= 1
        self.flying -= 1
        self.streaming -= is_for_stream(task)
        return item


def is_for_stream(task: Task) -> bool:
    """Return whether a task is for a stream; the lane takes looks, links and small whole bodies."""
    match task:
        case Look() | Readlink() | Link():
            return False
        case Fetch():
            return task.range is not None or task.size > SMALL_BODY
        case Check() | Seal():
            return True
        case _:
            assert_never(task)
