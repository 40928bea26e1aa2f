"""How fast a job's runs were over time. Pure, but for the one question to the manifest."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ossh.model import value

if TYPE_CHECKING:
    from ossh.manifest import Sample
    from ossh.manifest.questions import Questions


@value
class Throughput:
    """How far a run was at some moments of it; the first is its start."""

    run: int
    seconds: tuple[float, ...]
    received: tuple[int, ...]  # bytes, cumulative

    @property
    def duration(self) -> float:
        """Return the seconds from the start to the last sample."""
        return self.seconds[-1]

    @property
    def mean(self) -> float:
        """Return the bytes per second of the whole run."""
        return self.received[-1] / self.duration if self.duration > 0 else 0.0

    @property
    def idle(self) -> float:
        """Return the seconds between samples in which nothing came, such as while objects thaw."""
        stretches = zip(pairwise(self.seconds), pairwise(self.received), strict=True)
        return sum(until - since for (since, until), (was, now) in stretches if now == was)

    def rates(self, count: int) -> tuple[float, ...]:
        """Return the bytes per second in each of so many stretches of equal length."""
        length = self.duration / count
        if length <= 0:
            return (0.0,) * count
        edges = [self._received_at(length * number) for number in range(count + 1)]
        return tuple((after - before) / length for before, after in pairwise(edges))

    def _received_at(self, second: float) -> float:
        """Return the bytes received by then, as if they came evenly between two samples."""
        for i in range(1, len(self.seconds)):
            since, until = self.seconds[i - 1], self.seconds[i]
            if second <= until:
                share = (second - since) / (until - since) if until > since else 1.0
                return self.received[i - 1] + share * (self.received[i] - self.received[i - 1])
        return float(self.received[-1])


def throughput(run: int, samples: Sequence["Sample"]) -> Throughput | None:
    """Return the throughput that samples tell of; None when nothing was received."""
    if not samples or not samples[-1].bytes:
        return None
    return Throughput(
        run,
        (0.0, *(one.second for one in samples)),
        (0, *(one.bytes for one in samples)),
    )


def last_throughput(reader: "Questions") -> Throughput | None:
    """Return the throughput of the last run that received anything; None when none did."""
    for run in reversed(reader.runs()):
        if found := throughput(run.row, reader.throughput(run.row)):
            return found
    return None
