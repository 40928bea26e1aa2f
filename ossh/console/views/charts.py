"""Bars and plots of block characters, or of plain ASCII where a console has none. Pure."""

from collections.abc import Iterator, Sequence

from ossh.console.views.text import cell_len, rate
from ossh.language import Words
from ossh.session.speed import Throughput
from ossh.units import format_duration

_EIGHTHS = "▏▎▍▌▋▊▉"
HEIGHT = 3  # lines
WIDEST = 72  # columns
_NARROWEST = 10
_FEWEST = 4  # points of a run worth a plot: its start and three moments
_INDENT = "  "
_BLOCKS = " ▁▂▃▄▅▆▇█"
_PLAIN = " .:#"


def meter(share: float, width: int, *, ascii_only: bool = False) -> str:
    """Return a share, from 0 to 1, of a bar; more than nothing is never drawn as nothing."""
    if ascii_only:
        return "#" * max(round(share * width), int(share > 0))
    eighths = max(round(share * width * 8), int(share > 0))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_EIGHTHS[rest - 1] if rest else "")


def bars(values: Sequence[float], height: int, *, ascii_only: bool) -> list[str]:
    """Return the lines of a bar chart, whose highest bar is as high as all lines together."""
    marks = _PLAIN if ascii_only else _BLOCKS
    steps = len(marks) - 1
    highest = max(values, default=0.0) or 1.0
    # More than nothing is never drawn as nothing.
    filled = [max(round(one / highest * height * steps), int(one > 0)) for one in values]
    return [
        "".join(marks[min(max(one - line * steps, 0), steps)] for one in filled).rstrip(" ")
        for line in reversed(range(height))
    ]


def speed_text(speed: Throughput) -> str:
    """Return a run's speed in words: "12.3 MiB/s on average, 20.1 MiB/s at most, over 3 min"."""
    peak = max(speed.rates(len(speed.seconds) - 1))
    mean, duration = rate(speed.mean), format_duration(speed.duration)
    if not _is_long(speed):
        return Words("{rate} on average, over {time}", rate=mean, time=duration)
    return Words(
        "{rate} on average, {peak} at most, over {time}", rate=mean, peak=rate(peak), time=duration
    )


def speed_lines(speed: Throughput, width: int, *, ascii_only: bool) -> Iterator[str]:
    """Yield the plot of a run's speed, with its times below; nothing for a very short run."""
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
