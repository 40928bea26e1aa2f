"""Runs in the background: one at a time, the others queue; the prompt steers them as they go.

None queues behind one that is paused, or that follows its bucket and so does not end by itself. A
run that was started in the foreground continues here at once, whatever else is running.

The queue needs no lock: each run looks for itself whether its turn has come. The prompt steers a
run through its one slot of controls, which only the prompt's thread replaces.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ossh.errors import LocalError, OsshError, UsageError, limits_explained
from ossh.job import Job
from ossh.language import _
from ossh.model import TransferSettings
from ossh.printable import printable
from ossh.session.done_command import DoneCommand
from ossh.session.speed import RecentSpeed
from ossh.store.credentials import Provider
from ossh.transfer.fetching.rate_limit import RateLimit
from ossh.transfer.job_thread import PARK_SECONDS
from ossh.transfer.machine import affordable
from ossh.transfer.watching import Controls, Progress

if TYPE_CHECKING:  # brings libcurl and SQLite
    from ossh.transfer.run import Run

CHECK_SECONDS = 0.25  # between two checks of a run, or of the one before it


class BackgroundState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


class BackgroundRun:
    """A run that begins when the one before it has ended, in a thread of its own.

    It can be watched as the run itself can. When it has ended, the run's `summary` says how, or
    its `error`; one that was stopped before its turn has neither.
    """

    def __init__(
        self,
        run: "Run",  # not started yet; or started, then it waits for no other
        runs: "BackgroundRuns",  # which it is one of; their callbacks are called in its thread
        done: DoneCommand | None = None,  # run in its thread when the run has ended by itself
    ) -> None:
        self.run = run
        self.problem = ""  # why the command that follows it failed
        self.bytes_per_second: float | None = None  # lately
        self.is_watched = False  # whoever watches will report how it ended
        self.is_reported = False  # the user knows how it ended
        self._runs = runs
        self._done = done
        self._ended = threading.Event()

    @property
    def job(self) -> Job:
        return self.run.job

    @property
    def before(self) -> "BackgroundRun | None":
        """Return the one whose end it waits for; None when it is its turn, or was."""
        if self.run.ident is not None or not self.is_alive():
            return None
        earlier = takewhile(lambda one: one is not self, self._runs.queue)
        alive = (one for one in earlier if one.is_alive())
        ending = [one for one in alive if not (one.run.is_endless or one.run.controls.paused)]
        return ending[-1] if ending else None

    @property
    def state(self) -> BackgroundState:
        if self._ended.is_set():
            return BackgroundState.ENDED
        if self.run.controls.paused:
            return BackgroundState.PAUSED
        return BackgroundState.RUNNING if self.before is None else BackgroundState.QUEUED

    @property
    def progress(self) -> Progress:
        """Return the latest snapshot, which also says why nothing moves."""
        progress, state = self.run.progress, self.state
        if state in {BackgroundState.QUEUED, BackgroundState.PAUSED}:
            return replace(progress, note=str(state))
        return progress

    def steer(self, **changes: Any) -> None:  # noqa: ANN401 - fields of Controls
        """Change some of the run's controls; they act at once."""
        self.run.controls = replace(self.run.controls, **changes)

    def stop(self) -> None:
        """Have it park what is under way and end; one that waits for its turn never begins."""
        self.run.stop()
        if self._done is not None:
            self._done.end()

    def start(self) -> None:
        name = f"ossh-background-{self.job.name}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def is_alive(self) -> bool:
        """Return whether it has not ended; it need not have begun."""
        return not self._ended.is_set()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end, at most so many seconds; a signal may interrupt that without harm."""
        self._ended.wait(timeout)

    def _work(self) -> None:
        try:
            with limits_explained():
                if self._wait_for_turn():
                    if self.run.ident is None:
                        self.run.start()
                    self._watch()
                    if self._done is not None:
                        self.problem = self._done.run(self.run)
        except LocalError as error:  # the system gives no more threads
            self.run.error = error
        finally:
            self._ended.set()
            self._runs.on_end(self)

    def _wait_for_turn(self) -> bool:
        """Return whether its turn came before it was told to stop."""
        while (before := self.before) is not None:
            if self.run.is_stopping:
                return False
            before.join(CHECK_SECONDS)
        return not self.run.is_stopping

    def _watch(self) -> None:
        speed, is_waiting = RecentSpeed(), False
        while self.run.is_alive():
            progress = self.run.progress
            self.bytes_per_second = speed.at(time.monotonic(), progress.bytes_received)
            if progress.needs_person and not is_waiting:
                self._runs.on_wait(self)
            is_waiting = progress.needs_person
            if self.run.rounds and not self.is_watched:
                self._runs.on_round(self)
            self.run.join(CHECK_SECONDS)


class BackgroundRuns:
    """The runs of a session in the background, and the limits of every run.

    Only the prompt's thread changes any of it. The threads of the runs read it without a lock, as
    `queue` and `unreported` are tuples that are replaced as a whole.

    A run's own thread calls three callbacks: `on_end` once it has ended, `on_wait` when it begins
    to wait for a person, and `on_round` when one that follows its bucket has rounds to tell of.
    `job_path` returns the file that what was typed for a job stands for.
    """

    # Limits of all runs; those that are under way obey a change at once.
    connections = 0  # of each run; 0: as its job says
    processes = 0  # that fetch for each run; 0: as its job says
    rate = 0  # bytes per second of all runs together; 0: only their jobs' limits

    def __init__(self, job_path: Callable[[str], Path] = Path) -> None:
        self._job_path = job_path
        self.on_end: Callable[[BackgroundRun], None] = lambda _ended: None
        self.on_wait: Callable[[BackgroundRun], None] = lambda _waiting: None
        self.on_round: Callable[[BackgroundRun], None] = lambda _running: None
        # Those that a run may have to wait for, in order; also those that are forgotten.
        self.queue: tuple[BackgroundRun, ...] = ()
        # Those that are alive, or whose end has not been asked about yet, in order.
        self.unreported: tuple[BackgroundRun, ...] = ()
        self.shared = RateLimit()  # of all runs of this process together

    # Limits

    if not TYPE_CHECKING:  # to mypy it would say that any attribute may be set

        def __setattr__(self, name: str, given: object) -> None:
            super().__setattr__(name, given)
            if name in {"connections", "processes", "rate"}:
                self._obey_limits()

    def _obey_limits(self) -> None:
        self.shared.set(self.rate)
        for one in self.alive:
            limits = self.controls(one.job.transfer)
            one.run.controls = replace(limits, paused=one.run.controls.paused)

    def rate_limit(self, settings: TransferSettings) -> int:
        """Return the most bytes per second of a job's run, even if it is alone; 0: no limit."""
        return _lower(settings.rate, self.rate)

    def controls(self, settings: TransferSettings) -> Controls:
        """Return what a new run begins with: of its job's limits and ours, the lower ones."""
        return Controls(
            connections=affordable(_lower(settings.connections, self.connections)),
            processes=_lower(settings.processes, self.processes),
            bytes_per_second=self.rate_limit(settings) or -1,
        )

    # The queue

    @property
    def alive(self) -> tuple[BackgroundRun, ...]:
        """Return those that run or wait for their turn, in order."""
        return tuple(one for one in self.unreported if one.is_alive())

    @property
    def running(self) -> tuple[BackgroundRun, ...]:
        """Return those that run, or are about to: neither queued nor paused."""
        return tuple(
            one for one in self.alive if one.before is None and not one.run.controls.paused
        )

    def of(self, job: Job) -> BackgroundRun | None:
        """Return what runs a job, or will; None when nothing does."""
        return next((one for one in self.alive if one.job.path == job.path), None)

    def add(self, run: "Run", done: DoneCommand | None = None) -> BackgroundRun:
        """Let a run begin when those before it have ended; or if it has begun, continue here."""
        one = BackgroundRun(run, self, done)
        kept = (each for each in self.unreported if each.is_alive() or not each.is_reported)
        self.unreported = (*kept, one)
        self.queue = (*(each for each in self.queue if each.is_alive()), one)
        one.start()
        return one

    def renew_credentials(self, provider: Provider, profile: str) -> tuple[BackgroundRun, ...]:
        """Let those that wait for credentials continue with new ones, and return them.

        A run whose job names a profile accepts only that profile's, or those of no profile ("").
        """
        waiting = [one for one in self.alive if one.run.progress.needs_person]
        renewed = [one for one in waiting if profile in {"", one.job.source.profile}]
        for one in renewed:
            one.run.provider.follow(provider)
        return tuple(renewed)

    def named(self, name: str, *, ended: bool = False) -> tuple[BackgroundRun, ...]:
        """Return the one with a job's name, or what else stands for its file, or all for no name.

        With `ended`, those count too that have ended and that nobody has asked about yet.
        """
        runs = self.unreported if ended else self.alive
        if found := tuple(one for one in runs if name in {"", one.job.name}):
            return found
        file = Path(name).absolute()
        with suppress(OsshError):  # there is no such job, or there are two
            file = self._job_path(name)
        return tuple(one for one in runs if file == one.job.path)

    def to_resume(self, name: str) -> tuple[BackgroundRun, ...]:
        """Return those that are paused, or the one that is named, paused or not."""
        runs = self.named(name)
        return runs if name else tuple(one for one in runs if one.state is BackgroundState.PAUSED)

    def refuse_if_alive(self, job: Job) -> None:
        """Refuse, by a UsageError, to run a job that runs in the background or waits its turn."""
        if (one := self.of(job)) is not None:
            raise UsageError(
                _("job '{name}' is already {state} in the background").format(
                    name=printable(job.name), state=_(one.state)
                ),
                hint=_("'resume' continues it, 'stop' stops it")
                if one.state is BackgroundState.PAUSED
                else _("'wait' shows it until it ends, 'stop' stops it"),
            )

    def forget(self, one: BackgroundRun) -> None:
        """Speak no more of one, as the user knows how it ended; others wait until it has."""
        self.unreported = tuple(each for each in self.unreported if each is not one)

    def park(self, chosen: tuple[BackgroundRun, ...]) -> None:
        """Stop some of them and wait until they have parked, at most a few seconds."""
        for one in reversed(chosen):  # the last first, so that none starts because another ends
            one.stop()
        deadline = time.monotonic() + PARK_SECONDS
        for one in chosen:
            one.join(max(0.0, deadline - time.monotonic()))


def _lower(one: int, other: int) -> int:
    """Return the lower of two limits, where 0 is none."""
    return min(filter(None, (one, other)), default=0)
