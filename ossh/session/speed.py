"""How fast runs are: one that is under way lately, and one of the manifest over time."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ossh.model import value

if TYPE_CHECKING:  # brings SQLite
    from ossh.manifest import ManifestQueries, Sample

WINDOW_SECONDS = 8.0  # what counts as recent


class RecentSpeed:
    """The recent speed of a run, from cumulative counts."""

    def __init__(self) -> None:
        self._points: list[tuple[float, int]] = []

    def at(self, now: float, received: int) -> float | None:
        """Add a count of bytes; return bytes per second over the window, None until it is known."""
        self._points.append((now, received))
        while len(self._points) > 2 and self._points[1][0] <= now - WINDOW_SECONDS:  # noqa: PLR2004 - two points make a speed
            self._points.pop(0)
        (since, before), (until, after) = self._points[0], self._points[-1]
        return (after - before) / (until - since) if until > since else None


@value
class Throughput:
    """What a run had received at some moments; the first is its start."""

    run: int
    seconds: tuple[float, ...]
    received: tuple[int, ...]  # bytes, cumulative

    @property
    def duration(self) -> float:
        return self.seconds[-1]

    @property
    def mean(self) -> float:
        return self.received[-1] / self.duration if self.duration > 0 else 0.0

    @property
    def idle(self) -> float:
        """Return the seconds between samples in which nothing came, such as while objects thaw."""
        stretches = zip(pairwise(self.seconds), pairwise(self.received), strict=True)
        return sum(until - since for (since, until), (was, now) in stretches if now == was)

    def rates(self, count: int) -> tuple[float, ...]:
        """Return the bytes per second in each of `count` stretches of equal length."""
        length = self.duration / count
        if length <= 0:
            return (0.0,) * count
        edges = [self._received_at(length * number) for number in range(count + 1)]
        return tuple((after - before) / length for before, after in pairwise(edges))

    def _received_at(self, second: float) -> float:
        """Return the bytes received by then, as if they came evenly between two samples."""
        samples = zip(self.seconds, self.received, strict=True)
        for (since, before), (until, after) in pairwise(samples):
            if second <= until:
                share = (second - since) / (until - since) if until > since else 1.0
                return before + share * (after - before)
        return float(self.received[-1])


def throughput(run: int, samples: Sequence["Sample"]) -> Throughput | None:
    """Return the throughput that samples tell of; None when nothing was received."""
    if not samples or not samples[-1].bytes:
        return None
    return Throughput(
        run, (0.0, *(one.second for one in samples)), (0, *(one.bytes for one in samples))
    )


def last_throughput(reader: "ManifestQueries") -> Throughput | None:
    """Return the throughput of the last run that received anything; None when none did."""
    for run in reversed(reader.runs()):
        if found := throughput(run.row, reader.throughput(run.row)):
            return found
    return None
