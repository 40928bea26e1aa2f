"""How many connections ossh has and how fast it is, over the time of a run: a table or a plot."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.contenders import REGION, Place
from benchmark.measure import Order, run
from benchmark.server import Server

SCRIPT = Path(__file__).with_name("traced_run.py")
WINDOW_SECONDS = 0.2  # that a speed is taken over
WIDTH, HEIGHT, MARGIN = 900, 320, 60
FONT = 'font-family="sans-serif" font-size="13"'


@dataclass(frozen=True, slots=True)
class Look:
    """What there was at a moment.

    Args:
        seconds: Since the run began.
        connections: Requests under way.
        speed: MB/s, over a moment before.
    """

    seconds: float
    connections: int
    speed: float


def looks(text: str) -> list[Look]:
    """Return what a traced run printed, with speeds."""
    rows = [tuple(map(float, line.split())) for line in text.splitlines()]
    found, first = [], 0
    for seconds, connections, received in rows:
        while seconds - rows[first][0] > WINDOW_SECONDS:
            first += 1
        since, _, before = rows[max(0, first - 1)]
        speed = (received - before) / 1e6 / (seconds - since) if seconds > since else 0.0
        found.append(Look(seconds, int(connections), speed))
    return found


def traced(server: Server, scratch: Path) -> list[Look]:
    """Download a bucket with ossh once, and return what was seen meanwhile."""
    place = Place(server, scratch)
    line = [sys.executable, "-P", str(SCRIPT), server.bucket.name, str(place.target)]
    found = {"OSS_ENDPOINT": server.oss_url, "OSS_REGION": REGION}
    root = str(Path(__file__).resolve().parents[2])
    run(Order(line, {**place.environ, **found, "PYTHONPATH": root}), scratch)
    return looks((scratch / "output").read_text(encoding="utf-8"))


def as_text(seen: Sequence[Look]) -> str:
    """Return looks as a table of values separated by commas."""
    lines = (f"{one.seconds:.3f},{one.connections},{one.speed:.1f}\n" for one in seen)
    return "seconds,connections,MB/s\n" + "".join(lines)


def as_svg(seen: Sequence[Look], title: str) -> str:
    """Return looks as a picture: the speed as an area, the connections as a line above it."""
    end = max((one.seconds for one in seen), default=0.0) or 1.0
    fastest = max((one.speed for one in seen), default=0.0) or 1.0
    most = max((one.connections for one in seen), default=0) or 1

    def points(values: Sequence[tuple[float, float]]) -> str:
        return " ".join(
            f"{MARGIN + x / end * WIDTH:.1f},{MARGIN + (1 - y) * HEIGHT:.1f}" for x, y in values
        )

    speeds = points([(0, 0), *((one.seconds, one.speed / fastest) for one in seen), (end, 0)])
    connections = points([(one.seconds, one.connections / most) for one in seen])
    width, height, bottom = WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN, HEIGHT + 1.5 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {FONT}>\n'
        f'<rect width="{width}" height="{height}" fill="white"/>\n'
        f'<text x="{MARGIN}" y="{MARGIN / 2}">{title}</text>\n'
        f'<polygon points="{speeds}" fill="#cfe2f3"/>\n'
        f'<polyline points="{connections}" fill="none" stroke="#b45f06" stroke-width="2"/>\n'
        f'<text x="{MARGIN}" y="{bottom}" fill="#3d85c6">area: speed, at most {fastest:,.0f} MB/s'
        f'</text>\n<text x="{width / 2}" y="{bottom}" fill="#b45f06">line: connections, at most '
        f'{most}</text>\n<text x="{width - MARGIN}" y="{bottom}" text-anchor="end">{end:.1f} s'
        "</text>\n</svg>\n"
    )


def save(seen: Sequence[Look], title: str, file: Path) -> None:
    """Write looks into a file: a picture if its name ends in .svg, else a table."""
    is_svg = file.suffix.lower() == ".svg"
    file.write_text(as_svg(seen, title) if is_svg else as_text(seen), encoding="utf-8")
