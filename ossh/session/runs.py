"""Runs in the background: one at a time, the others queue; the prompt steers them as they go.

A run that was started in the foreground continues here at once, whatever else is running.

```
get --background ──▶ Background: waits for the one before it ▶ Run ▶ on_end
```
The queue needs no lock: each run waits only for its predecessor. The prompt steers a run through
its one slot of controls, which only the prompt's thread replaces.
"""

import gc
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ossh.errors import UsageError
from ossh.job import Job
from ossh.language import _
from ossh.model import TransferSettings
from ossh.paths import printable
from ossh.session.speed import Speed
from ossh.transfer.machine import affordable
from ossh.transfer.messages import Controls, Progress
from ossh.transfer.rate import RateLimit

if TYPE_CHECKING:
    from ossh.store.credentials import Provider
    from ossh.transfer.run import Run

PARK_SECONDS = 3.0  # a run that is told to stop parks its files within two
LOOK_SECONDS = 0.25  # between two checks of a run, or of the one before it

_USUAL = TransferSettings()


class State(StrEnum):
    """The state of a run in the background."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class Background:
    """A run that begins when the one before it has ended, in a thread of its own.

    It can be watched as the run itself can. When it has ended, the run's `summary` says how, or
    its `error`; one that was stopped before its turn has neither.

    Args:
        run: Not started yet; or started, then nothing may be before it.
        after: The one before it.
        on_end: Called in this thread, once the run has ended.
        on_need: Called in this thread, when the run begins to wait for a person.
    """

    def __init__(
        self,
        run: "Run",
        after: "Background | None",
        on_end: Callable[["Background"], None],
        on_need: Callable[["Background"], None],
    ) -> None:
        self.execution = run
        self.bytes_per_second = 0.0  # lately
        self.is_watched = False  # whoever watches will report how it ended
        self.is_told = False  # the user knows how it ended
        self._after = after
        self._on_end = on_end
        self._on_need = on_need
        self._has_begun = False
        self._ended = threading.Event()
        name = f"ossh-background-{run.job.name}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def job(self) -> Job:
        """Return the job that is run."""
        return self.execution.job

    @property
    def before(self) -> "Background | None":
        """Return the one whose end it waits for; None when it is its turn."""
        after = self._after
        return after if after is not None and after.is_alive() else None

    @property
    def state(self) -> State:
        """Return its state."""
        if self._ended.is_set():
            return State.ENDED
        if self.execution.controls.paused:
            return State.PAUSED
        return State.RUNNING if self._has_begun else State.QUEUED

    @property
    def progress(self) -> Progress:
        """Return the latest snapshot, which also says why nothing moves."""
        progress, state = self.execution.progress, self.state
        if state in {State.QUEUED, State.PAUSED}:
            return replace(progress, note=str(state))
        return progress

    def steer(self, **changes: Any) -> None:  # noqa: ANN401 - fields of Controls
        """Change some of the run's controls; they act at once."""
        self.execution.controls = replace(self.execution.controls, **changes)

    def stop(self) -> None:
        """Have it park what is under way and end; one that waits for its turn never begins."""
        self.execution.stop()

    def start(self) -> None:
        """Begin, or wait for the turn to."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Tell whether it has not ended."""
        return not self._ended.is_set()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end, at most so many seconds; a signal may interrupt that without harm."""
        self._ended.wait(timeout)

    def _run(self) -> None:
        try:
            if self._comes_to_its_turn():
                self._has_begun = True
                if self.execution.ident is None:
                    self.execution.start()
                self._look_on()
        except RuntimeError as error:  # the system gives no more threads
            self.execution.error = error
        finally:
            self._ended.set()
            self._on_end(self)

    def _comes_to_its_turn(self) -> bool:
        while self._after is not None and self._after.is_alive():
            if self.execution.controls.stopping:
                return False
            self._after.join(LOOK_SECONDS)
        self._after = None  # else each kept all that were before it
        return not self.execution.controls.stopping

    def _look_on(self) -> None:
        speed, needed = Speed(), False
        while self.execution.is_alive():
            progress = self.execution.progress
            self.bytes_per_second = speed.at(time.monotonic(), progress.bytes_received)
            if progress.needs_person and not needed:
                self._on_need(self)
            needed = progress.needs_person
            self.execution.join(LOOK_SECONDS)


class Runs:
    """The runs of a session in the background, and the limits of every run.

    All of it is for the prompt's thread, but `on_end` and `on_need`: a run's own thread calls them.
    """

    def __init__(self) -> None:
        self.on_end: Callable[[Background], None] = lambda _ended: None
        self.on_need: Callable[[Background], None] = lambda _waiting: None
        self._all: tuple[Background, ...] = ()
        self._connections = 0
        self._rate = 0
        self.shared = RateLimit()  # of all runs of this process together
        self._is_collector_spared = False

    # Limits

    @property
    def connections(self) -> int:
        """Return the most connections of a run; 0: as its job says."""
        return self._connections

    @connections.setter
    def connections(self, number: int) -> None:
        self._connections = number
        for one in self.alive:
            one.steer(connections=_connections(number))

    @property
    def rate(self) -> int:
        """Return the most bytes per second of all runs together; 0: only their jobs' limits."""
        return self._rate

    @rate.setter
    def rate(self, bytes_per_second: int) -> None:
        self._rate = bytes_per_second
        self.shared.set(bytes_per_second)
        for one in self.alive:
            one.steer(bytes_per_second=self.most(one.job.transfer) or -1)

    def most(self, settings: TransferSettings) -> int:
        """Return the most bytes per second of a job's run, even if it is alone; 0: no limit."""
        return min(filter(None, (settings.rate, self._rate)), default=0)

    def controls(self, settings: TransferSettings) -> Controls:
        """Return what a new run begins with.

        A number of connections that its job sets goes before ours; of two rates the lower holds.
        """
        has_own_number = settings.connections != _USUAL.connections
        return Controls(
            connections=0 if has_own_number else _connections(self._connections),
            bytes_per_second=self.most(settings) or -1,
        )

    # The queue

    @property
    def alive(self) -> tuple[Background, ...]:
        """Return those that run or wait for their turn, in order."""
        return tuple(one for one in self._all if one.is_alive())

    @property
    def running(self) -> tuple[Background, ...]:
        """Return those that run, or are about to: neither queued nor paused."""
        return tuple(
            one for one in self.alive if one.before is None and not one.execution.controls.paused
        )

    @property
    def unreported(self) -> tuple[Background, ...]:
        """Return those that are alive, or whose end has not been asked about yet, in order."""
        return self._all

    def of(self, job: Job) -> Background | None:
        """Return what runs a job, or will; None when nothing does."""
        return next((one for one in self.alive if one.job.path == job.path), None)

    def add(self, run: "Run") -> Background:
        """Let a run begin when those before it have ended.

        Args:
            run: Not started yet.
        """
        alive = self.alive
        before = alive[-1] if alive else None
        return self._begin(Background(run, before, self._end, self._need))

    def adopt(self, run: "Run") -> Background:
        """Let a run that was started in the foreground continue here, beside the others.

        Args:
            run: Started.
        """
        return self._begin(Background(run, None, self._end, self._need))

    def _begin(self, one: Background) -> Background:
        self._spare_collector()
        self._all = (*(each for each in self._all if each.is_alive() or not each.is_told), one)
        one.start()
        return one

    def _spare_collector(self) -> None:
        """Have the garbage collector skip what is loaded already, which stays anyway.

        Otherwise it would scan all of that about every second of a fast run, and a key pressed
        during the scan would show 50 ms late.
        """
        if not self._is_collector_spared:
            gc.collect()
            gc.freeze()
            self._is_collector_spared = True

    def _end(self, one: Background) -> None:
        self.on_end(one)  # read now: it may have been replaced

    def _need(self, one: Background) -> None:
        self.on_need(one)

    def mend(self, provider: "Provider", profile: str) -> tuple[Background, ...]:
        """Let those that wait for credentials continue with new ones; return which do.

        A run whose job names a profile accepts only that profile's, or those of no profile.

        Args:
            provider: Of a connection that was just made.
            profile: The profile these credentials are of, "" for none.
        """
        waiting = [one for one in self.alive if one.execution.progress.needs_person]
        mended = [one for one in waiting if profile in {"", one.job.source.profile}]
        for one in mended:
            one.execution.provider.follow(provider)
        return tuple(mended)

    def named(self, name: str, *, ended: bool = False) -> tuple[Background, ...]:
        """Return the one with a job's name, or all for no name.

        Args:
            name: Of a job.
            ended: Take those too that have ended, if nobody asked about them yet.

        Raises:
            UsageError: There is none.
        """
        all_of_them = self._all if ended else self.alive
        found = tuple(one for one in all_of_them if name in {"", one.job.name})
        if not found:
            problem = _("nothing is running in the background")
            if name:
                problem = _("job '{name}' is not running in the background")
            raise UsageError(
                problem.format(name=printable(name)),
                hint=_("'jobs' lists the jobs, 'resume' continues one"),
            )
        return found

    def to_release(self, name: str) -> tuple[Background, ...]:
        """Return those that are paused, or the one with a job's name, paused or not."""
        return tuple(
            one
            for one in self.alive
            if (name == one.job.name if name else one.state is State.PAUSED)
        )

    def refuse_if_alive(self, job: Job) -> None:
        """Refuse to run a job that runs in the background.

        Raises:
            UsageError: It does, or waits for its turn.
        """
        if (one := self.of(job)) is not None:
            raise UsageError(
                _("job '{name}' is already {state} in the background").format(
                    name=printable(job.name), state=_(one.state)
                ),
                hint=_("'wait' shows it until it ends, 'stop' stops it"),
            )

    def forget(self, one: Background) -> None:
        """Drop one that has ended: the user has seen how."""
        self._all = tuple(each for each in self._all if each is not one)

    def park(self, chosen: tuple[Background, ...]) -> None:
        """Stop some of them and wait until they have parked, at most a few seconds."""
        for one in reversed(chosen):  # the last first, so that none starts because another ends
            one.stop()
        deadline = time.monotonic() + PARK_SECONDS
        for one in chosen:
            one.join(max(0.0, deadline - time.monotonic()))


def _connections(number: int) -> int:
    """Return how many of the wished connections this machine allows; 0 stays the job's own."""
    return affordable(number) if number else 0
