"""How a run reaches its workers: what differs between those of this machine and of a cluster.

All of it runs on the driver's event loop.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from ossh.errors import OsshError
from ossh.language import Words
from ossh.transfer.messages import Reply, Task
from ossh.workers.worker_messages import Batch, SessionRequest, WorkerLimits


class Unreachable(Exception):
    """The workers, or one of them, cannot be reached; the message says why."""


Replies = Callable[[str, Sequence[Reply]], None]
"""Takes what a worker answers, in any order and number."""

Lost = Callable[[str], None]
"""Takes a worker that will not answer what it was sent, although it may still be there."""


class Transport(Protocol):
    """Where workers come from, and how each is told what to do.

    Once connected, calls raise `Unreachable` when a worker does not answer.
    """

    charges: bool  # whether the loss of a worker counts as an attempt of what it was doing
    none_left: Words | None = None  # why nothing is fetched when all have gone; None: others do it

    async def connect(self, on_replies: Replies, on_lost: Lost) -> None:
        """Reach the workers; again after `close`, if they went away.

        Raises:
            Unreachable: They cannot be.
        """

    async def present(self) -> set[str]:
        """Return the names of the workers that are there now."""

    async def greet(self, worker: str, request: SessionRequest) -> str:
        """Open a session for a run; return why the worker cannot take part, "" when it does."""

    def send(self, worker: str, batch: Batch) -> None:
        """Have a worker do a batch."""

    async def set_limits(self, worker: str, limits: WorkerLimits) -> None:
        """Set a worker's limits, if it is still there."""

    async def leave(self, worker: str) -> None:  # noqa: ARG002 - not where `close` ends it
        """Have a worker close its session, if it is still there."""
        return

    def under_way(self, worker: str) -> Sequence[tuple[Task, int]]:  # noqa: ARG002 - not all know
        """Return what a worker does now, each with its bytes so far, as far as known."""
        return ()

    def streaming(self, worker: str) -> int:  # noqa: ARG002 - as above
        """Return the bytes so far of what a worker's streams do now, as far as known."""
        return 0

    async def close(self) -> None:
        """Leave all of them."""

    def unreachable(self, error: Unreachable) -> OsshError:
        """Return what tells a person that the workers cannot be reached."""

    def nobody(self, refusals: Sequence[str]) -> OsshError:
        """Return what tells a person that no worker takes part, and for each in a line why."""
