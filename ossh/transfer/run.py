"""One execution of a job: it holds the job's lock and writes its manifest, watched or not.

What it does from its first step to its last is in `course`.
"""

import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from types import TracebackType
from typing import Self

from ossh.errors import STATUS_BUG
from ossh.manifest import ManifestReader
from ossh.model import Entry
from ossh.transfer.course import Course
from ossh.transfer.planning.resuming import open_manifest
from ossh.transfer.watching import Phase, Progress


class Run(Course):
    """Runs a job: step by step where it is iterated, or in a thread of its own.

    Iterate it, and it goes on while you do; each step is a `Progress`. Or `start` it as a thread,
    and look at `progress` as often as you like. In either case replace `controls` to steer it. What
    keeps it from going on is raised where it is iterated; a thread leaves it in `error`.

    As a context manager it ends with its block: what is under way is parked.

    For its arguments see `Course`.
    """

    is_endless = False  # it goes on until it is stopped

    # weak: when a caller leaves its loop without closing the run, the steps still end
    _steps: Callable[[], Generator[Progress, None, None] | None] = staticmethod(lambda: None)

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

    def work(self) -> None:
        for _step in self._stepwise():
            pass

    def _stepwise(self) -> Generator[Progress, None, None]:
        try:
            with open_manifest(self.manifest_path) as manifest:
                if self.arrivals is not None:
                    manifest.on_done = self.arrivals.extend
                with closing(self.steps(manifest)) as steps:
                    for progress in steps:
                        self.progress = progress
                        yield progress
        finally:
            self.http.close()
            self.progress = replace(self.progress, phase=Phase.ENDED)
        if self.preflight is None and self.summary is not None and self.summary.ended == "done":
            self.when_done()
