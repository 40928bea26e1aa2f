"""One execution of a job: it holds the job's lock and writes its manifest, watched or not.

What it does from its first step to its last is in `course`.
"""

import time
import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from ossh.backoff import Backoff
from ossh.errors import STATUS_BUG
from ossh.job import Job
from ossh.manifest import ManifestReader
from ossh.model import Cause, Entry
from ossh.network import Http
from ossh.store.credentials import Provider
from ossh.transfer.course import Course
from ossh.transfer.fetching.lanes import LocalLanes, NewLanes
from ossh.transfer.job_thread import JobThread
from ossh.transfer.messages import Adopted, Controls, Phase, Progress, Removed, Round, Summary
from ossh.transfer.planning.preflight import Changes, Preflight
from ossh.transfer.planning.resuming import open_manifest
from ossh.transfer.scheduling.retry_policy import PERMANENT

MOST_ROUNDS = 1000  # that nobody has told of yet


class Run(JobThread[Summary]):
    """Runs a job: step by step where it is iterated, or in a thread of its own.

    Iterate it, and it goes on while you do; each step is a `Progress`. Or `start` it as a thread,
    and look at `progress` as often as you like. In either case replace `controls` to steer it. What
    keeps it from going on is raised where it is iterated; a thread leaves it in `error`.

    As a context manager it ends with its block: what is under way is parked.

    Args:
        provider: Where credentials come from, now and later.
        keep: Causes of failure that are not tried again; what `get` leaves and `retry` takes.
        preflight: Filled in while planning; with it the run plans only: it lists, chooses and
            compares, and does not touch the target.
        changes: Filled in as the bucket is listed again and compared with the manifest, which
            learns of it; without `preflight`, what it learns of is fetched then. A bucket that
            was never listed to its end is only listed on.
        adopts: Whether files that are here are proved and taken over before anything is fetched;
            with `preflight` they are only counted.
        polls: Wait for archived objects that are being restored, with these pauses between looks.
        http: Settings of the network.
        manifest_path: Where the manifest is, if not beside the job file.
        new_lanes: Makes what fetches: lanes of this machine, unless others do it.
        is_resumed: Whether the service answered just before, so that an outage is waited for.
        when_done: Called at the end, when all that the job wants is at the target, with the
            manifest closed.
        clock: By which pauses between requests are measured, in seconds.
    """

    is_endless = False  # it goes on until it is stopped

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        job: Job,
        provider: Provider,
        *,
        keep: frozenset[Cause] = PERMANENT,
        preflight: Preflight | None = None,
        changes: Changes | None = None,
        adopts: bool = False,
        polls: Backoff | None = None,
        http: Http | None = None,
        manifest_path: Path | None = None,
        new_lanes: NewLanes = LocalLanes,
        is_resumed: bool = False,
        when_done: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(job, "run")
        self.controls = Controls()
        # Of a job that follows its bucket; whoever tells of one takes it out.
        self.rounds: deque[Round] = deque(maxlen=MOST_ROUNDS)
        # Objects as they arrive; whoever wants to know puts a deque here, and takes them out.
        self.arrivals: deque[Entry] | None = None
        self.provider = provider
        self.keep = keep
        self.preflight = preflight
        self.changes = changes
        self.removed = Removed()
        self.adopted = Adopted()
        self.adopts = adopts
        self.polls = polls
        self.http = http or Http()
        self.manifest_path = manifest_path or job.manifest_path
        self.new_lanes = new_lanes
        self.is_resumed = is_resumed
        self.when_done = when_done
        self.clock = clock
        # weak: when a caller leaves its loop without closing the run, the steps still end
        self._steps: Callable[[], Generator[Progress, None, None] | None] = lambda: None

    def __iter__(self) -> Iterator[Progress]:
        """Run in the thread that iterates; leaving early parks what is under way.

        Raises:
            OsshError: It cannot begin, or cannot go on; all that was done is recorded.
        """
        steps = self._stepwise()
        self._steps = weakref.ref(steps)
        return steps

    def __repr__(self) -> str:
        return f"<Run of {self.job.name!r}, {self.progress.phase}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if (steps := self._steps()) is not None:
            steps.close()
        if self.is_alive():
            self.stop()
            self.join()

    def failures(self) -> Iterator[Entry]:
        """Yield each object of the job that is not at the target, with its `failure`.

        Raises:
            ManifestError: The job has never run.
        """
        return ManifestReader(self.manifest_path).not_at_target()

    @property
    def status(self) -> int:
        """Return the exit status that it leads to, once it has ended."""
        if self.summary is not None:
            return self.summary.status
        return getattr(self.error, "status", STATUS_BUG) if self.error is not None else 0

    @property
    def is_stopping(self) -> bool:
        return self.controls.stopping

    def stop(self) -> None:
        """Ask the run to park what is under way and end; it does within two seconds."""
        self.controls = replace(self.controls, stopping=True)

    def work(self) -> None:
        for _step in self._stepwise():
            pass

    def _stepwise(self) -> Generator[Progress, None, None]:
        try:
            with open_manifest(self.manifest_path) as manifest:
                if self.arrivals is not None:
                    manifest.on_done = self.arrivals.extend
                with closing(Course(self, manifest).steps()) as steps:
                    for progress in steps:
                        self.progress = progress
                        yield progress
        finally:
            self.http.close()
            self.progress = replace(self.progress, phase=Phase.ENDED)
        if self.preflight is None and self.summary is not None and self.summary.ended == "done":
            self.when_done()
