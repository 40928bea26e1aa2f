"""How far a run was, second by second: what the plot of its speed is drawn from."""

from dataclasses import dataclass

from ossh.manifest import Manifest, Sample
from ossh.transfer.watching import Progress, Summary

_SPACING = 0.005  # of the time until a sample passes before the next one, but at least a second


@dataclass(slots=True, eq=False)
class History:
    """Records samples of a run: each second at first, then ever more rarely.

    So a run of a week keeps fewer than two thousand rows.
    """

    manifest: Manifest
    run: int  # its row
    began: float  # monotonic seconds
    _due: float = 1.0  # seconds

    def see(self, progress: Progress, now: float) -> None:
        """Record how far the run is, if a sample is due."""
        if now - self.began >= self._due:
            self._add(progress, progress.fetched, progress.bytes_received, now)

    def end(self, progress: Progress, summary: Summary, now: float) -> None:
        """Record how far the run came, if it fetched anything."""
        if self._due > 1.0 or summary.fetched or summary.bytes_received:
            self._add(progress, summary.fetched, summary.bytes_received, now)

    def _add(self, progress: Progress, fetched: int, received: int, now: float) -> None:
        second = now - self.began
        self.manifest.sample(self.run, Sample(second, received, fetched, progress.failed))
        self._due = second + max(1.0, _SPACING * second)
