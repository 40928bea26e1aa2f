"""Which workers take part in a run.

```
present ─┬─ new ──▶ greeted: can it take part? ──▶ in the pool, or left out, and why
         └─ those of the pool that are not present, or do not answer ──▶ lost, with what they had
```
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from ossh.language import Words, _, said
from ossh.transfer.messages import Task
from ossh.workers.balancing import divided, rate_shares
from ossh.workers.transport import Transport, Unreachable
from ossh.workers.worker_messages import SessionRequest, WorkerLimits

GREET_AGAIN_SECONDS = 10.0  # a worker may have been starting, or busy, or without its disk


class Worker:
    """One that takes part, and what it was sent and has not answered."""

    def __init__(self, name: str) -> None:
        self.name = name
        # for its lane, and for its streams: each task, and when it was signed, in the order sent
        self.tasks: tuple[dict[Task, float], dict[Task, float]] = ({}, {})
        self.pace = [0, 0]  # how many of each kind it answered last
        self._call: asyncio.Task[None] | None = None  # the last one that set its limits

    def set_limits(self, transport: Transport, limits: WorkerLimits) -> bool:
        """Send it its limits; False while it is still being sent others."""
        if self._call is not None and not self._call.done():
            return False
        self._call = asyncio.create_task(transport.set_limits(self.name, limits))
        return True


@dataclass(eq=False)
class WorkerPool:
    """The workers of a run, those that take part. Everything here runs on the driver's loop."""

    transport: Transport
    request: SessionRequest
    on_change: Callable[[], None]  # called when one has come or gone
    on_loss: Callable[[Worker], None]  # takes one that has gone
    _workers: dict[str, Worker] = field(default_factory=dict)
    _refused: dict[str, str] = field(default_factory=dict)
    # of those left out, too: one is enough
    _greetings: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._workers)

    def __iter__(self) -> Iterator[Worker]:
        return iter(tuple(self._workers.values()))

    def find(self, name: str) -> Worker | None:
        """Return a worker; None when it does not take part any more."""
        return self._workers.get(name)

    @property
    def refusals(self) -> tuple[str, ...]:
        """Return which workers were left out, and why, a line each."""
        return tuple(
            _("worker {address} {reason}").format(address=name, reason=said(why))
            for name, why in sorted(self._refused.items())
        )

    async def update(self, limits: WorkerLimits) -> None:
        """Greet newcomers, with their share of the limits, and lose who is not present any more.

        Raises:
            Unreachable: As the transport says.
        """
        present = await self.transport.present()
        for name in [one for one in self._workers if one not in present]:
            self.lose(name)
        for name in present - self._workers.keys() - self._greetings.keys():
            self._greetings[name] = asyncio.create_task(self._greet(name, limits))

    def set_limits(self, limits: WorkerLimits) -> bool:
        """Send each its share of the limits; False while any is still being sent others."""
        share, workers = divided(limits, len(self)), list(self)
        loads = [sum(map(len, one.tasks)) for one in workers]
        rates = rate_shares(limits.bytes_per_second, loads)
        sent = [
            one.set_limits(self.transport, replace(share, bytes_per_second=rate))
            for one, rate in zip(workers, rates, strict=True)
        ]
        return all(sent)

    async def are_greeting(self, seconds: float) -> bool:
        """Wait so long at most for newcomers; return whether any may still take part or not."""
        if not self._greetings:
            return False
        return bool((await asyncio.wait(self._greetings.values(), timeout=seconds))[1])

    def lose(self, name: str) -> None:
        """Lose a worker, with what it had; one that is still present is greeted again."""
        if (worker := self._workers.pop(name, None)) is not None:
            self.on_loss(worker)
            self.on_change()

    def lose_all(self) -> None:
        for name in tuple(self._workers):
            self.lose(name)
        self._greetings = {one: task for one, task in self._greetings.items() if task.done()}

    async def _greet(self, name: str, limits: WorkerLimits) -> None:
        """Let a worker take part, or leave it out and ask again: its target may be away."""
        request = replace(self.request, limits=divided(limits, len(self) + 1))
        try:
            why = await self.transport.greet(name, request)
        except Unreachable as error:
            why = Words("does not answer: {reason}", reason=str(error))
        if why:
            self._refused[name] = why
            again = asyncio.get_running_loop().call_later
            again(GREET_AGAIN_SECONDS, self._greetings.pop, name, None)
            return
        self._greetings.pop(name, None)
        self._refused.pop(name, None)
        self._workers[name] = Worker(name)
        self.on_change()
