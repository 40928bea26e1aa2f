"""Which ranges of an object are still missing."""

from collections import deque
from collections.abc import Sequence

from ossh.model import ByteRange, Part


class Gaps:
    """What no part covers of an object, handed out piece by piece, in order.

    The parts are in order of `start`, without overlap.
    """

    def __init__(self, size: int, parts: Sequence[Part]) -> None:
        starts = (0, *(part.stop for part in parts))
        stops = (*(part.start for part in parts), size)
        self._gaps = deque(
            ByteRange(*one) for one in zip(starts, stops, strict=True) if one[0] < one[1]
        )

    def take(self, most: int) -> ByteRange | None:
        """Return the next range, of at most so many bytes; None when all were handed out."""
        if not self._gaps:
            return None
        gap = self._gaps.popleft()
        taken = ByteRange(gap.start, min(gap.start + most, gap.stop))
        if taken.stop < gap.stop:
            self._gaps.appendleft(ByteRange(taken.stop, gap.stop))
        return taken


def usable(size: int, parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return the parts that may be kept, in order: inside the object and without overlap."""
    if not parts:
        return ()
    kept: list[Part] = []
    for part in sorted(parts, key=lambda part: part.start):
        position = kept[-1].stop if kept else 0
        if position <= part.start < part.stop <= size:
            kept.append(part)
    return tuple(kept)
