"""A speed over time, drawn with block characters; plain ASCII where the console has none. Pure."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from ossh.language import Words
from ossh.session.throughput import Throughput
from ossh.shell.text import rate
from ossh.units import format_duration

HEIGHT = 3  # lines
WIDEST = 72  # columns
_NARROWEST = 10
_FEWEST = 4  # points of a run worth a plot: its start and three moments
_INDENT = "  "
_BLOCKS = " ▁▂▃▄▅▆▇█"
_PLAIN = " .:#"


def bars(values: Sequence[float], height: int, *, ascii_only: bool) -> list[str]:
    """Return values as columns side by side, the highest as high as there are lines.

    Args:
        values: From 0.
        height: Lines.
        ascii_only: Use characters that every console has.
    """
    marks = _PLAIN if ascii_only else _BLOCKS
    steps = len(marks) - 1
    highest = max(values, default=0.0) or 1.0
    filled = [round(value / highest * height * steps) for value in values]
    # What is more than nothing is seen.
    filled = [max(one, int(value > 0)) for one, value in zip(filled, values, strict=True)]
    return [
        "".join(marks[min(max(one - line * steps, 0), steps)] for one in filled).rstrip(" ")
        for line in reversed(range(height))
    ]


def speed_text(speed: Throughput) -> str:
    """Return a run's speed in words: "12.3 MiB/s on average, at most 20.1 MiB/s, in 3 min"."""
    peak = max(speed.rates(len(speed.seconds) - 1))
    mean, duration = rate(speed.mean), format_duration(speed.duration)
    if not _is_long(speed):
        return Words("{rate} on average, over {time}", rate=mean, time=duration)
    return Words(
        "{rate} on average, {peak} at most, over {time}", rate=mean, peak=rate(peak), time=duration
    )


def speed_lines(speed: Throughput, width: int, *, ascii_only: bool) -> Iterator[str]:
    """Yield the plot of a run's speed, with its times below; nothing for a run of a moment.

    Args:
        speed: Of one run.
        width: Of the terminal, in columns.
        ascii_only: Use characters that every console has.
    """
    if not _is_long(speed):
        return
    columns = max(_NARROWEST, min(width - 2 * len(_INDENT), WIDEST))
    for line in bars(speed.rates(columns), HEIGHT, ascii_only=ascii_only):
        yield _INDENT + line
    end = format_duration(speed.duration)
    start = format_duration(0)
    between = columns - cell_len(start) - cell_len(end)
    yield f"{_INDENT}{start}{' ' * between}{end}"


def _is_long(speed: Throughput) -> bool:
    return len(speed.seconds) >= _FEWEST
