"""Which workers take part in a run: met, asked whether they can, told their limits, lost.

```
present ─┬─ new ──▶ greeted: same ossh? sees the target? ──▶ member, or left out with the reason
         └─ members that are not among them any more ──▶ lost, with what they had
```
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace

from ossh.cluster.connection import OWN_VERSION, Connection, Unreachable
from ossh.cluster.messages import Limits, Opening
from ossh.cluster.share import Load, divided
from ossh.errors import StoreError
from ossh.language import Words, _, said
from ossh.paths import printable

GREET_AGAIN_SECONDS = 10.0  # a worker that did not answer may have been starting, or busy


class Member:
    """A worker that takes part."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.load = Load()
        self.batches: set[asyncio.Task[None]] = set()
        self._word: asyncio.Task[None] | None = None  # the last one that was said to it

    def steer(self, connection: Connection, run: str, limits: Limits) -> bool:
        """Tell it its limits; False when it is just being told others."""
        if self._word is not None and not self._word.done():
            return False
        self._word = asyncio.create_task(connection.steer(self.address, run, limits))
        return True


class Members:
    """The workers of a run. Everything here runs on the driver's loop.

    Args:
        opening: What each must know.
        probe_text: What each must read in the target.
        on_change: Called when there are more of them, or fewer.
    """

    def __init__(self, opening: Opening, probe_text: str, on_change: Callable[[], None]) -> None:
        self._opening = opening
        self._probe_text = probe_text
        self._on_change = on_change
        self._members: dict[str, Member] = {}
        self._refused: dict[str, str] = {}
        self._greeting: dict[str, asyncio.Task[None]] = {}  # those left out stay among them

    def __len__(self) -> int:
        """Return how many take part."""
        return len(self._members)

    def __iter__(self) -> Iterator[Member]:
        """Return those that take part."""
        return iter(self._members.values())

    @property
    def batches(self) -> list["asyncio.Task[None]"]:
        """Return all batches under way."""
        return [batch for member in self for batch in member.batches]

    @property
    def refusals(self) -> tuple[str, ...]:
        """Return which workers were left out, and why, a line each."""
        return tuple(
            _("worker {address} {reason}").format(address=address, reason=said(why))
            for address, why in sorted(self._refused.items())
        )

    async def look(self, connection: Connection, limits: Limits) -> None:
        """Greet newcomers, and let go who is not there any more.

        Args:
            connection: To the scheduler.
            limits: Of all together.

        Raises:
            Unreachable: The scheduler does not answer.
        """
        present = await connection.workers()
        for address in [one for one in self._members if one not in present]:
            self._lose(address)
        for address in present - self._members.keys() - self._greeting.keys():
            greeting = self._greet(connection, address, limits)
            self._greeting[address] = asyncio.create_task(greeting)

    async def greeted(self) -> None:
        """Wait until all newcomers take part, or are left out."""
        if self._greeting:
            await asyncio.wait(self._greeting.values())

    def lose_all(self) -> None:
        """Let all go, with what they had."""
        for address in tuple(self._members):
            self._lose(address)
        self._greeting = {one: task for one, task in self._greeting.items() if task.done()}

    def _lose(self, address: str) -> None:
        for batch in self._members.pop(address).batches:
            batch.cancel()
        self._on_change()

    async def _greet(self, connection: Connection, address: str, limits: Limits) -> None:
        """Let a worker take part, or leave it out; one that does not answer is asked again."""
        try:
            why = await self._objection(connection, address, limits)
        except Unreachable as error:
            self._refused[address] = Words("does not answer: {reason}", reason=str(error))
            again = asyncio.get_running_loop().call_later
            again(GREET_AGAIN_SECONDS, self._greeting.pop, address, None)
            return
        if why:
            self._refused[address] = why
            return
        self._greeting.pop(address, None)
        self._refused.pop(address, None)
        self._members[address] = Member(address)
        self._on_change()

    async def _objection(self, connection: Connection, address: str, limits: Limits) -> str:
        """Return why a worker cannot take part; "" when it can.

        Raises:
            Unreachable: It does not answer.
        """
        opening = replace(self._opening, limits=divided(limits, len(self) + 1))
        version = await connection.version(address)
        if not version:
            return Words("has no ossh; this is {version}", version=OWN_VERSION)
        if version != OWN_VERSION:
            return Words(
                "has ossh {theirs}; this is {version}", theirs=version, version=OWN_VERSION
            )
        welcome = await connection.open_desk(address, opening)
        if not welcome.refusal and welcome.seen != self._probe_text:
            return Words("has a different folder at '{folder}'", folder=self._opening.target)
        return welcome.refusal

    def nobody(self, scheduler: str) -> StoreError:
        """Return the error that says why there is nobody to fetch."""
        where = printable(scheduler)
        if not self._refused:
            return StoreError(
                _("the Dask scheduler at '{where}' has no workers").format(where=where),
                hint=_("run 'dask worker {where}' on each machine that is to fetch").format(
                    where=where
                ),
            )
        others = len(self._refused) - 1
        message = _("no worker can take part: {first}")
        if others:
            message = _("no worker can take part: {first} ({number} more were left out)")
        return StoreError(
            message.format(first=self.refusals[0], number=others),
            hint=_(
                "each needs this version of ossh, and the target at the same path on a file "
                "system that all machines share"
            ),
        )
