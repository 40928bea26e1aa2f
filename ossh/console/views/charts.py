"""Bars and plots of block characters. Pure."""

from collections.abc import Iterator, Sequence

from ossh.console.views.text import cell_len, rate
from ossh.language import Words
from ossh.session.speed import Throughput
from ossh.units import format_duration

HEIGHT = 3  # lines
WIDEST = 72  # columns
_NARROWEST = 10
_FEWEST = 4  # points of a run worth a plot: its start and three moments
_INDENT = "  "
# Marks of a bar that lies, and of one that stands: of an empty cell, and of ever fuller ones.
_LYING, _STANDING = " ▏▎▍▌▋▊▉█", " ▁▂▃▄▅▆▇█"


def meter(share: float, width: int) -> str:
    """Return a share, from 0 to 1, of a bar."""
    return "".join(_bar(share, width, _LYING)).rstrip(" ")


def bars(values: Sequence[float], height: int) -> list[str]:
    """Return the lines of a bar chart, whose highest bar is as high as all lines together."""
    highest = max(values, default=0.0) or 1.0
    columns = [_bar(one / highest, height, _STANDING) for one in values]
    return ["".join(bar[line] for bar in columns).rstrip(" ") for line in reversed(range(height))]


def _bar(share: float, length: int, marks: str) -> list[str]:
    """Return the cells of a bar, from its foot on; more than nothing is never drawn as nothing."""
    steps = len(marks) - 1
    filled = max(round(share * length * steps), int(share > 0))
    return [marks[min(max(filled - cell * steps, 0), steps)] for cell in range(length)]


def speed_text(speed: Throughput) -> str:
    """Return a run's speed in words: "12.3 MiB/s on average, 20.1 MiB/s at most, over 3 min"."""
    peak = max(speed.rates(len(speed.seconds) - 1))
    mean, duration = rate(speed.mean), format_duration(speed.duration)
    if not _is_long(speed):
        return Words("{rate} on average, over {time}", rate=mean, time=duration)
    return Words(
        "{rate} on average, {peak} at most, over {time}", rate=mean, peak=rate(peak), time=duration
    )


def speed_lines(speed: Throughput, width: int) -> Iterator[str]:
    """Yield the plot of a run's speed, with its times below; nothing for a very short run."""
    if not _is_long(speed):
        return
    columns = max(_NARROWEST, min(width - 2 * len(_INDENT), WIDEST))
    for line in bars(speed.rates(columns), HEIGHT):
        yield _INDENT + line
    end = format_duration(speed.duration)
    start = format_duration(0)
    between = columns - cell_len(start) - cell_len(end)
    yield f"{_INDENT}{start}{' ' * between}{end}"


def _is_long(speed: Throughput) -> bool:
    return len(speed.seconds) >= _FEWEST
