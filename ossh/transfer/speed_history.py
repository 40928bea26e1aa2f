"""How far a run was, second by second: what the plot of its speed is drawn from."""

from ossh.manifest import Manifest, Sample
from ossh.transfer.watching import Progress, Summary

MOST = 240  # samples of a run; two for each column of a wide terminal


class History:
    """Records a sample every second; when there are many, every second one goes.

    So a run of a week keeps no more rows than one of four minutes.

    `run` is the run's row; it began at `began`, in monotonic seconds.
    """

    def __init__(self, manifest: Manifest, run: int, began: float) -> None:
        self._manifest = manifest
        self._run = run
        self._began = began
        self._step = 1.0  # seconds between two samples
        self._due = 1.0
        self._seconds: list[float] = []  # of the samples that are kept

    def see(self, progress: Progress, now: float) -> None:
        """Record how far the run is, if a sample is due."""
        if now - self._began >= self._due:
            self._add(progress, progress.fetched, progress.bytes_received, now)

    def end(self, progress: Progress, summary: Summary, now: float) -> None:
        """Record how far the run came, if it fetched anything."""
        if self._seconds or summary.fetched or summary.bytes_received:
            self._add(progress, summary.fetched, summary.bytes_received, now)

    def _add(self, progress: Progress, fetched: int, received: int, now: float) -> None:
        second = now - self._began
        drop: list[float] = []
        if len(self._seconds) >= MOST:
            drop = self._seconds[::2]
            self._seconds = self._seconds[1::2]
            self._step *= 2
        self._manifest.sample(self._run, Sample(second, received, fetched, progress.failed), drop)
        self._seconds.append(second)
        self._due = second + self._step
